package meeting

import (
	"errors"
	"fmt"

	"greenroom/meeting/wire"
)

// onAnnounce takes an announcement: a leader admits, a member looks whether its leader has restarted (rules 1, 4, 5).
func (c *Core) onAnnounce(m wire.Message, b *wire.Announce) error {
	a := &b.Entry.Announcement
	if a.Participant != m.Sender || encryptionKeyHash(b.EncryptionKey) != a.EncryptionKeyHash {
		return ErrForged
	}
	switch {
	case c.following():
		return c.leaderRestarted(m, b)
	case c.lead == nil:
		if b.Newcomer && m.Sender == c.follow.hint && c.follow.welcome == nil {
			c.loseHint() // it leads no longer
		}
		return nil
	}
	if r := c.lead.rivals[m.Sender]; r != nil && r.hash == a.Hash() {
		if !b.Newcomer {
			return c.introduce(r, m)
		}
		delete(c.lead.rivals, m.Sender) // it leads no longer
	}
	if p := c.lead.peers[m.Sender]; p != nil {
		return c.memberAnnounces(p, m, b)
	}
	return c.newcomerAnnounces(m, b)
}

// memberAnnounces takes the announcement of somebody who is in the list: it reconnected, or found that we lead now.
func (c *Core) memberAnnounces(p *peer, m wire.Message, b *wire.Announce) error {
	if b.Entry.Announcement.Hash() != p.hash {
		return fmt.Errorf("another announcement under the id of a member: %w", ErrForged)
	}
	if err := c.hear(p, m); err != nil {
		return err
	}
	p.nonce, p.encryptionKey = b.Nonce, b.EncryptionKey
	if p.pairwise == nil || b.Newcomer && c.now.Sub(p.welcomedAt) >= welcomeEvery {
		if b.Newcomer && p.acked > 0 {
			p.acked = 0 // it has started over, and takes no key again that it had before
			if c.now.Sub(p.startedOver) >= startOverEvery {
				p.startedOver = c.now
				c.rekeySoon()
			}
		}
		c.welcomePeer(p)
	}
	c.beatSoon()
	c.boxAgain(p)
	if c.mayCommand(p.person) {
		c.tellWaiting()
	}
	return nil
}

// boxAgain sends the current key to a member that has not acknowledged it, or not since we came back.
func (c *Core) boxAgain(p *peer) {
	if c.lead != nil && (p.acked < c.lead.epoch.key.epoch || !p.follows) {
		c.sendBox(p)
		c.watchAcks()
	}
}

// hear verifies a signed message of a peer.
func (c *Core) hear(p *peer, m wire.Message) error {
	if err := p.fresh(m); err != nil {
		return err
	}
	p.heard = c.now
	delete(c.gone, p.id())
	return nil
}

// newcomerAnnounces admits, refuses or lets wait somebody who is not in the list.
func (c *Core) newcomerAnnounces(m wire.Message, b *wire.Announce) error {
	if q := c.lead.waiting(m.Sender); q != nil {
		if q.hash != b.Entry.Announcement.Hash() {
			return ErrForged
		}
		if err := c.hear(q, m); err != nil {
			return err
		}
		if !b.Newcomer { // it has begun to lead meanwhile
			c.takeOff(m.Sender, wire.CauseGone)
			c.sendRefusal(q.person, CodeLeads)
			return nil
		}
		q.nonce = b.Nonce
		c.beatSoon()
		return nil
	}
	old := c.list.byID[m.Sender]
	if old != nil && old.hash != b.Entry.Announcement.Hash() {
		return fmt.Errorf("another announcement under an id of the list: %w", ErrForged)
	}
	if old != nil && old.removed != wire.CauseGone && old.removed != wire.CauseRemoved {
		if err := old.fresh(m); err != nil {
			return err
		}
		c.sendRefusal(old, CodeReplaced) // it left, or was replaced: that id is used up
		return nil
	}
	q, code, err := c.candidate(m, b)
	switch {
	case err != nil:
		return err
	case code == "" && old == nil && !b.Newcomer: // another leader, whose heartbeat we have not heard yet
		c.sendRefusal(q.person, CodeLeads)
		c.beatSoon()
		return nil
	case code != "":
		c.sendRefusal(q.person, code)
		return nil
	case c.knocks(q, old):
		c.forgetKnocks(q.person)
		c.lead.knock[m.Sender] = q
		c.emit(Knocked{memberOf(q.person)})
		c.knocksChanged()
		c.beatSoon()
		return nil
	}
	c.enqueue(q)
	return nil
}

