package relay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"greenroom/media"
	"greenroom/media/relay/relaytest"
)

// patience bounds every wait of a test that is about to fail.
const patience = time.Minute

// observer is a Handler that keeps what it is told.
type observer struct {
	t       *testing.T
	mu      sync.Mutex
	changed chan struct{} // closed and replaced at each change

	connected, disconnected int
	resumed                 int
	lastError               error
	present                 map[string]bool
	tracks                  map[string]map[media.Stream]bool // value: muted
	lastData                map[string][]byte
	dataCount               map[string]int
	intact                  map[string]map[media.Stream]int // frames that are what their sender made
	keyframes               map[string]int
	damaged                 int
	wanted                  int
	speakers                []string
	delays                  []time.Duration
	onKeyframe              func(media.Stream)
}

func newObserver(t *testing.T) *observer {
	h := &observer{t: t, changed: make(chan struct{})}
	h.forget()
	h.dataCount, h.lastData = map[string]int{}, map[string][]byte{}
	h.intact, h.keyframes = map[string]map[media.Stream]int{}, map[string]int{}
	return h
}

func (h *observer) forget() {
	h.present, h.tracks = map[string]bool{}, map[string]map[media.Stream]bool{}
}

// update changes the observer and wakes who waits.
func (h *observer) update(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
	close(h.changed)
	h.changed = make(chan struct{})
}

func (h *observer) Connected(s Session) {
	h.update(func() {
		h.connected++
		if s.Resumed {
			h.resumed++
			return
		}
		h.forget()
		clear(h.intact)
		for _, p := range s.Participants {
			h.present[p.Identity] = true
		}
	})
}

func (h *observer) Disconnected(err error, _ time.Duration) {
	h.update(func() { h.disconnected++; h.lastError = err })
}

func (h *observer) ParticipantJoined(p Participant) {
	h.update(func() {
		if h.present[p.Identity] {
			h.t.Errorf("%s joined twice", p.Identity)
		}
		h.present[p.Identity] = true
	})
}

func (h *observer) ParticipantLeft(id string) {
	h.update(func() {
		if !h.present[id] || len(h.tracks[id]) > 0 {
			h.t.Errorf("%s left: present %v, tracks %v", id, h.present[id], h.tracks[id])
		}
		delete(h.present, id)
	})
}

func (h *observer) TrackPublished(id string, s media.Stream) {
	h.update(func() {
		if _, twice := h.tracks[id][s]; twice || !h.present[id] {
			h.t.Errorf("%s of %s published: twice %v, present %v", s, id, twice, h.present[id])
		}
		if h.tracks[id] == nil {
			h.tracks[id] = map[media.Stream]bool{}
		}
		h.tracks[id][s] = false
	})
}

func (h *observer) TrackGone(id string, s media.Stream) {
	h.update(func() { delete(h.tracks[id], s) })
}

func (h *observer) TrackMuted(id string, s media.Stream, muted bool) {
	h.update(func() {
		if h.tracks[id] == nil {
			h.tracks[id] = map[media.Stream]bool{}
		}
		h.tracks[id][s] = muted
	})
}

func (h *observer) Data(from string, payload []byte) {
	h.update(func() { h.dataCount[from]++; h.lastData[from] = payload })
}

func (h *observer) Frame(from string, s media.Stream, f media.Frame) {
	h.update(func() {
		if h.intact[from] == nil {
			h.intact[from] = map[media.Stream]int{}
		}
		sent, ok := checkFrame(f)
		if !ok {
			h.damaged++
			return
		}
		h.intact[from][s]++
		h.delays = append(h.delays, time.Since(sent))
		if f.Keyframe {
			h.keyframes[from]++
		}
	})
}

func (h *observer) KeyframeWanted(s media.Stream) {
	h.update(func() { h.wanted++ })
	if h.onKeyframe != nil {
		h.onKeyframe(s)
	}
}

func (h *observer) Speakers(identities []string) {
	h.update(func() { h.speakers = identities })
}

// makeFrame makes a frame that looks like VP8 (or Opus) to the relay, says when it was made, and can be told from
// a damaged one: header, time, filling, and a hash of all that.
func makeFrame(codec media.Codec, keyframe bool, n uint32, size int) media.Frame {
	data := []byte{0xfc}
	if codec == media.VP8 {
		data = []byte{0x11, 0, 0}
		if keyframe { // frame tag, start code, 1280x720
			data = []byte{0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x00, 0x05, 0xd0, 0x02}
		}
	}
	data = fmt.Appendf(data, "%020d", time.Now().UnixNano())
	data = append(data, bytes.Repeat([]byte{byte(n)}, size)...)
	sum := fnv.New64a()
	_, _ = sum.Write(data)
	ticks := uint32(3000)
	if codec == media.Opus {
		ticks = 960
	}
	return media.Frame{
		Codec: codec, Keyframe: keyframe, Timestamp: n * ticks, Level: 20, Voice: true, Data: sum.Sum(data),
	}
}

// checkFrame tells when a frame was made, and whether it is whole.
func checkFrame(f media.Frame) (sent time.Time, ok bool) {
	head := 1
	if f.Codec == media.VP8 {
		head = 3
		if f.Keyframe {
			head = 10
		}
	}
	if len(f.Data) < head+20+8 {
		return sent, false
	}
	sum := fnv.New64a()
	_, _ = sum.Write(f.Data[:len(f.Data)-8])
	var ns int64
	_, err := fmt.Sscanf(string(f.Data[head:head+20]), "%d", &ns)
	return time.Unix(0, ns), err == nil && bytes.Equal(sum.Sum(nil), f.Data[len(f.Data)-8:])
}

