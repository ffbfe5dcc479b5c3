package meeting

import (
	"testing"
	"time"

	"greenroom/meeting/wire"
)

// Whoever starts over forgets which frames it has seen. So it takes no key again that it had before: the relay could
// play everything again that was sent with it.
func TestAttackMediaAreNotReplayedToWhoStartsOver(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	birch.core.begin(w.now)
	birch.core.startOver(wire.ParticipantID{})
	birch.take(birch.core.end())
	w.run(2 * time.Second)
	w.mustBeIn(aspen, birch, cedar)
	w.mustOpenEachOther(aspen, birch, cedar)
	seen := make(map[[32]byte]bool)
	for i, commitment := range birch.everKeys {
		if seen[commitment] {
			t.Errorf("birch opens with the key of epoch %d a second time", birch.everHeld[i])
		}
		seen[commitment] = true
	}
}

// slow is a relay that delivers what one says to another later and later: what was said after t comes after 2 t.
type slow struct {
	w        *world
	from, to *node
	began    time.Time
	late     []packet
}

func (w *world) slow(from, to *node) *slow {
	s := &slow{w: w, from: from, to: to, began: w.now}
	w.tamper = func(p *packet) bool {
		if p.from != from || p.to != to {
			return true
		}
		p.due = w.now.Add(w.now.Sub(s.began))
		s.late = append(s.late, *p)
		return false
	}
	return s
}

func (s *slow) run(d time.Duration) {
	for end := s.w.now.Add(d); s.w.now.Before(end); {
		s.w.run(50 * time.Millisecond)
		for len(s.late) > 0 && !s.late[0].due.After(s.w.now) {
			p := s.late[0]
			s.late = s.late[1:]
			s.w.inject(s.from, s.to, p.data)
		}
	}
}

// newcomerBound is how old the answer may be that somebody is let in by: two nonces, at the slowest pace of announcements.
const newcomerBound = 2 * announceSlow

// A relay can't hide a removal behind heartbeats that all come, but ever later.
func TestAttackARemovalIsNotHiddenBehindLateHeartbeats(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	content := func() bool {
		v := birch.core.View()
		return v.Phase == PhaseIn && v.Leader == aspen.id && !v.Quiet
	}
	relay := w.slow(aspen, birch)
	for range 20 {
		relay.run(5 * time.Second)
		if late := w.now.Sub(relay.began) / 2; late > newcomerBound+lateAfter && content() {
			t.Fatalf("birch hears what was said %v ago, and does not say so", late)
		}
	}
	aspen.do(Remove{ID: cedar.id})
	relay.run(lateAfter + quietAfter + time.Second)
	if birch.seal == nil {
		return
	}
	if _, _, ok := birch.seal.Media(cedar.core.list.byID[cedar.id].index, 2); ok && content() {
		t.Error("birch sends with a key that cedar has, after its removal, and does not know it")
	}
}

// Nor does a heartbeat count as late because two clocks run differently, or because the leader's is set.
func TestRule6ClocksThatRunDifferentlyAreNotLate(t *testing.T) {
	w, aspen, birch, _ := three(t)
	real := birch.core.follow.pace
	for _, perMille := range []time.Duration{-1, 1} {
		p := real
		for i := range time.Duration(4 * 3600 / 2) {
			at := w.now.Add(i * heartbeatEvery)
			clock := uint64(aspen.core.clock()) + uint64((i*heartbeatEvery+i*heartbeatEvery*perMille/2000)/time.Millisecond)
			if p.late(at, clock) {
				t.Fatalf("late after %v, at %d per mille", i*heartbeatEvery, perMille)
			}
		}
	}
}

// Who waits for long at the door is not let in by an answer of long ago: its nonce is no older than a member's.
func TestAttackAnAdmissionIsNotKeptForLater(t *testing.T) {
	w, aspen, _ := two(t)
	cedar := w.add("cedar", wire.RoleParticipant)
	var kept []packet
	w.tamper = func(p *packet) bool {
		if p.to == cedar && p.from == aspen {
			kept = append(kept, *p)
			return false
		}
		return true
	}
	cedar.join()
	w.run(time.Second)
	answers := len(kept)
	w.run(newcomerBound)
	for _, p := range kept[:answers] {
		w.inject(aspen, cedar, p.data)
	}
	if cedar.phase() == PhaseIn || len(cedar.everHeld) > 0 {
		t.Errorf("cedar is %v, by what was said 20 s ago", cedar.phase())
	}
}

