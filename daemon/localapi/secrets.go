package localapi

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"

	"greenroom/daemon/room"
)

// view is one of the two pages.
type view struct {
	path   string // of the page, and in the names of its cookie and its file
	origin room.Origin
	token  string // in the first address
	cookie string // what the token is exchanged for: who reads one does not know the other
}

// secrets are what the pages show to be let in. They are made afresh at each start and stand in no log.
type secrets struct{ screen, panel view }

func newSecrets() secrets {
	return secrets{
		screen: view{"screen", room.OriginScreen, rand.Text(), rand.Text()},
		panel:  view{"panel", room.OriginPanel, rand.Text(), rand.Text()},
	}
}

// String keeps the secrets out of logs.
func (secrets) String() string { return "secrets" }

// GoString does too.
func (secrets) GoString() string { return "secrets" }

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// cookieName carries the port: a browser sends a cookie to every port of a host, and two rooms may run on one machine.
func (v view) cookieName(port string) string { return "greenroom-" + port + "-" + v.path }

// shows reports whether the request brings the view's cookie.
func (v view) shows(r *http.Request, port string) bool {
	for _, c := range r.CookiesNamed(v.cookieName(port)) {
		if same(c.Value, v.cookie) {
			return true
		}
	}
	return false
}

// URLs are the addresses by which the pages are opened. They let in whoever reads them: they are handed to the kiosk
// and the panel alone, and stand in no log.
type URLs struct{ Screen, Panel string }

// URLs returns the pages' addresses, or empty ones where there is no loopback listener.
func (s *Server) URLs() URLs {
	if s.loopback == nil {
		return URLs{}
	}
	address := func(v view) string {
		u := url.URL{
			Scheme: "http", Host: s.loopback.Addr().String(), Path: "/" + v.path,
			RawQuery: url.Values{"token": {v.token}}.Encode(),
		}
		return u.String()
	}
	return URLs{Screen: address(s.secrets.screen), Panel: address(s.secrets.panel)}
}

// Write writes the addresses to screen.url and panel.url in a folder, for the daemon's own user alone (0600). A reader
// sees the old file or the new one, never half of it.
func (u URLs) Write(dir string) error {
	for name, address := range map[string]string{"screen.url": u.Screen, "panel.url": u.Panel} {
		if err := writePrivate(dir, name, address+"\n"); err != nil {
			return fmt.Errorf("write the address of a page to %s: %w", filepath.Join(dir, name), err)
		}
	}
	return nil
}

func writePrivate(dir, name, content string) error {
	f, err := os.CreateTemp(dir, "."+name+"-*") // makes it 0600
	if err != nil {
		return err
	}
	_, err = f.WriteString(content)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