// candidate verifies a newcomer. A code means: refuse, and say so.
func (c *Core) candidate(m wire.Message, b *wire.Announce) (*peer, Code, error) {
	p, err := c.verifier.verify(&b.Entry)
	var se statementError
	if err != nil && !errors.As(err, &se) {
		return nil, "", err
	}
	q := &peer{person: p, encryptionKey: b.EncryptionKey, nonce: b.Nonce}
	if old := c.list.byID[m.Sender]; old != nil {
		p.seen = old.seen
	}
	if err := c.hear(q, m); err != nil {
		return nil, "", err
	}
	if err != nil {
		return q, se.code, nil
	}
	if code := p.timeCode(c.now); code != "" {
		return q, code, nil
	}
	for _, other := range c.list.people {
		switch {
		case other.removed == wire.CauseRemoved && other.entry.Announcement.IdentityKey == p.entry.Announcement.IdentityKey:
			return q, CodeRemoved, nil
		case other.sameDevice(p) && other.id() != p.id() && other.entry.Announcement.Time >= p.entry.Announcement.Time:
			return nil, "", fmt.Errorf("announcement of an earlier session: %w", ErrReplay)
		case other.id() == c.cfg.Self && other.sameDevice(p):
			return nil, "", fmt.Errorf("this device joins twice: %w", ErrRefused)
		}
	}
	switch {
	case c.lead.denied[p.entry.Announcement.IdentityKey]:
		return q, CodeDenied, nil
	case c.past.removed[p.entry.Announcement.IdentityKey]:
		return q, CodeRemoved, nil
	case c.past.locked && !c.past.known[p.entry.Announcement.IdentityKey], c.list.locked && !c.list.known(p.entry.Announcement.IdentityKey):
		return q, CodeLocked, nil
	case c.list.enhanced && c.cfg.Enhanced == nil:
		return q, CodeDowngrade, nil
	case c.full(p):
		return q, CodeFull, nil
	}
	return q, "", nil
}

// knocks reports whether q has to wait for a host. Whoever was let in once, and not removed, has not: a guest whose page
// was loaded again comes with another id and the same identity key.
func (c *Core) knocks(q *peer, old *person) bool {
	return c.cfg.Admission == AdmitOrganisation && !q.statement.Organisation && old == nil &&
		!c.list.known(q.entry.Announcement.IdentityKey) && len(c.lead.knock) < maxWaiting
}

// forgetKnocks drops whoever knocked with the same identity before: each has one place at the door.
func (c *Core) forgetKnocks(p *person) {
	for id, q := range c.lead.knock {
		if q.entry.Announcement.IdentityKey == p.entry.Announcement.IdentityKey {
			delete(c.lead.knock, id)
		}
	}
}

// full reports whether there is no room for p. Whoever replaces an older participation takes no room.
func (c *Core) full(p *person) bool {
	n := c.list.members + len(c.lead.queue)
	for _, q := range c.lead.peers {
		if q.sameDevice(p) {
			n--
		}
	}
	return n >= maxMembers || c.cfg.Call && n >= 2 || len(c.list.people)+len(c.lead.queue) >= maxPeople
}

// introduce tells another leader, who asks for it by announcing itself, who we are.
func (c *Core) introduce(r *rival, m wire.Message) error {
	if err := r.fresh(m); err != nil {
		return err
	}
	c.sendRefusal(r.person, CodeLeads)
	c.answer(r)
	return nil
}

func (c *Core) sendRefusal(p *person, code Code) {
	c.send(p.id(), &wire.Refusal{To: p.id(), ToHash: p.hash, Leader: *c.own.entry, Code: reasonByte(code)})
}

// waiting returns the verified newcomer with that id, or nil.
func (l *leading) waiting(id wire.ParticipantID) *peer {
	for _, p := range l.queue {
		if p.id() == id {
			return p
		}
	}
	return l.knock[id]
}

// memberLeaves takes the farewell of somebody whom we lead, or who waits.
func (c *Core) memberLeaves(m wire.Message, b *wire.Leave) error {
	if b.Mode != wire.LeaveGoes {
		return nil // a rival that comes to us, or nobody whose word it is
	}
	p := c.lead.peers[m.Sender]
	if p == nil {
		p = c.lead.waiting(m.Sender)
	}
	if p == nil {
		return nil
	}
	if err := c.hear(p, m); err != nil {
		return err
	}
	c.takeOff(m.Sender, wire.CauseLeft)
	return nil
}

func (c *Core) onNonce(m wire.Message, b *wire.Nonce) error {
	p := c.lead.peers[m.Sender]
	if p == nil {
		return ErrUnknownSender
	}
	if err := c.hear(p, m); err != nil {
		return err
	}
	p.nonce = b.Nonce
	return nil
}

// onLinkRequest answers everybody who ever stood in the list: one that was taken off learns it from the links. Another
// leader learns from them whether its list and ours were one.
func (c *Core) onLinkRequest(m wire.Message, b *wire.LinkRequest) error {
	p := c.list.byID[m.Sender]
	if r := c.lead.rivals[m.Sender]; p == nil && r != nil {
		p = r.person
	}
	if p == nil {
		return ErrUnknownSender
	}
	if err := p.fresh(m); err != nil {
		return err
	}
	if b.GiveWay {
		c.onGiveWay(m, b)
		return nil
	}
	if last := c.lead.answered[m.Sender]; c.now.Sub(last) < linksEvery {
		return nil // it asks again
	}
	c.lead.answered[m.Sender] = c.now
	c.sendLinks(m.Sender, b.After)
	return nil
}
