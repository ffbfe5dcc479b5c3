package sim

import (
	"fmt"
	"io"
	"strings"
	"time"

	"greenroom/meeting"
	"greenroom/meeting/wire"
)

// trace writes what happens, one line each, without any key or box in it: two runs of one seed write the same.
type trace struct {
	out  io.Writer // nil: nothing is written
	last time.Duration
}

func (w *world) note(format string, args ...any) {
	t := &w.trace
	if t.out == nil {
		return
	}
	if w.now != t.last {
		fmt.Fprintf(t.out, "%v\n", w.now)
		t.last = w.now
	}
	fmt.Fprintf(t.out, "  "+format+"\n", args...)
}

// tracing reports whether it is worth making texts for note.
func (w *world) tracing() bool { return w.trace.out != nil }

func (w *world) messageText(data []byte) string {
	m, err := wire.Parse(data)
	if err != nil {
		return err.Error()
	}
	switch b := m.Body.(type) {
	case *wire.Announce:
		return fmt.Sprintf("announce, newcomer %v", b.Newcomer)
	case *wire.Welcome:
		return fmt.Sprintf("welcome %s, list %d", w.nameOf(b.To), b.ListVersion)
	case *wire.KeyBox:
		return fmt.Sprintf("key-box, epoch %d, list %d, removal %v", b.Epoch, b.ListVersion, b.Removal)
	case *wire.KeyAck:
		return fmt.Sprintf("key-ack, epoch %d", b.Epoch)
	case *wire.KeyRequest:
		return fmt.Sprintf("key-request, has %d", b.Have)
	case *wire.Heartbeat:
		return fmt.Sprintf("heartbeat %d, list %d, epoch %d, settled %v, followers %d, takeovers %d", b.Counter, b.ListVersion, b.Epoch, b.Settled, b.Followers, b.Takeovers)
	case *wire.Links:
		var parts []string
		for _, raw := range b.Links {
			parts = append(parts, linkText(raw))
		}
		return "links " + strings.Join(parts, "; ")
	case *wire.LinkRequest:
		return fmt.Sprintf("link-request after %d", b.After)
	case *wire.Leave:
		return fmt.Sprintf("leave, next %s, mode %d", w.nameOf(b.Next), b.Mode)
	case *wire.Refusal:
		return fmt.Sprintf("refusal of %s, code %d", w.nameOf(b.To), b.Code)
	}
	return m.Body.Kind().String()
}

func linkText(raw []byte) string {
	k, err := wire.ParseLink(raw)
	if err != nil {
		return err.Error()
	}
	out := fmt.Sprintf("%d:", k.Version)
	for _, c := range k.Changes {
		switch c.Type {
		case wire.ChangeAdd:
			out += fmt.Sprintf(" add %d", c.Index)
		case wire.ChangeRemove:
			out += fmt.Sprintf(" remove %d (%v)", c.Index, c.Cause)
		case wire.ChangeLeader:
			out += fmt.Sprintf(" leader %d (%v)", c.Index, c.Cause)
		default:
			out += fmt.Sprintf(" change-%d %d", c.Type, c.Index)
		}
	}
	return out
}

func (w *world) eventText(e meeting.Event) string {
	switch e := e.(type) {
	case meeting.MemberJoined:
		return w.nameOf(e.Member.ID) + " joined"
	case meeting.MemberLeft:
		return w.nameOf(e.Member.ID) + " left"
	case meeting.MemberRemoved:
		return w.nameOf(e.Member.ID) + " was removed"
	case meeting.LeaderChanged:
		return fmt.Sprintf("leader %s -> %s", w.nameOf(e.Old), w.nameOf(e.New))
	case meeting.Refused:
		return "refused: " + string(e.Reason.Code)
	case meeting.Removed:
		return "off the list: " + string(e.Reason.Code)
	case meeting.CommandRefused:
		return fmt.Sprintf("%s refused: %s", commandName(e.Command), e.Reason.Code)
	case meeting.Dropped:
		return fmt.Sprintf("dropped %v: %v", e.Kind, e.Err)
	case meeting.Knocked:
		return w.nameOf(e.Member.ID) + " knocked"
	case meeting.Divided:
		return "divided from " + w.nameOf(e.Leader)
	case meeting.HandChanged:
		return fmt.Sprintf("hand of %s: %v", w.nameOf(e.Member.ID), e.Member.Hand)
	case meeting.CodeCompared:
		return fmt.Sprintf("%s compared: %d", w.nameOf(e.Member.ID), e.Member.Compared)
	case meeting.ChatReceived:
		return fmt.Sprintf("%s wrote %q", w.nameOf(e.From.ID), e.Text)
	case meeting.Reacted:
		return fmt.Sprintf("%s reacted %q", w.nameOf(e.From.ID), e.Reaction)
	case meeting.MuteAsked:
		return w.nameOf(e.By.ID) + " asks to mute"
	}
	return eventName(e) + strings.TrimPrefix(fmt.Sprintf(" %+v", e), " {}")
}

func eventName(e meeting.Event) string { return strings.TrimPrefix(fmt.Sprintf("%T", e), "meeting.") }

func commandName(c meeting.Command) string {
	return strings.TrimPrefix(fmt.Sprintf("%T", c), "meeting.")
}

// nameOf returns the name of a participation: participant ids would only make traces hard to read.
func (w *world) nameOf(id wire.ParticipantID) string {
	if id == (wire.ParticipantID{}) {
		return "nobody"
	}
	if p := w.byID[id]; p != nil {
		return p.name
	}
	return "stranger"
}
