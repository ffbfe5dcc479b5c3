package meeting

import (
	"errors"
	"testing"
	"time"

	"greenroom/meeting/wire"
)

func TestRule4ALostKeyBoxIsSentAgain(t *testing.T) {
	w, aspen, birch := two(t)
	lost := 0
	w.tamper = func(p *packet) bool {
		kind := wire.PeekKind(p.data)
		if kind == wire.KindKeyBox && lost == 0 {
			lost++
			return false
		}
		return kind != wire.KindHeartbeat // so that birch does not notice and ask
	}
	aspen.core.rotateNow(w, aspen)
	w.run(resendAfter + 50*time.Millisecond)
	if lost != 1 || birch.open[aspen.core.View().Epoch] == nil {
		t.Errorf("%d boxes lost; birch holds %v", lost, birch.everHeld)
	}
}

func TestRule4AMissingKeyIsAskedFor(t *testing.T) {
	w, aspen, birch := two(t)
	aspen.core.rotateNow(w, aspen)
	w.wire = nil // everything of it is lost
	w.run(10 * time.Millisecond)
	w.sent[wire.KindKeyRequest] = 0
	index, _ := aspen.core.myIndex()
	for range 100 { // frames that can't be opened
		birch.take(birch.core.KeyMissing(w.now, KeyID(aspen.core.View().Epoch, index, 2)))
	}
	w.run(50 * time.Millisecond)
	if n := w.sent[wire.KindKeyRequest]; n != 1 || !has[KeyWanted](birch) {
		t.Errorf("%d requests, want 1", n)
	}
	if birch.open[aspen.core.View().Epoch] == nil {
		t.Error("birch has no key")
	}
	for range 100 {
		birch.take(birch.core.KeyMissing(w.now, KeyID(200, index, 2)))
		w.run(20 * time.Millisecond)
	}
	if n := w.sent[wire.KindKeyRequest]; n > 4 {
		t.Errorf("%d requests within 2 s", n)
	}
}

func TestRule4ReconnectedWorksAgainWithin2s(t *testing.T) {
	for _, away := range []time.Duration{time.Second, 5 * time.Second, 4 * time.Minute} {
		w, aspen, birch, cedar := three(t)
		birch.disconnect()
		w.run(away / 2)
		aspen.core.rotateNow(w, aspen)
		douglas := w.add("douglas", wire.RoleParticipant).join()
		w.run(away / 2)
		birch.connect()
		w.run(2 * time.Second)
		w.mustBeIn(aspen, birch, cedar, douglas)
		w.mustOpenEachOther(aspen, birch, cedar, douglas)
		if count[LeaderChanged](birch) != 1 {
			t.Errorf("away for %v: %d leader changes", away, count[LeaderChanged](birch))
		}
	}
}

func TestRule4ReconnectedAfterTheRelayReportedItGone(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	birch.disconnect()
	w.reportGone(birch)
	w.run(10 * time.Second)
	w.mustBeIn(aspen, cedar)
	birch.connect()
	w.run(2 * time.Second)
	w.mustBeIn(aspen, birch, cedar)
	w.mustOpenEachOther(aspen, birch, cedar)
}

func TestRule4TheLeaderReconnects(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	aspen.disconnect()
	w.run(4 * time.Second)
	douglas := w.add("douglas", wire.RoleParticipant).join()
	w.run(4 * time.Second)
	aspen.connect()
	w.run(2 * time.Second)
	w.mustBeIn(aspen, birch, cedar, douglas)
	w.mustOpenEachOther(aspen, birch, cedar, douglas)
	if birch.core.View().Leader != aspen.id {
		t.Error("the leader changed")
	}
}

func TestRule4EverybodyReconnects(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	for _, n := range []*node{aspen, birch, cedar} {
		n.disconnect()
	}
	w.run(30 * time.Second)
	for _, n := range []*node{cedar, birch, aspen} { // the leader last
		n.connect()
		w.run(time.Second)
	}
	w.run(time.Second)
	w.mustBeIn(aspen, birch, cedar)
	w.mustOpenEachOther(aspen, birch, cedar)
	if birch.core.View().Leader != aspen.id || count[LeaderChanged](birch) != 1 {
		t.Error("the leader changed")
	}
	w.run(time.Minute)
	w.mustBeIn(aspen, birch, cedar)
}

