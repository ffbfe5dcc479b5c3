package room

import (
	"cmp"
	"time"
)

// session is one attempt to join, and the meeting that comes of it.
//
//	         TicketGranted        RelayUp           CoreChanged: in
//	hub ----------------> relay ----------> host, -----------------> meeting
//	 |                      ^      |      admission,                    |
//	 |                      +------+        keys                        |
//	 |                     RelayDown          |                         |
//	 +-- TicketRefused --+-- RelayRefused, CoreChanged: refused, removed, left; MeetingOver; "leave"
//	                     v
//	                  no session
type session struct {
	attempt uint64
	command CommandName

	number, title, passcode string
	guestPage               string

	granted  bool // the hub has given the ticket
	call     bool // a call: two parties
	answered bool // an outgoing call was answered
	ending   bool // this room ends the meeting for everybody
	in       bool // the core came in once: this is a meeting
	since    time.Time

	step      Step
	stepSince time.Time

	link Link
	lost bool // the relay was up, or was tried, and is not up

	core   CoreView
	listed map[string]bool // the IDs of core.Members
	// differs is the code of which somebody here said that it does not match; empty: none. It counts until somebody
	// says that it does, or the code is another one.
	differs string

	peers map[string]*peer // by CoreMember.ID; also of people whom the core does not list (yet)
	tiles []tile
	used  []SlotUse // what AssignSlots said last
	// large is whose face is shown large; empty: nobody's.
	large      string
	largeSince time.Time

	notices []Notice
	noticed uint64 // the last notice's ID

	chat      []ChatLine
	chatted   uint64              // the last line's ID
	reactions map[string]reaction // by CoreMember.ID
}

func newSession(attempt uint64, c CommandName, now time.Time) *session {
	return &session{
		attempt:   attempt,
		command:   c,
		call:      c == CommandCall || c == CommandAnswer,
		step:      StepHub,
		stepSince: now,
		link:      Link{Since: now},
		peers:     map[string]*peer{},
		reactions: map[string]reaction{},
	}
}

// advance finds out what the join waits for.
func (s *session) advance(now time.Time) {
	step := s.waitsFor()
	if step != s.step {
		s.step, s.stepSince = step, now
	}
}

func (s *session) waitsFor() Step {
	switch {
	case !s.granted:
		return StepHub
	case s.rings():
		return StepRinging
	case !s.link.Up:
		return StepRelay
	}
	switch s.core.Phase {
	case CoreWaitingHost:
		return StepHost
	case CoreWaitingAdmission:
		return StepAdmission
	case CoreWaitingKey, CoreIn:
		return StepKeys
	case CoreAnnouncing, CoreRefused, CoreRemoved, CoreLeft:
	}
	return StepRelay // not announced yet
}

func (s *session) joining() *Joining {
	return &Joining{Number: s.number, Title: s.title, Step: s.step, Since: s.stepSince}
}

func (e TicketGranted) apply(r *Room, now time.Time) []Effect {
	s := r.session
	if s.granted {
		return nil
	}
	s.granted = true
	s.number = clean(e.Number, maxNumberLen)
	s.title = cmp.Or(cleanName(e.Title), s.title)
	s.guestPage = clean(e.GuestPage, maxGuestPage)
	s.call = s.call || e.Call
	if s.command == CommandMeetNow {
		s.passcode = clean(e.Passcode, maxPasscodeLen)
	}
	s.advance(now)
	r.clear(FaultRoomUnknown)
	r.clear(FaultClockWrong)
	return []Effect{EnterMeeting{Attempt: s.attempt}}
}

func (e TicketRefused) apply(r *Room, now time.Time) []Effect {
	switch e.Code {
	case CodeRoomUnknown:
		r.raise(FaultOf(FaultRoomUnknown), now)
	case CodeClockWrong:
		f := FaultOf(FaultClockWrong)
		f.Text = e.Text
		r.raise(f, now)
	}
	return r.end(refuse(r.session.command, e.Code, e.Text, CodeHubFault))
}

func (RelayUp) apply(r *Room, now time.Time) []Effect {
	s := r.session
	if s.link.Up {
		return nil
	}
	s.link.Up, s.link.Since, s.lost = true, now, false
	s.advance(now)
	if s.in {
		s.announce(NoticeReconnected, "", now)
	}
	return nil
}

func (RelayDown) apply(r *Room, now time.Time) []Effect {
	s := r.session
	if s.link.Up {
		s.link.Up, s.link.Since = false, now
	}
	s.lost = true
	s.advance(now)
	return nil
}

func (e RelayRefused) apply(r *Room, _ time.Time) []Effect {
	return r.end(refuse(r.session.command, e.Code, e.Text, CodeRelayRefused))
}

func (e MeetingOver) apply(r *Room, _ time.Time) []Effect {
	if e.Code == CodeCallOver {
		return r.end(nil) // somebody hung up: that is how calls end
	}
	return r.end(refuse(r.session.command, e.Code, e.Text, CodeMeetingOver))
}

func (e CoreChanged) apply(r *Room, now time.Time) []Effect {
	s := r.session
	switch e.Core.Phase {
	case CoreRefused:
		return r.end(refuse(s.command, e.Core.Reason, "", CodeRefused))
	case CoreRemoved:
		if s.ending && e.Core.Reason == CodeMeetingEnded {
			return r.end(nil) // as the people here wanted
		}
		return r.end(refuse(s.command, e.Core.Reason, "", CodeRemoved))
	case CoreLeft:
		return r.end(nil)
	case CoreIn, CoreAnnouncing, CoreWaitingHost, CoreWaitingAdmission, CoreWaitingKey:
	}
	s.core = e.Core
	s.listed = make(map[string]bool, len(e.Core.Members))
	for _, m := range e.Core.Members {
		s.listed[m.ID] = true
	}
	s.prune()
	if !s.in && s.granted && s.core.Phase == CoreIn && s.complete() {
		s.in, s.since, s.answered = true, now, true
	}
	s.advance(now)
	return nil
}

// meeting makes the part of State that shows the meeting.
func (s *session) meeting(d Devices) *Meeting {
	link := s.link
	link.Quiet = s.core.Quiet
	kind := MeetingMany
	if s.call || s.core.Call {
		kind = MeetingCall
	}
	return &Meeting{
		Title:      s.title,
		Number:     s.number,
		Passcode:   s.passcode,
		GuestPage:  s.guestPage,
		Since:      s.since,
		Encryption: s.encryption(),
		Link:       link,
		People:     s.people(d),
		Tiles:      s.shownTiles(d),
		Notices:    append([]Notice{}, s.notices...),
		Host:       s.host(),
		Kind:       kind,
		Locked:     s.core.Locked,
		Waiting:    s.waiting(),
		Chat:       append([]ChatLine{}, s.chat...),
	}
}
