package meeting

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"greenroom/meeting/wire"
)

// chats returns the lines that a participant shows.
func (n *node) chats() []string {
	var out []string
	for _, e := range n.events {
		if e, ok := e.(ChatReceived); ok {
			out = append(out, e.From.Name+": "+e.Text)
		}
	}
	return out
}

// mustShow checks the lines that participants show.
func mustShow(t *testing.T, want []string, nodes ...*node) {
	t.Helper()
	for _, n := range nodes {
		if got := n.chats(); !slices.Equal(got, want) {
			t.Errorf("%s shows %q, want %q\n%s", n.name, got, want, n.w.tail())
		}
	}
}

// mustDrop delivers bytes and checks why they were dropped.
func (w *world) mustDrop(from, to *node, data []byte, why error) {
	w.t.Helper()
	before := to.dropped
	w.inject(from, to, data)
	if d := lastDropped(to); to.dropped != before+1 || !errors.Is(d.Err, why) {
		w.t.Errorf("%s: dropped %v, want: %v", to.name, d, why)
	}
}

// seal makes a participant send a content, whatever its own commands would say, and returns the messages.
func (n *node) sealNow(content wire.Content) (out [][]byte) {
	n.w.t.Helper()
	n.core.begin(n.w.now)
	if !n.core.seal(content) {
		n.w.t.Fatalf("%s could not send", n.name)
	}
	for _, s := range n.core.end().Send {
		out = append(out, s.Data)
	}
	return out
}

// sealBytes makes one message of bytes that may be no content.
func (n *node) sealBytes(content []byte) []byte {
	n.w.t.Helper()
	n.core.begin(n.w.now)
	if !n.core.sealOne(wire.ParticipantID{}, content) {
		n.w.t.Fatalf("%s could not send", n.name)
	}
	return n.core.end().Send[0].Data
}

func parseSealed(t *testing.T, raw []byte) (wire.Message, *wire.Sealed) {
	t.Helper()
	m, err := wire.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	b, ok := m.Body.(*wire.Sealed)
	if !ok {
		t.Fatalf("%v is no sealed message", m.Body.Kind())
	}
	return m, b
}

func TestSealedChatReachesEverybodyAndTheSender(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	birch.do(Chat{Text: " one\r\n\u202etwo\t "})
	w.run(time.Second)
	cedar.do(Chat{Text: "three"})
	w.run(time.Second)
	mustShow(t, []string{"birch: one\ntwo", "cedar: three"}, aspen, birch, cedar)
}

func TestSealedTextIsHiddenFromTheRelay(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	var seen [][]byte
	w.tamper = func(p *packet) bool { seen = append(seen, bytes.Clone(p.data)); return true }
	birch.do(Chat{Text: "a secret that only three people know"})
	birch.do(React{Reaction: "🌲🌲🌲🌲"})
	w.run(5 * time.Second)
	mustShow(t, []string{"birch: a secret that only three people know"}, aspen, birch, cedar)
	sealed := 0
	for _, raw := range seen {
		if wire.PeekKind(raw) == wire.KindSealed {
			sealed++
		}
		if bytes.Contains(raw, []byte("secret")) || bytes.Contains(raw, []byte("🌲")) {
			t.Errorf("the relay reads %q", raw)
		}
	}
	if sealed != 4 {
		t.Errorf("%d sealed messages were seen, want 4", sealed)
	}
}

// Cedar holds the epoch's key, and so every sender's key of the epoch; it lacks birch's signature.
func TestSealedInsiderCannotSpeakForAnother(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	raw := birch.sealNow(&wire.Chat{Text: "from birch"})[0]
	m, b := parseSealed(t, raw)
	forged, err := wire.Sign(cedar.core.own.meeting, wire.Message{Instance: w.instance, Sender: birch.id, Sequence: m.Sequence, Body: b})
	if err != nil {
		t.Fatal(err)
	}
	w.mustDrop(cedar, aspen, forged, ErrForged)
	// Under its own name, another's words do not open: each sender has a key of its own.
	own, err := wire.Sign(cedar.core.own.meeting, wire.Message{Instance: w.instance, Sender: cedar.id, Sequence: 1 << 40, Body: b})
	if err != nil {
		t.Fatal(err)
	}
	w.mustDrop(cedar, aspen, own, ErrForged)
	mustShow(t, nil, aspen)
	w.inject(birch, aspen, raw)
	mustShow(t, []string{"birch: from birch"}, aspen)
}

// A box opens only in the message that it was made for, even for somebody who can sign as its sender.
func TestSealedBoxIsBoundToItsMessage(t *testing.T) {
	w, aspen, birch, _ := three(t)
	m, b := parseSealed(t, birch.sealNow(&wire.Chat{Text: "one"})[0])
	for name, change := range map[string]func(*wire.Message, *wire.Sealed){
		"sequence": func(m *wire.Message, _ *wire.Sealed) { m.Sequence++ },
		"nonce":    func(_ *wire.Message, b *wire.Sealed) { b.Nonce[0]++ },
		"box":      func(_ *wire.Message, b *wire.Sealed) { b.Box[3]++ },
	} {
		b := *b
		b.Box = bytes.Clone(b.Box)
		m := wire.Message{Instance: m.Instance, Sender: m.Sender, Sequence: m.Sequence, Body: &b}
		change(&m, &b)
		raw, err := wire.Sign(birch.core.own.meeting, m)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(*testing.T) { w.mustDrop(birch, aspen, raw, ErrForged) })
	}
	mustShow(t, nil, aspen)
}

