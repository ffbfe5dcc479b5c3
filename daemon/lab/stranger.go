package lab

import (
	"context"
	_ "embed"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"time"
)

//go:embed stranger.html
var strangerPage []byte

// Stranger is a participant of the relay's room with a valid relay token, LiveKit's stock browser client, and no key.
type Stranger struct {
	*Page
	server *http.Server
	done   chan struct{}
}

// Counted is what a stranger got to see.
type Counted struct {
	Tracks int     `json:"tracks"`
	Fewest int     `json:"fewest"` // pictures, or packets of sound, that came in whole by each of the tracks
	Bytes  int     `json:"bytes"`  // of media that came in
	Frames int     `json:"frames"` // pictures that its decoder could make of them
	Energy float64 `json:"energy"` // of the sound it played
}

// OpenStranger joins a room of the relay as a stranger.
func (b *Browser) OpenStranger(ctx context.Context, root, url, token string) (*Stranger, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serve the stranger's page: %w", err)
	}
	client := filepath.Join(root, "web/node_modules/livekit-client/dist/livekit-client.umd.js")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(strangerPage)
	})
	mux.HandleFunc("GET /livekit-client.js", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, client) })
	s := &Stranger{server: &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		_ = s.server.Serve(listener)
	}()
	if s.Page, err = b.Open(ctx, "http://"+listener.Addr().String()+"/", 640, 480); err == nil {
		_, err = Eval[bool](ctx, s.Page, fmt.Sprintf("stranger.join(%q, %q).then(() => true)", url, token))
	}
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("the stranger did not get in: %w", err)
	}
	return s, nil
}

// Count returns what the stranger got to see until now.
func (s *Stranger) Count(ctx context.Context) (Counted, error) {
	return Eval[Counted](ctx, s.Page, "stranger.count()")
}

// Await waits until what the stranger got is enough, and returns it. Errors: ctx ended before.
func (s *Stranger) Await(ctx context.Context, enough func(Counted) bool) (Counted, error) {
	for {
		got, err := s.Count(ctx)
		if err != nil || enough(got) {
			return got, err
		}
		select { // a browser's counters change without an event
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return got, fmt.Errorf("a stranger got only %+v: %w", got, context.Cause(ctx))
		}
	}
}

// Close leaves the relay's room and closes the page.
func (s *Stranger) Close() {
	if s.Page != nil {
		s.Page.Close()
	}
	_ = s.server.Close()
	<-s.done
}
