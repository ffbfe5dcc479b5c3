package localapi

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"

	"greenroom/daemon/room"
)

// fixed is a listener that has nothing but an address.
type fixed struct{ net.Listener }

func (fixed) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8480} }

// secret stands in everything that a stranger must not see.
const secret = "for the room's own pages alone"

// silent is a room that nobody without a token may reach.
type silent struct{ t *testing.T }

func (s *silent) Do(_ context.Context, origin room.Origin, c room.Command) (room.State, error) {
	s.t.Errorf("a stranger's command reached the room: %v from %v", c.Do, origin)
	return room.State{}, nil
}

func (s *silent) State() room.State { return room.State{Room: room.Info{Name: secret}} }

func (s *silent) Watch(context.Context) <-chan room.State {
	s.t.Error("a stranger watches the State")
	closed := make(chan room.State)
	close(closed)
	return closed
}

// FuzzRequest: whatever request a program on this machine makes without a token, nothing of the room is reached, and the
// handler neither panics nor fails.
func FuzzRequest(f *testing.F) {
	const from = "Host: 127.0.0.1:8480\r\nOrigin: http://127.0.0.1:8480\r\n"
	f.Add([]byte("GET /v1/state HTTP/1.1\r\n" + from + "\r\n"))
	f.Add([]byte("GET /v1/events HTTP/1.1\r\nHost: localhost:8480\r\nSec-Fetch-Site: same-origin\r\n\r\n"))
	f.Add([]byte("POST /v1/commands HTTP/1.1\r\n" + from + "Content-Type: application/json\r\nContent-Length: 14\r\n\r\n{\"do\":\"leave\"}"))
	f.Add([]byte("POST /v1/playout HTTP/1.1\r\n" + from + "Content-Type: application/sdp\r\nContent-Length: 3\r\n\r\nv=0"))
	f.Add([]byte("GET /screen?token=0000 HTTP/1.1\r\nHost: 127.0.0.1:8480\r\nSec-Fetch-Mode: navigate\r\n\r\n"))
	f.Add([]byte("GET /panel HTTP/1.1\r\n" + from + "Cookie: greenroom-8480-panel=0000\r\n\r\n"))
	f.Add([]byte("GET /assets/..%2fscreen.html HTTP/1.1\r\n" + from + "\r\n"))
	f.Add([]byte("GET / HTTP/1.1\r\nHost: room.example.org\r\n\r\n"))
	pages := fstest.MapFS{"screen.html": {Data: []byte(secret)}, "panel.html": {Data: []byte(secret)}, "assets/a.js": {Data: []byte("export {}")}}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(data)))
		if err != nil {
			return
		}
		s, err := New(Config{Room: &silent{t}, Pages: pages, Answer: func(context.Context, string) (string, error) {
			t.Error("a stranger's offer was answered")
			return "", nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		s.loopback = fixed{}
		w := httptest.NewRecorder()
		s.loopbackHandler().ServeHTTP(w, r)
		if w.Code >= 500 || bytes.Contains(w.Body.Bytes(), []byte(secret)) {
			t.Errorf("%q is answered with %d %q", data, w.Code, w.Body)
		}
	})
}
