package meeting

import (
	"fmt"
	"slices"

	"greenroom/meeting/wire"
)

// stage checks the changes of one link against the list as it would be.
type stage struct {
	list     *list
	link     *wire.Link
	own      bool // we signed it
	verify   verifyEntry
	added    []*person
	off      map[*person]bool
	leader   *person
	turned   bool // the link changes the leader
	locked   bool
	enhanced bool
	snapshot bool
	done     []change
}

func (s *stage) check(c *wire.Change) error {
	switch c.Type {
	case wire.ChangeAdd:
		return s.add(c)
	case wire.ChangeRemove:
		p := s.at(c.Index)
		if p == nil {
			return fmt.Errorf("takes off index %d, which is not on the list: %w", c.Index, ErrForged)
		}
		s.off[p] = true
		s.done = append(s.done, change{kind: c.Type, person: p, cause: c.Cause})
		return nil
	case wire.ChangeLeader:
		p := s.at(c.Index)
		if p == nil || s.turned {
			return fmt.Errorf("makes index %d lead: %w", c.Index, ErrForged)
		}
		s.done = append(s.done, change{kind: c.Type, person: p, cause: c.Cause, old: s.leader})
		s.leader, s.turned = p, true
		return nil
	case wire.ChangeLock, wire.ChangeUnlock, wire.ChangeEnhanced, wire.ChangeUpgrade:
		return s.turn(c)
	case wire.ChangeSnapshot:
		return s.checkSnapshot(c)
	}
	return fmt.Errorf("change %d: %w", c.Type, ErrForged)
}

// turn checks what locks the list or changes its encryption. There is no change that leads back to enhanced encryption.
func (s *stage) turn(c *wire.Change) error {
	p := s.at(c.Index)
	switch {
	case p == nil:
		return fmt.Errorf("index %d, which is not on the list, asks for a change: %w", c.Index, ErrForged)
	case c.Type == wire.ChangeEnhanced && s.link.Version != 1:
		return fmt.Errorf("goes down to enhanced encryption: %w", ErrDowngrade)
	}
	switch c.Type {
	case wire.ChangeLock:
		s.locked = true
	case wire.ChangeUnlock:
		s.locked = false
	case wire.ChangeEnhanced:
		s.enhanced = true
	case wire.ChangeUpgrade:
		s.enhanced = false
	case wire.ChangeAdd, wire.ChangeRemove, wire.ChangeLeader, wire.ChangeSnapshot:
	}
	s.done = append(s.done, change{kind: c.Type, person: p})
	return nil
}

// at returns the member that would have an index, or nil.
func (s *stage) at(index uint32) *person {
	n := uint32(len(s.list.people))
	if index >= n {
		if int(index-n) < len(s.added) && !s.off[s.added[index-n]] {
			return s.added[index-n]
		}
		return nil
	}
	if p := s.list.people[index]; p.removed == 0 && !s.off[p] {
		return p
	}
	return nil
}

func (s *stage) add(c *wire.Change) error {
	n := len(s.list.people) + len(s.added)
	if int(c.Index) != n || n >= maxPeople || s.list.members+len(s.added) >= maxMembers+len(s.off) {
		return fmt.Errorf("adds index %d out of turn: %w", c.Index, ErrForged)
	}
	p, err := s.verify(c.Entry)
	if err != nil {
		return fmt.Errorf("adds index %d: %w", c.Index, err)
	}
	if s.removes(c.Entry.Announcement.IdentityKey) {
		return fmt.Errorf("adds index %d, whom it removes: %w", c.Index, ErrForged)
	}
	if s.locked && !s.list.known(c.Entry.Announcement.IdentityKey) {
		return fmt.Errorf("adds index %d to a locked meeting: %w", c.Index, ErrForged)
	}
	if old := s.list.byID[p.id()]; old != nil {
		if old.removed != wire.CauseGone || old.hash != p.hash {
			return fmt.Errorf("adds %v a second time: %w", p.id(), ErrForged)
		}
		for k := range p.seen { // what was replayed before stays a replay
			p.seen[k] = max(p.seen[k], old.seen[k])
		}
	}
	for _, q := range s.added {
		if q.id() == p.id() {
			return fmt.Errorf("adds %v twice: %w", p.id(), ErrForged)
		}
	}
	p.index = c.Index
	s.added = append(s.added, p)
	s.done = append(s.done, change{kind: c.Type, person: p})
	return nil
}

// removes reports whether the link removes somebody with that identity key by command.
func (s *stage) removes(identity [wire.IdentityKeySize]byte) bool {
	return slices.ContainsFunc(s.done, func(d change) bool {
		return d.kind == wire.ChangeRemove && d.cause == wire.CauseRemoved && d.person.entry.Announcement.IdentityKey == identity
	})
}

// finish checks who signed, and that somebody leads.
func (s *stage) finish() error {
	first := s.link.Version == 1
	switch {
	case first && (!s.turned || s.leader.statement.Role != wire.RoleHost && !(s.enhanced && s.list.mayBegin)):
		return fmt.Errorf("the first leader is no host: %w", ErrForged)
	case first && s.done[len(s.done)-1].cause != wire.CauseFirst:
		return fmt.Errorf("the first leader is not called so: %w", ErrForged)
	case !first && s.turned && s.leader.index >= uint32(len(s.list.people)):
		return fmt.Errorf("the new leader was not on the list: %w", ErrForged)
	case s.leader == nil || s.off[s.leader]:
		return fmt.Errorf("nobody leads: %w", ErrForged)
	case s.link.Leader != s.leader.id() || !s.own && !s.link.Verify(s.leader.meetingKey()):
		return fmt.Errorf("not signed by the leader: %w", ErrForged)
	}
	return nil
}
