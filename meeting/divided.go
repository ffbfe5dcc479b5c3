package meeting

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"greenroom/meeting/wire"
)

// A divided list comes together again like this (SPEC.md, section 9, rule 5). Y is the leader that gives way, S the one
// that stays:
//
//	S, Y: heartbeat          each hears that the other leads too
//	S, Y: link request       each asks for the other's links
//	S, Y: links              each takes people off whom the other part removed, and locks if the other part is locked
//	S: link request, give way
//	Y: leave, yields to S    Y and its followers are newcomers to S's list
//
// So nobody who was removed on one side comes back in through the other.

// removedThere is a removal by command in the other part.
type removedThere struct {
	identity [wire.IdentityKeySize]byte
	by       wire.Role
}

// engagedFor is how long a leader that told another to give way stays itself.
const engagedFor = 700 * time.Millisecond

// onDivided takes the heartbeat of somebody of our own list who leads a part of it.
func (c *Core) onDivided(r *rival) {
	c.answer(r)
	if v := r.beat.ListVersion; r.part == nil && v >= c.list.first && c.list.hashAt(v) == r.beat.ListHash {
		r.part, _ = c.list.at(r.beat.ListVersion) // it has made no link since we took over from it
	}
	switch {
	case !c.mayReturn(r):
		c.turnAway(r)
	case c.hasPart(r) && c.lead.followers() == 0 && (!c.lead.commanded || r.tries >= rivalTries) && c.givesWay(r):
		c.giveWay(r.id()) // nobody follows, and nothing is lost; or the other does not get our links
	case c.now.Sub(r.asked) < r.pause():
		c.setEarlier(timerRival, r.asked.Add(r.pause()))
	case c.hasPart(r):
		c.settlePart(r)
	default:
		c.askPart(r, false)
	}
}

// turnAway is for a rival that was taken off our list for good. It does not know it yet, and learns it from our links; or
// from us, if it has begun anew. If it goes on with people of its own, the meetings stay apart.
func (c *Core) turnAway(r *rival) {
	if stood := c.list.byID[r.id()]; stood != nil && stood.removed == wire.CauseRemoved && c.now.Sub(r.asked) >= r.pause() {
		r.asked = c.now
		c.sendRefusal(r.person, CodeRemoved)
	}
	if r.tries >= rivalTries && r.beat.Followers > 0 {
		c.apart(r)
	}
}

// turnedAway is for a leader that was removed by a rival without knowing it: alone, it learns it by coming to the rival.
func (c *Core) turnedAway(r *rival) {
	if c.lead.leadsNobody() {
		c.giveWay(r.id())
		return
	}
	c.apart(r)
}

// mayReturn reports whether a rival can be somebody who was only cut off: it is on our list or off it as gone, and does
// not follow us at the same time.
func (c *Core) mayReturn(r *rival) bool {
	if p := c.lead.peers[r.id()]; p != nil && p.heard.After(r.since) {
		return false
	}
	stood := c.list.byID[r.id()]
	return stood != nil && (stood.removed == 0 || stood.removed == wire.CauseGone)
}

// lookAgain goes on with those whom it was too early to ask again.
func (c *Core) lookAgain() {
	if c.lead == nil || !c.connected {
		return
	}
	var again []*rival
	for id, r := range c.lead.rivals {
		if r.beat != nil && !r.foreign(c.now) && c.list.byID[id] != nil {
			again = append(again, r)
		}
	}
	slices.SortFunc(again, func(a, b *rival) int {
		x, y := a.id(), b.id()
		return bytes.Compare(x[:], y[:])
	})
	for _, r := range again {
		if c.lead != nil {
			c.onDivided(r)
		}
	}
}

// hasPart reports whether we have all of the rival's links, and they say what its heartbeat says: that it leads, after so
// many others.
func (c *Core) hasPart(r *rival) bool {
	p, b := r.part, r.beat
	return p != nil && p.leader != nil && p.hash() == b.ListHash && p.takeovers == b.Takeovers && p.leader.id() == r.id()
}

// settlePart asks the rival to give way, if it is its turn to. One that does not, and is followed, does not know us: we came
// to our part after the list was divided. The meetings stay apart.
func (c *Core) settlePart(r *rival) {
	if !c.mayReturn(r) || c.givesWay(r) {
		return
	}
	if r.tries >= rivalTries && r.beat.Followers > 0 && c.lead.followers() > 0 {
		c.apart(r)
	}
	c.lead.engaged = c.now
	c.askPart(r, true)
}

// askPart asks for the links that we miss; to give way names all.
func (c *Core) askPart(r *rival, giveWay bool) {
	r.asked = c.now
	r.tries++
	after := c.list.base()
	if r.part != nil {
		after = r.part.version()
	}
	c.send(r.id(), &wire.LinkRequest{After: after, GiveWay: giveWay})
}

// onGiveWay gives way to a rival that has taken over everything that was done here.
func (c *Core) onGiveWay(m wire.Message, b *wire.LinkRequest) {
	r := c.lead.rivals[m.Sender]
	engaged := !c.lead.engaged.IsZero() && c.now.Sub(c.lead.engaged) < engagedFor
	if r == nil || r.beat == nil || engaged || b.After != c.list.version() || !c.mayReturn(r) || !c.hasPart(r) || !c.givesWay(r) {
		c.sendLinks(m.Sender, b.After)
		return
	}
	c.giveWay(m.Sender)
}

