package meeting

import (
	"bytes"
	"slices"
	"time"

	"greenroom/meeting/wire"
)

// leading is what a leader keeps.
type leading struct {
	peers map[wire.ParticipantID]*peer // the members but itself
	queue []*peer                      // to be added, in the order of their arrival
	off   []removal                    // to be taken off
	knock map[wire.ParticipantID]*peer // waiting for Admit
	// denied are the identity keys of those whom a host did not let in, or who were removed in a part of a divided list.
	denied   map[[wire.IdentityKeySize]byte]bool
	answered map[wire.ParticipantID]time.Time // who asked for links, and when it last got them

	epoch   *epochState
	common  wire.KeyBox // of the epoch's key boxes
	settled bool
	rekey   bool // the next flush makes a new epoch in any case
	beatAt  time.Time
	beats   []beatMark // of the last requestFresh

	askedNew   time.Time // when a member that has the key last asked for another
	mismatchAt time.Time // when a key was last made because codes differ

	since        time.Time // when it began to lead, or came back
	pages        [][]byte  // of the list's snapshot, while they are needed
	pagesAt      uint64    // the snapshot's version
	commanded    bool      // somebody was removed, or the list locked or upgraded, while this one led
	everFollowed bool      // somebody acknowledged a key of this list
	rivals       map[wire.ParticipantID]*rival
	strangers    map[wire.ParticipantID]time.Time // other leaders, and when they were asked who they are
	engaged      time.Time                        // when another leader was last told to give way
}

// peer is a member, or somebody who will be one, as the leader knows it.
type peer struct {
	*person
	encryptionKey []byte
	nonce         [wire.NonceSize]byte // zero: none yet
	pairwise      []byte
	encapsulation []byte
	welcomedAt    time.Time
	acked         uint64    // highest epoch acknowledged
	startedOver   time.Time // when a new key was last made for it because it started over
	deafSince     time.Time // since when it has not acknowledged the newest key; zero: it has
	follows       bool      // acknowledged something since leading.since
	sentAt        time.Time
	tries         int
	heard         time.Time
}

type removal struct {
	person *person
	cause  wire.Cause
}

func newLeading(now time.Time) *leading {
	return &leading{
		peers: make(map[wire.ParticipantID]*peer), knock: make(map[wire.ParticipantID]*peer),
		denied: make(map[[wire.IdentityKeySize]byte]bool), answered: make(map[wire.ParticipantID]time.Time),
		rivals: make(map[wire.ParticipantID]*rival), strangers: make(map[wire.ParticipantID]time.Time), since: now,
	}
}

func (c *Core) dropLead() {
	if c.lead == nil {
		return
	}
	for _, p := range c.lead.peers {
		clear(p.pairwise)
	}
	c.lead = nil
}

// leadIfNobodyDoes makes a host that found nobody the first leader (rule 5).
func (c *Core) leadIfNobodyDoes() {
	if c.list != nil || !c.connected || !c.mayLeadFirst() || c.follow.welcome != nil || c.phase.Final() {
		return
	}
	c.list, c.lead = c.newList(), newLeading(c.now)
	changes := []wire.Change{{Type: wire.ChangeAdd, Index: 0, Entry: c.own.entry}}
	if c.enhancedAllowed() {
		changes = append(changes, wire.Change{Type: wire.ChangeEnhanced, Index: 0})
	}
	changes = append(changes, wire.Change{Type: wire.ChangeLeader, Index: 0, Cause: wire.CauseFirst})
	if c.changeList(changes, nil) {
		c.clear(timerAnnounce, timerHost, timerSilent, timerQuiet, timerWant)
		c.newEpoch(c.nextEpoch(), false)
	}
}

// newList returns an empty list. It may be begun by somebody who is no host where this participant has the hub's secret.
func (c *Core) newList() *list {
	l := newList(c.cfg.Instance)
	l.mayBegin = c.cfg.Enhanced != nil
	return l
}

