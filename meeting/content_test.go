package meeting

import (
	"testing"
	"time"

	"greenroom/meeting/wire"
)

// sees returns one participant as another one shows it.
func (n *node) sees(other *node) Member {
	for _, m := range n.core.View().Members {
		if m.ID == other.id {
			return m
		}
	}
	n.w.t.Fatalf("%s does not see %s\n%s", n.name, other.name, n.w.tail())
	return Member{}
}

func TestSealedHandIsSeenByAllAndByNewcomers(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	birch.do(RaiseHand{Raised: true})
	birch.do(RaiseHand{Raised: true})
	w.run(100 * time.Millisecond)
	for _, n := range []*node{aspen, birch, cedar} {
		if !n.sees(birch).Hand || n.sees(cedar).Hand || count[HandChanged](n) != 1 {
			t.Errorf("%s does not see birch's hand", n.name)
		}
	}
	douglas := w.add("douglas", wire.RoleParticipant).join()
	w.run(time.Second)
	if !douglas.sees(birch).Hand {
		t.Error("a newcomer does not see the hand")
	}
	birch.do(RaiseHand{})
	w.run(100 * time.Millisecond)
	for _, n := range []*node{aspen, birch, cedar, douglas} {
		if n.sees(birch).Hand || count[HandChanged](n) != 2 {
			t.Errorf("%s sees birch's hand still", n.name)
		}
	}
}

func TestSealedHandSurvivesALeaderChangeAndEndsWithLeaving(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	cedar.do(RaiseHand{Raised: true})
	w.run(100 * time.Millisecond)
	aspen.do(Leave{})
	w.run(time.Second)
	if !birch.sees(cedar).Hand {
		t.Error("the hand went down with the leader change")
	}
	cedar.disconnect()
	w.reportGone(cedar)
	w.run(time.Second)
	cedar.connect()
	w.run(3 * time.Second)
	w.mustBeIn(birch, cedar)
	if birch.sees(cedar).Hand || cedar.sees(cedar).Hand {
		t.Error("the hand is up still, though cedar was off the list")
	}
}

// What the relay lost while the transport was down is told afterwards, in both directions.
func TestSealedHandIsToldAfterAReconnection(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	birch.disconnect()
	birch.do(RaiseHand{Raised: true})
	w.run(2 * time.Second)
	birch.connect()
	w.run(time.Second)
	if !aspen.sees(birch).Hand || !cedar.sees(birch).Hand {
		t.Error("the others do not see a hand that was raised while away")
	}
	aspen.disconnect()
	birch.do(RaiseHand{})
	w.run(2 * time.Second)
	aspen.connect()
	w.run(retellEvery + rotateEvery)
	if aspen.sees(birch).Hand {
		t.Error("aspen never learns that the hand went down while it was away")
	}
}

func TestSealedComparisonIsToldAndClearedByALeaderChange(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	birch.do(Compare{Matches: true})
	w.run(100 * time.Millisecond)
	douglas := w.add("douglas", wire.RoleParticipant).join()
	w.run(time.Second)
	for _, n := range []*node{aspen, birch, cedar, douglas} {
		if n.sees(birch).Compared != Matches || n.sees(cedar).Compared != NotCompared {
			t.Errorf("%s: birch %v, cedar %v", n.name, n.sees(birch).Compared, n.sees(cedar).Compared)
		}
	}
	if has[CodeCompared](birch) || count[CodeCompared](cedar) != 1 {
		t.Error("the comparison is not an event at the others alone")
	}
	sent := w.sent[wire.KindSealed]
	aspen.do(Leave{})
	w.run(time.Second)
	w.add("elm", wire.RoleParticipant).join()
	w.run(time.Second)
	for _, n := range []*node{birch, cedar, douglas} {
		if n.sees(birch).Compared != NotCompared || n.core.View().Compared != NotCompared {
			t.Errorf("%s keeps a comparison with the code of the leader before", n.name)
		}
	}
	if w.sent[wire.KindSealed] != sent {
		t.Error("a comparison with the code of the leader before is told to a newcomer")
	}
}

