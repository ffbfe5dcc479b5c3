package localapi_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"greenroom/daemon/localapi"
)

func TestPagesAndTheirTokens(t *testing.T) {
	r := serve(t, nil)
	urls := r.URLs()
	if urls.Screen == urls.Panel || !strings.Contains(urls.Screen, "/screen?token=") || !strings.Contains(urls.Panel, "/panel?token=") {
		t.Fatalf("the addresses are %+v", urls)
	}
	screen, panel := r.open(urls.Screen), r.open(urls.Panel)
	for _, c := range []struct {
		who    string
		b      *browser
		path   string
		status int
		says   string
	}{
		{"screen", screen, "/screen", 200, "the screen"},
		{"screen", screen, "/screen", 200, "the screen"}, // a reload needs no token
		{"panel", panel, "/panel", 200, "the panel"},
		{"screen", screen, "/panel", 401, "panel.url"},
		{"panel", panel, "/screen", 401, "screen.url"},
		{"stranger", r.browser(), "/screen", 401, "screen.url"},
		{"stranger", r.browser(), "/screen?token=", 401, "screen.url"},
		{"stranger", r.browser(), strings.Replace(urls.Panel, "/panel", "/screen", 1), 401, "not valid"},
		{"stranger", r.browser(), urls.Screen + "x", 401, "not valid"},
		{"stranger", r.browser(), "/v1/state", 401, "no-token"},
		{"stranger", r.browser(), "/v1/events", 401, "no-token"},
		{"stranger", r.browser(), "/", 404, "screen.url"},
		{"stranger", r.browser(), "/assets/screen.js", 200, "export"},
		{"stranger", r.browser(), "/assets/", 404, ""},
		{"stranger", r.browser(), "/assets/../screen.html", 404, ""},
		{"stranger", r.browser(), "/assets/%2e%2e/screen.html", 400, ""},
		{"stranger", r.browser(), "/screen.html", 404, ""},
	} {
		if status, body := c.b.get(c.path); status != c.status || !strings.Contains(body, c.says) {
			t.Errorf("%s gets %s: %d %q, want %d %q", c.who, c.path, status, body, c.status, c.says)
		}
	}
	for _, token := range []string{urls.Screen, urls.Panel} {
		u, _ := url.Parse(token)
		if strings.Contains(r.log.String(), u.Query().Get("token")) {
			t.Error("the log holds a token")
		}
	}
}

func TestFirstAddressIsExchangedForACookie(t *testing.T) {
	r := serve(t, nil)
	b := r.browser()
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := b.Do(b.request(http.MethodGet, r.URLs().Screen, "", ""))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/screen" {
		t.Errorf("the answer is %s to %q, want a redirection to /screen", resp.Status, resp.Header.Get("Location"))
	}
	cookie := resp.Cookies()[0]
	u, _ := url.Parse(r.base)
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || !strings.Contains(cookie.Name, u.Port()) {
		t.Errorf("the cookie is %v, want HttpOnly, SameSite=Strict and the port in its name", cookie)
	}
	if strings.Contains(r.URLs().Screen, cookie.Value) {
		t.Error("the cookie is the token")
	}
}

// TestTwoDaemonsOnOneMachine: one browser shows both, and each knows it. A browser sends cookies to every port.
func TestTwoDaemonsOnOneMachine(t *testing.T) {
	a, b := serve(t, nil), serve(t, nil)
	visitor := a.open(a.URLs().Panel)
	if status, _ := visitor.get(b.URLs().Panel); status != 200 {
		t.Fatalf("the second panel: %d", status)
	}
	for _, base := range []string{a.base, b.base, a.base} {
		if status, _ := visitor.get(base + "/v1/state"); status != 200 {
			t.Errorf("%s: %d after both were opened, want 200", base, status)
		}
	}
	stranger := a.open(a.URLs().Panel)
	if status, _ := stranger.get(b.base + "/v1/state"); status != 401 {
		t.Errorf("the first daemon's cookie at the second: %d, want 401", status)
	}
}

func TestHeaders(t *testing.T) {
	r := serve(t, nil)
	b := r.open(r.URLs().Screen)
	for _, path := range []string{"/screen", "/v1/state", "/assets/screen.js", "/nothing"} {
		resp, err := b.Do(b.request(http.MethodGet, path, "", ""))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		h := resp.Header
		csp := h.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: the policy is %q", path, csp)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Cross-Origin-Opener-Policy": "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin", "Referrer-Policy": "no-referrer",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", path, name, h.Get(name), want)
			}
		}
		if cached := strings.Contains(h.Get("Cache-Control"), "max-age"); cached != strings.HasPrefix(path, "/assets/") {
			t.Errorf("%s: Cache-Control is %q", path, h.Get("Cache-Control"))
		}
	}
}

// TestPolicyIsWhatThePagesAreTestedWith: else a page may work in its tests and not in a room.
func TestPolicyIsWhatThePagesAreTestedWith(t *testing.T) {
	path := filepath.Join("..", "..", "web", "tests", "browser", "server.ts")
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := serve(t, nil)
	b := r.browser()
	resp, err := b.Do(b.request(http.MethodGet, "/", "", ""))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	for directive := range strings.SplitSeq(resp.Header.Get("Content-Security-Policy"), "; ") {
		if !strings.Contains(string(source), directive) {
			t.Errorf("%s does not know %q", path, directive)
		}
	}
}

func TestPagesThatWereNotBuilt(t *testing.T) {
	for name, change := range map[string]func(*localapi.Config){
		"none":  func(c *localapi.Config) { c.Pages = nil },
		"empty": func(c *localapi.Config) { c.Pages = fstest.MapFS{".gitkeep": {}} },
	} {
		r := serve(t, change)
		if status, body := r.browser().get(r.URLs().Panel); status != 503 || !strings.Contains(body, "run make web") {
			t.Errorf("%s: %d %q, want 503 and what to do", name, status, body)
		}
	}
}

func TestURLFiles(t *testing.T) {
	r := serve(t, nil)
	dir := t.TempDir()
	for range 2 { // the second start replaces the first one's
		if err := r.URLs().Write(dir); err != nil {
			t.Fatal(err)
		}
	}
	files, _ := os.ReadDir(dir)
	if len(files) != 2 {
		t.Errorf("the folder holds %v, want two files", files)
	}
	for name, want := range map[string]string{"screen.url": r.URLs().Screen, "panel.url": r.URLs().Panel} {
		path := filepath.Join(dir, name)
		got, err := os.ReadFile(path)
		if err != nil || strings.TrimSpace(string(got)) != want {
			t.Errorf("%s holds %q (%v), want %q", name, got, err, want)
		}
		if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", name, info.Mode())
		}
	}
	if err := r.URLs().Write(filepath.Join(dir, "nowhere")); err == nil || strings.Contains(err.Error(), "token=") {
		t.Errorf("a folder that is not there: %v", err)
	}
}
