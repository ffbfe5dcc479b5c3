// Package daemon is greenroomd: it joins the parts that know nothing of each other to one room.
//
//	panel, screen, greenroomctl --localapi--> loop <--events-- hub, capture, conference, equipment
//	                                           |
//	                                           +--effects--> attempt (hub, conference), capture, stage, equipment
//
// The loop owns the room's state machine and is the only one to touch it. Everything else runs beside it, posts events
// and is told by effects. An attempt is one try to join and the meeting that comes of it. What any part does when
// another is away: it waits or tries again; the room goes on.
package daemon

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"greenroom/daemon/calendar"
	"greenroom/daemon/config"
	"greenroom/daemon/equipment"
	"greenroom/daemon/kept"
	"greenroom/daemon/localapi"
	"greenroom/daemon/room"
	"greenroom/media"
	"greenroom/media/playout"
	"greenroom/media/source"
	"greenroom/meeting"
	"greenroom/systemd"
	"greenroom/web"
)

// Options is what Run needs.
type Options struct {
	Config  config.Config
	Version string
	Log     *slog.Logger
	// Service is the service manager, which may be none.
	Service *systemd.Notifier
	// Now is the room's clock; nil: the system's.
	Now func() time.Time
}

// Daemon is the room with all its parts.
type Daemon struct {
	cfg  config.Config
	log  *slog.Logger
	now  func() time.Time
	rand io.Reader

	loop    *loop
	levels  *levels
	counts  counting
	capture *capture
	playout *playout.Playout
	preview *playout.Playout // of the room's own picture, to panels
	stage   *stage
	secured secured

	equipment *equipment.Equipment
	bookings  *calendar.Feed // nil: the room has no calendar
	kept      *kept.Keeper   // of what people have set

	keys *keyring
	self atomic.Pointer[self] // nil until the keystore is open

	muting   sync.Mutex // what is told last is what is so
	mu       sync.Mutex
	current  *attempt // the attempt that is under way, or nil
	closing  bool     // no more attempts
	attempts sync.WaitGroup
}

// Run is the room's life. It returns nil when ctx ended and everything was put away in order, and an error when the
// room cannot be served at all (another daemon has the socket, the configuration cannot work). What can be mended
// while the daemon runs is a fault on the screen instead.
func Run(ctx context.Context, o Options) error {
	d, err := assemble(ctx, o)
	if err != nil {
		return err
	}
	api, err := d.serve()
	if err != nil {
		return err
	}
	// Attempts say farewell before the parts that carry it go.
	parts, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var wg sync.WaitGroup
	failed := make(chan error, 1)
	run := func(part func(context.Context) error) {
		wg.Go(func() {
			if err := part(parts); err != nil {
				select {
				case failed <- err:
				default:
				}
			}
		})
	}
	run(func(ctx context.Context) error { d.loop.run(ctx); return nil })
	run(func(ctx context.Context) error { d.levels.run(ctx, d.post); return nil })
	run(func(ctx context.Context) error { d.counts.run(ctx, d.post); return nil })
	run(func(ctx context.Context) error { d.capture.run(ctx, o.Log); return nil })
	run(func(ctx context.Context) error { d.equipment.Run(ctx); return nil })
	run(func(ctx context.Context) error { d.kept.Run(ctx); return nil })
	if d.bookings != nil {
		run(func(ctx context.Context) error { d.bookings.Run(ctx); return nil })
	}
	run(d.playout.Run)
	run(d.preview.Run)
	run(api.Run)
	run(func(ctx context.Context) error { return d.open(ctx, o.Service) })

	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	_ = o.Service.Stopping("leaving")
	d.mu.Lock()
	d.closing = true
	d.mu.Unlock()
	d.leave()
	d.attempts.Wait()
	stop()
	wg.Wait()
	_ = d.kept.Flush() // which the log tells
	return err
}

