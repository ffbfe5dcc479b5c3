package daemon

import (
	"errors"
	"fmt"

	"greenroom/daemon/room"
	"greenroom/meeting"
	"greenroom/meeting/wire"
)

// errNotForTheCore: an effect asks nothing of the meeting core.
var errNotForTheCore = errors.New("the meeting core is not asked for this")

// coreCommand says in the meeting core's words what the room asks of it, and in which attempt. Its errors are faults of
// this program: the room names only persons that the core told it of.
func coreCommand(e room.Effect) (attempt uint64, c meeting.Command, err error) {
	switch e := e.(type) {
	case room.Compare:
		return e.Attempt, meeting.Compare{Matches: e.Matches, Code: meeting.SecurityCode(e.Code)}, nil
	case room.AdmitPerson:
		c, err = about(e.Person, func(id wire.ParticipantID) meeting.Command { return meeting.Admit{ID: id} })
		return e.Attempt, c, err
	case room.DenyPerson:
		c, err = about(e.Person, func(id wire.ParticipantID) meeting.Command { return meeting.Deny{ID: id} })
		return e.Attempt, c, err
	case room.RemovePerson:
		c, err = about(e.Person, func(id wire.ParticipantID) meeting.Command { return meeting.Remove{ID: id} })
		return e.Attempt, c, err
	case room.HandOver:
		c, err = about(e.Person, func(id wire.ParticipantID) meeting.Command { return meeting.HandOver{ID: id} })
		return e.Attempt, c, err
	case room.AskMute:
		c, err = about(e.Person, func(id wire.ParticipantID) meeting.Command { return meeting.AskMute{ID: id} })
		return e.Attempt, c, err
	case room.SetLock:
		return e.Attempt, meeting.SetLock{Locked: e.Locked}, nil
	case room.EndMeeting:
		return e.Attempt, meeting.End{}, nil
	case room.Upgrade:
		return e.Attempt, meeting.Upgrade{}, nil
	case room.Chat:
		return e.Attempt, meeting.Chat{Text: e.Text}, nil
	case room.RaiseHand:
		return e.Attempt, meeting.RaiseHand{Raised: e.Raised}, nil
	case room.React:
		return e.Attempt, meeting.React{Reaction: e.Reaction}, nil
	}
	return 0, nil, fmt.Errorf("%T: %w", e, errNotForTheCore)
}

// about makes a command about a person.
func about(person string, command func(wire.ParticipantID) meeting.Command) (meeting.Command, error) {
	id, err := wire.ParseParticipantID(person)
	if err != nil {
		return nil, fmt.Errorf("%q is no participant: %w", person, err)
	}
	return command(id), nil
}

// commandName is the room's word for a command of the core.
func commandName(c meeting.Command) room.CommandName {
	switch c.(type) {
	case meeting.Leave:
		return room.CommandLeave
	case meeting.Remove:
		return room.CommandRemove
	case meeting.Admit:
		return room.CommandAdmit
	case meeting.Deny:
		return room.CommandDeny
	case meeting.SetLock:
		return room.CommandLock
	case meeting.HandOver:
		return room.CommandHandOver
	case meeting.End:
		return room.CommandEnd
	case meeting.Upgrade:
		return room.CommandUpgrade
	case meeting.Compare:
		return room.CommandCompare
	case meeting.Chat:
		return room.CommandChat
	case meeting.RaiseHand:
		return room.CommandHand
	case meeting.React:
		return room.CommandReact
	case meeting.AskMute:
		return room.CommandAskMute
	}
	return ""
}

// refusal is the room's code for one of the core's. Two words mean something else to the room.
func refusal(c meeting.Code) string {
	switch c {
	case meeting.CodeNotAllowed: // by the role; the room's own not-allowed is about where a command comes from
		return room.CodeNotHost
	case meeting.CodeFault:
		return room.CodeMeetingFault
	}
	return string(c)
}
