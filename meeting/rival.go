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
// leader changes, or else to the lower id; so exactly one of two stays (SPEC.md, section 9). A leader who is followed
// never gives way, and one who ever was gives way only to somebody of its own list.
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
	if l.followers() == 0 && !(stranger && l.everFollowed) && c.givesWay(b, m.Sender) {
		c.startOver(m.Sender)
		return nil
	}
	c.beatSoon()
	return nil
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
