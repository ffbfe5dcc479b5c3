package meeting

import (
	"time"

	"greenroom/meeting/wire"
)

// maxRivals bounds how many other leaders are kept in mind.
const maxRivals = 16

// rival is another leader of this instance: two hosts began at the same time, or the list was divided and came together
// again (SPEC.md, section 9, rule 5).
type rival struct {
	*person
	beat  *wire.Heartbeat // its latest
	asked time.Time       // when it was last asked for something
	heard time.Time       // when it was last answered with a heartbeat
	tries int             // how often it was asked or answered
	told  bool            // that it leads a meeting that stays apart

	// Of a divided list: the rival's part of it, as far as we have it, and what was done there.
	common   uint64 // the last link that both lists have
	part     *list
	foreign  bool // its list and ours have no common beginning that we know of
	offThere []removedThere
}

// noteRival remembers who else leads, so that its heartbeats can be verified.
func (l *leading) noteRival(p *person) {
	if l.rivals[p.id()] == nil && len(l.rivals) < maxRivals {
		l.rivals[p.id()] = &rival{person: p}
	}
}

// onRival takes the heartbeat of another leader of this instance. A leader whom nobody follows gives way to one who is
// followed, or else to the list with more leader changes, or else to the lower id; so exactly one of two stays. One who
// was ever followed gives way to somebody from outside its own list only if it is alone.
func (c *Core) onRival(m wire.Message, b *wire.Heartbeat) error {
	l := c.lead
	stood := c.list.byID[m.Sender]
	if stood != nil {
		l.noteRival(stood)
	}
	r := l.rivals[m.Sender]
	if r == nil {
		if at, known := l.strangers[m.Sender]; c.now.Sub(at) >= rivalEvery && (known || len(l.strangers) < maxRivals) {
			l.strangers[m.Sender] = c.now
			c.announce(m.Sender, false) // its refusal tells who it is
		}
		return nil
	}
	if err := r.fresh(m); err != nil {
		return err
	}
	r.beat = b
	if stood != nil && !r.foreign {
		c.onDivided(r)
	} else {
		c.onForeign(r)
	}
	return nil
}

// onForeign looks what becomes of a rival whose list has nothing to do with ours.
func (c *Core) onForeign(r *rival) {
	l := c.lead
	if l.followers() == 0 && (!l.everFollowed || l.deserted()) && c.givesWay(r.beat, r.id()) {
		c.giveWay(r.id())
		return
	}
	if r.beat.Followers > 0 && l.followers() > 0 {
		c.apart(r)
	}
	c.answer(r)
}

// giveWay joins another leader's list, and tells those who are about to follow.
func (c *Core) giveWay(to wire.ParticipantID) {
	c.gaveUp = c.send(wire.ParticipantID{}, &wire.Leave{Next: to, Mode: wire.LeaveYields})
	c.startOver(to)
}

// answer lets a rival hear that somebody else leads.
func (c *Core) answer(r *rival) {
	if c.now.Sub(r.heard) >= r.pause() {
		r.heard = c.now
		r.tries++
		c.beatSoon()
	}
}

// pause is how long to wait between two messages to a rival: short until it should have been settled who gives way.
func (r *rival) pause() time.Duration {
	if r.tries < rivalTries {
		return rivalEvery
	}
	return heartbeatEvery
}

// deserted reports whether everybody else on the list leads another one.
func (l *leading) deserted() bool {
	for id := range l.peers {
		if l.rivals[id] == nil {
			return false
		}
	}
	return true
}

// apart tells once that a rival's meeting and ours stay apart.
func (c *Core) apart(r *rival) {
	if !r.told {
		r.told = true
		c.emit(Divided{Leader: r.id()})
	}
}

// givesWay reports whether this leader gives way to another one that sent b. Of two that look at each other exactly one
// does. Where both are followed, the list that has had fewer leaders stays: the other was succeeded by mistake.
func (c *Core) givesWay(b *wire.Heartbeat, other wire.ParticipantID) bool {
	mine := c.lead.followers()
	switch {
	case mine == 0 && b.Followers > 0:
		return true
	case mine > 0 && b.Followers == 0:
		return false
	case b.Takeovers != c.list.takeovers:
		return (b.Takeovers > c.list.takeovers) == (mine == 0)
	}
	return lessID(other, c.cfg.Self)
}