func TestRule4ARestartReplacesTheOldEntry(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	birch.vanish(false)
	w.run(time.Second)
	epoch := aspen.core.View().Epoch
	again := w.add("birch#2", wire.RoleParticipant).join()
	w.run(time.Second)
	w.mustBeIn(aspen, again, cedar)
	w.mustOpenEachOther(aspen, again, cedar)
	if e := aspen.core.View().Epoch; e != epoch+1 {
		t.Errorf("%d epochs for remove and add, want 1", e-epoch)
	}
	if i, _ := again.core.myIndex(); i != 3 {
		t.Errorf("roster index %d, want a fresh one", i)
	}
}

func TestRule4AnEarlierSessionCannotReplaceALaterOne(t *testing.T) {
	w := newWorld(t)
	aspen := w.add("aspen", wire.RoleHost).join()
	early := w.add("birch", wire.RoleParticipant)
	early.take(early.core.Start(w.now))
	w.run(time.Second)
	birch := w.add("birch#2", wire.RoleParticipant).join()
	w.run(time.Second)
	early.connect() // its announcement is older, as a relay would replay it
	w.run(3 * time.Second)
	w.mustBeIn(aspen, birch)
	if d := lastDropped(aspen); d == nil || !errors.Is(d.Err, ErrReplay) {
		t.Errorf("dropped: %v", d)
	}
}

// A key that is installed anew would begin its frame counters anew: the same nonces twice.
func TestRule4WhoStartsOverNeverSendsWithAnOldKey(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	spent := birch.seal.fingerprint()
	birch.core.begin(w.now)
	birch.core.startOver(wire.ParticipantID{})
	birch.take(birch.core.end())
	for range 200 {
		w.run(10 * time.Millisecond)
		if birch.seal != nil && birch.seal.fingerprint() == spent {
			t.Fatal("birch sends with a key again that it sent with before")
		}
	}
	w.mustBeIn(aspen, birch, cedar)
	w.mustOpenEachOther(aspen, birch, cedar)
}

func TestRule5TheFirstHostLeadsAtOnce(t *testing.T) {
	w := newWorld(t)
	aspen := w.add("aspen", wire.RoleHost)
	aspen.signLater = true // a slow TPM
	aspen.join()
	w.run(time.Second)
	if aspen.phase() != PhaseAnnouncing {
		t.Fatalf("phase %v before the signature", aspen.phase())
	}
	aspen.sign(aspen.pending[0])
	if v := aspen.core.View(); v.Phase != PhaseIn || v.Epoch != 1 || v.SealEpoch != 1 || v.Code == "" || v.Leader != aspen.id {
		t.Errorf("%+v", v)
	}
}

func TestRule5TwoHostsAtTheSameTime(t *testing.T) {
	for _, order := range [][]string{{"aspen", "birch"}, {"birch", "aspen"}} {
		w := newWorld(t)
		w.delay = 50 * time.Millisecond
		var nodes []*node
		for _, name := range order {
			n := w.add(name, wire.RoleHost)
			n.take(n.core.Start(w.now))
			n.connected = true
			n.take(n.core.Connected(w.now))
			n.take(n.core.Present(w.now, nil)) // the relay tells both that they are alone
			nodes = append(nodes, n)
		}
		for _, n := range nodes {
			if n.phase() != PhaseIn {
				t.Fatalf("%s: %v", n.name, n.phase())
			}
		}
		w.run(4 * time.Second)
		w.mustBeIn(nodes...)
		w.mustOpenEachOther(nodes...)
		want := nodes[0]
		if lessID(nodes[1].id, want.id) {
			want = nodes[1]
		}
		if got := nodes[0].core.View().Leader; got != want.id {
			t.Errorf("%s leads, want %s", w.nameOf(got), want.name)
		}
	}
}