// changeList signs a link with the changes, applies it and tells everybody. fresh are the newcomers in it.
func (c *Core) changeList(changes []wire.Change, fresh []*peer) bool {
	k, err := wire.SignLink(c.own.meeting, wire.Link{
		Instance: c.cfg.Instance, Leader: c.cfg.Self, Version: c.list.version() + 1, Previous: c.list.hash(),
		Time: uint64(max(0, c.now.UnixMilli())), Changes: changes,
	})
	var done []change
	if err == nil {
		done, err = c.list.extend(&k, func(e *wire.Entry) (*person, error) {
			for _, p := range fresh {
				if p.entry == e {
					return p.person, nil
				}
			}
			return c.verifier.verify(e)
		}, true)
	}
	if err != nil { // a link of our own that does not hold: a fault of this program
		c.refuse(reason(CodeFault))
		return false
	}
	c.sendPlain(wire.ParticipantID{}, &wire.Links{Links: [][]byte{k.Raw()}})
	c.applied(done)
	return !c.phase.Final()
}

// takeOff takes a member off the list, at once (rule 2: a removal never waits).
func (c *Core) takeOff(id wire.ParticipantID, cause wire.Cause) {
	l, p := c.lead, c.list.member(id)
	same := func(q *peer) bool { return q.id() == id }
	if cause == wire.CauseRemoved && p != nil { // another session of the same device goes with it
		same = func(q *peer) bool { return q.entry.Announcement.IdentityKey == p.entry.Announcement.IdentityKey }
	}
	knocked := len(l.knock)
	for _, q := range l.knock {
		if same(q) {
			delete(l.knock, q.id())
		}
	}
	if len(l.knock) != knocked {
		c.knocksChanged()
	}
	l.queue = slices.DeleteFunc(l.queue, same)
	for _, q := range l.ordered() {
		if same(q) {
			l.off = append(l.off, removal{q.person, cause})
		}
	}
	c.flush()
}

// enqueue has a verified newcomer added with the next flush.
func (c *Core) enqueue(p *peer) {
	c.lead.queue = slices.DeleteFunc(c.lead.queue, func(q *peer) bool { return q.sameDevice(p.person) })
	c.lead.queue = append(c.lead.queue, p)
	window := batchWindow
	if c.list.members >= bigMeeting {
		window = batchWindowBig
	}
	c.setEarlier(timerBatch, c.now.Add(window))
	c.beatSoon() // so that the newcomer knows that somebody leads
}

// maxChanges is how many bytes of changes go into one link.
const maxChanges = wire.MaxLinkSize - 300

// flush takes off and adds everybody who waits for it, in as many links as it takes, and begins one new epoch.
func (c *Core) flush() {
	l := c.lead
	if l == nil || len(l.off)+len(l.queue) == 0 && !l.rekey {
		return
	}
	c.clear(timerBatch)
	off, queue := l.off, l.queue
	l.off, l.queue = nil, nil
	var changes []wire.Change
	listed := make(map[*person]bool)
	for _, r := range off {
		if listed[r.person] || c.list.member(r.person.id()) != r.person {
			continue // twice, or off already
		}
		listed[r.person] = true
		if p := l.peers[r.person.id()]; p != nil {
			clear(p.pairwise)
		}
		delete(l.peers, r.person.id())
		changes = append(changes, wire.Change{Type: wire.ChangeRemove, Index: r.person.index, Cause: r.cause})
	}
	changes, removal := c.addChanges(changes, queue)
	for len(changes) > 0 {
		n := fit(changes)
		if !c.changeList(changes[:n], queue) {
			return
		}
		changes = changes[n:]
	}
	if c.list.snapshotDue() && c.own.self.statement.Role >= wire.RoleCoHost && !c.changeList([]wire.Change{c.list.snapshotOf()}, nil) {
		return
	}
	for _, p := range queue {
		l.peers[p.id()] = p
		c.welcomePeer(p)
	}
	l.pages = nil
	if !c.phase.Final() {
		c.newEpoch(c.nextEpoch(), removal || len(listed) > 0)
	}
}