// assemble makes the parts; nothing runs yet.
func assemble(ctx context.Context, o Options) (*Daemon, error) {
	d := &Daemon{cfg: o.Config, log: o.Log, now: o.Now, rand: rand.Reader, levels: &levels{}}
	if d.now == nil {
		d.now = time.Now
	}
	d.kept = kept.New(o.Config.State.Dir, o.Log)
	before := d.kept.Load()
	r := room.New(room.Info{
		Name:     o.Config.Room.Name,
		Version:  o.Version,
		TimeZone: o.Config.Room.TimeZone,
		Clock24h: o.Config.Room.Clock24h,
		Language: o.Config.Room.Language,
	}, room.Identity{}, o.Config.Screen.Slots, d.now())
	d.loop = newLoop(r, d.now, o.Log)
	d.loop.effect = d.carryOut
	d.loop.beatEvery = o.Service.WatchdogEvery()
	d.loop.beat = func() {
		if err := o.Service.Alive(); err != nil {
			o.Log.Error("the watchdog was not fed", "error", err)
		}
	}
	var err error
	d.playout, err = playout.New(playout.Config{
		Slots:          o.Config.Screen.Slots,
		KeyframeWanted: d.slotWantsKeyframe,
		Log:            o.Log,
	})
	if err != nil {
		return nil, fmt.Errorf("prepare the screen's pictures: %w", err)
	}
	d.stage = &stage{playout: d.playout, slots: map[feed]int{}, shown: make([]place, o.Config.Screen.Slots)}
	if d.equipment, err = equipment.New(equipment.Options{Config: o.Config, Post: d.post, Credential: systemd.Credential, Log: o.Log}); err != nil {
		return nil, err
	}
	d.post(d.equipment.Equipped())
	if d.bookings, err = newBookings(o.Config, systemd.Credential, d.now, d.post, o.Log); err != nil {
		return nil, err
	}
	d.keys = newKeyring(d)
	d.capture = newCapture(ctx, wanted(o.Config, before), d.post, d.levels, &d.counts.frames, o.Log)
	d.capture.muted = d.mute
	d.capture.show = d.showOwn
	d.capture.preview = d.showPreview
	if d.preview, err = d.newPreview(); err != nil {
		return nil, fmt.Errorf("prepare the panel's picture: %w", err)
	}
	d.post(room.EnabledAtStart{Camera: o.Config.Camera.EnabledAtStart, Microphone: o.Config.Microphone.EnabledAtStart})
	d.post(room.VolumeAtStart{Volume: o.Config.Screen.Volume})
	d.post(room.Recalled{Kept: before})
	return d, nil
}

// wanted is the configuration with the microphone and the camera off that people switched off before.
func wanted(cfg config.Config, before room.Kept) config.Config {
	cfg.Microphone.EnabledAtStart = cfg.Microphone.EnabledAtStart && !before.Muted
	cfg.Camera.EnabledAtStart = cfg.Camera.EnabledAtStart && !before.CameraOff
	return cfg
}

// serve prepares the local API, and leaves the pages' addresses, with their tokens, where the kiosk finds them.
func (d *Daemon) serve() (*localapi.Server, error) {
	if err := os.MkdirAll(d.cfg.Runtime.Dir, 0o750); err != nil {
		return nil, fmt.Errorf("runtime.dir: %w", err)
	}
	api, err := localapi.New(localapi.Config{
		Room:   d.loop,
		Socket: d.cfg.Control.Socket,
		Group:  d.cfg.Control.Group,

		AdminGroup: d.cfg.Control.AdminGroup,
		Listen:     d.cfg.Screen.Listen,
		Pages:      web.Pages(),
		Answer:     d.playout.Answer,
		Preview:    d.answerPreview,
		Report:     d.counts.page,
		Metrics:    d.metrics(),
		Log:        d.log,
	})
	if err != nil {
		return nil, err
	}
	if err := api.URLs().Write(d.cfg.Runtime.Dir); err != nil {
		return nil, errors.Join(fmt.Errorf("leave the pages' addresses in runtime.dir: %w", err), api.Close())
	}
	return api, nil
}

func (d *Daemon) post(e room.Event) { d.loop.post(e) }

