package meeting

import (
	"fmt"
	"slices"

	"greenroom/meeting/wire"
)

// list is the participant list: a hash chain of links that leaders signed (SPEC.md, section 6). Roster indexes count
// up from 0 and are never used again.
type list struct {
	instance wire.InstanceID
	people   []*person // by roster index; those taken off stay
	byID     map[wire.ParticipantID]*person

	// links are those that are kept: all from version 1, or from the last snapshot but one.
	links  [][]byte
	hashes [][32]byte // of the links
	first  uint64     // version of links[0]

	snapshotAt uint64 // version of the last snapshot; 0: none
	covered    int    // roster indexes that it covers
	bytes      int    // of links since then

	leader    *person
	takeovers uint32
	members   int
	locked    bool
	enhanced  bool
	// mayBegin is set where somebody who is no host may begin the list: with enhanced encryption (rule 9).
	mayBegin bool
	// removedAt is how many leaders the list had had when somebody was last taken off by command; 0: never.
	removedAt uint32
	// ledSince is the version at which the leader came to lead, or that of the snapshot the list was made of.
	ledSince uint64
	// rosterVersion is the version at which members, or the kind of encryption, last changed.
	rosterVersion uint64
}

// maxLinkBytes bounds the links since a snapshot. All that 25,000 people can do in a meeting whose leader may not make one
// has less than half of it.
const maxLinkBytes = 32 << 20

func newList(instance wire.InstanceID) *list {
	return &list{instance: instance, byID: make(map[wire.ParticipantID]*person), first: 1}
}

func (l *list) version() uint64 { return l.first + uint64(len(l.links)) - 1 }

// hash returns the list's hash now; zero for the empty list.
func (l *list) hash() [32]byte { return l.hashAt(l.version()) }

// hashAt returns the list's hash at a version that it has had; zero for the empty list, and for what is forgotten.
func (l *list) hashAt(version uint64) (h [32]byte) {
	if version < l.first || version > l.version() {
		return h
	}
	return l.hashes[version-l.first]
}

// was reports whether the list had that hash at that version. Of a version that is forgotten nobody can say so.
func (l *list) was(version uint64, hash [32]byte) bool {
	return version >= l.first && version <= l.version() && l.hashAt(version) == hash
}

// since returns the links after a version. It reports false if some of them are forgotten.
func (l *list) since(version uint64) ([][]byte, bool) {
	if version+1 < l.first {
		return nil, false
	}
	return l.links[min(version+1-l.first, uint64(len(l.links))):], true
}

// member returns who takes part under that id, or nil.
func (l *list) member(id wire.ParticipantID) *person {
	if p := l.byID[id]; p != nil && p.removed == 0 {
		return p
	}
	return nil
}

// known reports whether somebody with that identity key stands on the list, or stood there and was not removed. Such a
// one comes into a locked meeting.
func (l *list) known(identity [wire.IdentityKeySize]byte) bool {
	known := false
	for _, p := range l.people {
		if p.entry.Announcement.IdentityKey == identity {
			if p.removed == wire.CauseRemoved {
				return false
			}
			known = true
		}
	}
	return known
}

// stood reports whether somebody with that identity key is or was on the list.
func (l *list) stood(identity [wire.IdentityKeySize]byte) bool {
	return slices.ContainsFunc(l.people, func(p *person) bool { return p.entry.Announcement.IdentityKey == identity })
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

// verifyEntry checks a new entry of the list; it may know it already.
type verifyEntry func(*wire.Entry) (*person, error)

// apply verifies a link and applies it, or changes nothing. Whether this leader may lead is the caller's question: the
// list only holds that the leader stands in it.
func (l *list) apply(k *wire.Link, verify verifyEntry) ([]change, error) {
	return l.extend(k, verify, false)
}

// extend applies a link. One's own signature, which was made just before, is not verified again.
func (l *list) extend(k *wire.Link, verify verifyEntry, own bool) ([]change, error) {
	switch {
	case k.Instance != l.instance:
		return nil, ErrOtherInstance
	case k.Version != l.version()+1:
		return nil, fmt.Errorf("link %d after %d: %w", k.Version, l.version(), ErrReplay)
	case k.Previous != l.hash():
		return nil, fmt.Errorf("link %d does not follow this list: %w", k.Version, ErrEquivocation)
	case l.bytes+len(k.Raw()) > maxLinkBytes:
		return nil, fmt.Errorf("link %d: %d bytes of links and no snapshot: %w", k.Version, l.bytes, ErrForged)
	}
	s := stage{list: l, link: k, own: own, verify: verify, off: make(map[*person]bool), leader: l.leader, locked: l.locked, enhanced: l.enhanced}
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
		switch c.kind {
		case wire.ChangeAdd:
			l.people = append(l.people, c.person)
			l.byID[c.person.id()] = c.person
			l.members++
			l.rosterVersion = k.Version
		case wire.ChangeRemove:
			c.person.removed, c.person.removedIn = c.cause, k.Version
			if c.cause == wire.CauseRemoved {
				l.removedAt = l.takeovers
			}
			l.members--
			l.rosterVersion = k.Version
		case wire.ChangeLeader:
			l.takeovers++
			l.ledSince = k.Version
		case wire.ChangeEnhanced, wire.ChangeUpgrade:
			l.rosterVersion = k.Version
		case wire.ChangeLock, wire.ChangeUnlock, wire.ChangeSnapshot:
		}
	}
	l.leader, l.locked, l.enhanced = s.leader, s.locked, s.enhanced
	if s.snapshot {
		l.forget(k.Version)
	}
	l.keep(k)
}

func (l *list) keep(k *wire.Link) {
	l.links = append(l.links, k.Raw())
	l.hashes = append(l.hashes, k.Hash())
	l.bytes += len(k.Raw())
}
