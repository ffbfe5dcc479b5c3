package daemon

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"greenroom/daemon/mailbox"
	"greenroom/daemon/room"
)

// eventLimit bounds how many events may wait for the room.
const eventLimit = 8192

// loop owns the room: it alone applies events and commands, in the order in which they come, and publishes the State.
// Everything else in the daemon posts to it and is told by effects.
type loop struct {
	now    func() time.Time
	log    *slog.Logger
	beat   func()            // feeds the watchdog
	effect func(room.Effect) // carries one effect out; must not block

	room     *room.Room
	events   *mailbox.Mailbox[room.Event]
	commands chan asked

	beatEvery time.Duration // 0: never

	mu      sync.Mutex
	state   room.State
	changed chan struct{} // closed and replaced at each change
}

// asked is a command on its way to the room.
type asked struct {
	origin  room.Origin
	command room.Command
	answer  chan *room.Refusal
}

func newLoop(r *room.Room, now func() time.Time, log *slog.Logger) *loop {
	return &loop{
		now:      now,
		log:      log,
		beat:     func() {},
		room:     r,
		events:   mailbox.New[room.Event](eventLimit),
		commands: make(chan asked),
		state:    r.State(),
		changed:  make(chan struct{}),
	}
}

// post gives the room an event. It never blocks.
func (l *loop) post(e room.Event) {
	if !l.events.Put(e) {
		l.log.Error("the room does not keep up; an event was dropped")
	}
}

// run works until ctx ends. The watchdog is fed here and nowhere else: a room that hangs is restarted.
func (l *loop) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var beats <-chan time.Time
	if l.beatEvery > 0 {
		ticker := time.NewTicker(l.beatEvery)
		defer ticker.Stop()
		beats = ticker.C
	}
	for {
		if next := l.room.Next(); !next.IsZero() {
			timer.Reset(max(0, next.Sub(l.now())))
		}
		select {
		case <-ctx.Done():
			return
		case <-l.events.Ready():
			for _, e := range l.events.Take() {
				l.carryOut(l.room.Apply(l.now(), e))
			}
		case a := <-l.commands:
			l.command(a)
		case <-timer.C:
			l.carryOut(l.room.Apply(l.now(), room.Tick{}))
		case <-beats:
			l.beat()
		}
		l.publish()
	}
}

func (l *loop) command(a asked) {
	effects, refusal := l.room.Do(l.now(), a.origin, a.command)
	l.log.Info("command", "origin", a.origin.String(), "command", a.command.String(), "refused", refusal != nil)
	l.carryOut(effects)
	l.publish()
	a.answer <- refusal
}

func (l *loop) carryOut(effects []room.Effect) {
	for _, e := range effects {
		l.effect(e)
	}
}

func (l *loop) publish() {
	state := l.room.State()
	l.mu.Lock()
	defer l.mu.Unlock()
	if state.Revision == l.state.Revision {
		return
	}
	l.state = state
	close(l.changed)
	l.changed = make(chan struct{})
}

// Do gives the room a command and waits until it has taken it. A refusal comes as *room.Refusal.
func (l *loop) Do(ctx context.Context, origin room.Origin, c room.Command) (room.State, error) {
	a := asked{origin, c, make(chan *room.Refusal, 1)}
	select {
	case l.commands <- a:
	case <-ctx.Done():
		return room.State{}, context.Cause(ctx)
	}
	if refusal := <-a.answer; refusal != nil {
		return l.State(), refusal
	}
	return l.State(), nil
}

// State returns the room as it is now.
func (l *loop) State() room.State {
	state, _ := l.look()
	return state
}

func (l *loop) look() (room.State, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state, l.changed
}

// Watch yields the State now and after each change, until ctx ends. Who reads slowly misses States in between, and
// holds nobody up.
func (l *loop) Watch(ctx context.Context) <-chan room.State {
	out := make(chan room.State)
	go func() {
		defer close(out)
		for {
			state, changed := l.look()
			select {
			case out <- state:
			case <-ctx.Done():
				return
			}
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}
