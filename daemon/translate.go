package daemon

import (
	"strings"

	"greenroom/daemon/room"
	"greenroom/meeting"
	"greenroom/meeting/wire"
)

// sentence makes an error stand alone: a capital at the start, a full stop at the end.
func sentence(err error) string {
	s := strings.TrimSpace(err.Error())
	if s == "" {
		return ""
	}
	s = strings.ToUpper(s[:1]) + s[1:]
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}

// coreView says in the room's words what the meeting core shows.
func coreView(v meeting.View) room.CoreView {
	view := room.CoreView{
		Phase:       corePhase(v.Phase),
		Self:        v.Self.String(),
		Leader:      v.Leader.String(),
		Code:        v.Code.Groups(),
		Kind:        kind(v.Encryption),
		Epoch:       v.Epoch,
		JoinedSince: v.JoinedSince,
		Compared:    comparison(v.Compared),
		Quiet:       v.Quiet,
		Locked:      v.Locked,
		Call:        v.Call,
		Commands:    v.Commands,
		Members:     coreMembers(v.Members),
		Waiting:     coreMembers(v.Waiting),
	}
	if v.Reason != nil {
		view.Reason = refusal(v.Reason.Code)
	}
	return view
}

func coreMembers(members []meeting.Member) []room.CoreMember {
	in := make([]room.CoreMember, len(members))
	for i, m := range members {
		in[i] = room.CoreMember{
			ID: m.ID.String(), Name: m.Name, Role: m.Role.String(), Verified: m.Verified, Organisation: m.Organisation,
			Hand: m.Hand, Compared: comparison(m.Compared),
		}
	}
	return in
}

// comparison is the room's word for what people found. What is not known is a difference: it must not pass for a match.
func comparison(c meeting.Comparison) room.Comparison {
	switch c {
	case meeting.NotCompared:
		return room.NotCompared
	case meeting.Matches:
		return room.Matches
	case meeting.Differs:
	}
	return room.Differs
}

func kind(e meeting.Encryption) room.Kind {
	switch e {
	case meeting.EncryptionEnhanced:
		return room.KindEnhanced
	case meeting.EncryptionE2EE:
		return room.KindE2EE
	case meeting.EncryptionUnknown:
	}
	return room.KindUnknown
}

func corePhase(p meeting.Phase) room.CorePhase {
	switch p {
	case meeting.PhaseAnnouncing:
		return room.CoreAnnouncing
	case meeting.PhaseWaitingHost:
		return room.CoreWaitingHost
	case meeting.PhaseWaitingAdmission:
		return room.CoreWaitingAdmission
	case meeting.PhaseWaitingKey:
		return room.CoreWaitingKey
	case meeting.PhaseIn:
		return room.CoreIn
	case meeting.PhaseRefused:
		return room.CoreRefused
	case meeting.PhaseRemoved:
		return room.CoreRemoved
	case meeting.PhaseLeft:
		return room.CoreLeft
	}
	return room.CoreAnnouncing
}

// notice says which events the screen announces.
func notice(e meeting.Event, v meeting.View) (room.Announced, bool) {
	switch e := e.(type) {
	case meeting.MemberJoined:
		// Who begins a list hears of its own coming too, which is no news in the room.
		return room.Announced{Kind: room.NoticeJoined, Name: e.Member.Name}, e.Member.ID != v.Self
	case meeting.MemberLeft:
		return room.Announced{Kind: room.NoticeLeft, Name: e.Member.Name}, true
	case meeting.MemberRemoved:
		return room.Announced{Kind: room.NoticeRemoved, Name: e.Member.Name}, true
	case meeting.LeaderChanged:
		if e.Old == (wire.ParticipantID{}) {
			return room.Announced{}, false // the first leader is no change
		}
		return room.Announced{Kind: room.NoticeLeaderChanged, Name: nameOf(e.New, v)}, true
	case meeting.LockChanged:
		if e.Locked {
			return room.Announced{Kind: room.NoticeLocked}, true
		}
		return room.Announced{Kind: room.NoticeUnlocked}, true
	case meeting.Upgraded:
		return room.Announced{Kind: room.NoticeUpgraded}, true
	case meeting.Divided:
		return room.Announced{Kind: room.NoticeDivided, Name: nameOf(e.Leader, v)}, true
	}
	return told(e, v.Self)
}

// told says which events are announced that a participant caused by telling the others something.
func told(e meeting.Event, self wire.ParticipantID) (room.Announced, bool) {
	switch e := e.(type) {
	case meeting.HandChanged:
		if e.Member.Hand && e.Member.ID != self {
			return room.Announced{Kind: room.NoticeHand, Name: e.Member.Name}, true
		}
	case meeting.CodeCompared:
		switch e.Member.Compared {
		case meeting.Matches:
			return room.Announced{Kind: room.NoticeCompared, Name: e.Member.Name}, true
		case meeting.Differs:
			return room.Announced{Kind: room.NoticeDiffers, Name: e.Member.Name}, true
		case meeting.NotCompared:
		}
	case meeting.MuteAsked:
		return room.Announced{Kind: room.NoticeMuteAsked, Name: e.By.Name}, true
	}
	return room.Announced{}, false
}

// roomEvent says in the room's words what happened, besides what the core's view shows; nil: nothing for the room.
func roomEvent(attempt uint64, e meeting.Event, v meeting.View) room.Event {
	switch e := e.(type) {
	case meeting.ChatReceived:
		return room.ChatReceived{Attempt: attempt, Person: e.From.ID.String(), Name: e.From.Name, Text: e.Text}
	case meeting.Reacted:
		return room.Reacted{Attempt: attempt, Person: e.From.ID.String(), Reaction: e.Reaction}
	case meeting.CommandRefused:
		return room.CommandFailed{Attempt: attempt, Command: commandName(e.Command), Code: refusal(e.Reason.Code)}
	}
	if notice, ok := notice(e, v); ok {
		notice.Attempt = attempt
		return notice
	}
	return nil
}

func nameOf(id wire.ParticipantID, v meeting.View) string {
	for _, m := range v.Members {
		if m.ID == id {
			return m.Name
		}
	}
	return ""
}
