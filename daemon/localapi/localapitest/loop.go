// Package localapitest runs a real room.Room behind a local API in tests, with a small world around it: a hub that
// knows two meetings, and a relay and a core that come up at once.
package localapitest

import (
	"context"
	"slices"
	"sync"
	"time"

	"greenroom/daemon/room"
)

// The meetings that the world knows.
const (
	Number     = "482913077" // Birch is in it, and leads
	HostNumber = "555000111" // nobody has come yet
	Passcode   = "271828"    // of both
)

// The participants.
const (
	Self  = "0a5be1d20c6f4e7f9b1c2d3e4f506172"
	Birch = "1b6cf2e31d70508fac2d3e4f50617283"
)

// Loop owns a Room and is a localapi.Port.
type Loop struct {
	mu      sync.Mutex
	room    *room.Room
	core    room.CoreView
	keys    int           // how many identity keys there were, but for the first
	away    bool          // the hub
	changed chan struct{} // closed and replaced at each change
	watches sync.WaitGroup
}

// New returns a loop around an idle room called Aspen.
func New() *Loop {
	info := room.Info{Name: "Aspen", Version: "0.1.0", HubName: "Example Office", TimeZone: "UTC", Clock24h: true, Language: "en"}
	l := &Loop{
		room:    room.New(info, firstIdentity(), 9, time.Now()),
		changed: make(chan struct{}),
	}
	l.Post(
		room.DeviceChanged{Stream: "camera", Name: "Logi Rally Camera", State: room.DeviceRunning},
		room.DeviceChanged{Stream: "microphone", Name: "Jabra Speak 750", State: room.DeviceRunning},
		room.HubChanged{State: room.HubUp},
		room.Ready{},
	)
	return l
}

// Post gives the room events.
func (l *Loop) Post(events ...room.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range events {
		l.carryOut(l.room.Apply(time.Now(), e))
	}
	l.publish()
}

// Do is localapi.Port's.
func (l *Loop) Do(_ context.Context, origin room.Origin, c room.Command) (room.State, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	effects, refusal := l.room.Do(time.Now(), origin, c)
	taken := l.room.State()
	l.carryOut(effects)
	l.publish()
	if refusal != nil {
		return taken, refusal
	}
	return taken, nil
}

// State is localapi.Port's.
func (l *Loop) State() room.State {
	st, _ := l.look()
	return st
}

func (l *Loop) look() (room.State, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.room.State(), l.changed
}

// Watch is localapi.Port's.
func (l *Loop) Watch(ctx context.Context) <-chan room.State {
	out := make(chan room.State)
	l.watches.Go(func() {
		defer close(out)
		for {
			st, changed := l.look()
			select {
			case out <- st:
			case <-ctx.Done():
				return
			}
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
		}
	})
	return out
}

// Wait returns when every Watch has ended.
func (l *Loop) Wait() { l.watches.Wait() }

func (l *Loop) publish() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// carryOut lets the world answer the effects, and what those lead to.
func (l *Loop) carryOut(effects []room.Effect) {
	for _, e := range effects {
		for _, answer := range append(l.world(e), equipment(e)...) {
			l.carryOut(l.room.Apply(time.Now(), answer))
		}
	}
}

func (l *Loop) world(e room.Effect) []room.Event {
	switch e := e.(type) {
	case room.RequestTicket:
		return []room.Event{l.hub(e)}
	case room.EnterMeeting:
		return []room.Event{room.RelayUp(e), room.CoreChanged{Attempt: e.Attempt, Core: l.core}}
	case room.PlaceCall:
		l.core = alone()
		l.core.Call = true
		return []room.Event{room.TicketGranted{Attempt: e.Attempt, Title: "Birch", Call: true}}
	case room.AnswerCall:
		l.core = alone()
		l.core.Call, l.core.Members = true, append(l.core.Members, birch())
		return []room.Event{room.TicketGranted{Attempt: e.Attempt, Title: "Birch", Call: true}}
	}
	if events := l.key(e); events != nil {
		return events
	}
	return l.meeting(e)
}

func (l *Loop) hub(want room.RequestTicket) room.Event {
	if !want.MeetNow && !slices.Contains([]string{Number, HostNumber}, want.Number) {
		return room.TicketRefused{Attempt: want.Attempt, Code: room.CodeMeetingUnknown}
	}
	if !want.MeetNow && want.Passcode != Passcode {
		return room.TicketRefused{Attempt: want.Attempt, Code: room.CodePasscodeWrong}
	}
	l.core = alone()
	switch want.Number {
	case Number:
		l.core.Members[0].Role = "participant"
		l.core.Leader, l.core.Commands, l.core.Members = Birch, false, append([]room.CoreMember{birch()}, l.core.Members...)
	case HostNumber:
		l.core = room.CoreView{Phase: room.CoreWaitingHost, Self: Self}
	}
	number := want.Number
	if want.MeetNow {
		number = Number
	}
	return room.TicketGranted{Attempt: want.Attempt, Number: number, Title: "Project review", Passcode: Passcode}
}
