package daemon

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/binary"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"greenroom/daemon/conference"
	"greenroom/daemon/config"
	"greenroom/daemon/room"
	"greenroom/media"
	"greenroom/meeting/wire"
)

// networkProcess makes this test program be a room behind a bad network, in a process of its own: with a real camera
// command and encoder, and without a screen. It reads its networkPass from its standard input, writes a sample ten times a
// second, and ends when its input does.
const networkProcess = "GREENROOM_TEST_NETWORK"

// networkPass is what such a room joins with.
type networkPass struct {
	pass
	Program    string // greenroom-capture
	Camera     []string
	Microphone []string
}

// sample is what came of the other since the last sample.
type sample struct {
	At       time.Time
	In       bool // the room is in the meeting
	Pictures int
	Height   int           // of the pictures; 0: none came yet
	Longest  time.Duration // without a picture
	Freezes  int
	Sound    int           // packets
	Missing  int           // packets of sound
	Silence  time.Duration // the longest stretch of sound that did not come
	Reason   room.TileReason
	Uplink   int // bits a second that this room's own way carries, as it estimates; 0: not told yet
}

// freeze is how long a picture must stand for somebody to see it: pictures come every 33 ms.
const freeze = 200 * time.Millisecond

// networkRoom is a room and what it has seen since the last sample.
type networkRoom struct {
	*Daemon
	mu     sync.Mutex
	sample sample
	last   time.Time // when the latest picture came
	frozen bool      // the present freeze is counted
	sound  uint32    // the latest sound's timestamp
	heard  bool
}

func beNetworkRoom(in io.Reader, out io.Writer) error {
	var p networkPass
	input := json.NewDecoder(in)
	if err := input.Decode(&p); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	base, err := newCrowdRoom(ctx, p.pass)
	if err != nil {
		return err
	}
	r := &networkRoom{Daemon: base.Daemon}
	r.log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	r.capture = newCapture(ctx, config.Config{
		Camera:     config.Camera{Source: config.SourcePipe, Command: p.Camera, Width: 1280, Height: 720, FPS: 30, EnabledAtStart: true},
		Microphone: config.Microphone{Source: config.SourcePipe, Command: p.Microphone, EnabledAtStart: true},
		Capture:    config.Capture{Program: p.Program},
	}, r.post, r.levels, nil, r.log)
	go func() {
		_, _ = io.Copy(io.Discard, in) // until the tests' process is gone
		cancel()
	}()
	return r.run(ctx, p, json.NewEncoder(out))
}

// run is the room's life.
func (r *networkRoom) run(ctx context.Context, p networkPass, out *json.Encoder) error {
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), p.Key)
	if err != nil {
		return err
	}
	public, err := key.PublicKey.Bytes()
	if err != nil {
		return err
	}
	a := &attempt{d: r.Daemon, number: 1}
	c, err := conference.New(conference.Config{
		Ticket: p.Ticket, Key: key, Public: public, Device: wire.DeviceID(p.Ticket.Participant),
		Token:   func(context.Context) (string, error) { return p.Token, nil },
		Publish: r.capture.publications(), Selective: true,
		Observer: &networkEye{&observer{attempt: a, dropped: map[string]int{}}, r},
		Rand:     r.rand, Now: r.now, Log: r.log,
	})
	if err != nil {
		return err
	}
	a.conference = c
	send := func(s media.Stream, f media.Frame) { _ = c.Send(s, f) }
	r.capture.send.Store(&send)
	r.stage.toldTo(c.Show)
	var parts sync.WaitGroup
	parts.Go(func() { r.loop.run(ctx) })
	parts.Go(func() { _ = r.playout.Run(ctx) })
	parts.Go(func() { r.capture.run(ctx, r.log) })
	parts.Go(func() { r.report(ctx, out) })
	r.capture.use(true)
	err = c.Run(ctx)
	parts.Wait()
	return err
}

// report writes the samples.
func (r *networkRoom) report(ctx context.Context, out *json.Encoder) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			r.mu.Lock()
			r.stands(now)
			r.sample.At = now
			s := r.sample
			r.sample = sample{In: s.In, Height: s.Height, Reason: s.Reason, Uplink: s.Uplink}
			r.mu.Unlock()
			if out.Encode(s) != nil {
				return
			}
		}
	}
}

// stands notes for how long the picture has stood. It is called with the lock held.
func (r *networkRoom) stands(now time.Time) {
	if r.last.IsZero() {
		return
	}
	gap := now.Sub(r.last)
	r.sample.Longest = max(r.sample.Longest, gap)
	if gap >= freeze && !r.frozen {
		r.frozen = true
		r.sample.Freezes++
	}
}

// networkEye is the daemon's observer, and shows the other person as a screen does.
type networkEye struct {
	*observer
	r *networkRoom
}

func (e *networkEye) PeerMedia(person string, s media.Stream, published, muted bool) {
	if s == media.Camera && published {
		e.r.stage.assign([]room.SlotUse{{Slot: 0, Person: person, Stream: s.String()}})
	}
	e.observer.PeerMedia(person, s, published, muted)
}

func (e *networkEye) Uplink(bitsPerSecond int) {
	e.r.mu.Lock()
	e.r.sample.Uplink = bitsPerSecond
	e.r.mu.Unlock()
	e.observer.Uplink(bitsPerSecond)
}

func (e *networkEye) TileHealth(person string, s media.Stream, reason room.TileReason) {
	if s == media.Camera {
		e.r.mu.Lock()
		e.r.sample.Reason = reason
		e.r.mu.Unlock()
	}
	e.observer.TileHealth(person, s, reason)
}

func (e *networkEye) Play(person string, s media.Stream, f media.Frame) {
	e.r.mu.Lock()
	e.r.see(s, f)
	e.r.mu.Unlock()
	e.observer.Play(person, s, f)
}

// see counts an opened frame. It is called with the lock held.
func (r *networkRoom) see(s media.Stream, f media.Frame) {
	const ticks = 960 // 20 ms of sound
	switch s {
	case media.Camera:
		now := time.Now()
		r.stands(now)
		r.last, r.frozen = now, false
		r.sample.In = true
		r.sample.Pictures++
		if f.Keyframe && len(f.Data) >= 10 {
			r.sample.Height = int(binary.LittleEndian.Uint16(f.Data[8:]) & 0x3fff)
		}
	case media.Microphone:
		if step := int32(f.Timestamp - r.sound); r.heard && step > ticks {
			r.sample.Missing += int(step/ticks) - 1
			r.sample.Silence = max(r.sample.Silence, time.Duration(step-ticks)*time.Second/48_000)
		}
		r.sound, r.heard = f.Timestamp, true
		r.sample.Sound++
	}
}

// startedAs runs this program as one of its other selves, if it was started as that.
func startedAs() (bool, error) {
	switch {
	case os.Getenv(leaderProcess) != "":
		return true, beLeader(os.Stdin, os.Stdout)
	case os.Getenv(networkProcess) != "":
		return true, beNetworkRoom(os.Stdin, os.Stdout)
	case os.Getenv(sendersProcess) != "":
		return true, beSenders(os.Stdin, os.Stdout)
	}
	return false, nil
}
