package meeting

import (
	"fmt"

	"greenroom/meeting/wire"
)

// list is the participant list: a hash chain of links that leaders signed (SPEC.md, section 6). Roster indexes count
// up from 0 and are never used again.
type list struct {
	instance  wire.InstanceID
	people    []*person // by roster index; those taken off stay
	byID      map[wire.ParticipantID]*person
	links     [][]byte
	hashes    [][32]byte // of the links
	leader    *person
	takeovers uint32
	members   int
	// removedAt is how many leaders the list had had when somebody was last taken off by command; 0: never.
	removedAt uint32
	// rosterVersion is the version at which members last changed.
	rosterVersion uint64
}

func newList(instance wire.InstanceID) *list {
	return &list{instance: instance, byID: make(map[wire.ParticipantID]*person)}
}

func (l *list) version() uint64 { return uint64(len(l.links)) }

// hash returns the list's hash now; zero for the empty list.
func (l *list) hash() [32]byte { return l.hashAt(l.version()) }

// hashAt returns the list's hash at a version that it has had.
func (l *list) hashAt(version uint64) (h [32]byte) {
	if version == 0 || version > l.version() {
		return h
	}
	return l.hashes[version-1]
}

// member returns who takes part under that id, or nil.
func (l *list) member(id wire.ParticipantID) *person {
	if p := l.byID[id]; p != nil && p.removed == 0 {
		return p
	}
	return nil
}

// roster returns a snapshot of the members, by index.
func (l *list) roster() []*person {
	out := make([]*person, len(l.people))
	for i, p := range l.people {
		if p.removed == 0 {
			out[i] = p
		}
	}
	return out
}

// change is what a link did, for events.
type change struct {
	kind   wire.ChangeType
	person *person
	cause  wire.Cause
	old    *person // of a leader change
}

// apply verifies a link and applies it, or changes nothing. verify checks a new entry; it may know it already.
// Whether this leader may lead is the caller's question: the list only holds that the leader stands in it.
func (l *list) apply(k *wire.Link, verify func(*wire.Entry) (*person, error)) ([]change, error) {
	switch {
	case k.Instance != l.instance:
		return nil, ErrOtherInstance
	case k.Version != l.version()+1:
		return nil, fmt.Errorf("link %d after %d: %w", k.Version, l.version(), ErrReplay)
	case k.Previous != l.hash():
		return nil, fmt.Errorf("link %d does not follow this list: %w", k.Version, ErrEquivocation)
	}
	s := stage{list: l, link: k, verify: verify, off: make(map[*person]bool), leader: l.leader}
	for i := range k.Changes {
		if err := s.check(&k.Changes[i]); err != nil {
			return nil, fmt.Errorf("link %d: %w", k.Version, err)
		}
	}
	if err := s.finish(); err != nil {
		return nil, fmt.Errorf("link %d: %w", k.Version, err)
	}
	l.commit(k, &s)
	return s.done, nil
}

func (l *list) commit(k *wire.Link, s *stage) {
	for _, c := range s.done {
		if c.kind != wire.ChangeLeader {
			l.rosterVersion = k.Version
		}
		switch c.kind {
		case wire.ChangeAdd:
			l.people = append(l.people, c.person)
			l.byID[c.person.id()] = c.person
			l.members++
		case wire.ChangeRemove:
			c.person.removed = c.cause
			if c.cause == wire.CauseRemoved {
				l.removedAt = l.takeovers
			}
			l.members--
		case wire.ChangeLeader:
			l.takeovers++
		}
	}
	l.leader = s.leader
	l.links = append(l.links, k.Raw())
	l.hashes = append(l.hashes, k.Hash())
}

// stage checks the changes of one link against the list as it would be.
type stage struct {
	list   *list
	link   *wire.Link
	verify func(*wire.Entry) (*person, error)
	added  []*person
	off    map[*person]bool
	leader *person
	turned bool // the link changes the leader
	done   []change
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
	case wire.ChangeLeader:
		p := s.at(c.Index)
		if p == nil || s.turned {
			return fmt.Errorf("makes index %d lead: %w", c.Index, ErrForged)
		}
		s.done = append(s.done, change{kind: c.Type, person: p, cause: c.Cause, old: s.leader})
		s.leader, s.turned = p, true
	}
	return nil
}

// at returns the member that would have an index, or nil.
func (s *stage) at(index uint32) *person {
	n := uint32(len(s.list.people))
	if index >= n {
		if int(index-n) < len(s.added) {
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
	if int(c.Index) != len(s.list.people)+len(s.added) || s.list.members+len(s.added) >= maxMembers+len(s.off) {
		return fmt.Errorf("adds index %d out of turn: %w", c.Index, ErrForged)
	}
	p, err := s.verify(c.Entry)
	if err != nil {
		return fmt.Errorf("adds index %d: %w", c.Index, err)
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

// finish checks who signed, and that somebody leads.
func (s *stage) finish() error {
	first := s.link.Version == 1
	switch {
	case first && (!s.turned || s.leader.statement.Role != wire.RoleHost || s.done[len(s.done)-1].cause != wire.CauseFirst):
		return fmt.Errorf("the first leader is no host: %w", ErrForged)
	case !first && s.turned && s.leader.index >= uint32(len(s.list.people)):
		return fmt.Errorf("the new leader was not on the list: %w", ErrForged)
	case s.leader == nil || s.off[s.leader]:
		return fmt.Errorf("nobody leads: %w", ErrForged)
	case s.link.Leader != s.leader.id() || !s.link.Verify(s.leader.meetingKey()):
		return fmt.Errorf("not signed by the leader: %w", ErrForged)
	}
	return nil
}