// A leader can't certify with the hash of a version that members have forgotten, which says nothing.
func TestAttackAForgottenListCertifiesNothing(t *testing.T) {
	w, aspen, birch, _ := three(t)
	w.comings(2 * snapshotLinks)
	old := birch.core.list.first - 1
	if old == 0 {
		t.Fatal("nothing is forgotten yet")
	}
	birch.core.list.rosterVersion = 1 // as in a list whose people came before
	before := len(birch.everHeld)
	c := aspen.core
	key := make([]byte, meetingKeySize)
	box := wire.KeyBox{Epoch: c.epochs.top + 1, ListVersion: old, Nonce: birch.core.own.nonces[0]}
	box.SignCommon(c.own.meeting, w.instance, aspen.id)
	if err := sealBox(&box, c.lead.peers[birch.id].pairwise, key, w.instance, aspen.id, birch.id); err != nil {
		t.Fatal(err)
	}
	raw, err := wire.Marshal(wire.Message{Instance: w.instance, Sender: aspen.id, Body: &box})
	if err != nil {
		t.Fatal(err)
	}
	w.inject(aspen, birch, raw)
	if len(birch.everHeld) != before {
		t.Error("birch took a key that is bound to no list")
	}
	dropped := birch.dropped
	s := birch.core.epochs.newest()
	w.inject(aspen, birch, aspen.says(&wire.Heartbeat{
		Counter: c.beats + 1, Previous: c.beatHash, ListVersion: old, Epoch: s.key.epoch, Commitment: s.key.commitment, Takeovers: 1, Clock: c.clock(),
	}))
	if birch.dropped != dropped+1 {
		t.Error("birch took a heartbeat that names no list")
	}
}

// A snapshot in which one id stands twice is refused, whichever way round: a member must not hide behind somebody gone.
func TestAttackNobodyStandsTwiceInASnapshot(t *testing.T) {
	w, aspen, birch, _ := three(t)
	l := aspen.core.list
	records := l.records(len(l.people), l.version())
	gone := wire.Record{Cause: wire.CauseGone, Entry: &wire.Entry{Announcement: birch.core.own.entry.Announcement}}
	for name, rs := range map[string][]wire.Record{
		"a member, then the same gone": append(records, gone),
		"removed, and then a member":   append([]wire.Record{{Cause: wire.CauseRemoved, Entry: gone.Entry}}, records...),
		"another announcement, its id": append([]wire.Record{{Cause: wire.CauseGone, Entry: otherAnnouncement(gone.Entry)}}, records...),
	} {
		s := l.snapshotOf()
		s.Index, s.Snapshot.Pages, s.Snapshot.Leader = uint32(len(rs)), nil, uint32(len(rs)-len(records))
		if name == "a member, then the same gone" {
			s.Snapshot.Leader = 0
		}
		pages := wire.MarshalPages(rs)
		for _, page := range pages {
			s.Snapshot.Pages = append(s.Snapshot.Pages, wire.PageHash(page))
		}
		_, k := aspen.links(l.version()+1, l.hash(), []wire.Change{s})
		if _, err := fromSnapshot(w.instance, &k, pages, birch.core.verifier.verify); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	s := l.snapshotOf()
	_, k := aspen.links(l.version()+1, l.hash(), []wire.Change{s})
	if _, err := fromSnapshot(w.instance, &k, wire.MarshalPages(records), birch.core.verifier.verify); err != nil {
		t.Errorf("the honest one: %v", err)
	}
}

func otherAnnouncement(e *wire.Entry) *wire.Entry {
	other := *e
	other.Announcement.Time++
	return &other
}

// Nobody fills the memory: not the relay with people who come and go, nor a leader with links without end.
func TestAttackMemoryIsBounded(t *testing.T) {
	w, aspen, birch, _ := three(t)
	for i := range 3 * maxReported {
		id := wire.ParticipantID{byte(i), byte(i >> 8), 7}
		birch.take(birch.core.Present(w.now, []wire.ParticipantID{id}))
		birch.take(birch.core.Gone(w.now, wire.ParticipantID{byte(i), byte(i >> 8), 8}))
		if i%2 == 0 {
			birch.take(birch.core.Gone(w.now, id))
		}
	}
	if n := len(birch.core.present); n > maxReported {
		t.Errorf("%d present", n)
	}
	if n := len(birch.core.gone); n > maxReported+maxMembers {
		t.Errorf("%d gone", n)
	}
	l := birch.core.list
	l.bytes = maxLinkBytes - 100
	_, k := aspen.links(l.version()+1, l.hash(), []wire.Change{{Type: wire.ChangeLock}})
	if _, err := l.apply(&k, birch.core.verifier.verify); err == nil {
		t.Error("a list without end")
	}
}
