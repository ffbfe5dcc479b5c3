package hub

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"

	"greenroom/provisioning/hub/config"
)

// guestPage serves the page of people with a browser:
//
//	/guest/            the page; what a link says stands behind its #, and is never sent
//	/guest/assets/...  what it consists of, by names that change with the content
//	/join/NUMBER       the page, with the number typed already
type guestPage struct {
	files  fs.FS
	policy string
}

// newGuestPage returns the page for a hub whose relay the page's policy has to name.
func newGuestPage(cfg config.Config, files fs.FS) guestPage {
	relay := cfg.Guests.RelayURL
	if relay == "" {
		relay = cfg.Relay.URL
	}
	return guestPage{files: files, policy: guestPolicy(relay)}
}

// guestPolicy is the page's content security policy. Nothing inline, nobody else's; the relay alone may be connected to,
// by WebSocket and by the HTTP with which LiveKit's client asks why a connection failed. The one worker is started from
// bytes that the page has held to their hash (web/guest/start-worker.ts), and lives under the page's own policy.
func guestPolicy(relay string) string {
	connect := "'self'"
	if u, err := url.Parse(relay); err == nil && u.Host != "" {
		connect += " " + u.Scheme + "://" + u.Host + " " + strings.Replace(u.Scheme, "ws", "http", 1) + "://" + u.Host
	}
	return "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; font-src 'self'; " +
		"media-src 'self' blob:; worker-src blob:; connect-src " + connect + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

func (g guestPage) register(mux *http.ServeMux) {
	mux.HandleFunc("GET /guest/{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		g.serve(w, r, "guest.html")
	})
	mux.HandleFunc("GET /guest/{file...}", func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("file")
		if strings.HasPrefix(name, "assets/") {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		g.serve(w, r, name)
	})
	mux.HandleFunc("GET /join/{number}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/guest/#n="+url.QueryEscape(r.PathValue("number")), http.StatusSeeOther)
	})
}

// serve writes one file, compressed where there is such a one and the browser takes it.
func (g guestPage) serve(w http.ResponseWriter, r *http.Request, name string) {
	h := w.Header()
	h.Set("Content-Security-Policy", g.policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Embedder-Policy", "require-corp")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Strict-Transport-Security", "max-age=31536000")
	if g.files == nil || strings.HasSuffix(name, ".br") {
		http.NotFound(w, r)
		return
	}
	info, err := fs.Stat(g.files, name)
	if err != nil || !info.Mode().IsRegular() {
		h.Set("Cache-Control", "no-store")
		if name == "guest.html" && errors.Is(err, fs.ErrNotExist) {
			http.Error(w, "The guest page is not built into this program: run make web, and build it again.", http.StatusServiceUnavailable)
			return
		}
		http.NotFound(w, r)
		return
	}
	if kind := mime.TypeByExtension(path.Ext(name)); kind != "" {
		h.Set("Content-Type", kind)
	}
	if path.Ext(name) == ".wasm" { // not everywhere in the system's table
		h.Set("Content-Type", "application/wasm")
	}
	h.Set("Vary", "Accept-Encoding")
	if _, err := fs.Stat(g.files, name+".br"); err == nil && takesBrotli(r) {
		h.Set("Content-Encoding", "br")
		name += ".br"
	}
	http.ServeFileFS(w, r, g.files, name)
}

func takesBrotli(r *http.Request) bool {
	for _, coding := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if name == "br" && strings.TrimSpace(quality) != "q=0" {
			return true
		}
	}
	return false
}

// CoreDigest returns the SHA-256 of the guest page's program in hex: what the page shows, too. It reports false where the
// page is not built in.
func CoreDigest(files fs.FS) (string, bool) {
	if files == nil {
		return "", false
	}
	names, err := fs.Glob(files, "assets/guest-*.wasm")
	if err != nil || len(names) != 1 {
		return "", false
	}
	program, err := fs.ReadFile(files, names[0])
	if err != nil {
		return "", false
	}
	sum := sha256.Sum256(program)
	return hex.EncodeToString(sum[:]), true
}