func TestRule5ASecondHostJoinsTheFirst(t *testing.T) {
	w := newWorld(t)
	aspen := w.add("aspen", wire.RoleHost).join()
	w.run(time.Second)
	birch := w.add("birch", wire.RoleHost).join()
	w.run(time.Second)
	w.mustBeIn(aspen, birch)
	if birch.core.View().Leader != aspen.id {
		t.Error("the second host leads")
	}
}

func TestRule5ALeavingLeaderHandsOver(t *testing.T) {
	w := newWorld(t)
	aspen := w.add("aspen", wire.RoleHost).join()
	w.run(time.Second)
	birch := w.add("birch", wire.RoleParticipant).join()
	w.run(time.Second)
	cedar := w.add("cedar", wire.RoleCoHost).join()
	w.run(time.Second)
	code := birch.core.View().Code
	aspen.do(Leave{})
	w.run(300 * time.Millisecond)
	w.mustBeIn(birch, cedar)
	w.mustOpenEachOther(birch, cedar)
	v := birch.core.View()
	if v.Leader != cedar.id || v.Code == code || count[LeaderChanged](birch) != 2 {
		t.Errorf("leader %s, code changed %v, %d changes", w.nameOf(v.Leader), v.Code != code, count[LeaderChanged](birch))
	}
	if !has[MemberLeft](birch) {
		t.Error("nobody said that aspen left")
	}
}

func TestRule5TheRelayReportsTheLeaderGone(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	epoch := birch.core.View().Epoch
	aspen.vanish(true)
	w.run(300 * time.Millisecond)
	w.mustBeIn(birch, cedar)
	w.mustOpenEachOther(birch, cedar)
	if v := cedar.core.View(); v.Leader != birch.id || v.Epoch <= epoch {
		t.Errorf("leader %s, epoch %d", w.nameOf(v.Leader), v.Epoch)
	}
	for _, n := range []*node{birch, cedar} {
		if aspen.seal.Epoch() == n.seal.Epoch() {
			t.Errorf("%s sends with a key that the old leader has", n.name)
		}
	}
}

func TestRule5TheLeaderIsSilent(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	aspen.vanish(false)
	w.run(quietAfter + time.Second)
	if v := birch.core.View(); !v.Quiet || v.Leader != aspen.id || !has[QuietChanged](birch) {
		t.Errorf("after 7 s: quiet %v, leader %s", v.Quiet, w.nameOf(v.Leader))
	}
	w.run(silentAfter - quietAfter)
	w.mustBeIn(birch, cedar)
	w.mustOpenEachOther(birch, cedar)
	if v := birch.core.View(); v.Quiet || v.Leader != birch.id {
		t.Errorf("after 11 s: quiet %v, leader %s", v.Quiet, w.nameOf(v.Leader))
	}
}

func TestRule5IfTheFirstSuccessorIsSilentTheNextOneLeads(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	birch.vanish(false)
	aspen.vanish(true)
	w.run(claimStep + 500*time.Millisecond)
	if v := cedar.core.View(); v.Leader != cedar.id || v.Phase != PhaseIn {
		t.Errorf("leader %s", w.nameOf(v.Leader))
	}
	w.run(absentAfter)
	if v := cedar.core.View(); len(v.Members) != 2 { // the relay still reports birch
		t.Errorf("%d members", len(v.Members))
	}
	w.reportGone(birch)
	w.mustBeIn(cedar)
}

func TestRule5NobodyTakesOverFromALeaderThatIsThere(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	// The relay lies to birch alone.
	birch.take(birch.core.Gone(w.now, aspen.id))
	w.run(20 * time.Millisecond)
	if v := cedar.core.View(); v.Leader != aspen.id {
		t.Fatalf("cedar follows %s", w.nameOf(v.Leader))
	}
	w.run(10 * time.Second)
	w.mustBeIn(aspen, birch, cedar) // birch found that nobody follows it, and went back
	w.mustOpenEachOther(aspen, birch, cedar)
}