// client is a running Client with its observer.
type client struct {
	*Client
	*observer
	t      *testing.T
	name   string
	cancel context.CancelFunc
	ended  chan struct{}
	err    error
}

func startRelay(t testing.TB) *relaytest.Server {
	t.Helper()
	return startRelayWith(t, relaytest.Options{})
}

func startRelayWith(t testing.TB, o relaytest.Options) *relaytest.Server {
	t.Helper()
	leaks(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	srv, err := relaytest.Start(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Kill(); _ = srv.Stop() })
	return srv
}

func both() []Publication {
	return []Publication{
		{Stream: media.Camera, Codec: media.VP8, Width: 1280, Height: 720},
		{Stream: media.Microphone, Codec: media.Opus},
	}
}

// start starts a client; join also waits until it is connected.
func start(t *testing.T, srv *relaytest.Server, room, name string, o relaytest.TokenOptions, p ...Publication) *client {
	t.Helper()
	h := newObserver(t)
	return run(t, New(Config{
		URL: srv.URL(), Publish: p, Handler: h, Log: testLog(),
		Token: func(context.Context) (string, error) { return srv.Token(name, room, o) },
	}), h, name)
}

func join(t *testing.T, srv *relaytest.Server, room, name string, p ...Publication) *client {
	t.Helper()
	c := start(t, srv, room, name, relaytest.TokenOptions{}, p...)
	c.wait("connected", func(h *observer) bool { return h.connected > 0 })
	return c
}

func run(t *testing.T, c *Client, h *observer, name string) *client {
	ctx, cancel := context.WithCancel(context.Background())
	r := &client{Client: c, observer: h, t: t, name: name, cancel: cancel, ended: make(chan struct{})}
	go func() { defer close(r.ended); r.err = c.Run(ctx) }()
	t.Cleanup(r.stop)
	return r
}

func (c *client) stop() { c.cancel(); <-c.ended }

// wait waits until what it waits for is so.
func (c *client) wait(what string, so func(*observer) bool) {
	c.t.Helper()
	deadline := time.After(patience)
	for {
		c.observer.mu.Lock()
		done, changed := so(c.observer), c.changed
		last := c.lastError
		c.observer.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-time.After(50 * time.Millisecond): // counters change without a call
		case <-deadline:
			c.t.Fatalf("%s waited in vain for: %s (last error: %v; %+v)", c.name, what, last, c.Counters())
		}
	}
}

func (c *client) check(f func(*observer)) {
	c.observer.mu.Lock()
	defer c.observer.mu.Unlock()
	f(c.observer)
}

func (c *client) wantRefusal(why Refusal) {
	c.t.Helper()
	select {
	case <-c.ended:
	case <-time.After(patience):
		c.t.Fatal("the client goes on")
	}
	var refused *RefusedError
	if !errors.As(c.err, &refused) || refused.Reason != why {
		c.t.Fatalf("got %v, want %s", c.err, why)
	}
}

// send sends a stream at its rate until it is stopped: pictures with a keyframe only when one is wanted.
func (c *client) send(stream media.Stream) (stop func()) {
	codec, rate, size := media.VP8, 33*time.Millisecond, 8_300
	if stream.Audio() {
		codec, rate, size = media.Opus, 20*time.Millisecond, 120
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(rate)
		defer tick.Stop()
		served := -1
		for n := uint32(0); ; n++ {
			c.observer.mu.Lock()
			wanted := c.wanted
			c.observer.mu.Unlock()
			f := makeFrame(codec, wanted != served, n, size)
			if err := c.WriteFrame(stream, f); err == nil {
				served = wanted
			} else if !errors.Is(err, ErrNotConnected) && !errors.Is(err, io.ErrClosedPipe) {
				c.t.Errorf("%s sends %s: %v", c.name, stream, err)
			}
			select {
			case <-tick.C:
			case <-done:
				return
			}
		}
	}()
	return func() { close(done); <-ended }
}

// testLog logs to standard error if RELAY_LOG is set.
func testLog() *slog.Logger {
	if os.Getenv("RELAY_LOG") == "" {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// leaks checks at the end of the test that no goroutine of the relay or of pion is left.
func leaks(t testing.TB) {
	t.Cleanup(func() {
		deadline := time.Now().Add(patience)
		for {
			left := ourGoroutines()
			if left == "" {
				return
			}
			if time.Now().After(deadline) {
				t.Errorf("goroutines are left:\n%s", left)
				return
			}
			time.Sleep(time.Millisecond) // nobody tells of a goroutine's end; looking stops the world
		}
	})
}

func ourGoroutines() string {
	buffer := make([]byte, 1<<20)
	buffer = buffer[:runtime.Stack(buffer, true)]
	var left []string
	for i, g := range strings.Split(string(buffer), "\n\n") {
		if i > 0 && (strings.Contains(g, "github.com/pion/") || strings.Contains(g, "greenroom/media/relay.")) {
			left = append(left, g)
		}
	}
	return strings.Join(left, "\n\n")
}
