package meeting

import (
	"testing"
	"time"

	"greenroom/meeting/wire"
)

// Attacks on leading, on the list and on whoever comes in, by members, by people who left, and by people who were never
// admitted. They have their own keys and say what they like with them.

// says signs a message as n would not.
func (n *node) says(body wire.Body) []byte {
	n.core.seq++
	raw, err := wire.Sign(n.core.own.meeting, wire.Message{Instance: n.w.instance, Sender: n.id, Sequence: n.core.seq, Body: body})
	if err != nil {
		n.w.t.Fatal(err)
	}
	return raw
}

// links signs links that follow each other, and returns the message with them and the last one.
func (n *node) links(version uint64, previous [32]byte, changes ...[]wire.Change) ([]byte, wire.Link) {
	var raws [][]byte
	var last wire.Link
	for i, ch := range changes {
		k, err := wire.SignLink(n.core.own.meeting, wire.Link{
			Instance: n.w.instance, Leader: n.id, Version: version + uint64(i), Previous: previous, Time: 1, Changes: ch,
		})
		if err != nil {
			n.w.t.Fatal(err)
		}
		raws, previous, last = append(raws, k.Raw()), k.Hash(), k
	}
	raw, err := wire.Marshal(wire.Message{Instance: n.w.instance, Sender: n.id, Body: &wire.Links{Links: raws}})
	if err != nil {
		n.w.t.Fatal(err)
	}
	return raw, last
}

// pretends has a member tell the leader that the list was divided, and what it did in its part.
func (n *node) pretends(leader *node, done ...[]wire.Change) {
	l := leader.core.list
	first := []wire.Change{
		{Type: wire.ChangeRemove, Index: l.leader.index, Cause: wire.CauseGone},
		{Type: wire.ChangeLeader, Index: l.member(n.id).index, Cause: wire.CauseGone},
	}
	part, last := n.links(l.version()+1, l.hash(), append([][]wire.Change{first}, done...)...)
	all, err := wire.Marshal(wire.Message{Instance: n.w.instance, Sender: n.id, Body: &wire.Links{Links: l.links}})
	if err != nil {
		n.w.t.Fatal(err)
	}
	n.w.inject(n, leader, n.says(&wire.Heartbeat{
		Counter: 1, Epoch: 1, Followers: 1, Takeovers: l.takeovers + 1, ListVersion: last.Version, ListHash: last.Hash(),
	}))
	n.w.inject(n, leader, all)
	n.w.inject(n, leader, part)
	n.w.inject(n, leader, n.says(&wire.LinkRequest{After: leader.core.list.version(), GiveWay: true}))
}

func TestAttackAMemberCannotMakeTheLeaderGiveWay(t *testing.T) {
	w, n := five(t)
	m := n[4]
	w.inject(m, n[0], m.says(&wire.Heartbeat{Counter: 1, Epoch: 1, Followers: 1}))
	w.inject(m, n[0], m.says(&wire.LinkRequest{After: n[0].core.list.version(), GiveWay: true}))
	m.pretends(n[0])
	w.run(5 * time.Second)
	w.mustBeIn(n...)
	if l := n[1].core.View().Leader; l != n[0].id {
		t.Errorf("%s leads", w.nameOf(l))
	}
}

func TestAttackWhoLeftCannotMakeTheLeaderGiveWay(t *testing.T) {
	w, n := five(t)
	m := n[1] // a co-host
	key := append([]byte(nil), m.core.own.meeting...)
	m.do(Leave{})
	n[0].do(SetLock{Locked: true})
	w.run(2 * time.Second)
	m.core.own.meeting, m.core.seq = key, 1<<20
	w.inject(m, n[0], m.says(&wire.Heartbeat{Counter: 1 << 30, Epoch: 1, Followers: 1}))
	w.inject(m, n[0], m.says(&wire.LinkRequest{After: n[0].core.list.version(), GiveWay: true}))
	w.run(time.Second)
	if n[0].core.lead == nil {
		t.Error("the leader gave way")
	}
}

func TestAttackAMemberCannotRemoveByAPartOfItsOwn(t *testing.T) {
	w, n := five(t)
	l := n[0].core.list
	off := func(o *node) wire.Change {
		return wire.Change{Type: wire.ChangeRemove, Index: l.member(o.id).index, Cause: wire.CauseRemoved}
	}
	n[4].pretends(n[0], []wire.Change{off(n[3])}, []wire.Change{off(n[1])}, []wire.Change{{Type: wire.ChangeLock, Index: l.member(n[4].id).index}})
	w.run(2 * time.Second)
	w.mustBeIn(n...)
	if n[0].core.View().Locked || len(n[0].core.lead.denied) > 0 {
		t.Error("a plain member locked the meeting, or banned somebody")
	}
}

