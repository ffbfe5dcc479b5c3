package meeting

import (
	"cmp"
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
	switch {
	case r.removed == wire.CauseRemoved: // it does not know it yet, and learns it from our links
	case c.lead.followers() == 0 && (!c.lead.commanded || r.tries >= rivalTries) && c.givesWay(r.beat, r.id()):
		c.giveWay(r.id()) // nobody follows, and nothing is lost; or the other does not get our links
	case c.now.Sub(r.asked) < r.pause():
		c.setEarlier(timerRival, r.asked.Add(r.pause()))
	case c.hasPart(r):
		c.settlePart(r)
	default:
		c.askPart(r, false)
	}
}

// lookAgain goes on with those whom it was too early to ask again.
func (c *Core) lookAgain() {
	if c.lead == nil || !c.connected {
		return
	}
	var again []*rival
	for id, r := range c.lead.rivals {
		if r.beat != nil && !r.foreign && c.list.byID[id] != nil {
			again = append(again, r)
		}
	}
	slices.SortFunc(again, func(a, b *rival) int { return cmp.Compare(a.announced().UnixMilli(), b.announced().UnixMilli()) })
	for _, r := range again {
		if c.lead != nil {
			c.onDivided(r)
		}
	}
}

// hasPart reports whether we have all of the rival's links; it may have made none since the list divided.
func (c *Core) hasPart(r *rival) bool {
	if r.part == nil {
		return c.list.hashAt(r.beat.ListVersion) == r.beat.ListHash
	}
	return r.part.hash() == r.beat.ListHash
}

// settlePart asks the rival to give way, if it is its turn to.
func (c *Core) settlePart(r *rival) {
	if r.removed == wire.CauseRemoved || c.givesWay(r.beat, r.id()) {
		return
	}
	c.lead.engaged = c.now
	c.askPart(r, true)
}

// askPart asks for the links that we miss; to give way names all.
func (c *Core) askPart(r *rival, giveWay bool) {
	r.asked = c.now
	r.tries++
	after := c.list.base()
	switch {
	case r.part != nil:
		after = r.part.version()
	case giveWay:
		after = r.beat.ListVersion
	}
	c.send(r.id(), &wire.LinkRequest{After: after, GiveWay: giveWay})
}

// onGiveWay gives way to a rival that has taken over everything that was done here.
func (c *Core) onGiveWay(m wire.Message, b *wire.LinkRequest) {
	r := c.lead.rivals[m.Sender]
	engaged := !c.lead.engaged.IsZero() && c.now.Sub(c.lead.engaged) < engagedFor
	if r == nil || r.beat == nil || engaged || r.removed == wire.CauseRemoved || b.After != c.list.version() || !c.givesWay(r.beat, m.Sender) {
		c.sendLinks(m.Sender, b.After)
		return
	}
	c.giveWay(m.Sender)
}

// onRivalLinks takes links of another leader's part of a divided list.
func (c *Core) onRivalLinks(sender wire.ParticipantID, b *wire.Links) error {
	r := c.lead.rivals[sender]
	if r == nil || r.beat == nil || r.removed == wire.CauseRemoved || c.list.byID[sender] == nil {
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
	case r.foreign:
		c.onForeign(r)
		return nil
	case r.part == nil || !c.hasPart(r):
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
	for _, d := range done {
		if d.kind == wire.ChangeRemove && d.cause == wire.CauseRemoved {
			r.offThere = append(r.offThere, removedThere{d.person.entry.Announcement.IdentityKey, r.part.leader.statement.Role})
		}
	}
	return nil
}

// findFork reports whether k is the rival's first link after the lists divided.
func (c *Core) findFork(r *rival, k *wire.Link) bool {
	switch {
	case k.Hash() == c.list.hashAt(k.Version):
		r.common = k.Version
		return false
	case k.Version == c.list.base()+1: // already the first link that we asked for
		r.foreign = true
		return false
	case k.Version != r.common+1:
		return false // one that was sent to everybody came before those that we asked for
	}
	part, err := c.list.at(r.common)
	if err != nil || k.Previous != part.hash() {
		return false
	}
	r.part = part
	return true
}

// honour does here what was done by command in the other part: whoever was removed there by somebody of no lower role is
// taken off, and a lock there is a lock here. That nobody can make up: who signed it led people of this list.
func (c *Core) honour(r *rival) {
	self := false
	for _, gone := range r.offThere {
		c.lead.denied[gone.identity] = true
		for _, p := range c.list.people {
			if p.removed != 0 || p.entry.Announcement.IdentityKey != gone.identity || p.statement.Role > gone.by {
				continue
			}
			if self = self || p.id() == c.cfg.Self; p.id() != c.cfg.Self {
				c.lead.off = append(c.lead.off, removal{p, wire.CauseRemoved})
			}
		}
	}
	c.lead.commanded = c.lead.commanded || len(r.offThere) > 0
	r.offThere = nil
	c.flush()
	if me := c.list.member(c.cfg.Self); me != nil && r.part.locked {
		c.lock(me, true)
	}
	if me := c.list.member(c.cfg.Self); me != nil && c.list.enhanced && !r.part.enhanced {
		c.act(me, wire.ActionUpgrade, wire.ParticipantID{})
	}
	if self && c.lead != nil {
		c.removeSelf()
	}
}

// at returns the list as it was at a version, made from the links that are kept, without what its people did since. What
// was verified once is not verified again.
func (l *list) at(version uint64) (*list, error) {
	known := func(e *wire.Entry) (*person, error) {
		hash := e.Announcement.Hash()
		i := slices.IndexFunc(l.people, func(p *person) bool { return p.hash == hash })
		if i < 0 {
			return nil, ErrForged
		}
		p := *l.people[i]
		p.removed, p.removedIn, p.entry = 0, 0, e
		return &p, nil
	}
	out := newList(l.instance)
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
