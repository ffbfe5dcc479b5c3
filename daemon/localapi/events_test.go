package localapi_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"greenroom/daemon/localapi"
	"greenroom/daemon/room"
)

// stream reads the events of /v1/events.
type stream struct {
	t     *testing.T
	body  io.ReadCloser
	lines *bufio.Scanner
}

func (b *browser) stream() *stream {
	b.r.t.Helper()
	resp, err := b.Do(b.request(http.MethodGet, "/v1/events", "", ""))
	if err != nil {
		b.r.t.Fatal(err)
	}
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		b.r.t.Fatalf("the stream is %s of %s", resp.Status, resp.Header.Get("Content-Type"))
	}
	b.r.t.Cleanup(func() { resp.Body.Close() })
	return &stream{b.r.t, resp.Body, bufio.NewScanner(resp.Body)}
}

// next waits for the next State; ok is false at the end of the stream.
func (s *stream) next() (st room.State, ok bool) {
	s.t.Helper()
	named := false
	for s.lines.Scan() {
		switch line := s.lines.Text(); {
		case line == "event: state":
			named = true
		case strings.HasPrefix(line, "data: "):
			if err := json.Unmarshal([]byte(strings.TrimPrefix(line, "data: ")), &st); err != nil || !named {
				s.t.Fatalf("the event %q: %v, named: %t", line, err, named)
			}
			return st, true
		}
	}
	return room.State{}, false
}

func TestEvents(t *testing.T) {
	r := serve(t, nil)
	panel, screen := r.open(r.URLs().Panel), r.open(r.URLs().Screen)
	p, s := panel.stream(), screen.stream()
	for _, stream := range []*stream{p, s} {
		if st, ok := stream.next(); !ok || st.Phase != room.PhaseIdle {
			t.Fatalf("the first State is %q", st.Phase)
		}
	}
	if status, refusal := panel.command(`{"do":"meet-now"}`); status != 200 {
		t.Fatal(refusal)
	}
	for name, c := range map[string]struct {
		*stream
		passcode bool
	}{"panel": {p, true}, "screen": {s, false}} {
		st, ok := c.next()
		for ok && st.Phase != room.PhaseMeeting {
			st, ok = c.next()
		}
		if !ok || (st.Meeting.Passcode != "") != c.passcode {
			t.Errorf("the %s is told the passcode: %q, want %t", name, st.Meeting.Passcode, c.passcode)
		}
	}
	// A page that was reloaded is right at once.
	if st, _ := panel.stream().next(); st.Phase != room.PhaseMeeting {
		t.Errorf("the first State of a new stream is %q", st.Phase)
	}
	r.stop()
	if _, ok := p.next(); ok {
		t.Error("the stream goes on after the end of the server")
	}
}

// TestSlowClient: one that reads nothing holds nobody up, and gets the newest State when it reads again.
func TestSlowClient(t *testing.T) {
	r := serve(t, nil)
	slow := r.open(r.URLs().Panel).stream()
	if _, ok := slow.next(); !ok {
		t.Fatal("no first State")
	}
	fast := r.open(r.URLs().Panel)
	const last = 3000
	for i := range last {
		r.loop.Post(room.HubChanged{State: room.HubDown, Text: fmt.Sprintf("%d %s", i+1, strings.Repeat("x", 250))})
	}
	if status, refusal := fast.command(`{"do":"mute","on":true}`); status != 200 {
		t.Errorf("a command beside a slow client: %d %+v", status, refusal)
	}
	seen := 0
	for {
		st, ok := slow.next()
		if !ok {
			t.Fatal("the stream ended")
		}
		seen++
		if strings.HasPrefix(st.Hub.Text, fmt.Sprint(last)+" ") && !st.Devices.Microphone.On {
			break
		}
	}
	if seen > last/2 {
		t.Errorf("the slow client was told %d of %d States, want most of them skipped", seen, last)
	}
}

func TestTooManyStreams(t *testing.T) {
	r := serve(t, nil)
	panel := r.open(r.URLs().Panel)
	for range 24 {
		if _, ok := panel.stream().next(); !ok {
			t.Fatal("no first State")
		}
	}
	if status, body := panel.get("/v1/events"); status != 503 || !strings.Contains(body, "too-many") {
		t.Errorf("one stream too many: %d %s", status, body)
	}
	if status, refusal := panel.command(`{"do":"mute"}`); status != 200 {
		t.Errorf("a command beside them: %d %+v", status, refusal)
	}
}

