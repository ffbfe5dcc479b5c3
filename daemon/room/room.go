package room

import (
	"reflect"
	"slices"
	"time"
)

// Room is the state machine. It is not safe for concurrent use: one goroutine owns it.
type Room struct {
	info     Info
	identity Identity
	slots    int // how many tiles the playout can feed

	ready    bool
	devices  Devices
	hub      Hub
	raised   []Fault
	refusal  *Refusal
	attempts uint64   // the number of the last attempt
	layout   Layout   // of the wall
	session  *session // the attempt under way, or the meeting; nil: none
	ring     *ring    // the call that rings; nil: none
	callees  []Callee
	booked   []Booked // the earliest first
	counters Counters

	cameras []Camera
	chosen  string // Camera.ID that somebody asked for; empty: the configuration's
	asked   string // the same, of the last UseCamera

	adjustments []Adjustment // of the camera that is open

	kept     Kept // what people have set
	keptTold Kept // the same, of the last Keep

	head     *Head     // nil: the camera cannot be turned
	moveEnd  time.Time // when the camera stops by itself; zero: it does not move
	display  *wall     // nil: none that can be told anything
	controls []Control
	buttons  []muteButton      // that are there
	lit      *LightMuteButtons // what they were told last; nil: something else may be so

	state State // what was last handed out
}

// New returns a room in PhaseStarting. Slots is how many tiles the playout connection can feed; at the start the
// microphone and the camera are wanted on.
func New(info Info, identity Identity, slots int, now time.Time) *Room {
	info.Name = cleanName(info.Name)
	info.HubName = cleanName(info.HubName)
	starting := Device{On: true, State: DeviceStarting, Since: now}
	r := &Room{
		info:     info,
		identity: identity,
		slots:    max(slots, 0),
		devices:  Devices{Camera: starting, Microphone: starting, Content: Device{State: DeviceNone, Since: now}, Speaker: Speaker{Volume: 100}},
		hub:      Hub{State: HubUnknown, Since: now},
		callees:  []Callee{},
		counters: Counters{Streams: []StreamCounters{}},
		layout:   LayoutGrid,
	}
	r.settle(now)
	return r
}

// Apply takes one event in and returns what the daemon must do, in order. An event about an attempt that is over does
// no more than a Tick.
func (r *Room) Apply(now time.Time, e Event) []Effect {
	var effects []Effect
	if e != nil && r.concerns(e) {
		effects = e.apply(r, now)
	}
	return append(effects, r.settle(now)...)
}

// concerns reports whether an event is about no attempt, or about the current one.
func (r *Room) concerns(e Event) bool {
	a, ok := e.(attempted)
	return !ok || r.session != nil && r.session.attempt == a.attempt()
}

// Do carries out a command, and says at once when it is refused. It is Apply of Commanded with an answer. What the
// command leads to later (a wrong passcode, say) comes as State.Refusal.
func (r *Room) Do(now time.Time, o Origin, c Command) ([]Effect, *Refusal) {
	effects, refusal := r.command(now, o, c)
	return append(effects, r.settle(now)...), refusal
}

// State returns the room as it is to be shown. It stays as it is: nothing in it changes later.
func (r *Room) State() State { return r.state }

// Next returns when a Tick is due, or the zero time when nothing waits for one.
func (r *Room) Next() time.Time {
	var next time.Time
	if r.ring != nil {
		next = r.ring.end()
	}
	next = earliest(next, r.moveEnd)
	next = earliest(next, r.bookingsNext(r.state.Time))
	if r.display != nil {
		next = earliest(next, r.display.idleEnd())
	}
	if s := r.session; s != nil {
		next = earliest(next, s.next())
		if s.step == StepRinging {
			next = earliest(next, s.ringEnd())
		}
	}
	return next
}

// settle ends every step: it lets go what is old, lays out the tiles, and makes the State.
func (r *Room) settle(now time.Time) []Effect {
	effects := append(r.ringDue(now), r.moveDue(now)...)
	effects = append(effects, r.wallDue(now)...)
	effects = append(effects, r.lightsDue()...)
	effects = append(effects, r.keepDue()...)
	if s := r.session; s != nil {
		s.expire(now)
		if s.layOut(r.slots, r.devices.Content.On, r.layout, now) {
			effects = append(effects, AssignSlots{Slots: s.slotUses()})
		}
	}
	next := r.snapshot(now)
	next.Revision, next.Time = r.state.Revision, r.state.Time
	if r.state.Revision == 0 || !reflect.DeepEqual(next, r.state) {
		next.Revision++
	}
	next.Time = now
	r.state = next
	return effects
}

// snapshot makes the State from what the room knows. Everything in it is a copy.
func (r *Room) snapshot(now time.Time) State {
	s := State{
		Room:     r.info,
		Phase:    r.phase(),
		Devices:  r.devices,
		Counters: r.counters,
		Hub:      r.hub,
		Identity: r.identity,
		Faults:   r.faults(),
		Callees:  r.callees,
		Bookings: r.bookings(now),
	}
	s.Devices.Cameras, s.Devices.Adjustments = r.cameras, r.adjustments
	r.equipment(&s.Devices)
	if r.ring != nil {
		ringing := r.ring.shown
		s.Ringing = &ringing
	}
	if r.refusal != nil {
		refusal := *r.refusal
		s.Refusal = &refusal
	}
	switch s.Phase {
	case PhaseJoining:
		s.Joining = r.session.joining()
	case PhaseMeeting:
		s.Meeting = r.session.meeting(r.devices)
		s.Meeting.Layout = r.layout
	case PhaseStarting, PhaseIdle, PhaseFault:
	}
	return s
}

// phase follows from what the room is doing. A meeting goes on with any fault.
func (r *Room) phase() Phase {
	switch {
	case r.session != nil && r.session.in:
		return PhaseMeeting
	case r.session != nil:
		return PhaseJoining
	case r.stopped():
		return PhaseFault
	case !r.ready:
		return PhaseStarting
	}
	return PhaseIdle
}

// stopped reports whether a fault keeps the room from its work.
func (r *Room) stopped() bool {
	return slices.ContainsFunc(r.raised, func(f Fault) bool {
		// A full disk stops a room that could not start because of it.
		return stops(f.Code) || !r.ready && f.Code == FaultDiskFull
	})
}

func (Ready) apply(r *Room, _ time.Time) []Effect {
	r.ready = true
	return nil
}

// Tick needs no work of its own: settle looks at the time after every event.
func (Tick) apply(*Room, time.Time) []Effect { return nil }