func TestRule5AStrangerCannotLead(t *testing.T) {
	w, aspen, birch := two(t)
	ghost := w.add("ghost", wire.RoleHost)
	ghost.take(ghost.core.Start(w.now))
	ghost.connected = true
	ghost.take(ghost.core.Connected(w.now))
	ghost.take(ghost.core.Present(w.now, nil)) // it begins a meeting of its own
	w.tamper = func(p *packet) bool { return p.to != ghost && p.from != aspen }
	w.run(20 * time.Second) // and the relay withholds the leader
	if v := birch.core.View(); v.Leader == ghost.id {
		t.Fatal("birch follows somebody who was never on the list")
	}
	w.tamper = nil
	w.run(10 * time.Second)
	for _, n := range []*node{aspen, birch} {
		if n.core.View().Leader == ghost.id {
			t.Errorf("%s follows the ghost", n.name)
		}
	}
}

func TestRule5TheLeaderRestarts(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	aspen.vanish(false)
	w.run(time.Second)
	again := w.add("aspen#2", wire.RoleHost).join()
	w.run(time.Second)
	w.mustBeIn(again, birch, cedar)
	w.mustOpenEachOther(again, birch, cedar)
	if v := again.core.View(); v.Leader != birch.id {
		t.Errorf("%s leads", w.nameOf(v.Leader))
	}
}

func TestRule5ALeaderThatWasSucceededComesBackAsAMember(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	aspen.disconnect()
	w.run(15 * time.Second)
	w.mustBeIn(birch, cedar)
	aspen.connect()
	w.run(2 * time.Second)
	w.mustBeIn(aspen, birch, cedar)
	w.mustOpenEachOther(aspen, birch, cedar)
	if v := aspen.core.View(); v.Leader != birch.id {
		t.Errorf("%s leads", w.nameOf(v.Leader))
	}
}

func TestRule6FreshNonces(t *testing.T) {
	w, _, birch := two(t)
	w.sent[wire.KindNonce] = 0
	first := birch.core.own.nonces
	w.run(5 * nonceEvery)
	if n := w.sent[wire.KindNonce]; n != 5 {
		t.Errorf("%d nonces in 5 minutes", n)
	}
	if birch.core.own.nonces[0] == first[0] || birch.core.own.nonces[1] == first[0] {
		t.Error("a nonce lived longer than two intervals")
	}
}

func TestRule6ADisconnectedParticipantIsNotQuiet(t *testing.T) {
	w, _, birch := two(t)
	birch.disconnect()
	w.run(time.Minute)
	if v := birch.core.View(); v.Quiet || v.Phase != PhaseIn || len(v.Members) != 2 {
		t.Errorf("%+v", v)
	}
}

func TestRule7VerifiedThenJoinedSinceThenCleared(t *testing.T) {
	w, aspen, birch := two(t)
	birch.do(Compare{Matches: true})
	cedar := w.add("cedar", wire.RoleParticipant).join()
	w.run(time.Second)
	douglas := w.add("douglas", wire.RoleParticipant).join()
	w.run(time.Second)
	if v := birch.core.View(); v.Compared != Matches || v.JoinedSince != 2 {
		t.Errorf("compared %v, %d joined since", v.Compared, v.JoinedSince)
	}
	birch.do(Compare{Matches: true})
	if v := birch.core.View(); v.JoinedSince != 0 {
		t.Errorf("%d joined since, after it was compared again", v.JoinedSince)
	}
	aspen.do(Leave{})
	w.run(time.Second)
	w.mustBeIn(birch, cedar, douglas)
	if v := birch.core.View(); v.Compared != NotCompared || v.JoinedSince != 0 {
		t.Errorf("a new leader left compared at %v", v.Compared)
	}
	birch.do(Compare{Matches: false})
	if v := birch.core.View(); v.Compared != Differs || !has[CodeMismatch](birch) {
		t.Errorf("mismatch: %v", v.Compared)
	}
}

