package meeting

import (
	"fmt"
	"slices"

	"greenroom/meeting/wire"
)

// snapshotLinks and snapshotBytes are how much may gather before the leader makes a snapshot: newcomers are spared the
// history, and everybody the memory.
const (
	snapshotLinks = 32
	snapshotBytes = 32 << 10
)

// maxPeople bounds how many roster indexes a list ever gives out.
const maxPeople = 25_000

// records returns what a snapshot at the given version says of the first n roster indexes. Those taken off later are
// members in it.
func (l *list) records(n int, version uint64) []wire.Record {
	out := make([]wire.Record, 0, n)
	for _, p := range l.people[:n] {
		r := wire.Record{Entry: p.entry}
		if p.removed != 0 && p.removedIn <= version {
			r.Cause = p.removed
		}
		out = append(out, r)
	}
	return out
}

// snapshotOf returns the change that stands for the list as it is.
func (l *list) snapshotOf() wire.Change {
	s := &wire.Snapshot{
		Leader: l.leader.index, Takeovers: l.takeovers, RemovedAt: l.removedAt,
		Locked: l.locked, Enhanced: l.enhanced, RosterVersion: l.rosterVersion,
	}
	for _, page := range wire.MarshalPages(l.records(len(l.people), l.version())) {
		s.Pages = append(s.Pages, wire.PageHash(page))
	}
	return wire.Change{Type: wire.ChangeSnapshot, Index: uint32(len(l.people)), Snapshot: s}
}

// checkSnapshot holds a snapshot against the list: a leader that lies in one is found out by everybody who is there.
func (s *stage) checkSnapshot(c *wire.Change) error {
	switch {
	case len(s.link.Changes) != 1 || s.list.version() == 0:
		return fmt.Errorf("a snapshot among other changes: %w", ErrForged)
	case s.leader.statement.Role < wire.RoleCoHost: // newcomers take it in place of the history
		return fmt.Errorf("a snapshot by somebody who is no host: %w", ErrForged)
	}
	want := s.list.snapshotOf()
	got := c.Snapshot
	same := c.Index == want.Index && slices.Equal(got.Pages, want.Snapshot.Pages) &&
		got.Leader == want.Snapshot.Leader && got.Takeovers == want.Snapshot.Takeovers && got.RemovedAt == want.Snapshot.RemovedAt &&
		got.Locked == want.Snapshot.Locked && got.Enhanced == want.Snapshot.Enhanced && got.RosterVersion == want.Snapshot.RosterVersion
	if !same {
		return fmt.Errorf("the snapshot is of another list: %w", ErrEquivocation)
	}
	s.snapshot = true
	s.done = append(s.done, change{kind: c.Type})
	return nil
}

// snapshotDue reports whether so much has gathered that a snapshot is worth it.
func (l *list) snapshotDue() bool {
	since := l.version() - l.snapshotAt
	if len(l.people) > maxPeople/2 {
		return false // it might not fit
	}
	return since >= snapshotLinks || since > 1 && l.bytes >= snapshotBytes
}

// forget drops what a snapshot that is about to be appended makes needless. The links since the snapshot before stay, for
// members who missed some.
func (l *list) forget(version uint64) {
	if l.snapshotAt > 0 {
		n := l.snapshotAt - l.first
		l.links, l.hashes = slices.Clone(l.links[n:]), slices.Clone(l.hashes[n:])
		l.first = l.snapshotAt
	}
	l.snapshotAt, l.covered, l.bytes = version, len(l.people), 0
	for _, p := range l.people {
		if p.removed != 0 {
			p.entry = &wire.Entry{Announcement: p.entry.Announcement}
		}
	}
}

// whole returns the links that a newcomer needs. The first of them is the snapshot that pages() belongs to; without a
// snapshot they begin with version 1.
func (l *list) whole() [][]byte {
	if l.snapshotAt == 0 {
		return l.links
	}
	return l.links[l.snapshotAt-l.first:]
}

// base returns the version after which whole begins.
func (l *list) base() uint64 { return max(l.snapshotAt, 1) - 1 }

// pages returns the pages of the snapshot; nil if there is none.
func (l *list) pages() [][]byte {
	if l.snapshotAt == 0 {
		return nil
	}
	return wire.MarshalPages(l.records(l.covered, l.snapshotAt))
}

// fromSnapshot makes a list of a snapshot's link and its pages. Who leads must have signed it.
func fromSnapshot(instance wire.InstanceID, k *wire.Link, pages [][]byte, verify verifyEntry) (*list, error) {
	if k.Instance != instance || len(k.Changes) != 1 || k.Changes[0].Type != wire.ChangeSnapshot {
		return nil, fmt.Errorf("link %d is no snapshot: %w", k.Version, ErrForged)
	}
	s := k.Changes[0].Snapshot
	l := newList(instance)
	l.takeovers, l.removedAt, l.locked, l.enhanced, l.rosterVersion = s.Takeovers, s.RemovedAt, s.Locked, s.Enhanced, s.RosterVersion
	for i, page := range pages {
		if i >= len(s.Pages) || wire.PageHash(page) != s.Pages[i] {
			return nil, fmt.Errorf("page %d is not the snapshot's: %w", i, ErrForged)
		}
		records, err := wire.ParseRecords(page)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			if err := l.take(r, k.Version, verify); err != nil {
				return nil, fmt.Errorf("page %d: %w", i, err)
			}
		}
	}
	if len(l.people) != int(k.Changes[0].Index) || int(s.Leader) >= len(l.people) || l.people[s.Leader].removed != 0 {
		return nil, fmt.Errorf("the snapshot is not whole: %w", ErrForged)
	}
	l.leader = l.people[s.Leader]
	if k.Leader != l.leader.id() || l.leader.statement.Role < wire.RoleCoHost || !k.Verify(l.leader.meetingKey()) {
		return nil, fmt.Errorf("the snapshot is not signed by its leader: %w", ErrForged)
	}
	l.first, l.snapshotAt, l.covered, l.ledSince = k.Version, k.Version, len(l.people), k.Version
	l.keep(k)
	l.bytes = 0
	return l, nil
}

// take appends what a record says of the next roster index.
func (l *list) take(r wire.Record, version uint64, verify verifyEntry) error {
	p := &person{entry: r.Entry, hash: r.Entry.Announcement.Hash(), removed: r.Cause, removedIn: version}
	if len(l.people) >= maxPeople || l.members >= maxMembers {
		return fmt.Errorf("too many people: %w", ErrForged)
	}
	if old := l.byID[p.id()]; old != nil && (old.removed != wire.CauseGone || old.hash != p.hash) { // as in stage.add
		return fmt.Errorf("%v stands there twice: %w", p.id(), ErrForged)
	}
	if r.Cause == 0 {
		var err error
		if p, err = verify(r.Entry); err != nil {
			return fmt.Errorf("index %d: %w", len(l.people), err)
		}
		l.members++
	}
	p.index = uint32(len(l.people))
	l.people = append(l.people, p)
	l.byID[p.id()] = p
	return nil
}
