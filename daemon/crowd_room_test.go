package daemon

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"greenroom/daemon/conference"
	"greenroom/daemon/config"
	"greenroom/daemon/room"
	"greenroom/media"
	"greenroom/media/relay"
	"greenroom/meeting"
	"greenroom/meeting/directory"
	"greenroom/meeting/wire"
	"greenroom/systemd"
)

// crowdRoom is a whole daemon but for its devices, its keystore, its API and its hub: the real room, loop, translation
// and conference. Its media is made by frames, and it notes whose frames it opened.
type crowdRoom struct {
	*Daemon
	name string
	id   string
	pass pass
	wake chan struct{} // something below has changed; for the one who waits

	mu     sync.Mutex
	view   meeting.View
	sealed map[uint64]time.Time // epoch -> when the room began to send with it
	opened map[feed]time.Time   // when the newest frame that opened was sent
	frames int                  // opened
	gone   map[string]time.Time // when the relay said that somebody's stream is gone
	failed int                  // tries to connect since the relay was up
	notice room.Notice          // the last one on the screen that names the leader as a new one
	tiles  map[feed]room.TileReason
}

// pass is what a room joins with. It goes to the leader's process as JSON.
type pass struct {
	Name   string
	Ticket directory.Ticket
	Key    []byte // of the identity, as ecdsa.PrivateKey.Bytes has it
	Token  string // the relay's
}

func newCrowdRoom(ctx context.Context, p pass) (*crowdRoom, error) {
	service, err := systemd.NewNotifier()
	if err != nil {
		return nil, err
	}
	d, err := assemble(ctx, Options{
		Config: config.Config{
			Room:       config.Room{Name: p.Name, TimeZone: "UTC", Language: "en"},
			Camera:     config.Camera{Source: config.SourceNone, EnabledAtStart: true},
			Microphone: config.Microphone{Source: config.SourceNone, EnabledAtStart: true},
			Screen:     config.Screen{Slots: 9},
		},
		Log: slog.New(slog.DiscardHandler), Service: service,
	})
	if err != nil {
		return nil, err
	}
	r := &crowdRoom{
		Daemon: d, name: p.Name, id: p.Ticket.Participant.String(), pass: p, wake: make(chan struct{}, 1),
		sealed: map[uint64]time.Time{}, opened: map[feed]time.Time{}, gone: map[string]time.Time{},
		tiles: map[feed]room.TileReason{},
	}
	d.loop.effect = r.carryOut
	d.post(room.Ready{})
	return r, nil
}

// carryOut stands in for the hub and for attempt.meet; the rest is the daemon's.
func (r *crowdRoom) carryOut(e room.Effect) {
	switch e := e.(type) {
	case room.RequestTicket:
		r.post(room.TicketGranted{Attempt: e.Attempt, Number: e.Number})
	case room.EnterMeeting:
		r.enter(e.Attempt)
	default:
		r.Daemon.carryOut(e)
	}
}

// enter makes the conference of an attempt, as attempt.meet does.
func (r *crowdRoom) enter(number uint64) {
	ctx, cancel := context.WithCancel(context.Background())
	a := &attempt{d: r.Daemon, number: number, cancel: cancel}
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), r.pass.Key)
	if err == nil {
		a.conference, err = r.conference(a, key)
	}
	if err != nil {
		cancel()
		r.post(room.MeetingOver{Attempt: number, Code: room.CodeFault, Text: err.Error()})
		return
	}
	r.Daemon.mu.Lock()
	defer r.Daemon.mu.Unlock()
	r.current = a
	r.attempts.Go(func() {
		var sending sync.WaitGroup
		sending.Go(func() { r.send(ctx, a.conference) })
		err := a.conference.Run(ctx)
		cancel()
		sending.Wait()
		a.over(err)
	})
}

func (r *crowdRoom) conference(a *attempt, key *ecdsa.PrivateKey) (*conference.Conference, error) {
	public, err := key.PublicKey.Bytes()
	if err != nil {
		return nil, err
	}
	return conference.New(conference.Config{
		Ticket: r.pass.Ticket, Key: key, Public: public, Device: wire.DeviceID(r.pass.Ticket.Participant),
		Token: func(context.Context) (string, error) { return r.pass.Token, nil },
		Publish: []relay.Publication{
			{Stream: media.Camera, Codec: media.VP8, Width: 64, Height: 36},
			{Stream: media.Microphone, Codec: media.Opus},
		},
		Observer: &eye{&observer{attempt: a, dropped: map[string]int{}}, r},
		Rand:     r.rand, Now: r.now, Log: r.log,
	})
}

