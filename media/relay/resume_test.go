package relay

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"

	"greenroom/media"
	"greenroom/media/relay/relaytest"
)

// proxy stands between a client and the relay's signalling, and can cut or freeze it. Media goes past it.
type proxy struct {
	listener net.Listener
	target   string
	running  sync.WaitGroup

	mu     sync.Mutex
	conns  []net.Conn
	frozen bool
}

func newProxy(t *testing.T, target string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, target: target}
	p.running.Go(p.serve)
	t.Cleanup(func() { _ = l.Close(); p.cut(); p.running.Wait() })
	return p
}

func (p *proxy) serve() {
	for {
		in, err := p.listener.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", p.target)
		if err != nil {
			_ = in.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, in, out)
		p.mu.Unlock()
		p.running.Go(func() { p.copy(out, in) })
		p.running.Go(func() { p.copy(in, out) })
	}
}

// copy passes bytes on; of a frozen proxy they vanish, as in a network that lost its way.
func (p *proxy) copy(to, from net.Conn) {
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		p.mu.Lock()
		frozen := p.frozen
		p.mu.Unlock()
		if !frozen && n > 0 {
			_, _ = to.Write(buffer[:n])
		}
		if err != nil {
			_ = to.Close()
			return
		}
	}
}

// cut breaks all connections; new ones are taken.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
}

func (p *proxy) freeze(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.frozen = on
}

// joinThrough joins over the proxy.
func joinThrough(t *testing.T, p *proxy, srv *relaytest.Server, name string) *client {
	t.Helper()
	h := newObserver(t)
	c := run(t, New(Config{
		URL: "ws://" + p.listener.Addr().String(), Publish: both(), Handler: h, Log: testLog(),
		Token: func(context.Context) (string, error) { return srv.Token(name, "room", relaytest.TokenOptions{}) },
	}), h, name)
	c.wait("connected", func(h *observer) bool { return h.connected == 1 })
	return c
}

func TestResume(t *testing.T) {
	srv := startRelay(t)
	p := newProxy(t, strings.TrimPrefix(srv.URL(), "ws://"))
	a, b := joinThrough(t, p, srv, "aspen"), join(t, srv, "room", "birch", both()...)
	exchange(t, a, b, media.Camera)
	exchange(t, b, a, media.Microphone)

	p.cut()
	a.wait("the loss", func(h *observer) bool { return h.disconnected > 0 })
	a.SetMuted(media.Microphone, true) // nobody can be told now
	cedar := join(t, srv, "room", "cedar")
	a.wait("resumed", func(h *observer) bool { return h.resumed == 1 && h.connected == 2 })
	a.wait("who came meanwhile", func(h *observer) bool { return h.present["birch"] && h.present["cedar"] })
	b.wait("what was muted meanwhile", func(h *observer) bool { return h.tracks["aspen"][media.Microphone] })
	exchange(t, a, b, media.Camera)
	exchange(t, b, a, media.Camera)
	if err := a.Send([]string{"cedar"}, []byte("resumed")); err != nil {
		t.Fatal(err)
	}
	cedar.wait("the message", func(h *observer) bool { return string(h.lastData["aspen"]) == "resumed" })
	b.check(func(h *observer) {
		if h.connected != 1 || !h.present["aspen"] {
			t.Errorf("birch noticed: connected %d times, aspen present: %v", h.connected, h.present["aspen"])
		}
	})
	if c := a.Counters(); c.Joins != 1 || c.Resumes != 1 {
		t.Errorf("%d joins, %d resumes", c.Joins, c.Resumes)
	}
}

func TestSilentRelayIsNoticed(t *testing.T) {
	srv := startRelay(t)
	p := newProxy(t, strings.TrimPrefix(srv.URL(), "ws://"))
	a := joinThrough(t, p, srv, "aspen")
	p.freeze(true)
	a.wait("the silence", func(h *observer) bool { return h.disconnected > 0 })
	p.freeze(false)
	a.wait("back", func(h *observer) bool { return h.connected == 2 })
}
