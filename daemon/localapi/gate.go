package localapi

import (
	"context"
	"net"
	"net/http"
	"slices"
	"strings"
)

// callerKey finds the caller in a request's context.
type callerKey struct{}

// caller says which views a request comes from. The socket's callers have neither, but control, and some of them admin.
type caller struct{ screen, panel, control, admin bool }

func callerOf(r *http.Request) caller {
	c, _ := r.Context().Value(callerKey{}).(caller)
	return c
}

func withCaller(r *http.Request, c caller) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), callerKey{}, c))
}

// socketGate lets in whom the kernel says is welcome.
func (s *Server) socketGate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, known := r.Context().Value(peerKey{}).(peer)
		if !known || !p.welcome(s.group) && !p.welcome(s.adminGroup) {
			s.log.Warn("a stranger was turned away from the socket", "uid", p.uid, "err", p.err)
			s.fail(w, r, errorf(http.StatusForbidden, codeNotPermitted, "%s", deniedText(s.group, s.adminGroup)))
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, withCaller(r, caller{control: true, admin: p.welcome(s.adminGroup)}))
	})
}

func deniedText(groups ...string) string {
	groups = slices.DeleteFunc(slices.Compact(groups), func(g string) bool { return g == "" })
	if len(groups) == 0 {
		return "Only root and the daemon's own user may use this socket."
	}
	return "Only root, the daemon's own user and members of the group " + strings.Join(groups, " or ") + " may use this socket."
}

// policy is the pages' content security policy. A Vite build has module scripts and style sheets in files of their own,
// and Lit adopts constructed style sheets, so that nothing needs to be inline. The pages' own tests run under the same
// words (web/tests/browser/server.ts).
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
	"font-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// loopbackGate stops what another program or page of the web sends: a browser sends requests for any page to any
// port of the machine, and a name of the attacker's may point here (DNS rebinding). Every answer gets the headers that
// keep it apart from other pages.
func (s *Server) loopbackGate(next http.Handler) http.Handler {
	port := portOf(s.loopback.Addr())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer") // the first address holds the token
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("Cache-Control", "no-store")
		if !s.ownHost(r.Host) {
			s.fail(w, r, errorf(http.StatusForbidden, codeForeignHost, "This address is not the room's. Open the page by the address in its file."))
			return
		}
		if !ownOrigin(r) {
			s.fail(w, r, errorf(http.StatusForbidden, codeForeignPage, "Another page made this request. The room listens to its own pages only."))
			return
		}
		c := caller{screen: s.secrets.screen.shows(r, port), panel: s.secrets.panel.shows(r, port)}
		next.ServeHTTP(w, withCaller(r, c))
	})
}

func portOf(a net.Addr) string {
	_, port, _ := net.SplitHostPort(a.String())
	return port
}

// ownHost reports whether a Host header names this listener: its address, or localhost with its port.
func (s *Server) ownHost(host string) bool {
	address := s.loopback.Addr()
	return host == address.String() || strings.EqualFold(host, "localhost:"+portOf(address))
}

// ownOrigin reports whether the request comes from one of the room's own pages, or opens one. Browsers say where a
// request comes from in Origin or Sec-Fetch-Site, and always do so when it may change something.
func ownOrigin(r *http.Request) bool {
	origin, site := r.Header.Get("Origin"), r.Header.Get("Sec-Fetch-Site")
	if origin != "" && origin != "http://"+r.Host {
		return false
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return origin != "" || site == "same-origin"
	}
	switch site {
	case "", "same-origin", "none":
		return true
	}
	// A link elsewhere may lead to a page: to the page alone, shown by itself.
	return r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document" &&
		!strings.HasPrefix(r.URL.Path, "/v1/")
}
