package hub

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"greenroom/provisioning/hub/config"
)

func guestMux(cfg config.Config) *http.ServeMux {
	mux := http.NewServeMux()
	newGuestPage(cfg, fstest.MapFS{
		"guest.html":          {Data: []byte("<!doctype html>")},
		"assets/guest-1.wasm": {Data: []byte("program")}, "assets/guest-1.wasm.br": {Data: []byte("small")},
	}).register(mux)
	return mux
}

func TestGuestPageIsServedUnderAStrictPolicy(t *testing.T) {
	cfg := config.Config{Relay: config.Relay{URL: "ws://rooms.example:7880"}, Guests: config.Guests{RelayURL: "wss://relay.example"}}
	w := httptest.NewRecorder()
	guestMux(cfg).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/guest/", nil))
	h := w.Result().Header
	policy := h.Get("Content-Security-Policy")
	for _, want := range []string{
		"default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "connect-src 'self' wss://relay.example https://relay.example;",
		"frame-ancestors 'none'", "style-src 'self'",
	} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %q lacks %q", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe-inline") || strings.Contains(policy, "'unsafe-eval'") || strings.Contains(policy, "*") {
		t.Errorf("the policy allows too much: %q", policy)
	}
	for name, want := range map[string]string{
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp",
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-cache",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if w.Code != http.StatusOK {
		t.Errorf("status %d", w.Code)
	}
}

func TestGuestPageFiles(t *testing.T) {
	mux := guestMux(config.Config{Relay: config.Relay{URL: "wss://relay.example"}})
	for _, c := range []struct {
		path, accept string
		status       int
		body, coding string
	}{
		{"/guest/assets/guest-1.wasm", "gzip, br", http.StatusOK, "small", "br"},
		{"/guest/assets/guest-1.wasm", "gzip", http.StatusOK, "program", ""},
		{"/guest/assets/guest-1.wasm", "br;q=0", http.StatusOK, "program", ""},
		{"/guest/assets/guest-1.wasm.br", "br", http.StatusNotFound, "", ""},
		{"/guest/assets/", "", http.StatusNotFound, "", ""},
		{"/guest/nothing", "", http.StatusNotFound, "", ""},
		{"/guest/%2e%2e/hub.go", "", http.StatusNotFound, "", ""},
	} {
		r := httptest.NewRequest(http.MethodGet, c.path, nil)
		r.Header.Set("Accept-Encoding", c.accept)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		body, _ := io.ReadAll(w.Body)
		if w.Code != c.status || c.status == http.StatusOK && (string(body) != c.body || w.Header().Get("Content-Encoding") != c.coding || w.Header().Get("Content-Type") != "application/wasm") {
			t.Errorf("%s (%s): %d %q %v", c.path, c.accept, w.Code, body, w.Header())
		}
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/join/123456789", nil))
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/guest/#n=123456789" {
		t.Errorf("%d %s", w.Code, w.Header().Get("Location"))
	}
}

func TestCoreDigestIsOfTheProgram(t *testing.T) {
	files := fstest.MapFS{"assets/guest-1.wasm": {Data: []byte("program")}}
	if digest, ok := CoreDigest(files); !ok || len(digest) != 64 {
		t.Errorf("%q %v", digest, ok)
	}
	for name, files := range map[string]fstest.MapFS{"none": {}, "two": {"assets/guest-1.wasm": {}, "assets/guest-2.wasm": {}}} {
		if digest, ok := CoreDigest(files); ok {
			t.Errorf("%s: %q", name, digest)
		}
	}
}