// One person with two sessions who was removed in the other part must not take the leader down at the healing.
func TestAttackRemovedTwiceInTheOtherPart(t *testing.T) {
	w, n := five(t)
	other := w.add("douglas#x", wire.RoleParticipant, func(c *Config, _ *wire.Statement) { c.Device = wire.DeviceID{9} }).join()
	w.run(2 * time.Second)
	w.divide(n[0], n[3], n[4], other)
	w.run(15 * time.Second)
	n[1].do(Remove{ID: n[3].id})
	w.run(3 * time.Second)
	w.heal()
	w.run(3 * time.Second)
	w.mustBeIn(n[0], n[1], n[2], n[4])
	if !n[3].phase().Final() || !other.phase().Final() {
		t.Errorf("the removed one is %v, and %v with its other session", n[3].phase(), other.phase())
	}
}

func TestAttackHeartbeatsOfNoListAreHarmless(t *testing.T) {
	w, n := five(t)
	for i, b := range []wire.Heartbeat{{}, {Followers: 1}, {ListVersion: 1 << 63}, {Epoch: 1<<64 - 1}, {Takeovers: 1<<32 - 1, Followers: 1<<32 - 1}} {
		b.Counter = uint64(i) + 1
		for _, o := range n[:4] {
			w.inject(n[4], o, n[4].says(&b))
		}
	}
	w.run(3 * time.Second)
	w.mustBeIn(n...)
}

func TestAttackAnnouncingUnderTheIDOfSomebodyGone(t *testing.T) {
	w := newWorld(t)
	aspen := w.add("aspen", wire.RoleHost, func(c *Config, _ *wire.Statement) { c.Admission = AdmitOrganisation }).join()
	birch, cedar := w.add("birch", wire.RoleParticipant).join(), w.add("cedar", wire.RoleParticipant).join()
	w.run(2 * time.Second)
	cedar.vanish(true)
	w.run(time.Second)
	w.add("guest", wire.RoleParticipant, func(c *Config, s *wire.Statement) { s.Organisation, c.Self = false, cedar.id }).join()
	w.run(2 * time.Second)
	w.mustBeIn(aspen, birch)
}

func TestAttackALeaveIsNotReplayedToWhoCameLater(t *testing.T) {
	w, n := five(t)
	m := n[4]
	var leave []byte
	w.tamper = func(p *packet) bool {
		if p.from == n[0] && wire.PeekKind(p.data) == wire.KindLeave {
			leave = p.data
		}
		return true
	}
	n[0].do(HandOver{ID: m.id})
	w.run(3 * time.Second)
	m.do(HandOver{ID: n[0].id})
	w.run(3 * time.Second)
	late := w.add("late", wire.RoleParticipant).join()
	w.run(3 * time.Second)
	w.mustBeIn(append(n, late)...)
	l := n[0].core.list
	claim, _ := m.links(l.version()+1, l.hash(), []wire.Change{
		{Type: wire.ChangeRemove, Index: l.leader.index, Cause: wire.CauseGone},
		{Type: wire.ChangeLeader, Index: l.member(m.id).index, Cause: wire.CauseGone},
	})
	w.inject(n[0], late, leave)
	w.inject(m, late, claim)
	w.run(time.Second)
	w.mustBeIn(append(n, late)...)
	if got := late.core.View().Leader; got != n[0].id {
		t.Errorf("late follows %s", w.nameOf(got))
	}
}

func TestAttackNobodyLeadsByASnapshotOfItsOwn(t *testing.T) {
	w, n := five(t)
	l := newList(w.instance)
	p, err := n[4].core.verifier.verify(n[4].core.own.entry)
	if err != nil {
		t.Fatal(err)
	}
	l.people, l.leader, l.takeovers = []*person{p}, p, 1
	_, k := n[4].links(40, [32]byte{1}, []wire.Change{l.snapshotOf()})
	if _, err := fromSnapshot(w.instance, &k, wire.MarshalPages(l.records(1, 40)), n[0].core.verifier.verify); err == nil {
		t.Error("a list that nobody but a plain participant vouches for")
	}
	// Nor by a list that begins enhanced and is upgraded, where nobody has the hub's secret.
	_, first := n[4].links(1, [32]byte{}, []wire.Change{
		{Type: wire.ChangeAdd, Entry: n[4].core.own.entry}, {Type: wire.ChangeEnhanced}, {Type: wire.ChangeLeader, Cause: wire.CauseFirst},
	})
	if _, err := n[0].core.newList().apply(&first, n[0].core.verifier.verify); err == nil {
		t.Error("a plain participant began a meeting")
	}
}

