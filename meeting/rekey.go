package meeting

import (
	"crypto/hmac"
	"time"

	"greenroom/meeting/wire"
)

// newEpoch makes a new meeting key, seals it to every member and certifies it (rules 2 and 3). n must be higher than
// every epoch before.
func (c *Core) newEpoch(n uint64, removal bool) {
	l := c.lead
	key, ok := c.makeKey(n)
	if !ok {
		return
	}
	l.epoch = c.install(newEpochKey(key, n, c.list.hash(), c.cfg.Instance, c.list.roster()), removal)
	l.common = wire.KeyBox{Epoch: n, ListVersion: c.list.version(), ListHash: c.list.hash(), Removal: removal}
	l.common.SignCommon(c.own.meeting, c.cfg.Instance, c.cfg.Self)
	for _, p := range l.ordered() {
		p.tries = 0
		if p.deafSince.IsZero() {
			p.deafSince = c.now
		}
		c.sendBox(p)
	}
	if c.phase.Final() {
		return
	}
	l.settled = len(l.peers) == 0
	c.beat()
	c.certified(l.epoch, l.settled)
	if c.phase.Final() {
		return
	}
	c.set(timerRotate, c.now.Add(rotateEvery))
	c.watchAcks()
	l.rekey = false
}

// sendBox seals the current key to one member. Without a pairwise key or a nonce it waits for the member's announcement.
func (c *Core) sendBox(p *peer) {
	if c.lead == nil || !c.connected || p.pairwise == nil || p.nonce == ([wire.NonceSize]byte{}) {
		return
	}
	b := c.lead.common
	b.Nonce = p.nonce
	if !c.fill(b.BoxNonce[:]) {
		return
	}
	k := c.lead.epoch.key
	k.mu.Lock()
	err := sealBox(&b, p.pairwise, k.key, c.cfg.Instance, c.cfg.Self, p.id())
	k.mu.Unlock()
	if err != nil {
		c.refuse(reason(CodeFault))
		return
	}
	p.sentAt = c.now
	p.tries++
	c.sendPlain(p.id(), &b)
}

// watchAcks makes resend run while somebody has not acknowledged.
func (c *Core) watchAcks() {
	if c.lead != nil && !c.lead.settled && c.connected {
		c.setEarlier(timerResend, c.now.Add(resendAfter))
	}
}

// resend repeats key boxes that were not acknowledged (rule 4).
func (c *Core) resend() {
	l := c.lead
	if l == nil || !c.connected {
		return
	}
	for _, p := range l.ordered() {
		wait := resendAfter
		if p.tries > resendQuick {
			wait = resendSlow
		}
		if p.acked >= l.epoch.key.epoch || c.now.Sub(p.sentAt) < wait {
			continue
		}
		if c.now.Sub(p.deafSince) >= deafAfter {
			l.off = append(l.off, removal{p.person, wire.CauseGone}) // it follows somebody else, or nobody
			continue
		}
		if p.acked == 0 && p.pairwise != nil && c.now.Sub(p.welcomedAt) >= wait {
			c.welcomePeer(p)
		}
		c.sendBox(p)
	}
	c.flush()
	c.watchAcks()
}

// onKeyAck notes that a member holds the key. When all do, a heartbeat says so at once.
func (c *Core) onKeyAck(sender wire.ParticipantID, b *wire.KeyAck) error {
	l := c.lead
	p := l.peers[sender]
	switch {
	case p == nil:
		return ErrUnknownSender
	case b.Epoch < l.epoch.key.epoch:
		return nil // of the epoch before; too late to matter
	case b.Epoch > l.epoch.key.epoch:
		return ErrForged
	}
	mac, ok := l.epoch.key.ackMAC(p.pairwise, sender)
	if !ok || !hmac.Equal(mac[:], b.MAC[:]) {
		return ErrForged
	}
	p.acked, p.heard, p.follows, p.deafSince = b.Epoch, c.now, true, time.Time{}
	l.everFollowed = true
	delete(c.gone, sender)
	if !l.settled && c.allAcked() {
		l.settled = true
		c.clear(timerResend)
		c.beat()
		c.certified(l.epoch, true)
	}
	return nil
}

func (c *Core) allAcked() bool {
	for _, p := range c.lead.peers {
		if p.acked < c.lead.epoch.key.epoch {
			return false
		}
	}
	return true
}