func TestSealedComparisonWithAnotherLeaderCountsNothing(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	epoch := aspen.core.View().Epoch
	for _, r := range []wire.Result{wire.ResultMatches, wire.ResultDiffers} {
		raw := birch.sealNow(&wire.Compared{Result: r, Leader: cedar.core.self().hash})[0]
		w.inject(birch, aspen, raw)
		w.inject(birch, cedar, raw)
	}
	w.run(time.Second)
	for _, n := range []*node{aspen, cedar} {
		if n.sees(birch).Compared != NotCompared || has[CodeCompared](n) {
			t.Errorf("%s believes a comparison with another leader's code", n.name)
		}
	}
	if got := aspen.core.View().Epoch; got != epoch {
		t.Error("the key was changed")
	}
}

// Rule 7: where codes differ, the leader changes the key at once, but at most every 10 s.
func TestSealedDifferingCodesChangeTheKey(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	epoch := func() uint64 { return aspen.core.View().Epoch }
	first := epoch()
	birch.do(Compare{Matches: false})
	w.run(100 * time.Millisecond)
	if epoch() != first+1 || !has[CodeMismatch](birch) || has[CodeMismatch](aspen) || aspen.sees(birch).Compared != Differs {
		t.Errorf("epoch %d after %d; aspen sees %v", epoch(), first, aspen.sees(birch).Compared)
	}
	cedar.do(Compare{Matches: false})
	aspen.do(Compare{Matches: false})
	w.run(time.Second)
	if epoch() != first+1 {
		t.Errorf("epoch %d: the key was changed again within 10 s", epoch())
	}
	w.run(mismatchEvery)
	if epoch() != first+2 {
		t.Errorf("epoch %d: the later mismatches changed nothing", epoch())
	}
	w.run(mismatchEvery)
	if epoch() != first+2 {
		t.Errorf("epoch %d: the key was changed without another mismatch", epoch())
	}
	aspen.do(Compare{Matches: false})
	if epoch() != first+3 {
		t.Errorf("epoch %d: a mismatch at the leader changes nothing", epoch())
	}
}

func TestSealedAskMuteCountsFromHostsOnly(t *testing.T) {
	w, aspen, birch := two(t)
	cedar := w.add("cedar", wire.RoleCoHost).join()
	w.run(time.Second)
	w.mustBeIn(aspen, birch, cedar)
	w.mustDrop(birch, aspen, birch.sealNow(&wire.AskMute{Target: aspen.id})[0], ErrRefused)
	cedar.do(AskMute{ID: birch.id})
	aspen.do(AskMute{ID: birch.id})
	w.run(100 * time.Millisecond)
	if count[MuteAsked](birch) != 2 || has[MuteAsked](cedar) || has[MuteAsked](aspen) {
		t.Error("a request by a host or a co-host does not reach birch alone")
	}
	// Delivered to somebody else it counts nothing.
	w.inject(aspen, cedar, aspen.sealNow(&wire.AskMute{Target: birch.id})[0])
	if has[MuteAsked](cedar) {
		t.Error("cedar obeys a request to birch")
	}
	cedar.do(AskMute{ID: cedar.id})
	if !has[MuteAsked](cedar) {
		t.Error("a request to oneself counts nothing")
	}
}

func TestSealedReactionIsShownToAll(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	cedar.do(React{Reaction: "👏"})
	w.run(100 * time.Millisecond)
	for _, n := range []*node{aspen, birch, cedar} {
		if count[Reacted](n) != 1 {
			t.Errorf("%s shows %d reactions", n.name, count[Reacted](n))
		}
	}
}

// waitingAt returns the names of who waits, as a participant shows them.
func waitingAt(n *node) (out []string) {
	for _, m := range n.core.View().Waiting {
		out = append(out, m.Name)
	}
	return out
}