func TestAttackJunkDoesNotKeepANewcomerOut(t *testing.T) {
	w, aspen, birch, _ := three(t)
	w.comings(20)
	douglas := w.add("douglas", wire.RoleParticipant)
	hit := false
	w.tamper = func(p *packet) bool {
		if p.to != douglas || wire.PeekKind(p.data) != wire.KindWelcome || hit {
			return true
		}
		hit = true
		w.inject(p.from, douglas, p.data)
		for i := range 400 {
			raw, err := wire.Marshal(wire.Message{Instance: w.instance, Sender: wire.ParticipantID{5}, Body: &wire.Page{Version: 1 << 40, Number: uint16(i), Records: []byte{0}}})
			if err != nil {
				t.Fatal(err)
			}
			w.inject(birch, douglas, raw)
		}
		forged, _ := birch.links(1<<63, [32]byte{}, []wire.Change{aspen.core.list.snapshotOf()})
		w.inject(birch, douglas, forged)
		return false
	}
	douglas.join()
	w.run(5 * time.Second)
	if douglas.phase() != PhaseIn {
		t.Errorf("douglas: %v", douglas.phase())
	}
}

func TestAttackAnEpochWithoutEndDoesNotOutliveTheLeader(t *testing.T) {
	w, n := five(t)
	for _, o := range n[1:] {
		c := n[0].core
		w.inject(n[0], o, n[0].says(&wire.Heartbeat{
			Counter: c.beats + 1, Previous: c.beatHash, Epoch: 1 << 62, ListVersion: c.list.version(), ListHash: c.list.hash(), Takeovers: 1,
		}))
	}
	n[0].vanish(true)
	w.run(time.Minute)
	fresh := w.add("fresh", wire.RoleHost).join()
	w.run(time.Second)
	w.mustBeIn(append(n[1:], fresh)...)
	w.mustOpenEachOther(append(n[1:], fresh)...)
}

func TestAttackOneGuestDoesNotFillTheDoor(t *testing.T) {
	w := newWorld(t)
	aspen := w.add("aspen", wire.RoleHost, func(c *Config, _ *wire.Statement) { c.Admission = AdmitOrganisation }).join()
	for i := range 20 {
		w.add("guest#"+string(rune('a'+i)), wire.RoleParticipant, func(_ *Config, s *wire.Statement) { s.Organisation = false }).join()
		w.run(50 * time.Millisecond)
	}
	if n := len(aspen.core.lead.knock); n != 1 {
		t.Errorf("one guest knocks %d times", n)
	}
}

// A new epoch in which somebody still stands who is off the list by now is never sent with.
func TestAttackAnOvertakenEpochIsNotSentWith(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	var held []packet
	w.tamper = func(p *packet) bool {
		k := wire.PeekKind(p.data)
		if p.to == birch && (k == wire.KindHeartbeat || k == wire.KindKeyBox) {
			held = append(held, *p)
			return false
		}
		return true
	}
	aspen.core.rotateNow(w, aspen)
	w.run(100 * time.Millisecond)
	aspen.do(Remove{ID: cedar.id})
	w.run(100 * time.Millisecond)
	epoch := birch.seal.Epoch()
	for _, p := range held[:2] { // the box of the epoch before the removal, and the heartbeat that certifies it
		w.inject(aspen, birch, p.data)
	}
	w.run(3 * time.Second)
	if birch.seal != nil && birch.seal.Epoch() != epoch {
		t.Errorf("birch sends with epoch %d, which cedar has", birch.seal.Epoch())
	}
}

func TestAttackARemovalSurvivesANewBeginning(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	aspen.do(Remove{ID: cedar.id})
	aspen.do(SetLock{Locked: true})
	w.run(time.Second)
	aspen.core.begin(w.now)
	aspen.core.startOver(wire.ParticipantID{})
	aspen.take(aspen.core.end())
	birch.vanish(true)
	w.run(3 * time.Second) // nobody leads, so aspen begins anew
	if v := aspen.core.View(); v.Leader != aspen.id || v.ListVersion != 1 {
		t.Fatalf("leader %s, list %d", w.nameOf(v.Leader), v.ListVersion)
	} else if !v.Locked {
		t.Error("the lock counts on, and is not shown")
	}
	for name, want := range map[string]Code{"cedar#2": CodeRemoved, "elm": CodeLocked} {
		n := w.add(name, wire.RoleParticipant).join()
		w.run(time.Second)
		if v := n.core.View(); v.Phase != PhaseRefused || v.Reason.Code != want {
			t.Errorf("%s: %v %v, want %s", name, v.Phase, v.Reason, want)
		}
	}
	back := w.add("birch#2", wire.RoleParticipant).join()
	w.run(time.Second)
	w.mustBeIn(aspen, back)
}