// onKeyRequest sends a member the key that it misses.
func (c *Core) onKeyRequest(m wire.Message, b *wire.KeyRequest) error {
	p := c.lead.peers[m.Sender]
	if p == nil {
		if old := c.list.byID[m.Sender]; old != nil && old.fresh(m) == nil {
			c.beatSoon() // taken off without knowing it: the heartbeat makes it ask for the links
			return nil
		}
		return ErrUnknownSender
	}
	if err := c.hear(p, m); err != nil {
		return err
	}
	p.nonce = b.Nonce
	c.askedForNew(b)
	if p.sentAt != c.now {
		c.sendBox(p)
	}
	c.beatSoon()
	return nil
}

// askedForNew makes a new epoch for a member that can't use this one: it had it before it started over, or holds a
// higher one, from a part of the list that we never saw.
func (c *Core) askedForNew(b *wire.KeyRequest) {
	now, l := c.lead.epoch.key.epoch, c.lead
	higher := b.Have > now && b.Have < now+askedJump
	if !higher && !(b.Spent && b.Have == now) || c.now.Sub(l.askedNew) < mismatchEvery {
		return
	}
	l.askedNew = c.now
	c.epochs.top = max(c.epochs.top, b.Have)
	c.rekeySoon()
}

// rotate makes a new epoch without any change of the list.
func (c *Core) rotate() {
	if c.lead != nil {
		c.newEpoch(c.nextEpoch(), false)
	}
}

// rekeySoon makes a new epoch without waiting for the rotation, together with adds that wait.
func (c *Core) rekeySoon() {
	c.lead.rekey = true
	c.setEarlier(timerBatch, c.now.Add(batchWindow))
}

// nextEpoch returns the number of the next epoch: above all that we know of, also of a rival whose people come to us.
func (c *Core) nextEpoch() uint64 {
	n := c.epochs.top
	for _, r := range c.lead.rivals {
		if r.beat != nil && r.beat.Epoch < c.epochs.top+askedJump {
			n = max(n, r.beat.Epoch)
		}
	}
	return c.epochs.after(n)
}

// dropAbsent takes off the members who did not come back after a reconnection, or did not announce themselves to a new
// leader: at once where the relay does not report them either, else after deafAfter.
func (c *Core) dropAbsent() {
	l := c.lead
	if l == nil {
		return
	}
	deaf := l.since.Add(deafAfter)
	for _, p := range l.ordered() {
		switch {
		case !p.heard.Before(l.since):
		case !c.present[p.id()] || !c.now.Before(deaf):
			l.off = append(l.off, removal{p.person, wire.CauseGone})
		default:
			c.set(timerAbsent, deaf)
		}
	}
	c.flush()
}

// resumeLeading goes on leading after the transport was down (rule 4).
func (c *Core) resumeLeading() {
	l := c.lead
	l.since = c.now
	for _, p := range l.peers {
		p.follows = false
		if !p.deafSince.IsZero() {
			p.deafSince = c.now // nobody could acknowledge meanwhile
		}
	}
	c.beat()
	for _, p := range l.ordered() {
		c.boxAgain(p)
	}
	c.watchAcks()
	c.set(timerAbsent, c.now.Add(absentAfter))
}

// beatGap is the shortest time between two heartbeats that are only sent so that somebody hears one.
const beatGap = 100 * time.Millisecond

// beatSoon sends a heartbeat now, or beatGap after the last one.
func (c *Core) beatSoon() {
	switch {
	case c.lead == nil || !c.connected:
	case c.now.Sub(c.lead.beatAt) >= beatGap:
		c.beat()
	default:
		c.setEarlier(timerHeartbeat, c.lead.beatAt.Add(beatGap))
	}
}

// beat sends the leader's heartbeat (rule 3).
func (c *Core) beat() {
	l := c.lead
	if l == nil || l.epoch == nil || !c.connected {
		return
	}
	raw := c.send(wire.ParticipantID{}, &wire.Heartbeat{
		Counter: c.beats + 1, Previous: c.beatHash, ListVersion: c.list.version(), ListHash: c.list.hash(),
		Epoch: l.epoch.key.epoch, Commitment: l.epoch.key.commitment, Removal: l.epoch.removal, Settled: l.settled,
		Followers: l.followers(), Takeovers: c.list.takeovers, Clock: c.clock(),
	})
	if raw == nil {
		return
	}
	c.beats++
	c.beatHash = wire.UnsignedHash(wire.LabelHeartbeat, raw)
	l.beatAt = c.now
	l.noteBeat(c.beatHash, c.now)
	c.set(timerHeartbeat, c.now.Add(heartbeatEvery))
}

// followers counts the members who acknowledged a key since this leader began or came back.
func (l *leading) followers() (n uint32) {
	for _, p := range l.peers {
		if p.follows {
			n++
		}
	}
	return n
}
