package relay

import (
	"context"
	"slices"
	"testing"
	"time"

	"greenroom/media"
	"greenroom/media/relay/relaytest"
)

// clock is a Handler that measures how long frames and data take.
type clock struct {
	connected, present chan struct{}
	frames             chan media.Frame
	data               chan []byte
	keyframe           chan struct{}
}

func newClock() *clock {
	return &clock{
		connected: make(chan struct{}, 1), present: make(chan struct{}, 4), frames: make(chan media.Frame, 64),
		data: make(chan []byte, 4), keyframe: make(chan struct{}, 64),
	}
}

func (c *clock) Connected(s Session) {
	c.connected <- struct{}{}
	for range s.Participants {
		c.present <- struct{}{}
	}
}
func (c *clock) Disconnected(error, time.Duration)             {}
func (c *clock) ParticipantJoined(Participant)                 { c.present <- struct{}{} }
func (c *clock) ParticipantLeft(string)                        {}
func (c *clock) TrackPublished(string, media.Stream)           {}
func (c *clock) TrackGone(string, media.Stream)                {}
func (c *clock) TrackMuted(string, media.Stream, bool)         {}
func (c *clock) Data(_ string, payload []byte)                 { c.data <- payload }
func (c *clock) Frame(_ string, _ media.Stream, f media.Frame) { c.frames <- f }
func (c *clock) KeyframeWanted(media.Stream)                   { c.keyframe <- struct{}{} }

// pair connects two clients for a benchmark; the first publishes a camera.
func pair(b *testing.B) (*Client, *clock) {
	b.Helper()
	srv := startRelay(b)
	clocks := [2]*clock{newClock(), newClock()}
	var clients [2]*Client
	for i, name := range []string{"aspen", "birch"} {
		cfg := Config{URL: srv.URL(), Handler: clocks[i], Token: func(context.Context) (string, error) {
			return srv.Token(name, "room", relaytest.TokenOptions{})
		}}
		if i == 0 {
			cfg.Publish = both()[:1]
		}
		clients[i] = New(cfg)
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan struct{})
		go func() { defer close(ended); _ = clients[i].Run(ctx) }()
		b.Cleanup(func() { cancel(); <-ended })
		<-clocks[i].connected
	}
	<-clocks[0].present
	return clients[0], clocks[1]
}

// BenchmarkFrame measures a frame of 8.3 kB from WriteFrame to the other's handler, through the real relay, and of
// that what passes between its last packet's arrival and the handler.
func BenchmarkFrame(b *testing.B) {
	sender, receiver := pair(b)
	n := uint32(0)
	write := func(keyframe bool) {
		n++
		if err := sender.WriteFrame(media.Camera, makeFrame(media.VP8, keyframe, n, 8_300)); err != nil {
			b.Fatal(err)
		}
	}
	for warm := false; !warm; {
		write(true)
		select {
		case <-receiver.frames:
			warm = true
		case <-time.After(20 * time.Millisecond):
		}
	}
	for drained := false; !drained; {
		select {
		case <-receiver.frames:
		case <-time.After(500 * time.Millisecond):
			drained = true
		}
	}
	var whole, last []time.Duration
	for b.Loop() {
		began := time.Now()
		write(true)
		f := <-receiver.frames
		now := time.Now()
		whole, last = append(whole, now.Sub(began)), append(last, now.Sub(f.Captured))
	}
	report(b, "sent-to-frame", whole)
	report(b, "last-packet-to-frame", last)
}

// BenchmarkData measures a message of 1 kB through the real relay.
func BenchmarkData(b *testing.B) {
	sender, receiver := pair(b)
	var delays []time.Duration
	for b.Loop() {
		began := time.Now()
		if err := sender.Send(nil, make([]byte, 1000)); err != nil {
			b.Fatal(err)
		}
		<-receiver.data
		delays = append(delays, time.Since(began))
	}
	report(b, "sent-to-received", delays)
}

// BenchmarkJoin measures from Run to Connected.
func BenchmarkJoin(b *testing.B) {
	srv := startRelay(b)
	for b.Loop() {
		c := newClock()
		client := New(Config{URL: srv.URL(), Handler: c, Publish: both(), Token: func(context.Context) (string, error) {
			return srv.Token("aspen", "room", relaytest.TokenOptions{})
		}})
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan struct{})
		go func() { defer close(ended); _ = client.Run(ctx) }()
		<-c.connected
		b.StopTimer()
		cancel()
		<-ended
		b.StartTimer()
	}
}

func report(b *testing.B, name string, d []time.Duration) {
	slices.Sort(d)
	for _, p := range []struct {
		name string
		at   int
	}{{"p50", 50}, {"p95", 95}} {
		b.ReportMetric(float64(d[len(d)*p.at/100].Microseconds()), name+"-"+p.name+"-µs")
	}
}