// lobby is a meeting of a host, a co-host and a participant, where people from outside wait.
func lobby(t *testing.T) (w *world, aspen, birch, cedar *node, guest func(string) *node) {
	t.Helper()
	w = newWorld(t)
	policy := func(c *Config, _ *wire.Statement) { c.Admission = AdmitOrganisation }
	aspen = w.add("aspen", wire.RoleHost, policy).join()
	birch = w.add("birch", wire.RoleCoHost, policy).join()
	cedar = w.add("cedar", wire.RoleParticipant, policy).join()
	w.run(2 * time.Second)
	w.mustBeIn(aspen, birch, cedar)
	return w, aspen, birch, cedar, func(name string) *node {
		return w.add(name, wire.RoleParticipant, func(_ *Config, s *wire.Statement) { s.Organisation = false }).join()
	}
}

func TestSealedWaitingIsSeenByHostsAlone(t *testing.T) {
	w, aspen, birch, cedar, guest := lobby(t)
	douglas := guest("douglas")
	w.run(50 * time.Millisecond)
	guest("elm")
	w.run(time.Second)
	for _, n := range []*node{aspen, birch} {
		if got := waitingAt(n); len(got) != 2 || got[0] != "douglas" || got[1] != "elm" || !has[WaitingChanged](n) {
			t.Errorf("%s sees waiting: %q", n.name, got)
		}
	}
	if v := birch.core.View(); v.Waiting[0].ID != douglas.id || v.Waiting[0].Organisation {
		t.Errorf("%+v", v.Waiting[0])
	}
	if got := waitingAt(cedar); got != nil || has[WaitingChanged](cedar) {
		t.Errorf("cedar sees waiting: %q", got)
	}
	fir := w.add("fir", wire.RoleCoHost).join() // a host who comes later
	w.run(time.Second)
	if got := waitingAt(fir); len(got) != 2 {
		t.Errorf("fir sees waiting: %q", got)
	}
	aspen.do(Admit{ID: douglas.id})
	w.run(2 * time.Second)
	for _, n := range []*node{aspen, birch, fir} {
		if got := waitingAt(n); len(got) != 1 || got[0] != "elm" {
			t.Errorf("%s sees waiting after an admission: %q", n.name, got)
		}
	}
	w.mustDrop(fir, birch, fir.sealNow(&wire.Waiting{})[0], ErrNotLeader)
}

// The new leader knows of nobody until they announce themselves again.
func TestSealedWaitingIsToldByTheNewLeader(t *testing.T) {
	w, aspen, birch, _, guest := lobby(t)
	fir := w.add("fir", wire.RoleCoHost).join()
	w.run(time.Second)
	douglas := guest("douglas")
	w.run(time.Second)
	w.tamper = func(p *packet) bool { return p.from != douglas }
	aspen.do(Leave{})
	w.run(100 * time.Millisecond)
	w.tamper = nil
	if birch.core.View().Leader != birch.id || len(waitingAt(fir)) != 0 {
		t.Errorf("fir keeps what the leader before said: %q", waitingAt(fir))
	}
	w.run(30 * time.Second)
	for _, n := range []*node{birch, fir} {
		if got := waitingAt(n); len(got) != 1 || got[0] != "douglas" {
			t.Errorf("%s sees waiting: %q", n.name, got)
		}
	}
}

func TestSealedWaitingIsToldSeldom(t *testing.T) {
	w, aspen, birch, _, guest := lobby(t)
	before := w.sent[wire.KindSealed]
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		guest(name)
		w.run(20 * time.Millisecond)
	}
	w.run(time.Second)
	if got := w.sent[wire.KindSealed] - before; got > 2 || len(waitingAt(birch)) != 8 || len(waitingAt(aspen)) != 8 {
		t.Errorf("%d messages; birch sees %d, aspen %d", got, len(waitingAt(birch)), len(waitingAt(aspen)))
	}
}

func TestWindow(t *testing.T) {
	var w window
	for _, s := range []uint64{5, 3, 4, 70, 7, 69, 1000, 937} {
		if w.taken(s) {
			t.Errorf("sequence %d is refused the first time", s)
		}
		if w.take(s); !w.taken(s) {
			t.Errorf("sequence %d would be taken twice", s)
		}
	}
	for _, s := range []uint64{5, 936, 1, 0} {
		if !w.taken(s) {
			t.Errorf("sequence %d is below the window, and would be taken", s)
		}
	}
	if w.taken(938) || w.taken(1001) {
		t.Error("a sequence in the window was never taken, and is refused")
	}
}
