package conference

import (
	"bytes"
	"strings"
	"testing"

	"greenroom/meeting"
	"greenroom/meeting/wire"
)

// member returns what the guest sees of somebody.
func (g *guest) member(of *guest) meeting.Member {
	for _, m := range g.view.Members {
		if m.ID == of.participant() {
			return m
		}
	}
	return meeting.Member{}
}

// TestTalkOverARelay: chat, hands, reactions, mute requests and comparisons reach everybody, and nobody else.
func TestTalkOverARelay(t *testing.T) {
	const line = "the quick brown fox writes a line of chat"
	h := newHall(t)
	stranger := h.tap()
	aspen := h.enter("Aspen", wire.RoleHost)
	aspen.awaitMembers(t, 1)
	birch, cedar := h.enter("Birch", wire.RoleParticipant), h.enter("Cedar", wire.RoleParticipant)
	all := []*guest{aspen, birch, cedar}
	for _, g := range all {
		g.awaitMembers(t, 3)
	}

	birch.Do(meeting.Chat{Text: line})
	birch.Do(meeting.React{Reaction: "👏"})
	birch.Do(meeting.RaiseHand{Raised: true})
	for _, g := range all {
		g.await(t, "the line", heard(g, func(e meeting.ChatReceived) bool { return e.Text == line && e.From.ID == birch.participant() }))
		g.await(t, "the reaction", heard(g, func(e meeting.Reacted) bool { return e.Reaction == "👏" && e.From.ID == birch.participant() }))
		g.await(t, "the hand", func() bool { return g.member(birch).Hand })
	}
	birch.Do(meeting.RaiseHand{})
	everybody(t, "the hand's end", all, func(g *guest) bool { return !g.member(birch).Hand })
	stranger.mu.Lock()
	if len(stranger.data) == 0 {
		t.Error("the stranger heard no protocol message: it listened in the wrong place")
	}
	for i, data := range stranger.data {
		if bytes.Contains(data, []byte(line[:16])) {
			t.Errorf("message %d that the relay forwards holds the line", i)
		}
	}
	stranger.mu.Unlock()

	aspen.Do(meeting.AskMute{ID: cedar.participant()})
	cedar.await(t, "the request", heard(cedar, func(e meeting.MuteAsked) bool { return e.By.ID == aspen.participant() }))
	cedar.Do(meeting.AskMute{ID: aspen.participant()})
	cedar.await(t, "that a guest may not", heard(cedar, func(e meeting.CommandRefused) bool { return e.Reason.Code == meeting.CodeNotAllowed }))
	cedar.Do(meeting.Chat{Text: strings.Repeat("x", 2001)})
	cedar.await(t, "that it is too long", heard(cedar, func(e meeting.CommandRefused) bool { return e.Reason.Code == meeting.CodeTooLong }))

	t.Run("compare", func(t *testing.T) { compares(t, all) })
}

// compares: one says that the code matches, one read another code, one says that it does not match.
func compares(t *testing.T, all []*guest) {
	birch, cedar := all[1], all[2]
	code, epoch := birch.look().Code, birch.look().Epoch
	birch.Do(meeting.Compare{Matches: true, Code: code})
	birch.Do(meeting.Compare{Matches: true, Code: code[1:] + code[:1]})
	birch.await(t, "that it was another code", heard(birch, func(e meeting.CommandRefused) bool { return e.Reason.Code == meeting.CodeOtherCode }))
	everybody(t, "that it matches at Birch", all, func(g *guest) bool {
		return g == birch && g.view.Compared == meeting.Matches || g.member(birch).Compared == meeting.Matches
	})
	cedar.Do(meeting.Compare{Code: code})
	everybody(t, "that it differs at Cedar, and a new key", all, func(g *guest) bool {
		return (g == cedar && g.view.Compared == meeting.Differs || g.member(cedar).Compared == meeting.Differs) && g.view.SealEpoch > epoch
	})
	birch.await(t, "word of it", heard(birch, func(e meeting.CodeCompared) bool {
		return e.Member.ID == cedar.participant() && e.Member.Compared == meeting.Differs
	}))
}
