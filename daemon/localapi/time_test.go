package localapi

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"greenroom/daemon/localapi/localapitest"
	"greenroom/daemon/room"
)

// pipes is a listener of connections in memory, on which time may be a test's.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { close(p.done); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes", Net: "unix"} }

// watching serves the events in memory and opens a stream; the rest of the answer's head is read.
func watching(t *testing.T, loop *localapitest.Loop) (client net.Conn, lines *bufio.Reader) {
	t.Helper()
	s := &Server{room: loop, log: slog.New(slog.DiscardHandler)}
	mux := http.NewServeMux()
	s.addAPI(mux)
	let := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { mux.ServeHTTP(w, withCaller(r, caller{control: true})) })
	l := &pipes{make(chan net.Conn), make(chan struct{})}
	ctx, cancel := context.WithCancelCause(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.serve(ctx, l, let, nil, cancel)
	}()
	client, server := net.Pipe()
	t.Cleanup(func() {
		client.Close()
		cancel(nil)
		<-ended
		loop.Wait()
	})
	l.conns <- server
	if _, err := io.WriteString(client, "GET /v1/events HTTP/1.1\r\nHost: room\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(client), nil)
	if err != nil {
		t.Fatal(err)
	}
	return client, bufio.NewReader(resp.Body)
}

// read returns the next line that is not empty, and when it came.
func read(t *testing.T, lines *bufio.Reader) (string, time.Time) {
	t.Helper()
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if line = strings.TrimSpace(line); line != "" {
			return line, time.Now()
		}
	}
}

// TestStreamLastsInSilence: the limits of a request end no stream, and a comment comes every 15 seconds.
func TestStreamLastsInSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, lines := watching(t, localapitest.New())
		for line, _ := read(t, lines); !strings.HasPrefix(line, "data:"); line, _ = read(t, lines) {
		}
		began := time.Now()
		for i := range 10 {
			line, at := read(t, lines)
			if line != ": still here" || at.Sub(began) != time.Duration(i+1)*commentTime {
				t.Errorf("after %v: %q, want a comment after %v", at.Sub(began), line, time.Duration(i+1)*commentTime)
			}
		}
	})
}

// TestStreamIsPaced: changes without end make 20 events a second, each with the newest State.
func TestStreamIsPaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		loop := localapitest.New()
		_, lines := watching(t, loop)
		stop := make(chan struct{})
		stopped := make(chan struct{})
		go func() {
			defer close(stopped)
			ticker := time.NewTicker(time.Millisecond)
			defer ticker.Stop()
			for level := 0; ; level++ {
				select {
				case <-ticker.C:
					loop.Post(room.Levels{Mine: level % 100})
				case <-stop:
					return
				}
			}
		}()
		began, events := time.Now(), 0
		for time.Since(began) < 10*time.Second {
			if line, _ := read(t, lines); strings.HasPrefix(line, "data:") {
				events++
			}
		}
		close(stop)
		<-stopped
		if events < 190 || events > 202 {
			t.Errorf("%d events in 10 seconds, want about 200", events)
		}
	})
}

// TestClientThatDoesNotRead is cut off, and nobody waits for it.
func TestClientThatDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		loop := localapitest.New()
		client, lines := watching(t, loop)
		for line, _ := read(t, lines); !strings.HasPrefix(line, "data:"); line, _ = read(t, lines) {
		}
		began := time.Now()
		loop.Post(room.HubChanged{State: room.HubDown})
		loop.Wait() // its watch has ended
		if took := time.Since(began); took < eventTime || took > eventTime+time.Second {
			t.Errorf("it was cut off after %v, want %v", took, eventTime)
		}
		io.Copy(io.Discard, client)
	})
}
