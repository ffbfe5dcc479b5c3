package meeting

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"greenroom/meeting/wire"
)

// maxClaims bounds how many claims are kept whose turn has not come.
const maxClaims = 16

// leaderDown notes that the leader is lost: it left, the relay reports it gone, or it is silent (rule 5). next is whom a
// leaving leader named.
func (c *Core) leaderDown(cause wire.Cause, next wire.ParticipantID) {
	f := &c.follow
	if !c.following() {
		return
	}
	if f.down.IsZero() || next != f.next && next != (wire.ParticipantID{}) {
		f.down, f.downCause, f.next = c.now, cause, next
	}
	c.succeed()
}

// leaderSilent runs when no heartbeat came for too long.
func (c *Core) leaderSilent() {
	switch {
	case !c.connected || c.lead != nil:
	case c.following():
		c.follow.silenced = true
		c.set(timerStale, c.now.Add(silencedAfter))
		c.leaderDown(wire.CauseSilent, wire.ParticipantID{})
	case c.follow.welcome != nil:
		c.startOver(wire.ParticipantID{})
	default: // nobody leads after all
		c.follow.hint = wire.ParticipantID{}
		c.phase = PhaseWaitingHost
		if c.mayLeadFirst() {
			c.set(timerHost, c.now.Add(c.hostWait()))
		}
	}
}

// leaderRestarted notices that the leader's device joins afresh: the leader is lost, whatever the relay says. Only the
// holder of the identity key can have made the newer announcement.
func (c *Core) leaderRestarted(m wire.Message, b *wire.Announce) error {
	old, a := &c.list.leader.entry.Announcement, &b.Entry.Announcement
	if a.IdentityKey != old.IdentityKey || a.Device != old.Device || a.Participant == old.Participant || a.Time <= old.Time {
		return nil
	}
	p, err := c.verifier.verify(&b.Entry)
	if err != nil {
		return err
	}
	if !m.Verify(p.meetingKey()) {
		return ErrForged
	}
	c.leaderDown(wire.CauseGone, wire.ParticipantID{})
	return nil
}

// successors returns who may lead after the leader, the first first: whom it named, then by role, then by list order.
func (c *Core) successors() []*person {
	var out []*person
	for _, p := range c.list.people {
		if p.removed == 0 && p != c.list.leader {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b *person) int {
		if named := c.follow.next; a.id() == named || b.id() == named {
			if a.id() == named {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.statement.Role, a.statement.Role)
	})
	return out
}

// turnOf returns when p may lead: at once if nobody before it is there, and later by claimStep for each who is.
func (c *Core) turnOf(p *person) time.Time {
	at := c.follow.down
	for _, q := range c.successors() {
		if q == p {
			break
		}
		if !c.gone[q.id()] {
			at = at.Add(claimStep)
		}
	}
	return at
}

// onClaim takes a link that changes the leader. It is accepted if the old leader named the new one, or once it is the new
// one's turn as we see it; until then it is kept.
func (c *Core) onClaim(k *wire.Link) error {
	p := c.list.member(k.Leader)
	switch {
	case p == nil || !k.Verify(p.meetingKey()):
		return ErrForged
	case k.Previous != c.list.hash():
		return ErrEquivocation
	case c.handedOver(k, p):
		return c.takeLink(k)
	}
	f := &c.follow
	f.claims = slices.DeleteFunc(f.claims, func(o wire.Link) bool { return o.Leader == k.Leader })
	if len(f.claims) < maxClaims {
		f.claims = append(f.claims, *k)
	}
	c.succeed()
	return nil
}

// handedOver reports whether the link carries the old leader's Leave message that names p.
func (c *Core) handedOver(k *wire.Link, p *person) bool {
	for _, ch := range k.Changes {
		if ch.Type != wire.ChangeLeader || len(ch.Evidence) == 0 {
			continue
		}
		m, err := wire.Parse(ch.Evidence)
		if err != nil || m.Instance != c.cfg.Instance || m.Sender != c.list.leader.id() || !m.Verify(c.list.leader.meetingKey()) {
			return false
		}
		leave, ok := m.Body.(*wire.Leave)
		gives := ok && (leave.Mode == wire.LeaveGoes || leave.Mode == wire.LeaveHandsOver)
		return gives && leave.Next == p.id() && leave.ListHash == k.Previous
	}
	return false
}

// succeed lets the first whose turn has come lead: somebody who claimed it, or this participant.
func (c *Core) succeed() {
	f := &c.follow
	if !c.following() || f.down.IsZero() || !c.connected {
		return
	}
	for _, p := range c.successors() {
		turn := c.turnOf(p)
		claim := slices.IndexFunc(f.claims, func(k wire.Link) bool { return k.Leader == p.id() })
		switch {
		case claim < 0 && p.id() != c.cfg.Self:
		case turn.After(c.now):
			c.setEarlier(timerClaim, turn)
		case claim >= 0:
			k := f.claims[claim]
			f.claims = slices.Delete(f.claims, claim, claim+1)
			if err := c.takeLink(&k); err != nil {
				c.emit(Dropped{From: k.Leader, Kind: wire.KindLinks, Err: fmt.Errorf("claim: %w", err)})
				continue
			}
			return
		case c.phase != PhaseIn: // never really in: there is nothing to go on with
			c.startOver(wire.ParticipantID{})
			return
		default:
			c.takeOver()
			return
		}
	}
}

// takeOver makes this participant the leader: a link that takes the old one off, and a new epoch that it can't open.
func (c *Core) takeOver() {
	old, f := c.list.leader, &c.follow
	off, cause, evidence := wire.CauseGone, f.downCause, f.evidence
	if cause == wire.CauseLeft {
		off = wire.CauseLeft
	}
	me, _ := c.myIndex()
	highest := c.epochs.top
	if f.last != nil {
		highest = max(highest, f.last.Epoch)
	}
	c.lead = newLeading(c.now)
	var changes []wire.Change
	oldGoes := cause != wire.CauseHandedOver || c.gone[old.id()]
	if oldGoes {
		changes = append(changes, wire.Change{Type: wire.ChangeRemove, Index: old.index, Cause: off})
	}
	for _, p := range c.list.people {
		switch {
		case p.removed != 0 || p.id() == c.cfg.Self || p == old && oldGoes:
		case c.gone[p.id()]:
			changes = append(changes, wire.Change{Type: wire.ChangeRemove, Index: p.index, Cause: wire.CauseGone})
		default:
			c.lead.peers[p.id()] = &peer{person: p}
		}
	}
	changes = append(changes, wire.Change{Type: wire.ChangeLeader, Index: me, Cause: cause, Evidence: evidence})
	c.clear(timerQuiet, timerSilent, timerClaim, timerWant, timerNonce)
	if !c.changeList(changes, nil) {
		return
	}
	c.newEpoch(c.epochs.after(highest+takeoverJump-1), true)
	c.set(timerAbsent, c.now.Add(absentAfter))
}
