package meeting

import "greenroom/meeting/wire"

// handOver makes somebody else lead, and stays as a member. Until the other one leads, what is needed to lead on rests:
// if nobody takes over, this leader does again.
func (c *Core) handOver(target wire.ParticipantID) Code {
	p := c.lead.peers[target]
	switch {
	case target == c.cfg.Self:
		return ""
	case p == nil:
		return CodeUnknownPerson
	case c.gone[target] || p.acked < c.lead.epoch.key.epoch:
		return CodeNoAnswer // it does not even have the key
	}
	raw := c.send(wire.ParticipantID{}, &wire.Leave{Next: target, Mode: wire.LeaveHandsOver, ListVersion: c.list.version(), ListHash: c.list.hash()})
	if raw == nil {
		return CodeNoAnswer
	}
	c.gaveUp = raw
	c.resting, c.lead = c.lead, nil
	c.resting.queue = nil // they announce themselves to the new leader
	c.clear(timerHeartbeat, timerBatch, timerRotate, timerResend, timerAbsent)
	c.watchLeader()
	c.follow.evidence = raw
	c.set(timerReclaim, c.now.Add(silentAfter))
	c.leaderDown(wire.CauseHandedOver, target)
	return ""
}

// reclaim leads again because nobody took over.
func (c *Core) reclaim() {
	if c.resting == nil || !c.connected {
		return
	}
	c.lead, c.resting = c.resting, nil
	c.follow.erase()
	c.clear(timerQuiet, timerSilent, timerClaim, timerWant, timerNonce)
	for _, p := range c.lead.ordered() {
		if c.gone[p.id()] {
			c.lead.off = append(c.lead.off, removal{p.person, wire.CauseGone})
		}
	}
	c.lead.rekey, c.lead.since = true, c.now
	c.flush()
	c.set(timerAbsent, c.now.Add(absentAfter))
}

// dropResting erases what rested once somebody else leads.
func (c *Core) dropResting() {
	if c.resting == nil {
		return
	}
	for _, p := range c.resting.peers {
		clear(p.pairwise)
	}
	c.resting = nil
	c.clear(timerReclaim)
}