// addChanges appends the adds of queue, each after the removal of whom it replaces: an older participation of the same
// device (rule 4).
func (c *Core) addChanges(changes []wire.Change, queue []*peer) (_ []wire.Change, replaced bool) {
	index := uint32(len(c.list.people))
	for _, p := range queue {
		for id, old := range c.lead.peers {
			if old.sameDevice(p.person) && id != p.id() {
				changes = append(changes, wire.Change{Type: wire.ChangeRemove, Index: old.index, Cause: wire.CauseReplaced})
				clear(old.pairwise)
				delete(c.lead.peers, id)
				replaced = true
			}
		}
		changes = append(changes, wire.Change{Type: wire.ChangeAdd, Index: index, Entry: p.entry})
		index++
	}
	return changes, replaced
}

// fit returns how many of the changes fit into one link; at least one.
func fit(changes []wire.Change) int {
	size := 0
	for i, ch := range changes {
		size += ch.Size()
		if size > maxChanges && i > 0 {
			return i
		}
	}
	return len(changes)
}

// welcomePeer makes a pairwise key with a member, if there is none, and sends what the member needs to make the same
// (rule 1), then the list.
func (c *Core) welcomePeer(p *peer) {
	if p.encryptionKey == nil {
		return // it will announce itself to us
	}
	if p.pairwise == nil {
		enc, pairwise, err := encapsulate(p.encryptionKey, admissionInfo(c.cfg.Instance, c.own.self.hash, p.hash))
		if err != nil {
			return // a key that is no key: it never gets in
		}
		p.encapsulation, p.pairwise = enc, pairwise
	}
	p.welcomedAt = c.now
	c.send(p.id(), &wire.Welcome{
		To: p.id(), ToHash: p.hash, Leader: *c.own.entry, Encapsulation: p.encapsulation,
		ListVersion: c.list.version(), ListHash: c.list.hash(),
	})
	if p.acked == 0 {
		c.sendLinks(p.id(), 0)
	}
}

// sendLinks sends every link after a version; if some are forgotten, the whole list.
func (c *Core) sendLinks(to wire.ParticipantID, after uint64) {
	if links, ok := c.list.since(after); ok && after > 0 {
		c.postLinks(to, links)
		return
	}
	links, pages := c.list.whole(), c.pages()
	if pages == nil {
		c.postLinks(to, links)
		return
	}
	c.postLinks(to, links[:1])
	for i, page := range pages {
		c.sendPlain(to, &wire.Page{Version: c.list.snapshotAt, Number: uint16(i), Records: page})
	}
	c.postLinks(to, links[1:])
}

// pages returns the pages of the list's snapshot, which are made once for all newcomers of a flush.
func (c *Core) pages() [][]byte {
	if c.lead == nil {
		return c.list.pages()
	}
	if c.lead.pages == nil || c.lead.pagesAt != c.list.snapshotAt {
		c.lead.pages, c.lead.pagesAt = c.list.pages(), c.list.snapshotAt
	}
	return c.lead.pages
}

// postLinks sends links in as few messages as it takes.
func (c *Core) postLinks(to wire.ParticipantID, links [][]byte) {
	var batch [][]byte
	size := wire.LinksOverhead
	for _, raw := range links {
		if n := len(raw) + 2; size+n > wire.MaxMessageSize && len(batch) > 0 {
			c.sendPlain(to, &wire.Links{Links: batch})
			batch, size = nil, wire.LinksOverhead
		}
		batch = append(batch, raw)
		size += len(raw) + 2
	}
	if len(batch) > 0 {
		c.sendPlain(to, &wire.Links{Links: batch})
	}
}

// ordered returns the peers by roster index, so that what is sent does not depend on the order of a map.
func (l *leading) ordered() []*peer {
	out := make([]*peer, 0, len(l.peers))
	for _, p := range l.peers {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b *peer) int { return int(a.index) - int(b.index) })
	return out
}

func lessID(a, b wire.ParticipantID) bool { return bytes.Compare(a[:], b[:]) < 0 }
