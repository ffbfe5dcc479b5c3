package sim

import (
	"fmt"

	"greenroom/meeting"
	"greenroom/meeting/wire"
)

// What hosts do.

func (s *story) removes() {
	if by, who := s.commanding(), s.w.anybody(); by != nil && who != nil && by != who {
		s.w.check.asks(by, wire.ActionRemove, who)
		by.do(meeting.Remove{ID: who.id})
	}
}

func (s *story) admits() {
	if by, who := s.commanding(), s.knocking(); by != nil && who != nil {
		by.do(meeting.Admit{ID: who.id})
	}
}

func (s *story) denies() {
	if by, who := s.commanding(), s.knocking(); by != nil && who != nil {
		by.do(meeting.Deny{ID: who.id})
	}
}

func (s *story) knocking() *participant {
	return s.some(func(p *participant) bool { return here(p) && p.view.Phase == meeting.PhaseWaitingAdmission })
}

func (s *story) locks() {
	if by := s.commanding(); by != nil {
		lock, action := s.w.rng.IntN(3) > 0, wire.ActionUnlock
		if lock {
			action = wire.ActionLock
		}
		s.w.check.asks(by, action, nil)
		by.do(meeting.SetLock{Locked: lock})
	}
}

func (s *story) handsOver() {
	if by, who := s.commanding(), s.some(inside); by != nil && who != nil {
		by.do(meeting.HandOver{ID: who.id})
	}
}

func (s *story) ends() {
	if by := s.commanding(); by != nil && s.w.rng.IntN(8) == 0 {
		s.w.check.asks(by, wire.ActionEnd, nil)
		by.do(meeting.End{})
	}
}

func (s *story) upgrades() {
	by := s.commanding()
	if s.w.profile.Call {
		by = s.some(inside)
	}
	if by != nil {
		s.w.check.asks(by, wire.ActionUpgrade, nil)
		by.do(meeting.Upgrade{})
	}
}

// What everybody does.

func (s *story) compares() {
	if p := s.some(inside); p != nil {
		matches := s.w.rng.IntN(8) > 0
		p.seen.everMatched = p.seen.everMatched || matches
		p.do(meeting.Compare{Matches: matches, Code: p.view.Code})
	}
}

func (s *story) chats() {
	if p := s.some(inside); p != nil {
		s.written++
		text := fmt.Sprintf("line %d of %s", s.written, p.name)
		s.w.check.written[text] = p
		p.do(meeting.Chat{Text: text})
	}
}

func (s *story) raises() {
	if p := s.some(inside); p != nil {
		up := s.w.rng.IntN(3) > 0
		p.seen.everRaised = p.seen.everRaised || up
		p.do(meeting.RaiseHand{Raised: up})
	}
}

func (s *story) reacts() {
	if p := s.some(inside); p != nil {
		p.do(meeting.React{Reaction: "👍"})
	}
}

func (s *story) asksMute() {
	if p, q := s.some(inside), s.some(inside); p != nil && q != nil && p != q {
		p.do(meeting.AskMute{ID: q.id})
	}
}

// commandText is a command as it stands in a trace.
func (w *world) commandText(c meeting.Command) string {
	target := func(id wire.ParticipantID) string { return commandName(c) + " " + w.nameOf(id) }
	switch c := c.(type) {
	case meeting.Remove:
		return target(c.ID)
	case meeting.Admit:
		return target(c.ID)
	case meeting.Deny:
		return target(c.ID)
	case meeting.HandOver:
		return target(c.ID)
	case meeting.AskMute:
		return target(c.ID)
	case meeting.SetLock:
		return fmt.Sprintf("SetLock %v", c.Locked)
	case meeting.Compare:
		return fmt.Sprintf("Compare %v", c.Matches)
	case meeting.RaiseHand:
		return fmt.Sprintf("RaiseHand %v", c.Raised)
	}
	return commandName(c)
}