// run is the room's life, as Run's is.
func (r *crowdRoom) run(ctx context.Context) {
	parts, stop := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() { r.loop.run(parts) })
	wg.Go(func() { r.levels.run(parts, r.post) })
	wg.Go(func() { _ = r.playout.Run(parts) })
	wg.Go(func() {
		for state := range r.loop.Watch(parts) {
			r.watch(state)
		}
	})
	<-ctx.Done()
	r.leave()
	r.attempts.Wait()
	stop()
	wg.Wait()
}

// watch notes the notice of a new leader: it leaves the screen again.
func (r *crowdRoom) watch(s room.State) {
	if s.Meeting == nil {
		return
	}
	for _, n := range s.Meeting.Notices {
		if n.Kind == room.NoticeLeaderChanged && n.Name == s.Meeting.Encryption.Leader {
			r.note(func() { r.notice = n })
		}
	}
}

// join has somebody in the room join the meeting, as soon as the room is ready.
func (r *crowdRoom) join(ctx context.Context) error {
	watching, enough := context.WithCancel(ctx)
	defer enough()
	for state := range r.loop.Watch(watching) {
		if state.Phase == room.PhaseIdle {
			break
		}
	}
	_, err := r.loop.Do(ctx, room.OriginPanel, room.Command{Do: room.CommandJoin, Number: r.pass.Ticket.Number})
	return err
}

// note changes what the room's eye noted, and wakes who waits for it.
func (r *crowdRoom) note(f func()) {
	r.mu.Lock()
	f()
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// await waits until ok holds of what the room's screen shows and of what was noted. r.mu is held while it looks.
func (r *crowdRoom) await(t testing.TB, what string, ok func(room.State) bool) {
	t.Helper()
	deadline := time.After(crowdPatience)
	for {
		state, changed := r.loop.look()
		r.mu.Lock()
		done := ok(state)
		r.mu.Unlock()
		if done {
			return
		}
		select {
		case <-r.wake:
		case <-changed:
		case <-deadline:
			t.Fatalf("%s: %s did not come", r.name, what)
		}
	}
}

// String says how the room is, for messages.
func (r *crowdRoom) String() string {
	state := r.loop.State()
	r.mu.Lock()
	defer r.mu.Unlock()
	text := fmt.Sprintf("%s %s: %s, core %s, %d members, leader %s, epoch %d, sends with %d, %d tries to connect failed, %d frames opened",
		r.name, r.id, state.Phase, r.view.Phase, len(r.view.Members), r.view.Leader, r.view.Epoch, r.view.SealEpoch, r.failed, r.frames)
	for f, reason := range r.tiles {
		if reason != "" {
			text += fmt.Sprintf("; %s of %s: %s", f.stream, f.person, reason)
		}
	}
	return text
}

// look returns the core's view.
func (r *crowdRoom) look() meeting.View {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.view
}

// eye is the daemon's observer, and notes what it is told.
type eye struct {
	*observer
	r *crowdRoom
}

func (e *eye) LinkUp() {
	e.r.note(func() { e.r.failed = 0 })
	e.observer.LinkUp()
}

func (e *eye) LinkDown(reason error, retryIn time.Duration) {
	e.r.note(func() { e.r.failed++ })
	e.observer.LinkDown(reason, retryIn)
}

func (e *eye) Core(v meeting.View) {
	e.r.note(func() {
		e.r.view = v
		if _, known := e.r.sealed[v.SealEpoch]; !known {
			e.r.sealed[v.SealEpoch] = time.Now()
		}
	})
	e.observer.Core(v)
}

func (e *eye) PeerMedia(person string, s media.Stream, published, muted bool) {
	if !published {
		e.r.note(func() { e.r.gone[person] = time.Now() })
	}
	e.observer.PeerMedia(person, s, published, muted)
}

func (e *eye) TileHealth(person string, s media.Stream, reason room.TileReason) {
	e.r.note(func() { e.r.tiles[feed{person, s}] = reason })
	e.observer.TileHealth(person, s, reason)
}

func (e *eye) Play(person string, s media.Stream, f media.Frame) {
	if sent, ok := sentAt(f); ok {
		e.r.note(func() {
			e.r.frames++
			if at := e.r.opened[feed{person, s}]; sent.After(at) {
				e.r.opened[feed{person, s}] = sent
			}
		})
	}
	e.observer.Play(person, s, f)
}
