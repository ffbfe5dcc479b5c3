package meeting

import (
	"fmt"
	"slices"
	"time"

	"greenroom/meeting/wire"
)

// onKeyBox takes the key of a new epoch (rule 3). A box that needs links which are not there yet is kept.
func (c *Core) onKeyBox(sender wire.ParticipantID, b *wire.KeyBox) error {
	f := &c.follow
	switch {
	case c.lead != nil:
		return ErrNotLeader
	case c.list == nil && f.welcome == nil:
		return ErrUnknownSender
	case c.list == nil && f.welcome.from.id() != sender:
		return ErrNotLeader
	case c.list != nil && c.list.leader.id() != sender:
		return ErrNotLeader
	case b.Epoch == 0 || b.Epoch > c.epochs.top+epochJump || !c.myNonce(b.Nonce):
		return ErrReplay
	case c.list == nil || f.pairwise == nil || b.ListVersion > c.list.version():
		return c.keepBox(b)
	}
	return c.takeBox(b)
}

// myNonce reports whether n is one of our own last two liveness nonces: whoever echoes it answered lately (rule 6).
func (c *Core) myNonce(n [wire.NonceSize]byte) bool {
	return n == c.own.nonces[0] || n == c.own.nonces[1]
}

func (c *Core) keepBox(b *wire.KeyBox) error {
	if c.follow.box == nil || b.Epoch >= c.follow.box.Epoch {
		c.follow.box = b
	}
	if c.list != nil {
		c.follow.target = max(c.follow.target, min(b.ListVersion, c.list.version()+maxMembers))
	}
	c.want(wantFirst)
	return nil
}

// openBoxAgain takes the box that was kept, if nothing is missing any more.
func (c *Core) openBoxAgain() {
	b := c.follow.box
	if b == nil || c.list == nil || c.lead != nil || c.follow.pairwise == nil || b.ListVersion > c.list.version() {
		return
	}
	c.follow.box = nil
	if err := c.takeBox(b); err != nil {
		c.emit(Dropped{From: c.list.leader.id(), Kind: wire.KindKeyBox, Err: err})
	}
}

func (c *Core) takeBox(b *wire.KeyBox) error {
	leader := c.list.leader
	switch {
	case !b.VerifyCommon(leader.meetingKey(), c.cfg.Instance, leader.id()):
		return ErrForged
	case !c.myNonce(b.Nonce): // also of a box that was kept for long
		return ErrReplay
	case b.Epoch < c.epochs.highest():
		c.wantKey() // a new leader may not know how far the epochs had come
		return ErrReplay
	case !c.list.was(b.ListVersion, b.ListHash):
		return fmt.Errorf("key box for another list: %w", ErrEquivocation)
	}
	key, err := openBox(b, c.follow.pairwise, c.cfg.Instance, leader.id(), c.cfg.Self)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrForged, err)
	}
	defer c.certify()
	if s := c.epochs.find(b.Epoch); s != nil {
		clear(key)
		c.acknowledge(s) // the first acknowledgement was lost
		return nil
	}
	if b.ListVersion < c.list.rosterVersion {
		clear(key)
		return nil // somebody came or went since: the box for that is on its way
	}
	if err := c.checkKey(key, b.Epoch); err != nil {
		clear(key)
		return err
	}
	k := newEpochKey(key, b.Epoch, b.ListHash, c.cfg.Instance, c.list.roster())
	if slices.Contains(c.epochs.spent, k.fingerprint()) {
		k.Erase()
		c.follow.spent = b.Epoch
		c.wantKey() // the leader makes another
		return nil
	}
	c.acknowledge(c.install(k, b.Removal))
	c.follow.keyMiss = false
	return nil
}

func (c *Core) acknowledge(s *epochState) {
	if mac, ok := s.key.ackMAC(c.follow.pairwise, c.cfg.Self); ok {
		c.sendPlain(c.list.leader.id(), &wire.KeyAck{Epoch: s.key.epoch, MAC: mac})
	}
}

// want makes askForMissing run after a while, but never more often than every wantEvery.
func (c *Core) want(after time.Duration) {
	at := c.now.Add(after)
	if next := c.follow.asked.Add(wantEvery); next.After(at) {
		at = next
	}
	if c.connected {
		c.setEarlier(timerWant, at)
	}
}

// askable reports whether a request may go out now, and notes it.
func (c *Core) askable() bool {
	if c.now.Sub(c.follow.asked) < wantEvery && !c.follow.asked.IsZero() {
		return false
	}
	c.follow.asked = c.now
	return true
}

// wantKey notes that media lack a key.
func (c *Core) wantKey() {
	c.follow.keyMiss = true
	c.want(0)
}

// askForMissing asks the leader for whatever is missing: the pairwise key, links, the epoch's key (rule 4).
func (c *Core) askForMissing() {
	f := &c.follow
	if c.lead != nil || !c.connected || c.resting != nil {
		return
	}
	if c.list == nil {
		if f.welcome != nil && c.askable() {
			if v := f.chain.version(); v > 0 && v == f.chainAsked {
				f.chain = c.newList() // it goes no further: a link in it was of another list
			}
			f.chainAsked = f.chain.version()
			c.send(f.welcome.from.id(), &wire.LinkRequest{After: f.chain.version()})
			c.want(wantEvery)
		}
		return
	}
	leader, newest := c.list.leader.id(), c.epochs.highest()
	noLinks := c.list.version() < f.target
	noKey := f.keyMiss || newest == 0 || f.last != nil && f.last.Epoch > newest
	if f.pairwise != nil && !noLinks && !noKey || !c.askable() {
		return
	}
	if f.pairwise == nil {
		c.announce(leader, true)
	}
	if noLinks {
		f.linksAsked = true
		c.send(leader, &wire.LinkRequest{After: c.list.version()})
	}
	if noKey && f.pairwise != nil && c.newNonce() {
		f.keyMiss = false
		spent := f.spent > newest
		c.send(leader, &wire.KeyRequest{Have: max(newest, f.spent), Spent: spent, Nonce: c.own.nonces[0]})
		c.emit(KeyWanted{Epoch: newest + 1})
	}
	c.want(wantEvery)
}
