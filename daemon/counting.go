package daemon

import (
	"context"
	"reflect"
	"sync"
	"time"

	"greenroom/daemon/room"
	"greenroom/daemon/tally"
	"greenroom/media"
	"greenroom/media/relay"
)

// countEvery is how often State learns what was counted.
const countEvery = 5 * time.Second

// counting gathers what the parts count. The zero counting is ready; its methods may be called from any goroutine.
type counting struct {
	frames tally.Tally

	mu      sync.Mutex
	ended   relay.Counters // of the meetings that are over
	current *func() relay.Counters
	screen  room.ScreenCounters
}

// meeting has a connection to a relay counted, until stop is called.
func (c *counting) meeting(counters func() relay.Counters) (stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fold()
	c.current = &counters
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.current == &counters { // else it was counted when the next one began
			c.fold()
		}
	}
}

// fold is called with the lock held.
func (c *counting) fold() {
	if c.current != nil {
		c.ended = c.ended.Plus((*c.current)())
		c.current = nil
	}
}

// page takes what the page on the wall tells of itself.
func (c *counting) page(s room.ScreenCounters) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.screen = s
}

// relayed returns the sum over all connections to relays.
func (c *counting) relayed() relay.Counters {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current == nil {
		return c.ended
	}
	return c.ended.Plus((*c.current)())
}

// read returns what was counted so far.
func (c *counting) read() room.Counters {
	r := c.relayed()
	all := room.Counters{Relay: room.RelayCounters{
		Sent: r.FramesSent, Received: r.FramesReceived, Incomplete: r.Assembly.Dropped + r.Assembly.Skipped,
		Injected: r.FramesInjected, PacketsLost: r.Assembly.Lost, PacketsLate: r.Assembly.Late,
		KeyframeAsks: r.KeyframesAsked, Joins: r.Joins, Resumes: r.Resumes,
	}}
	c.mu.Lock()
	all.Screen = c.screen
	c.mu.Unlock()
	for _, s := range []media.Stream{media.Microphone, media.Camera, media.Content, media.ContentAudio} {
		of := func(step tally.Step) uint64 { return c.frames.Of(s, step) }
		all.Streams = append(all.Streams, room.StreamCounters{
			Stream: s.String(), Captured: of(tally.Captured), Encoded: of(tally.Encoded), Sealed: of(tally.Sealed), Keyless: of(tally.Keyless),
			Opened: of(tally.Opened), Withheld: of(tally.Withheld), WaitingKey: of(tally.WaitingKey),
			WrongKey: of(tally.WrongKey), Replayed: of(tally.Replayed), Unencrypted: of(tally.Unencrypted),
		})
	}
	return all
}

// run tells the counts while they change, until ctx ends.
func (c *counting) run(ctx context.Context, post func(room.Event)) {
	ticker := time.NewTicker(countEvery)
	defer ticker.Stop()
	var told room.Counters
	for {
		if now := c.read(); !reflect.DeepEqual(now, told) {
			told = now
			post(room.Counted{Counters: now})
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
