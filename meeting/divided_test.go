package meeting

import (
	"testing"
	"time"

	"greenroom/meeting/wire"
)

// divide cuts the network in two: those named and the rest. Nobody is told.
func (w *world) divide(one ...*node) {
	w.note("the network divides")
	side := make(map[*node]bool)
	for _, n := range one {
		side[n] = true
	}
	w.tamper = func(p *packet) bool { return side[p.from] == side[p.to] }
}

// heal brings the parts together, and the relay tells who is there.
func (w *world) heal() {
	w.note("the network heals")
	w.tamper = nil
	for _, n := range w.nodes {
		for _, o := range w.nodes {
			if n != o && n.connected && o.connected {
				n.take(n.core.Present(w.now, []wire.ParticipantID{o.id}))
			}
		}
	}
}

// five is a host, a co-host and three others, and no message is lost.
func five(t testing.TB) (w *world, n []*node) {
	t.Helper()
	w, a, b, c, d := cohosts(t)
	e := w.add("elm", wire.RoleParticipant).join()
	w.run(time.Second)
	n = []*node{a, b, c, d, e}
	w.mustBeIn(n...)
	return w, n
}

func TestRule5ADividedListComesTogether(t *testing.T) {
	w, n := five(t)
	w.divide(n[0], n[2])
	w.run(30 * time.Second)
	if l := n[1].core.View().Leader; l != n[1].id {
		t.Fatalf("%s leads the other part", w.nameOf(l))
	}
	w.heal()
	w.run(2 * time.Second)
	w.mustBeIn(n...)
	w.mustOpenEachOther(n...)
	if l := n[1].core.View().Leader; l != n[0].id {
		t.Errorf("%s leads", w.nameOf(l))
	}
}

func TestRule5ARemovalInOnePartCountsInBoth(t *testing.T) {
	for _, part := range []int{0, 1} { // where somebody is removed: in the part that stays, and in the one that gives way
		w, n := five(t)
		gone := n[2+part]
		// Whoever is removed is in the other part at that time, with its leader.
		w.divide(n[0], n[3])
		if part == 1 {
			w.divide(n[0], n[3], n[4])
			gone = n[3]
		}
		w.run(15 * time.Second)
		keys := len(n[part].everKeys)
		n[part].do(Remove{ID: gone.id})
		w.run(3 * time.Second)
		if v := gone.core.View(); v.Phase.Final() {
			t.Fatalf("part %d: %s has heard of it already", part, gone.name)
		}
		w.heal()
		w.run(3 * time.Second)
		if !gone.phase().Final() {
			t.Errorf("part %d: %s is %v", part, gone.name, gone.phase())
		}
		var left []*node
		for _, o := range n {
			if o != gone {
				left = append(left, o)
			}
		}
		w.mustBeIn(left...)
		w.mustOpenEachOther(left...)
		for _, k := range n[part].everKeys[keys:] {
			for _, h := range gone.everKeys {
				if h == k {
					t.Errorf("part %d: a key made after the removal", part)
				}
			}
		}
	}
}

func TestRule5ALockInOnePartCountsInBoth(t *testing.T) {
	w, n := five(t)
	w.divide(n[0], n[2])
	w.run(15 * time.Second)
	n[1].do(SetLock{Locked: true})
	w.run(time.Second)
	w.heal()
	w.run(2 * time.Second)
	w.mustBeIn(n...)
	for _, o := range n {
		if !o.core.View().Locked {
			t.Errorf("%s: not locked", o.name)
		}
	}
}

// Somebody was removed while it was away, and leads a part of the list without knowing it.
func TestRule5WhoWasRemovedWhileAwayLeadsNobody(t *testing.T) {
	w, n := five(t)
	w.divide(n[1], n[2]) // the co-host will lead cedar
	n[0].do(Remove{ID: n[2].id})
	w.run(15 * time.Second)
	if l := n[2].core.View().Leader; l != n[1].id {
		t.Fatalf("%s leads cedar", w.nameOf(l))
	}
	w.divide(n[2])
	n[1].vanish(false)
	w.run(15 * time.Second)
	if n[2].core.lead == nil {
		t.Fatal("cedar does not lead its part")
	}
	w.heal()
	w.run(3 * time.Second)
	if v := n[2].core.View(); !v.Phase.Final() || v.Reason == nil || v.Reason.Code != CodeRemoved {
		t.Errorf("cedar: %v %v", v.Phase, v.Reason)
	}
	w.mustOpenEachOther(n[0], n[3], n[4])
}

func TestRule5TwoMeetingsThatNeverWereOneStayApartAndSaySo(t *testing.T) {
	w := newWorld(t)
	var one, two []*node
	w.tamper = func(p *packet) bool { return (p.from.name[0] == 'a') == (p.to.name[0] == 'a') }
	one = append(one, w.add("aspen", wire.RoleHost).join(), w.add("alder", wire.RoleParticipant).join())
	two = append(two, w.add("birch", wire.RoleHost).join(), w.add("beech", wire.RoleParticipant).join())
	w.run(10 * time.Second)
	w.heal()
	w.run(10 * time.Second)
	w.mustBeIn(one...)
	w.mustBeIn(two...)
	if !has[Divided](one[0]) || !has[Divided](two[0]) {
		t.Error("the leaders do not say that there are two meetings")
	}
}
