package meeting

import (
	"maps"
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
	since time.Time       // when its first one came
	asked time.Time       // when it was last asked for something
	heard time.Time       // when it was last answered with a heartbeat
	tries int             // how often it was asked or answered
	told  bool            // that it leads a meeting that stays apart

	// Of a divided list: the rival's part of it, as far as we have it, and what was done there.
	common    uint64 // the last link that both lists have
	part      *list
	soughtAt  time.Time // when the fork was last sought
	foreignAt time.Time // when its list and ours turned out to have no common beginning that we know of
	offThere  []removedThere
	locked    bool // by a host or a co-host
	upgraded  bool // the same
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
		if l.mayAsk(m.Sender, c.now) {
			c.announce(m.Sender, false) // its refusal tells who it is
		}
		return nil
	}
	if err := r.fresh(m); err != nil {
		return err
	}
	if r.beat == nil {
		r.since = c.now
	}
	r.beat = b
	if stood != nil && !r.foreign(c.now) {
		c.onDivided(r)
	} else {
		c.onForeign(r)
	}
	return nil
}

// mayAsk reports whether a stranger who seems to lead may be asked who it is, and notes it. Anybody can seem to lead: those
// who do not answer make room.
func (l *leading) mayAsk(id wire.ParticipantID, now time.Time) bool {
	if now.Sub(l.strangers[id]) < rivalEvery {
		return false
	}
	maps.DeleteFunc(l.strangers, func(_ wire.ParticipantID, at time.Time) bool { return now.Sub(at) >= foreignFor })
	if len(l.strangers) >= maxRivals {
		return false
	}
	l.strangers[id] = now
	return true
}

// onForeign looks what becomes of a rival whose list has nothing to do with ours.
func (c *Core) onForeign(r *rival) {
	l := c.lead
	if l.leadsNobody() && c.givesWay(r) {
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
	c.gaveUp = c.send(wire.ParticipantID{}, &wire.Leave{Next: to, Mode: wire.LeaveYields, ListVersion: c.list.version(), ListHash: c.list.hash()})
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

// leadsNobody reports whether nobody follows, and nobody will come back who did.
func (l *leading) leadsNobody() bool { return l.followers() == 0 && (!l.everFollowed || l.deserted()) }

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

// givesWay reports whether this leader gives way to another one. Of two that look at each other exactly one does. Where
// both are followed, the higher role stays, else the list that has had fewer leaders: the other was succeeded by mistake.
func (c *Core) givesWay(r *rival) bool {
	mine, b := c.lead.followers(), r.beat
	role, other := c.own.self.statement.Role, r.statement.Role
	switch {
	case mine == 0 && b.Followers > 0:
		return true
	case mine > 0 && b.Followers == 0:
		return false
	case mine > 0 && role != other:
		return other > role
	case b.Takeovers != c.list.takeovers:
		return (b.Takeovers > c.list.takeovers) == (mine == 0)
	}
	return lessID(r.id(), c.cfg.Self)
}

// foreign reports whether the rival's list has nothing to do with ours. It is looked at again from time to time: links
// carry no word of who passed them on.
func (r *rival) foreign(now time.Time) bool {
	return !r.foreignAt.IsZero() && now.Sub(r.foreignAt) < foreignFor
}
