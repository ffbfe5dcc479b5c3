package room

import "strings"

// What is asked of the meeting core. What comes of it is CoreChanged, or CommandFailed.

// Compare: what the people in the room say of the code that they saw.
type Compare struct {
	Attempt uint64
	Matches bool
	Code    string // 40 digits
}

// AdmitPerson: let in somebody who waits.
type AdmitPerson struct {
	Attempt uint64
	Person  string
}

// DenyPerson: refuse somebody who waits.
type DenyPerson struct {
	Attempt uint64
	Person  string
}

// RemovePerson: take a participant off the list.
type RemovePerson struct {
	Attempt uint64
	Person  string
}

// HandOver: make a participant lead.
type HandOver struct {
	Attempt uint64
	Person  string
}

// AskMute: ask a participant to mute itself.
type AskMute struct {
	Attempt uint64
	Person  string
}

// SetLock: lock or unlock the meeting.
type SetLock struct {
	Attempt uint64
	Locked  bool
}

// EndMeeting: end it for everybody.
type EndMeeting struct{ Attempt uint64 }

// Upgrade: go over to end-to-end encryption.
type Upgrade struct{ Attempt uint64 }

func (Compare) effect()      {}
func (AdmitPerson) effect()  {}
func (DenyPerson) effect()   {}
func (RemovePerson) effect() {}
func (HandOver) effect()     {}
func (AskMute) effect()      {}
func (SetLock) effect()      {}
func (EndMeeting) effect()   {}
func (Upgrade) effect()      {}

// compare takes what the people say of a code. Another code than the one that is shown now is one that they did not
// see: the leader changed while they read.
func (s *session) compare(c Command) ([]Effect, string) {
	switch shown := strings.Join(s.code(), ""); {
	case shown == "":
		return nil, CodeNoCode
	case c.Code != shown:
		return nil, CodeOtherCode
	}
	s.differs = ""
	if !c.Matches {
		s.differs = c.Code
	}
	return []Effect{Compare{Attempt: s.attempt, Matches: c.Matches, Code: c.Code}}, ""
}

// admission answers somebody who waits.
func (s *session) admission(c Command) ([]Effect, string) {
	switch {
	case !s.host():
		return nil, CodeNotHost
	case !s.waits(c.Person):
		return nil, CodePersonUnknown
	case c.Do == CommandAdmit:
		return []Effect{AdmitPerson{Attempt: s.attempt, Person: c.Person}}, ""
	}
	return []Effect{DenyPerson{Attempt: s.attempt, Person: c.Person}}, ""
}

// direct carries out a host's command about somebody who is in.
func (s *session) direct(c Command) ([]Effect, string) {
	switch {
	case !s.host():
		return nil, CodeNotHost
	case c.Person == s.core.Self && (c.Do != CommandHandOver || s.core.Leader == s.core.Self):
		return nil, CodePersonSelf // a co-host may take the lead
	case !s.listed[c.Person]:
		return nil, CodePersonUnknown
	}
	switch c.Do {
	case CommandRemove:
		return []Effect{RemovePerson{Attempt: s.attempt, Person: c.Person}}, ""
	case CommandHandOver:
		return []Effect{HandOver{Attempt: s.attempt, Person: c.Person}}, ""
	case CommandAskMute:
		return []Effect{AskMute{Attempt: s.attempt, Person: c.Person}}, ""
	}
	return nil, CodeCommandUnknown
}

// rule carries out a host's command about the whole meeting.
func (s *session) rule(c Command) ([]Effect, string) {
	switch {
	case c.Do == CommandUpgrade && s.core.Kind != KindEnhanced:
		return nil, CodeNotEnhanced
	case !s.host() && !(c.Do == CommandUpgrade && s.call): // in a call either party may
		return nil, CodeNotHost
	}
	switch c.Do {
	case CommandLock:
		return []Effect{SetLock{Attempt: s.attempt, Locked: c.On}}, ""
	case CommandEnd:
		s.ending = true
		return []Effect{EndMeeting{Attempt: s.attempt}}, ""
	case CommandUpgrade:
		return []Effect{Upgrade{Attempt: s.attempt}}, ""
	}
	return nil, CodeCommandUnknown
}

// host reports whether this room may use the commands of hosts: as the leader, or by its role.
func (s *session) host() bool { return s.core.Commands }

// maxWaiting is how many of those who wait State shows. The others follow as these are answered.
const maxWaiting = 100

func (s *session) waits(person string) bool {
	for _, m := range s.core.Waiting {
		if m.ID == person {
			return true
		}
	}
	return false
}

func (s *session) waiting() []Waiting {
	n := min(len(s.core.Waiting), maxWaiting)
	waiting := make([]Waiting, n)
	for i, m := range s.core.Waiting[:n] {
		waiting[i] = Waiting{ID: m.ID, Name: cleanName(m.Name), Organisation: m.Organisation}
	}
	return waiting
}
