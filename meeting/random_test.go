package meeting

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"greenroom/meeting/wire"
)

// Random meetings: people come, go, crash, restart, lose their transport and are removed, over a network that loses
// messages. Once it heals and is quiet, everybody who is connected is in one meeting and opens everybody else, and nobody
// who was removed has got a later key. A failing seed repeats with -run 'TestRandomMeetings/seed=N$'.
func TestRandomMeetings(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			s := &story{rng: rand.New(rand.NewPCG(seed, 1)), w: newWorld(t), removed: make(map[*node]removedBy)}
			s.run()
		})
	}
}

type story struct {
	rng     *rand.Rand
	w       *world
	joined  int
	removed map[*node]removedBy
}

// removedBy is who removed somebody, and how many keys that leader had made or held before.
type removedBy struct {
	leader *node
	keys   int
}

func (s *story) run() {
	w := s.w
	loss := s.rng.Float64() * 0.1
	w.tamper = func(*packet) bool { return s.rng.Float64() >= loss }
	s.join(wire.RoleHost)
	for range 25 {
		w.run(time.Duration(s.rng.IntN(3000)) * time.Millisecond)
		s.step()
	}
	w.tamper = nil
	for _, n := range w.nodes {
		if n.core != nil && !n.connected && !n.phase().Final() {
			n.connect()
		}
	}
	w.run(30 * time.Second)
	s.check()
}

func (s *story) join(role wire.Role) {
	s.joined++
	s.w.add(fmt.Sprintf("room%d", s.joined), role).join()
}

func (s *story) step() {
	n := s.w.nodes[s.rng.IntN(len(s.w.nodes))]
	alive := n.core != nil && !n.phase().Final()
	switch x := s.rng.IntN(10); {
	case x < 3 && s.joined < 8:
		s.join(wire.Role(1 + s.rng.IntN(2)))
	case x < 5 && alive && n.connected:
		n.disconnect()
	case x < 7 && alive && !n.connected:
		n.connect()
	case x == 7 && alive && s.aliveCount() > 2:
		n.vanish(s.rng.IntN(2) == 0)
		if s.rng.IntN(2) == 0 {
			s.w.add(n.name+"#2", wire.RoleParticipant).join()
		}
	case x == 8 && alive && n.connected && s.aliveCount() > 2:
		n.do(Leave{})
		n.connected = false
		s.w.reportGone(n)
	case x == 9 && alive:
		s.remove(n)
	}
}

func (s *story) aliveCount() (c int) {
	for _, n := range s.w.nodes {
		if n.core != nil && !n.phase().Final() {
			c++
		}
	}
	return c
}

func (s *story) remove(n *node) {
	for _, l := range s.w.nodes {
		if l != n && l.core != nil && l.connected && l.core.lead != nil && l.core.list.member(n.id) != nil && s.aliveCount() > 2 {
			s.removed[n] = removedBy{l, len(l.everKeys)}
			l.do(Remove{ID: n.id})
			return
		}
	}
}

func (s *story) check() {
	t, w := s.w.t, s.w
	var in []*node
	for _, n := range w.nodes {
		if n.core != nil && !n.phase().Final() {
			in = append(in, n)
		}
	}
	for n, by := range s.removed {
		for _, k := range by.leader.everKeys[by.keys:] {
			if slices.Contains(n.everKeys, k) {
				t.Fatalf("%s got a key that %s held after it had removed it\n%s", n.name, by.leader.name, w.log.String())
			}
		}
	}
	hostless := true
	for _, n := range in {
		hostless = hostless && n.core.list == nil
		if _, removed := s.removed[n]; removed {
			return // it was away, and has not learned of it: its list may stay divided from the other (SPEC.md, section 13)
		}
	}
	if len(in) == 0 || hostless {
		return // nobody who may lead is left
	}
	for _, n := range in {
		v := n.core.View()
		t.Logf("%s: %v, led by %s, list %d, epoch %d, %d members", n.name, v.Phase, w.nameOf(v.Leader), v.ListVersion, v.Epoch, len(v.Members))
	}
	leader := in[0].core.View().Leader
	for _, n := range in {
		if v := n.core.View(); v.Phase != PhaseIn || v.Leader != leader {
			t.Fatalf("%s\n%s: %v, led by %s, not %s", w.log.String(), n.name, v.Phase, w.nameOf(v.Leader), w.nameOf(leader))
		}
	}
	w.mustOpenEachOther(in...)
}
