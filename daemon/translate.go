package daemon

import (
	"log/slog"
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
		Kind:        room.KindE2EE,
		Epoch:       v.Epoch,
		JoinedSince: v.JoinedSince,
		Quiet:       v.Quiet,
	}
	switch v.Compared {
	case meeting.NotCompared:
		view.Compared = room.NotCompared
	case meeting.Matches:
		view.Compared = room.Matches
	case meeting.Differs:
		view.Compared = room.Differs
	}
	if v.Reason != nil {
		view.Reason = string(v.Reason.Code)
	}
	for _, m := range v.Members {
		view.Members = append(view.Members, room.CoreMember{
			ID: m.ID.String(), Name: m.Name, Role: m.Role.String(), Verified: m.Verified,
		})
	}
	return view
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
		return room.Announced{Kind: room.NoticeJoined, Name: e.Member.Name}, true
	case meeting.MemberLeft:
		return room.Announced{Kind: room.NoticeLeft, Name: e.Member.Name}, true
	case meeting.MemberRemoved:
		return room.Announced{Kind: room.NoticeRemoved, Name: e.Member.Name}, true
	case meeting.LeaderChanged:
		if e.Old == (wire.ParticipantID{}) {
			return room.Announced{}, false // the first leader is no change
		}
		return room.Announced{Kind: room.NoticeLeaderChanged, Name: nameOf(e.New, v)}, true
	}
	return room.Announced{}, false
}

func nameOf(id wire.ParticipantID, v meeting.View) string {
	for _, m := range v.Members {
		if m.ID == id {
			return m.Name
		}
	}
	return ""
}

// logEvent writes down what happened in the meeting, without its secrets.
func logEvent(log *slog.Logger, e meeting.Event) {
	member := func(what string, m meeting.Member) {
		log.Info(what, "name", m.Name, "participant", m.ID.String(), "role", m.Role.String())
	}
	switch e := e.(type) {
	case meeting.MemberJoined:
		member("joined", e.Member)
	case meeting.MemberLeft:
		member("left", e.Member)
	case meeting.MemberRemoved:
		member("removed", e.Member)
	case meeting.Knocked:
		member("waits to be admitted", e.Member)
	case meeting.LeaderChanged:
		log.Info("the leader changed", "old", e.Old.String(), "new", e.New.String())
	case meeting.Refused:
		log.Warn("this room was refused", "code", e.Reason.Code, "reason", e.Reason.Text)
	case meeting.Removed:
		log.Warn("this room was removed", "code", e.Reason.Code, "reason", e.Reason.Text)
	case meeting.CommandRefused:
		log.Warn("a command was refused", "code", e.Reason.Code, "reason", e.Reason.Text)
	case meeting.QuietChanged:
		log.Warn("the leader's heartbeat", "missing", e.Quiet)
	case meeting.KeyWanted:
		log.Info("asked the leader for a key", "epoch", e.Epoch)
	case meeting.CodeMismatch:
		log.Warn("the people in the room say that the codes differ")
	}
}
