package room

import (
	"cmp"
	"time"
)

// An outgoing call, and an answered one, is an attempt like a join: its ticket, relay, core and end are the same.
//
//	outgoing:  "call"   PlaceCall  -> TicketGranted -> ringing --CallAnswered--> keys -> meeting
//	                                                    |  \--- MeetingOver: declined, busy, gave up; RingTime --> idle
//	incoming:  CallRinging -> State.Ringing --"answer"--> AnswerCall -> TicketGranted -> keys -> meeting
//	                                |   \------"decline"-> DeclineCall
//	                                +-- RingingOver, RingTime
//
// The caller enters the relay at once, so that both talk as soon as it is answered; there it is alone, and its core is
// in. That is no meeting yet: the room is in the call when the core lists two.

// RingTime is how long a call rings.
const RingTime = 45 * time.Second

// ringSlack is how much longer the room waits for the daemon to say that a call rings no more. The hub counts the time;
// the room's own clock ends it only when the hub is away.
const ringSlack = 5 * time.Second

// maxCallees is how many callees State has. Nobody scrolls further.
const maxCallees = 500

// callParties is how many take part in a call.
const callParties = 2

// Ringing is a call that somebody makes to this room, and that nobody has answered yet.
type Ringing struct {
	From  string    `json:"from"` // the caller's name, as the hub says it
	Since time.Time `json:"since"`
	// Encryption is what the call begins with.
	Encryption Kind `json:"encryption"`
}

// Callee is somebody whom this room can call.
type Callee struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// CalleesChanged: these, and no others, can be called.
type CalleesChanged struct{ Callees []Callee }

// CallRinging: somebody calls this room. The latest call is the one that rings.
type CallRinging struct {
	Call       string // names the call in AnswerCall, DeclineCall and RingingOver
	From       string // the caller's name
	Encryption Kind   // what it begins with
}

// RingingOver: a call to this room rings no more, and nobody answered it here.
type RingingOver struct{ Call string }

// CallAnswered: whom this room called has answered.
type CallAnswered struct{ Attempt uint64 }

// PlaceCall: ask the hub to call somebody. The answer is TicketGranted or TicketRefused, then CallAnswered or
// MeetingOver. LeaveMeeting gives the call up, or hangs up.
type PlaceCall struct {
	Attempt uint64
	Callee  string // Callee.ID
}

// AnswerCall: ask the hub for a ticket to a call that rings. The answer is TicketGranted or TicketRefused.
type AnswerCall struct {
	Attempt uint64
	Call    string
}

// DeclineCall: tell the hub that nobody will answer. Busy: the room has other things to do; else the people said so.
type DeclineCall struct {
	Call string
	Busy bool
}

func (PlaceCall) effect()   {}
func (AnswerCall) effect()  {}
func (DeclineCall) effect() {}

func (e CallAnswered) attempt() uint64 { return e.Attempt }

// ring is the call that rings in the room.
type ring struct {
	call  string
	shown Ringing
}

func (g *ring) end() time.Time { return g.shown.Since.Add(RingTime + ringSlack) }

func (e CalleesChanged) apply(r *Room, _ time.Time) []Effect {
	n := min(len(e.Callees), maxCallees)
	r.callees = make([]Callee, n) // a new one each time: States that were handed out hold the old one
	for i, c := range e.Callees[:n] {
		r.callees[i] = Callee{ID: c.ID, Name: cleanName(c.Name)}
	}
	return nil
}

func (e CallRinging) apply(r *Room, now time.Time) []Effect {
	if r.phase() != PhaseIdle {
		return []Effect{DeclineCall{Call: e.Call, Busy: true}}
	}
	since := now
	if r.ring != nil && r.ring.call == e.Call {
		since = r.ring.shown.Since
	}
	shown := Ringing{From: cleanName(e.From), Since: since, Encryption: cmp.Or(e.Encryption, KindUnknown)}
	r.ring = &ring{call: e.Call, shown: shown}
	return nil
}

func (e RingingOver) apply(r *Room, _ time.Time) []Effect {
	if r.ring != nil && r.ring.call == e.Call {
		r.ring = nil
	}
	return nil
}

func (e CallAnswered) apply(r *Room, now time.Time) []Effect {
	r.session.answered = true
	r.session.advance(now)
	return nil
}

// call begins a call to somebody.
func (r *Room) call(now time.Time, person string) ([]Effect, string) {
	if code := r.cannotBegin(); code != "" {
		return nil, code
	}
	for _, c := range r.callees {
		if c.ID == person {
			effects := r.begin(CommandCall, now)
			r.session.title = c.Name
			return append(effects, PlaceCall{Attempt: r.attempts, Callee: person}), ""
		}
	}
	return nil, CodeCallUnknown
}

func (r *Room) answer(now time.Time) ([]Effect, string) {
	if r.ring == nil {
		return nil, CodeNotRinging
	}
	if code := r.cannotBegin(); code != "" {
		return nil, code
	}
	rang := r.ring
	r.ring = nil
	effects := r.begin(CommandAnswer, now)
	r.session.title = rang.shown.From
	return append(effects, AnswerCall{Attempt: r.attempts, Call: rang.call}), ""
}

func (r *Room) decline() ([]Effect, string) {
	if r.ring == nil {
		return nil, CodeNotRinging
	}
	return r.stopRinging(false), ""
}

// stopRinging declines the call that rings, if one does.
func (r *Room) stopRinging(busy bool) []Effect {
	if r.ring == nil {
		return nil
	}
	call := r.ring.call
	r.ring = nil
	return []Effect{DeclineCall{Call: call, Busy: busy}}
}

// ringDue ends what rang too long.
func (r *Room) ringDue(now time.Time) []Effect {
	if r.ring != nil && !now.Before(r.ring.end()) {
		r.ring = nil
	}
	if s := r.session; s != nil && s.step == StepRinging && !now.Before(s.ringEnd()) {
		return r.end(refuse(s.command, CodeCallNoAnswer, "", ""))
	}
	return nil
}

func (s *session) ringEnd() time.Time { return s.stepSince.Add(RingTime + ringSlack) }

// rings reports whether this is an outgoing call that nobody has answered yet.
func (s *session) rings() bool {
	return s.command == CommandCall && !s.answered && len(s.core.Members) < callParties
}

// complete reports whether everybody is there who makes it a meeting. In a call that is the other party.
func (s *session) complete() bool { return !s.call || len(s.core.Members) >= callParties }
