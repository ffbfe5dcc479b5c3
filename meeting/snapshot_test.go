package meeting

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"greenroom/meeting/wire"
)

// comings makes so many people come and go that a snapshot is due.
func (w *world) comings(n int) {
	for i := range n {
		o := w.add(fmt.Sprintf("guest%d", i), wire.RoleParticipant).join()
		w.run(300 * time.Millisecond)
		o.do(Leave{})
		w.run(100 * time.Millisecond)
		o.connected = false
	}
}

func TestSnapshotStandsForTheHistory(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	w.comings(20)
	for _, n := range []*node{aspen, birch, cedar} {
		l := n.core.list
		if l.snapshotAt == 0 || l.version()-l.snapshotAt >= snapshotLinks {
			t.Fatalf("%s: version %d, snapshot at %d", n.name, l.version(), l.snapshotAt)
		}
	}
	douglas := w.add("douglas", wire.RoleParticipant).join()
	w.run(time.Second)
	w.mustBeIn(aspen, birch, cedar, douglas)
	w.mustOpenEachOther(aspen, birch, cedar, douglas)
	if got, all := len(douglas.core.list.links), int(douglas.core.list.version()); got > snapshotLinks || got >= all {
		t.Errorf("douglas took %d links of %d", got, all)
	}
	// Who left stays gone: an old announcement brings nobody back.
	elm := w.add("elm", wire.RoleParticipant)
	var announced []byte
	w.tamper = func(p *packet) bool {
		if p.from == elm && wire.PeekKind(p.data) == wire.KindAnnounce {
			announced = p.data
		}
		return true
	}
	elm.join()
	w.run(time.Second)
	elm.do(Leave{})
	w.run(time.Second)
	elm.connected = false
	w.comings(20)
	w.inject(elm, aspen, announced)
	w.run(time.Second)
	w.mustBeIn(aspen, birch, cedar, douglas)
}

func TestSnapshotsKeepTheRulesOfTheHistory(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	aspen.do(Remove{ID: cedar.id})
	w.comings(20)
	aspen.do(SetLock{Locked: true})
	w.run(time.Second)
	if aspen.core.list.snapshotAt == 0 {
		t.Fatal("no snapshot")
	}
	for name, want := range map[string]Code{"cedar#2": CodeRemoved, "elm": CodeLocked} {
		n := w.add(name, wire.RoleParticipant).join()
		w.run(time.Second)
		if v := n.core.View(); v.Phase != PhaseRefused || v.Reason.Code != want {
			t.Errorf("%s: %v %v, want %s", name, v.Phase, v.Reason, want)
		}
	}
	back := w.add("guest3#2", wire.RoleParticipant).join() // was there, and left
	w.run(time.Second)
	w.mustBeIn(aspen, birch, back)
}

func TestSnapshotOfAnotherListIsRefused(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	change := aspen.core.list.snapshotOf()
	change.Snapshot.Pages[0][0] ^= 1
	k, err := wire.SignLink(aspen.core.own.meeting, wire.Link{
		Instance: w.instance, Leader: aspen.id, Version: birch.core.list.version() + 1, Previous: birch.core.list.hash(), Changes: []wire.Change{change},
	})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := wire.Marshal(wire.Message{Instance: w.instance, Sender: aspen.id, Body: &wire.Links{Links: [][]byte{k.Raw()}}})
	if err != nil {
		t.Fatal(err)
	}
	w.inject(aspen, birch, raw)
	if d := lastDropped(birch); d == nil || !errors.Is(d.Err, ErrEquivocation) {
		t.Errorf("dropped %v", d)
	}
	w.mustBeIn(aspen, birch, cedar)
}

func TestSnapshotReachesWhoWasAway(t *testing.T) {
	for _, comings := range []int{8, 60} { // a few links missed, and more than are kept
		w, aspen, birch, cedar := three(t)
		cedar.disconnect()
		w.comings(comings)
		cedar.connect()
		w.run(3 * time.Second)
		w.mustBeIn(aspen, birch, cedar)
		w.mustOpenEachOther(aspen, birch, cedar)
	}
}

func TestSnapshotInAnyOrder(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	w.comings(20)
	// The pages come first, one of them is changed on the way once, and one is lost once.
	var pages []packet
	n := 0
	w.tamper = func(p *packet) bool {
		switch wire.PeekKind(p.data) {
		case wire.KindPage:
			if n++; n == 1 {
				p.data = append([]byte(nil), p.data...)
				p.data[60] ^= 1
			}
			pages = append(pages, *p)
		case wire.KindLinks:
			if n == 0 && p.to.name == "douglas" {
				w.wire = append(w.wire, packet{due: w.now.Add(50 * time.Millisecond), from: p.from, to: p.to, data: p.data})
				return len(pages) > 0
			}
		}
		return true
	}
	douglas := w.add("douglas", wire.RoleParticipant).join()
	w.run(4 * time.Second)
	w.mustBeIn(aspen, birch, cedar, douglas)
}