// onRivalLinks takes links of another leader's part of a divided list.
func (c *Core) onRivalLinks(sender wire.ParticipantID, b *wire.Links) error {
	r := c.lead.rivals[sender]
	if r == nil || r.beat == nil || !c.mayReturn(r) {
		return nil
	}
	for _, raw := range b.Links {
		k, err := wire.ParseLink(raw)
		if err == nil {
			err = c.takeRivalLink(r, &k)
		}
		if err != nil {
			return err
		}
	}
	switch {
	case r.foreign(c.now):
		c.onForeign(r)
		return nil
	case !c.hasPart(r):
		return nil // there is more to come
	}
	if c.honour(r); c.lead != nil && !c.phase.Final() {
		c.settlePart(r)
	}
	return nil
}

func (c *Core) takeRivalLink(r *rival, k *wire.Link) error {
	if r.part == nil && !c.findFork(r, k) {
		return nil
	}
	if k.Version <= r.part.version() {
		return nil
	}
	done, err := r.part.apply(k, c.verifier.verify)
	if err != nil {
		r.part = nil
		return err
	}
	if by := r.part.leader.statement.Role; by >= wire.RoleCoHost {
		r.note(done, by)
	}
	return nil
}

// note keeps what a host or a co-host who led the other part did by command.
func (r *rival) note(done []change, by wire.Role) {
	for _, d := range done {
		switch d.kind {
		case wire.ChangeRemove:
			if d.cause == wire.CauseRemoved {
				r.offThere = append(r.offThere, removedThere{d.person.entry.Announcement.IdentityKey, by})
			}
		case wire.ChangeLock, wire.ChangeUnlock:
			r.locked = d.kind == wire.ChangeLock
		case wire.ChangeUpgrade:
			r.upgraded = true
		case wire.ChangeAdd, wire.ChangeLeader, wire.ChangeSnapshot, wire.ChangeEnhanced:
		}
	}
}

// findFork reports whether k is the rival's first link after the lists divided.
func (c *Core) findFork(r *rival, k *wire.Link) bool {
	switch {
	case k.Hash() == c.list.hashAt(k.Version):
		r.common = k.Version
		return false
	case k.Version == c.list.base()+1: // already the first link that we asked for
		r.foreignAt = c.now
		return false
	case r.common == 0, k.Version != r.common+1, k.Previous != c.list.hashAt(r.common), c.now.Sub(r.soughtAt) < rivalEvery:
		return false // one that was sent to everybody came before those that we asked for
	}
	r.soughtAt = c.now
	part, err := c.list.at(r.common)
	if err != nil {
		return false
	}
	r.part = part
	return true
}

// honour does here what a host or a co-host did by command in the other part: whoever was removed there, and has no higher
// role, is taken off, and a lock there is a lock here.
func (c *Core) honour(r *rival) {
	self := false
	for _, there := range r.offThere {
		if !c.list.stood(there.identity) {
			c.lead.denied[there.identity] = true
		}
		for _, p := range c.list.people {
			if p.entry.Announcement.IdentityKey != there.identity || p.statement.Role > there.by {
				continue
			}
			c.lead.denied[there.identity] = true
			if self = self || p.id() == c.cfg.Self; p.removed == 0 && p.id() != c.cfg.Self {
				c.lead.commanded = true
				c.takeOff(p.id(), wire.CauseRemoved)
			}
			if c.lead == nil || c.phase.Final() {
				return
			}
		}
	}
	r.offThere = nil
	if me := c.list.member(c.cfg.Self); r.locked {
		c.lock(me, true)
	}
	if me := c.list.member(c.cfg.Self); me != nil && c.lead != nil && c.list.enhanced && r.upgraded {
		c.act(me, wire.ActionUpgrade, wire.ParticipantID{})
	}
	if self && c.lead != nil {
		c.removeSelf()
	}
}

// at returns the list as it was at a version, made from the links that are kept, without what its people did since. What
// was verified once is not verified again.
func (l *list) at(version uint64) (*list, error) {
	byHash := make(map[[32]byte]*person, len(l.people))
	for _, p := range l.people {
		byHash[p.hash] = p
	}
	known := func(e *wire.Entry) (*person, error) {
		q := byHash[e.Announcement.Hash()]
		if q == nil {
			return nil, ErrForged
		}
		p := *q
		p.removed, p.removedIn, p.entry = 0, 0, e
		return &p, nil
	}
	out := newList(l.instance)
	out.mayBegin = l.mayBegin
	pages := l.pages()
	for i, raw := range l.whole() {
		k, err := wire.ParseLink(raw)
		if err != nil || k.Version > version {
			break
		}
		if i == 0 && pages != nil {
			out, err = fromSnapshot(l.instance, &k, pages, known)
		} else {
			_, err = out.extend(&k, known, true)
		}
		if err != nil {
			return nil, err
		}
	}
	if out.version() != version {
		return nil, fmt.Errorf("version %d is forgotten: %w", version, ErrReplay)
	}
	return out, nil
}