func TestSealedReplayIsDropped(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	raw := birch.sealNow(&wire.Chat{Text: "once"})[0]
	w.inject(birch, aspen, raw)
	w.mustDrop(birch, aspen, raw, ErrReplay)
	w.mustDrop(cedar, aspen, raw, ErrReplay)
	mustShow(t, []string{"birch: once"}, aspen)
}

func TestSealedReorderingInsideTheWindow(t *testing.T) {
	w, aspen, birch, _ := three(t)
	var all [][]byte
	for range 65 {
		all = append(all, birch.sealNow(&wire.Chat{Text: "line"})[0])
	}
	first, rest := all[0], all[1:]
	slices.Reverse(rest)
	for _, raw := range rest {
		w.inject(birch, aspen, raw)
		w.run(time.Second / 10)
	}
	if got := len(aspen.chats()); got != 64 {
		t.Errorf("%d lines shown of 64 that came in reverse order", got)
	}
	w.mustDrop(birch, aspen, first, ErrReplay) // 64 below the highest
	w.mustDrop(birch, aspen, rest[63], ErrReplay)
}

func TestSealedOlderWordsDoNotUndoNewerOnes(t *testing.T) {
	w, aspen, birch, _ := three(t)
	leader := aspen.core.list.leader.hash
	var all [][]byte
	for _, c := range []wire.Content{
		&wire.Hand{Raised: true}, &wire.Hand{},
		&wire.Compared{Result: wire.ResultDiffers, Leader: leader}, &wire.Compared{Result: wire.ResultMatches, Leader: leader},
	} {
		all = append(all, birch.sealNow(c)[0])
	}
	slices.Reverse(all)
	for _, raw := range all {
		w.inject(birch, aspen, raw)
	}
	if m := aspen.core.View().Members[1]; m.Hand || m.Compared != Matches {
		t.Errorf("hand %v, compared %v", m.Hand, m.Compared)
	}
}

func TestSealedOfAForgottenEpochIsDropped(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	late := birch.sealNow(&wire.Chat{Text: "late"})[0]
	tooLate := birch.sealNow(&wire.Chat{Text: "too late"})[0]
	aspen.core.rotateNow(w, aspen)
	w.run(5 * time.Second)
	w.inject(birch, cedar, late)
	mustShow(t, []string{"birch: late"}, cedar)
	w.run(keepOld)
	w.mustDrop(birch, cedar, tooLate, ErrReplay)
}

// The key that a message is sealed with may come after it: nothing is lost.
func TestSealedEarlyMessageWaitsForItsKey(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	w.tamper = func(p *packet) bool { return p.to != cedar || wire.PeekKind(p.data) != wire.KindKeyBox }
	aspen.core.rotateNow(w, aspen)
	w.run(1500 * time.Millisecond) // the others switch without cedar
	birch.do(Chat{Text: "early"})
	w.run(100 * time.Millisecond)
	mustShow(t, nil, cedar)
	again := birch.sealNow(&wire.Chat{Text: "twice"})[0]
	w.inject(birch, cedar, again)
	w.mustDrop(birch, cedar, again, ErrReplay)
	for range earlyEach - 2 {
		w.inject(birch, cedar, birch.sealNow(&wire.Hand{})[0])
	}
	w.mustDrop(birch, cedar, birch.sealNow(&wire.Hand{})[0], ErrTooMany)
	w.tamper = nil
	w.run(2 * time.Second)
	mustShow(t, []string{"birch: early", "birch: twice"}, cedar)
	w.run(time.Minute)
	w.mustBeIn(aspen, birch, cedar)
}

func TestSealedRemovedMemberCannotReadLaterChat(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	var kept []*EpochKey // a copy that nobody erases
	for _, s := range cedar.core.epochs.held {
		k := s.key
		kept = append(kept, newEpochKey(bytes.Clone(k.key), k.epoch, k.listHash, k.instance, k.roster))
	}
	raw := birch.sealNow(&wire.Chat{Text: "before"})[0]
	before := cedar.core
	aspen.do(Remove{ID: cedar.id})
	w.run(time.Second)
	if cedar.phase() != PhaseRemoved {
		t.Fatalf("cedar is %v", cedar.phase())
	}
	opens := func(raw []byte) bool {
		m, b := parseSealed(t, raw)
		return slices.ContainsFunc(kept, func(k *EpochKey) bool { return before.open(birch.core.self(), m, b, k) == nil })
	}
	if !opens(raw) {
		t.Error("the copied keys do not even open what was said before: the test shows nothing")
	}
	if opens(birch.sealNow(&wire.Chat{Text: "after"})[0]) {
		t.Error("a removed member reads on")
	}
}

