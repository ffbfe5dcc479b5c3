package meeting

import (
	"time"

	"greenroom/meeting/wire"
)

// Connected says that the transport is up, for the first time or again. What the relay then says of who is there is
// told by Present. Messages are told by Step only after Connected.
func (c *Core) Connected(now time.Time) Output {
	c.begin(now)
	if !c.phase.Final() && !c.connected {
		c.connected, c.connectedAt = true, now
		c.present = make(map[wire.ParticipantID]bool)
		c.follow.presenceTold = false
		c.resume()
	}
	return c.end()
}

// resume sends whatever others may have missed (rule 4).
func (c *Core) resume() {
	switch {
	case c.own.self == nil: // Signed goes on
	case c.lead != nil:
		c.resumeLeading()
	case c.resting != nil:
		c.watchLeader()
		c.set(timerReclaim, c.now.Add(silentAfter))
		c.tellAgain()
	case c.list != nil:
		c.announce(wire.ParticipantID{}, c.follow.pairwise == nil)
		c.watchLeader()
		c.set(timerNonce, c.now.Add(c.nonceInterval()))
		c.want(wantFirst)
		c.tellAgain()
	default:
		c.beginWaiting(wire.ParticipantID{})
	}
}

// Disconnected says that the transport is down. The core keeps what it has; the times of what others do stand still.
func (c *Core) Disconnected(now time.Time) Output {
	c.begin(now)
	if !c.phase.Final() && c.connected {
		c.connected = false
		c.clear(timerAnnounce, timerHost, timerNonce, timerHeartbeat, timerQuiet, timerSilent, timerClaim, timerResend, timerWant, timerAbsent, timerRival)
		c.follow.down, c.follow.claims = time.Time{}, nil
		c.setQuiet(false)
	}
	return c.end()
}

// Present says whom the relay reports as there, in addition to whom it reported since Connected. Call it once after
// every Connected, with everybody but this participant, even if there is nobody; and for every participant that comes
// later. A relay may lie: a host that it tells to be alone begins a meeting of its own, with another code.
func (c *Core) Present(now time.Time, ids []wire.ParticipantID) Output {
	c.begin(now)
	for _, id := range ids {
		if id != c.cfg.Self {
			if len(c.present) < maxReported {
				c.present[id] = true
			}
			delete(c.gone, id)
		}
	}
	c.follow.presenceTold = true
	c.beatSoon() // whoever came back hears who leads, and another leader hears that there are two
	switch {
	case !c.connected || c.own.self == nil || c.phase.Final():
	case c.alone():
		c.leadIfNobodyDoes()
	case c.list == nil && c.follow.welcome == nil && len(ids) > 0:
		c.setEarlier(timerAnnounce, c.announcedAt.Add(wantEvery)) // whoever came may lead
	}
	return c.end()
}

// alone reports whether the relay says that nobody else is there, and nobody was heard who seems to lead.
func (c *Core) alone() bool {
	return c.follow.presenceTold && len(c.present) == 0 && c.follow.hint == wire.ParticipantID{}
}

// Gone says that the relay reports a participant as gone. A leader takes it off the list; if it led, it is succeeded.
// Not to be called for everybody when the own transport fails: that is Disconnected.
func (c *Core) Gone(now time.Time, id wire.ParticipantID) Output {
	c.begin(now)
	delete(c.present, id)
	if !c.phase.Final() && id != c.cfg.Self {
		if len(c.gone) < maxReported || c.list != nil && c.list.member(id) != nil {
			c.gone[id] = true
		}
		switch {
		case c.list == nil && c.follow.hint == id && c.follow.welcome == nil:
			c.loseHint()
		case c.lead != nil:
			c.takeOff(id, wire.CauseGone)
		case c.following() && c.list.leader.id() == id:
			c.leaderDown(wire.CauseGone, wire.ParticipantID{})
		case c.following():
			c.succeed() // somebody before us in the order may have gone
		}
	}
	return c.end()
}
