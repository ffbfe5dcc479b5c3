package localapi

import (
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

func (s *Server) addPages(mux *http.ServeMux) {
	mux.HandleFunc("GET /screen", s.page(s.secrets.screen))
	mux.HandleFunc("GET /panel", s.page(s.secrets.panel))
	mux.HandleFunc("GET /assets/", s.asset)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		say(w, http.StatusNotFound, "Open the screen or the panel by the address in its file: screen.url or panel.url in the room's runtime folder.")
	})
}

// page serves one page to whoever brings its cookie, and exchanges its token for the cookie.
func (s *Server) page(v view) http.HandlerFunc {
	port := portOf(s.loopback.Addr())
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("token") {
			if !same(r.URL.Query().Get("token"), v.token) {
				say(w, http.StatusUnauthorized, "This address is not valid any more: the room was restarted. The address of today is in the file "+v.path+".url.")
				return
			}
			http.SetCookie(w, &http.Cookie{
				Name: v.cookieName(port), Value: v.cookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
			})
			http.Redirect(w, r, "/"+v.path, http.StatusSeeOther)
			return
		}
		if !v.shows(r, port) {
			say(w, http.StatusUnauthorized, "This page is opened by the address in the file "+v.path+".url in the room's runtime folder.")
			return
		}
		s.file(w, r, v.path+".html", http.StatusServiceUnavailable, notBuilt)
	}
}

// asset serves a file that the pages consist of. Nothing in it is secret, and what changes
// has a name with a hash of its content.
func (s *Server) asset(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	s.file(w, r, strings.TrimPrefix(path.Clean(r.URL.Path), "/"), http.StatusNotFound, "There is nothing here.")
}

// notBuilt is what a program says whose pages were not built.
const notBuilt = "The pages are not built into this program: run make web, and build it again."

// file serves one file of the pages; missing is what is said when there is none.
func (s *Server) file(w http.ResponseWriter, r *http.Request, name string, status int, missing string) {
	if s.pages == nil {
		say(w, http.StatusServiceUnavailable, notBuilt)
		return
	}
	info, err := fs.Stat(s.pages, name)
	switch {
	case err == nil && info.Mode().IsRegular():
		http.ServeFileFS(w, r, s.pages, name)
	case err == nil, errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrInvalid):
		say(w, status, missing)
	default:
		s.log.Error("a page cannot be read", "name", name, "err", err)
		say(w, http.StatusInternalServerError, "The page cannot be read. The room's log says why.")
	}
}

// say answers a person in plain words.
func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, text, status)
}
