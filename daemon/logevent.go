package daemon

import (
	"log/slog"

	"greenroom/meeting"
)

// logEvent writes down what happened in the meeting: without its secrets, and without what people say to each other.
// What a member can make happen as often as it likes is for debugging only, so that it can't fill the log.
func logEvent(log *slog.Logger, e meeting.Event) {
	switch e := e.(type) {
	case meeting.MemberJoined:
		log.Info("joined", member(e.Member)...)
	case meeting.MemberLeft:
		log.Info("left", member(e.Member)...)
	case meeting.MemberRemoved:
		log.Info("removed", member(e.Member)...)
	case meeting.Knocked:
		log.Info("waits to be admitted", member(e.Member)...)
	case meeting.LeaderChanged:
		log.Info("the leader changed", "old", e.Old.String(), "new", e.New.String())
	case meeting.Refused:
		log.Warn("this room was refused", "code", e.Reason.Code, "reason", e.Reason.Text)
	case meeting.Removed:
		log.Warn("this room was removed", "code", e.Reason.Code, "reason", e.Reason.Text)
	case meeting.CommandRefused:
		log.Warn("a command was refused", "command", commandName(e.Command), "code", e.Reason.Code, "reason", e.Reason.Text)
	case meeting.QuietChanged:
		log.Warn("the leader's heartbeat", "missing", e.Quiet)
	case meeting.KeyWanted:
		log.Info("asked the leader for a key", "epoch", e.Epoch)
	case meeting.LockChanged:
		log.Info("the meeting's lock changed", "locked", e.Locked)
	case meeting.Upgraded:
		log.Info("the meeting is end-to-end encrypted from now on")
	case meeting.Divided:
		log.Warn("another meeting runs under the same number; somebody may keep the two apart", "its_leader", e.Leader.String())
	default:
		logTalk(log, e)
	}
}

// logTalk writes down what the participants tell each other of.
func logTalk(log *slog.Logger, e meeting.Event) {
	switch e := e.(type) {
	case meeting.CodeMismatch:
		log.Warn("the people in the room say that the codes differ")
	case meeting.CodeCompared:
		if e.Member.Compared == meeting.Differs {
			log.Warn("a participant says that the codes differ", member(e.Member)...)
			return
		}
		log.Info("a participant compared the code", append(member(e.Member), "matches", e.Member.Compared == meeting.Matches)...)
	case meeting.MuteAsked:
		log.Info("this room was asked to mute", member(e.By)...)
	case meeting.WaitingChanged:
		log.Debug("the people who wait to be admitted changed")
	case meeting.HandChanged:
		log.Debug("a hand", append(member(e.Member), "raised", e.Member.Hand)...)
	case meeting.ChatReceived:
		log.Debug("a line of chat", append(member(e.From), "bytes", len(e.Text))...)
	case meeting.Reacted:
		log.Debug("a reaction", member(e.From)...)
	}
}

// member is what the log says of somebody.
func member(m meeting.Member) []any {
	return []any{"name", m.Name, "participant", m.ID.String(), "role", m.Role.String()}
}
