package meeting

import "greenroom/meeting/wire"

// maxRivals bounds how many other leaders are kept in mind.
const maxRivals = 16

// noteRival remembers who else leads, so that its heartbeats can be verified.
func (l *leading) noteRival(p *person) {
	if len(l.rivals) < maxRivals {
		l.rivals[p.id()] = p
	}
}

// onRival takes the heartbeat of another leader of this instance: two hosts began at the same time, or one came back
// after it was succeeded. A leader whom nobody follows gives way to one who is followed, or else to the list with more
// leader changes, or else to the lower id; so exactly one of two stays (SPEC.md, section 9). One who ever was followed
// gives way only to somebody of its own list, unless it is alone in it; and one who is followed only where a list was divided: see healed.
func (c *Core) onRival(m wire.Message, b *wire.Heartbeat) error {
	l := c.lead
	p := c.list.byID[m.Sender]
	stranger := p == nil
	if stranger {
		p = l.rivals[m.Sender]
	}
	if p == nil {
		if c.now.Sub(l.rivalAsked) >= wantEvery {
			l.rivalAsked = c.now
			c.announce(m.Sender, true) // its welcome tells who it is
		}
		return nil
	}
	if err := p.fresh(m); err != nil {
		return err
	}
	switch {
	case p.removed == wire.CauseRemoved: // it may not know yet; nobody follows it from this list
		c.beatSoon()
	case l.followers() == 0 && !(stranger && l.everFollowed && c.list.members > 1) && c.givesWay(b, m.Sender):
		c.startOver(m.Sender)
	case !stranger && c.healed(b, m.Sender):
		c.send(wire.ParticipantID{}, &wire.Leave{Next: m.Sender, Mode: wire.LeaveYields})
		c.startOver(m.Sender)
	default:
		c.beatSoon()
	}
	return nil
}

// healed reports whether a list that was divided (by a partition, or by losses) becomes one again by our giving way:
// both leaders are followed, and the other list has had fewer leaders, so ours was succeeded by mistake. A list that took
// somebody off by command after the first leader stays: the other one may still have that person.
func (c *Core) healed(b *wire.Heartbeat, other wire.ParticipantID) bool {
	if b.Followers == 0 || c.list.removedAt > 1 {
		return false
	}
	return b.Takeovers < c.list.takeovers || b.Takeovers == c.list.takeovers && lessID(other, c.cfg.Self)
}

func (c *Core) givesWay(b *wire.Heartbeat, other wire.ParticipantID) bool {
	switch {
	case b.Followers > 0:
		return true
	case b.Takeovers != c.list.takeovers:
		return b.Takeovers > c.list.takeovers
	}
	return lessID(other, c.cfg.Self)
}
