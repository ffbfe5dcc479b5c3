package localapitest

import (
	"slices"

	"greenroom/daemon/room"
)

// alone is the core's view of a meeting that this room leads, with nobody else in it.
func alone() room.CoreView {
	return room.CoreView{
		Phase: room.CoreIn, Self: Self, Leader: Self, Commands: true, Kind: room.KindE2EE, Epoch: 1,
		Members: []room.CoreMember{{ID: Self, Name: "Aspen", Role: "host", Verified: true}},
		Code:    []string{"48213", "90577", "11864", "73029", "55190", "26488", "80317", "64952"},
	}
}

func birch() room.CoreMember {
	return room.CoreMember{ID: Birch, Name: "Birch", Role: "host", Verified: true}
}

// Knock lets somebody from outside the organisation come to the door of the meeting.
func (l *Loop) Knock(attempt uint64, id, name string) {
	l.mu.Lock()
	l.core.Waiting = append(slices.Clone(l.core.Waiting), room.CoreMember{ID: id, Name: name, Role: "participant"})
	view := l.core
	l.mu.Unlock()
	l.Post(room.CoreChanged{Attempt: attempt, Core: view})
}

// meeting does at once what the core of a leader is asked for.
func (l *Loop) meeting(e room.Effect) []room.Event {
	var attempt uint64
	switch e := e.(type) {
	case room.Compare:
		attempt, l.core.Compared = e.Attempt, room.Differs
		if e.Matches {
			l.core.Compared = room.Matches
		}
	case room.SetLock:
		attempt, l.core.Locked = e.Attempt, e.Locked
	case room.HandOver:
		attempt, l.core.Leader, l.core.Commands = e.Attempt, e.Person, false
	case room.AdmitPerson:
		attempt = e.Attempt
		for _, m := range l.answered(e.Person) {
			l.core.Members = append(slices.Clone(l.core.Members), m)
		}
	case room.DenyPerson:
		attempt = e.Attempt
		l.answered(e.Person)
	case room.RemovePerson:
		attempt = e.Attempt
		l.core.Members = slices.DeleteFunc(slices.Clone(l.core.Members), func(m room.CoreMember) bool { return m.ID == e.Person })
	case room.RaiseHand:
		attempt = e.Attempt
		l.core.Members = slices.Clone(l.core.Members)
		for i, m := range l.core.Members {
			l.core.Members[i].Hand = m.Hand && m.ID != Self || e.Raised && m.ID == Self
		}
	case room.Upgrade:
		return []room.Event{room.CommandFailed{Attempt: e.Attempt, Command: room.CommandUpgrade, Code: room.CodeNoAnswer}}
	case room.EndMeeting:
		return []room.Event{room.CoreChanged{Attempt: e.Attempt, Core: room.CoreView{Phase: room.CoreRemoved, Reason: room.CodeMeetingEnded}}}
	case room.Chat:
		return []room.Event{room.ChatReceived{Attempt: e.Attempt, Person: Self, Name: "Aspen", Text: e.Text}}
	default:
		return nil
	}
	return []room.Event{room.CoreChanged{Attempt: attempt, Core: l.core}}
}

// answered takes somebody from among those who wait.
func (l *Loop) answered(id string) []room.CoreMember {
	var who, others []room.CoreMember
	for _, m := range l.core.Waiting {
		if m.ID == id {
			who = append(who, m)
		} else {
			others = append(others, m)
		}
	}
	l.core.Waiting = others
	return who
}