func TestSealedRemovedMemberIsNotHeard(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	raw := cedar.sealNow(&wire.Chat{Text: "held back"})[0]
	aspen.do(Remove{ID: cedar.id})
	w.run(100 * time.Millisecond)
	w.mustDrop(cedar, birch, raw, ErrUnknownSender)
	mustShow(t, nil, aspen, birch)
}

func TestSealedContentThatIsNone(t *testing.T) {
	w, aspen, birch, _ := three(t)
	before, events := aspen.dropped, len(aspen.events)
	w.inject(birch, aspen, birch.sealBytes([]byte{200, 1, 2, 3}))
	if aspen.dropped != before || len(aspen.events) != events {
		t.Error("a type of a later version was not ignored")
	}
	w.mustDrop(birch, aspen, birch.sealBytes([]byte{1, 0, 1, 0}), wire.ErrMalformed)
}

func TestSealedMessagesOfOneSenderAreBounded(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	for i := range 30 {
		raw := birch.sealNow(&wire.Chat{Text: "flood"})[0]
		if i < hearBurst {
			w.inject(birch, aspen, raw)
		} else {
			w.mustDrop(birch, aspen, raw, ErrTooMany)
		}
	}
	cedar.do(Chat{Text: "calm"}) // somebody else is heard
	w.run(100 * time.Millisecond)
	if got := aspen.chats(); len(got) != hearBurst+1 || got[hearBurst] != "cedar: calm" {
		t.Errorf("shown: %q", got)
	}
	w.run(time.Second)
	w.inject(birch, aspen, birch.sealNow(&wire.Chat{Text: "again"})[0])
	if got := len(aspen.chats()); got != hearBurst+2 {
		t.Errorf("%d lines after a second's pause, want %d", got, hearBurst+2)
	}
}

func TestSealedCommandsAreRefused(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	refused := func(n *node, cmd Command) Code {
		before := len(n.events)
		n.do(cmd)
		for _, e := range n.events[before:] {
			if e, ok := e.(CommandRefused); ok {
				return e.Reason.Code
			}
		}
		return ""
	}
	newcomer := w.add("douglas", wire.RoleHost)
	for _, c := range []struct {
		who  *node
		cmd  Command
		want Code
	}{
		{birch, Chat{}, CodeTooLong},
		{birch, Chat{Text: "\u202e \t"}, CodeTooLong},
		{birch, Chat{Text: strings.Repeat("x", wire.MaxChatSize+1)}, CodeTooLong},
		{birch, React{}, CodeTooLong},
		{birch, React{Reaction: strings.Repeat("👏", 9)}, CodeTooLong},
		{birch, AskMute{ID: cedar.id}, CodeNotAllowed},
		{aspen, AskMute{ID: newcomer.id}, CodeUnknownPerson},
		{newcomer, Chat{Text: "hello"}, CodeNotIn},
		{newcomer, React{Reaction: "👏"}, CodeNotIn},
		{newcomer, RaiseHand{Raised: true}, CodeNotIn},
		{newcomer, AskMute{ID: cedar.id}, CodeNotIn},
		{newcomer, Compare{Matches: true}, CodeNotIn},
		{birch, Compare{Matches: true, Code: "0123"}, CodeOtherCode},
		{birch, Compare{Matches: true, Code: birch.core.View().Code}, ""},
	} {
		if got := refused(c.who, c.cmd); got != c.want {
			t.Errorf("%s: %T: %q, want %q", c.who.name, c.cmd, got, c.want)
		}
	}
	for range sayBurst {
		birch.do(Chat{Text: "and on"})
	}
	if got := refused(birch, Chat{Text: "and on"}); got != CodeTooMany {
		t.Errorf("more at once than others take: %q", got)
	}
	birch.disconnect()
	if got := refused(birch, Chat{Text: "anybody there?"}); got != CodeNotIn {
		t.Errorf("without a transport: %q", got)
	}
}

// Between admission and the first certified key nothing is sent.
func TestSealedNothingBeforeTheFirstCertifiedKey(t *testing.T) {
	w, _, _, _ := three(t)
	douglas := w.add("douglas", wire.RoleParticipant)
	w.tamper = func(p *packet) bool { return p.to != douglas || wire.PeekKind(p.data) != wire.KindHeartbeat }
	douglas.join()
	w.run(3 * time.Second)
	if douglas.phase() != PhaseWaitingKey || len(douglas.open) == 0 {
		t.Fatalf("douglas is %v with %d keys", douglas.phase(), len(douglas.open))
	}
	douglas.do(Chat{Text: "hello"})
	douglas.do(RaiseHand{Raised: true})
	if w.sent[wire.KindSealed] != 0 || count[CommandRefused](douglas) != 2 {
		t.Errorf("%d sealed messages sent, %d commands refused", w.sent[wire.KindSealed], count[CommandRefused](douglas))
	}
}