// carryOut does what the room asks for. It is called by the loop, and never waits.
func (d *Daemon) carryOut(e room.Effect) {
	switch e := e.(type) {
	case room.RequestTicket:
		d.begin(e.Attempt, ticketFor(e))
	case room.PlaceCall:
		d.begin(e.Attempt, placing(e))
	case room.AnswerCall:
		d.begin(e.Attempt, answering(e))
	case room.RotateKey, room.ResetKey:
		d.keys.ask(e)
	case room.DeclineCall:
		d.declineCall(e)
	case room.EnterMeeting:
		if a := d.attempt(e.Attempt); a != nil {
			close(a.enter)
		}
	case room.LeaveMeeting:
		if d.attempt(e.Attempt) != nil {
			d.leave()
		}
	case room.SetMuted:
		d.pause(media.Microphone, e.Muted)
	case room.SetCamera:
		d.pause(media.Camera, !e.On)
	case room.SetContent:
		d.pause(media.Content, !e.On)
	case room.AdjustCamera:
		d.capture.adjust(e)
	case room.Keep:
		d.kept.Keep(e.Kept)
	case room.UseCamera:
		if c := d.capture.cameras; c != nil {
			c.use(e.ID)
		}
	case room.AssignSlots:
		d.stage.assign(e.Slots)
	default:
		if d.equipment.Do(e) {
			return
		}
		number, command, err := coreCommand(e)
		if err != nil {
			d.log.Error("the room asked for what cannot be done", "error", err)
			return
		}
		d.command(number, command)
	}
}

// begin starts an attempt to join. The devices are opened at once: they take as long as the hub and the relay do.
func (d *Daemon) begin(number uint64, ask way) {
	d.leave()
	ctx, cancel := context.WithCancel(context.Background())
	a := &attempt{d: d, number: number, cancel: cancel, enter: make(chan struct{})}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closing || d.self.Load() == nil {
		cancel()
		d.post(room.TicketRefused{Attempt: number, Code: room.CodeNotReady})
		return
	}
	d.current = a
	d.capture.use(true)
	d.attempts.Go(func() { a.run(ctx, ask) })
}

// leave gives the current attempt up.
func (d *Daemon) leave() {
	d.mu.Lock()
	a := d.current
	d.current = nil
	d.mu.Unlock()
	if a == nil {
		return
	}
	d.capture.use(false)
	a.cancel()
}

// attempt returns the current attempt if it has this number.
func (d *Daemon) attempt(number uint64) *attempt {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.current == nil || d.current.number != number {
		return nil
	}
	return d.current
}

// pause stops one of the room's own streams, or lets it go on.
func (d *Daemon) pause(stream media.Stream, paused bool) {
	d.capture.want(stream, !paused)
	d.mute(stream)
}

// mute tells the others whether one of the room's own streams pauses.
func (d *Daemon) mute(stream media.Stream) {
	d.muting.Lock()
	defer d.muting.Unlock()
	d.mu.Lock()
	a := d.current
	d.mu.Unlock()
	if a == nil {
		return
	}
	if c := a.running(); c != nil {
		c.SetMuted(stream, d.capture.of(stream).silent())
	}
}

func (d *Daemon) command(number uint64, c meeting.Command) {
	a := d.attempt(number)
	if a == nil {
		return
	}
	if running := a.running(); running != nil {
		running.Do(c)
	}
}

// slotWantsKeyframe asks whoever is shown in a slot for a picture that needs no earlier one.
func (d *Daemon) slotWantsKeyframe(slot int) {
	shown, ok := d.stage.at(slot)
	if !ok {
		return
	}
	d.mu.Lock()
	a := d.current
	d.mu.Unlock()
	if a == nil {
		return
	}
	c := a.running()
	switch {
	case c == nil:
	case shown.person == c.Self():
		d.capture.keyframe(shown.stream, source.AllLayers)
	default:
		c.RequestKeyframe(shown.person, shown.stream)
	}
}

// showOwn plays what this room shares on its own screen: the people in it look at the wall, not at the computer.
func (d *Daemon) showOwn(f media.Frame) {
	d.mu.Lock()
	a := d.current
	d.mu.Unlock()
	if a == nil {
		return
	}
	if c := a.running(); c != nil {
		f.Data = bytes.Clone(f.Data) // it is sealed where it lies, next
		if err := d.stage.play(c.Self(), media.Content, f); err != nil {
			d.log.Debug("the room's own content was not played", "error", err)
		}
	}
}