func TestRule10LeavingErasesEveryKey(t *testing.T) {
	w, aspen, birch := two(t)
	k, private, pairwise := birch.seal, birch.core.own.meeting, birch.core.follow.pairwise
	raw := k.key
	birch.do(Leave{})
	w.run(500 * time.Millisecond)
	if _, _, ok := k.Media(0, 1); ok || len(birch.open) != 0 || birch.seal != nil {
		t.Error("a key is left")
	}
	for _, secret := range [][]byte{raw, private, pairwise} {
		for _, b := range secret {
			if b != 0 {
				t.Fatal("a secret was not overwritten")
			}
		}
	}
	if birch.phase() != PhaseLeft || !birch.core.Next().IsZero() {
		t.Errorf("phase %v, next %v", birch.phase(), birch.core.Next())
	}
	w.mustBeIn(aspen)
	if !has[MemberLeft](aspen) {
		t.Error("aspen was not told")
	}
	before := len(w.wire)
	birch.take(birch.core.Tick(w.now.Add(time.Hour)))
	birch.take(birch.core.Connected(w.now))
	birch.do(Leave{})
	if len(w.wire) != before {
		t.Error("a core that left still sends")
	}
}

// A relay that keeps back the key which somebody was removed with does not make the others go on with the one that the
// removed one has.
func TestRule3WithoutTheKeyOfARemovalNothingIsSent(t *testing.T) {
	for _, links := range []bool{true, false} { // it may keep the links back, too
		w, aspen, birch, cedar := three(t)
		w.tamper = func(p *packet) bool {
			k := wire.PeekKind(p.data)
			return p.to != birch || k != wire.KindKeyBox && (links || k != wire.KindLinks)
		}
		aspen.do(Remove{ID: cedar.id})
		w.run(staleAfter + 3*time.Second)
		if birch.seal != nil || len(birch.open) != 0 || !birch.core.View().Quiet {
			t.Errorf("links %v: birch goes on, quiet %v", links, birch.core.View().Quiet)
		}
		w.tamper = nil
		w.run(3 * time.Second)
		w.mustBeIn(aspen, birch)
		w.mustOpenEachOther(aspen, birch)
		if birch.core.View().Quiet {
			t.Errorf("links %v: still quiet", links)
		}
	}
}

// A host that began a meeting of its own, because the leader's answer was late, takes those along who were on their way
// to it.
func TestRule5AFalseStartStrandsNobody(t *testing.T) {
	w := newWorld(t)
	aspen := w.add("aspen", wire.RoleHost).join()
	w.run(time.Second)
	// Birch does not hear aspen at first, and welcomes cedar. What cedar says does not get through.
	var cedar *node
	w.tamper = func(p *packet) bool {
		return !(p.from == aspen && p.to.name != "aspen") && !(p.from == cedar && cedar != nil && wire.PeekKind(p.data) == wire.KindKeyAck)
	}
	birch := w.add("birch", wire.RoleHost).join()
	w.run(700 * time.Millisecond)
	cedar = w.add("cedar", wire.RoleParticipant).join()
	w.run(700 * time.Millisecond)
	w.heal()
	w.run(5 * time.Second)
	w.mustBeIn(aspen, birch, cedar)
	w.mustOpenEachOther(aspen, birch, cedar)
}

// Who leads elsewhere answers "who are you" with a refusal. It may come when we lead no longer, and must not end us then.
func TestRule5ALateIntroductionRefusesNobody(t *testing.T) {
	w, aspen, birch := two(t)
	birch.core.begin(w.now)
	birch.core.startOver(wire.ParticipantID{})
	birch.take(birch.core.end())
	raw := aspen.says(&wire.Refusal{To: birch.id, ToHash: birch.core.own.self.hash, Leader: *aspen.core.own.entry, Code: reasonByte(CodeLeads)})
	w.inject(aspen, birch, raw)
	w.run(2 * time.Second)
	w.mustBeIn(aspen, birch)
	w.mustOpenEachOther(aspen, birch)
}
