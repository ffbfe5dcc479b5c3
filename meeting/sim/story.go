package sim

import (
	"fmt"
	"time"

	"greenroom/meeting"
	"greenroom/meeting/wire"
)

// story is what people do in a meeting.
type story struct {
	w       *world
	over    bool
	most    int // people
	people  int // who came so far
	written int
	total   int // weight of all actions
}

// weighted is something that may happen.
type weighted struct {
	weight int
	do     func(*story)
}

// frameEvery is how often everybody sends a frame to everybody, as far as keys are concerned.
const frameEvery = 200 * time.Millisecond

// begin has the people come and things happen, and returns how long they do.
func (s *story) begin(w *world) time.Duration {
	s.w = w
	if w.profile.Adversary {
		w.evil.begin(w)
	}
	if w.profile.TwoFaced {
		w.evil.twoFaces()
	}
	w.relay.delay = between(w.rng, 0, 100*time.Millisecond)
	s.most = 2 + w.rng.IntN(3)
	if w.rng.IntN(8) == 0 {
		s.most = 2 + w.rng.IntN(w.profile.Most-1)
	}
	s.most = min(s.most, w.profile.Most)
	for _, a := range w.profile.Actions {
		s.total += a.weight
	}
	for i := range 1 + w.rng.IntN(s.most) {
		role := wire.RoleHost
		if i > 0 {
			role = s.role()
		}
		w.after(between(w.rng, 0, 3*time.Second)*time.Duration(w.rng.IntN(2)), func() { s.newcomer(role) })
	}
	length := between(w.rng, w.profile.Length/6, w.profile.Length*4/5)
	s.next()
	s.frames()
	w.after(length, func() { s.over = true })
	return length
}

// next has something happen after a while: mostly after a little, since trouble comes together.
func (s *story) next() {
	wait := between(s.w.rng, 0, 3*time.Second)
	if s.w.rng.IntN(3) > 0 {
		wait = between(s.w.rng, 0, 600*time.Millisecond)
	}
	s.w.after(wait, func() {
		if s.over {
			return
		}
		n := s.w.rng.IntN(s.total)
		for _, a := range s.w.profile.Actions {
			if n -= a.weight; n < 0 {
				a.do(s)
				break
			}
		}
		s.next()
	})
}

// frames lets everybody send to everybody, so that a missing key is noticed as media would notice it.
func (s *story) frames() {
	s.w.after(frameEvery, func() {
		for _, from := range s.w.participants {
			index, ok := from.index()
			if !ok || !from.connected {
				continue
			}
			kid := meeting.KeyID(from.seal.Epoch(), index, camera)
			for _, to := range s.w.participants {
				if to != from && to.connected && to.alive() && to.side == from.side && to.byKeyID(kid) == nil {
					to.call(func(now time.Time) { to.take(to.core.KeyMissing(now, kid)) })
				}
			}
		}
		s.frames()
	})
}

func (s *story) role() wire.Role {
	switch s.w.rng.IntN(6) {
	case 0:
		return wire.RoleHost
	case 1:
		return wire.RoleCoHost
	}
	return wire.RoleParticipant
}

// newcomer has somebody join who was never there.
func (s *story) newcomer(role wire.Role) {
	if s.people >= s.most {
		return
	}
	s.people++
	person, err := s.w.cast.person(fmt.Sprintf("room%d", s.people))
	if err != nil {
		s.w.violate("a person can be made", "%v", err)
		return
	}
	s.enter(person, role, !chance(s.w.rng, s.w.profile.Outsiders))
}

func (s *story) enter(person *person, role wire.Role, organisation bool) {
	s.w.join(session{person: person, shown: person.name, role: role, organisation: organisation, admission: s.w.profile.Admission})
}

// some draws one of the participants that the test holds for, or nil.
func (s *story) some(holds func(*participant) bool) *participant {
	var fit []*participant
	for _, p := range s.w.participants {
		if !p.ghost && holds(p) {
			fit = append(fit, p)
		}
	}
	if len(fit) == 0 {
		return nil
	}
	return fit[s.w.rng.IntN(len(fit))]
}

func here(p *participant) bool { return p.alive() && p.connected }

func inside(p *participant) bool { return here(p) && p.view.Phase == meeting.PhaseIn }

// commanding draws somebody to give a host's command: mostly somebody who may.
func (s *story) commanding() *participant {
	if s.w.rng.IntN(5) == 0 {
		return s.some(inside)
	}
	return s.some(func(p *participant) bool { return inside(p) && (p.leads() || p.view.Commands) })
}

func (s *story) joins() { s.newcomer(s.role()) }

func (s *story) leaves() {
	if p := s.some(here); p != nil && s.w.rng.IntN(2) == 0 {
		p.do(meeting.Leave{})
		s.w.disconnect(p, true)
	}
}

func (s *story) crashes() {
	if p := s.some((*participant).alive); p != nil {
		s.w.crash(p, s.w.rng.IntN(2) == 0)
	}
}

// restarts has the device of a participation join again, while the old one is still there, or long gone, or removed.
func (s *story) restarts() {
	p := s.some(func(*participant) bool { return true })
	if p == nil {
		return
	}
	s.w.crash(p, s.w.rng.IntN(2) == 0)
	for _, q := range s.w.participants {
		if q.person == p.person {
			s.w.crash(q, s.w.rng.IntN(2) == 0)
		}
	}
	s.w.stats["restarts"]++
	s.w.after(between(s.w.rng, time.Millisecond, time.Second), func() {
		for _, q := range s.w.participants {
			if s.over || q.person == p.person && q.alive() {
				return
			}
		}
		s.enter(p.person, p.role, p.organisation)
	})
}

func (s *story) loses() {
	if p := s.some(here); p != nil {
		s.w.stats["transports lost"]++
		s.w.disconnect(p, s.w.rng.IntN(2) == 0)
	}
}

func (s *story) regains() {
	if p := s.some(func(p *participant) bool { return p.alive() && !p.connected }); p != nil {
		s.w.connect(p)
	}
}

// parts makes a partition of two or three sides; the relay tells of it or does not.
func (s *story) parts() {
	sides, told := 2+s.w.rng.IntN(2), s.w.rng.IntN(2) == 0
	s.w.note("the network parts into %d, told %v", sides, told)
	s.w.stats["partitions"]++
	s.w.part(func(*participant) int { return s.w.rng.IntN(sides) }, told)
}

func (s *story) unites() {
	s.w.note("the network is one")
	s.w.part(func(*participant) int { return 0 }, true)
}

func (s *story) attacked() { s.w.evil.act() }

func (s *story) waits() {}

func (s *story) slowed() { s.w.evil.slow() }