// TestCrowd: connections that stay open keep nobody out who is in, and are turned away when there are too many.
func TestCrowd(t *testing.T) {
	r := serve(t, nil)
	events := r.open(r.URLs().Panel).stream()
	served := 0
	for range 80 {
		conn, err := net.Dial("tcp", strings.TrimPrefix(r.base, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: elsewhere\r\n\r\n")
		if resp, err := http.ReadResponse(bufio.NewReader(conn), nil); err == nil {
			served++
			resp.Body.Close()
		}
	}
	if served == 0 || served >= 64 {
		t.Errorf("%d of 80 connections were served at once, want less than 64", served)
	}
	r.loop.Post(room.HubChanged{State: room.HubDown})
	for {
		st, ok := events.next()
		if !ok {
			t.Fatal("the stream ended")
		}
		if st.Hub.State == room.HubDown {
			return
		}
	}
}

// TestClientErrors: what a program is told when there is no daemon behind a socket, or something else.
func TestClientErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	odd := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v1/state":
			fmt.Fprint(w, "hello")
		case "/v1/events":
			fmt.Fprint(w, "event: other\ndata: 1\n\nevent: state\ndata: nothing\n\n")
		default:
			http.NotFound(w, r)
		}
	}))
	odd.Listener.Close()
	var err error
	if odd.Listener, err = net.Listen("unix", filepath.Join(dir, "odd")); err != nil {
		t.Fatal(err)
	}
	odd.Start()
	defer odd.Close()
	for name, want := range map[string]error{"nowhere": localapi.ErrNotRunning, "file": localapi.ErrNotRunning, "odd": localapi.ErrBroken} {
		c := localapi.NewClient(filepath.Join(dir, name))
		if _, err := c.State(t.Context()); !errors.Is(err, want) || !strings.Contains(err.Error(), dir) {
			t.Errorf("State of %s: %v, want %v and the socket's path", name, err, want)
		}
		for _, err := range c.Watch(t.Context()) {
			if !errors.Is(err, want) {
				t.Errorf("Watch of %s: %v, want %v", name, err, want)
			}
		}
		if _, err := c.Do(t.Context(), room.Command{Do: room.CommandLeave}); !errors.Is(err, want) {
			t.Errorf("Do of %s: %v, want %v", name, err, want)
		}
		c.Close()
	}
}

func TestClient(t *testing.T) {
	r := serve(t, nil)
	c := r.client()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	st, err := c.State(ctx)
	if err != nil || st.Room.Name != "Aspen" || st.Phase != room.PhaseIdle {
		t.Fatalf("State: %+v, %v", st, err)
	}
	var refusal *room.Refusal
	if _, err := c.Do(ctx, room.Command{Do: room.CommandLeave}); !errors.As(err, &refusal) || refusal.Code != room.CodeNotInMeeting {
		t.Errorf("leave: %v, want a refusal", err)
	}
	taken, err := c.Do(ctx, room.Command{Do: room.CommandMeetNow})
	if err != nil || taken.Phase != room.PhaseJoining {
		t.Errorf("meet now: %q, %v", taken.Phase, err)
	}
	for st, err := range c.Watch(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if st.Phase == room.PhaseMeeting {
			if st.Meeting.Passcode == "" {
				t.Error("the socket is not told the passcode")
			}
			break
		}
	}
	for _, err := range c.Watch(ctx) {
		if err != nil {
			t.Errorf("Watch until ctx ends: %v", err)
		}
		cancel()
	}
	for _, err := range c.Watch(t.Context()) {
		if err != nil {
			if !errors.Is(err, localapi.ErrBroken) {
				t.Errorf("Watch at the daemon's end: %v, want ErrBroken", err)
			}
			break
		}
		r.stop()
	}
	if _, err := c.State(t.Context()); !errors.Is(err, localapi.ErrNotRunning) {
		t.Errorf("State after the end: %v, want ErrNotRunning", err)
	}
}
