package meeting

import (
	"fmt"
	"slices"
	"time"

	"greenroom/meeting/wire"
)

// watchLeader begins to wait for the leader's heartbeat afresh.
func (c *Core) watchLeader() {
	c.follow.down, c.follow.claims, c.follow.evidence = time.Time{}, nil, nil
	c.follow.next, c.follow.silenced = wire.ParticipantID{}, false
	c.setQuiet(c.follow.stale)
	c.clear(timerClaim)
	c.set(timerQuiet, c.now.Add(quietAfter))
	c.set(timerSilent, c.now.Add(silentAfter))
}

func (c *Core) setQuiet(quiet bool) {
	if c.follow.quiet != quiet {
		c.follow.quiet = quiet
		c.emit(QuietChanged{Quiet: quiet})
	}
}

// onLinks takes links of the list, which anybody may pass on: each is signed.
func (c *Core) onLinks(sender wire.ParticipantID, b *wire.Links) error {
	if c.lead != nil {
		return c.onRivalLinks(sender, b)
	}
	var links []wire.Link
	for _, raw := range b.Links {
		k, err := wire.ParseLink(raw)
		if err != nil {
			return err
		}
		links = append(links, k)
	}
	endorsed := c.endorsed(links)
	for i := range links {
		if err := c.onLink(&links[i], i < endorsed); err != nil || c.phase.Final() {
			return err
		}
	}
	return nil
}

// endorsed returns how many of the links lead to the list that our leader's latest heartbeat certifies. What they say of
// leaders is our leader's own word: it was succeeded, and came to lead again, while we were away.
func (c *Core) endorsed(links []wire.Link) int {
	b := c.follow.last
	if c.list == nil || b == nil {
		return 0
	}
	for i := range links {
		if i > 0 && links[i].Previous != links[i-1].Hash() {
			return 0
		}
		if links[i].Version == b.ListVersion && links[i].Hash() == b.ListHash {
			return i + 1
		}
	}
	return 0
}

func (c *Core) onLink(k *wire.Link, endorsed bool) error {
	if c.list == nil {
		return c.joinChain(k)
	}
	switch v := c.list.version(); {
	case k.Version <= v && k.Hash() == c.list.hashAt(k.Version):
		return nil // already there
	case k.Version <= v:
		return ErrEquivocation
	case k.Version > v+1 && k.Changes[0].Type == wire.ChangeSnapshot && c.follow.linksAsked &&
		k.Leader == c.list.leader.id() && k.Verify(c.list.leader.meetingKey()):
		c.startOver(k.Leader) // the leader has forgotten the links that we miss
		return nil
	case k.Version > v+1:
		c.follow.target = max(c.follow.target, min(k.Version, v+maxMembers))
		c.want(wantFirst)
		return nil
	}
	claim := func(ch wire.Change) bool { return ch.Type == wire.ChangeLeader }
	if !endorsed && slices.ContainsFunc(k.Changes, claim) {
		return c.onClaim(k)
	}
	return c.takeLink(k)
}

// takeLink applies a link that is due.
func (c *Core) takeLink(k *wire.Link) error {
	done, err := c.list.apply(k, c.verifier.verify)
	if err != nil {
		return err
	}
	c.applied(done)
	if !c.phase.Final() && c.list != nil {
		c.openBoxAgain()
		c.certify()
	}
	return nil
}

// applied tells of changes that were made to the list, and draws the consequences for this participant.
func (c *Core) applied(done []change) {
	var self *change
	var leader *change
	for i, d := range done {
		switch d.kind {
		case wire.ChangeAdd:
			c.emit(MemberJoined{memberOf(d.person)})
			if c.compared == Matches {
				c.joinedSince++
			}
		case wire.ChangeRemove:
			c.emit(offEvent(d))
			c.expectKey()
			if d.person.id() == c.cfg.Self {
				self = &done[i]
			}
		case wire.ChangeLeader:
			leader = &done[i]
		case wire.ChangeLock, wire.ChangeUnlock:
			c.emit(LockChanged{Locked: d.kind == wire.ChangeLock})
		case wire.ChangeEnhanced, wire.ChangeUpgrade, wire.ChangeSnapshot:
		}
	}
	if leader != nil {
		c.leaderChanged(leader)
	}
	if self != nil {
		c.takenOff(self.cause)
	}
	c.noteFulfilled()
}

func offEvent(d change) Event {
	if d.cause == wire.CauseRemoved {
		return MemberRemoved{memberOf(d.person)}
	}
	return MemberLeft{memberOf(d.person)}
}

// leaderChanged clears what was known of the old leader, and announces this participant to the new one (rule 5).
func (c *Core) leaderChanged(d *change) {
	var old wire.ParticipantID
	if d.old != nil {
		old = d.old.id()
	}
	c.emit(LeaderChanged{Old: old, New: d.person.id()})
	c.forgetComparisons()
	c.setQuiet(false)
	if len(c.follow.waiting) > 0 {
		c.emit(WaitingChanged{})
	}
	c.follow.erase()
	c.dropResting()
	if c.lead != nil {
		return
	}
	c.watchLeader()
	c.announce(d.person.id(), true)
	c.want(wantEvery)
}

// takenOff draws the consequences of being taken off the list.
func (c *Core) takenOff(cause wire.Cause) {
	code := CodeRemoved
	switch cause {
	case wire.CauseRemoved, wire.CauseLeft: // we have not left, but that id is used up
	case wire.CauseReplaced:
		code = CodeReplaced
	case wire.CauseGone, wire.CauseSilent, wire.CauseFirst, wire.CauseHandedOver:
		// The others thought that we had gone; we have not.
		c.startOver(c.list.leader.id())
		return
	}
	c.takenOut(code)
}

// takenOut ends the core of somebody who is in no longer.
func (c *Core) takenOut(code Code) {
	r := reason(code)
	if c.finish(PhaseRemoved, r) {
		c.emit(Removed{Reason: r})
	}
}

// onHeartbeat takes a heartbeat: from our leader it certifies; from anybody else it is a hint at most.
func (c *Core) onHeartbeat(m wire.Message, b *wire.Heartbeat) error {
	switch w := c.follow.welcome; {
	case c.lead != nil:
		return c.onRival(m, b)
	case c.list == nil && w != nil:
		if w.from.id() != m.Sender {
			return nil
		}
		if err := c.takeBeat(w.from, m, b); err != nil {
			return err
		}
		if !c.follow.pace.late(c.now, b.Clock) {
			c.set(timerSilent, c.now.Add(silentAfter))
		}
		return nil
	case c.list == nil:
		c.takeHint(m.Sender)
		return nil
	case c.list.leader.id() != m.Sender:
		return c.strangeBeat(m, b)
	}
	if err := c.takeBeat(c.list.leader, m, b); err != nil {
		return err
	}
	if c.follow.pace.late(c.now, b.Clock) {
		c.emit(Dropped{From: m.Sender, Kind: wire.KindHeartbeat, Err: ErrLate}) // it still certifies, but nobody is there for it
	} else {
		c.watchLeader()
	}
	c.certify()
	if b.Removal && b.Epoch > c.epochs.highest() {
		c.expectKey()
	}
	return nil
}

// expectKey begins the time in which the key of an epoch must come that somebody was removed with.
func (c *Core) expectKey() {
	if c.lead == nil && c.epochs.seal != nil {
		c.setEarlier(timerStale, c.now.Add(staleAfter))
	}
}

// stale stops what goes on with a key that somebody has who was removed: the relay keeps the new key back (rule 3).
func (c *Core) stale() {
	b := c.follow.last
	switch {
	case c.lead != nil || c.list == nil:
		return
	case !c.connected: // nothing goes out, and nothing can come in
		c.set(timerStale, c.now.Add(staleAfter))
		return
	}
	missing := c.follow.silenced || b != nil && b.Removal && b.Epoch > c.epochs.highest()
	for _, s := range slices.Clone(c.epochs.held) {
		if missing || s.key.stale() {
			c.epochs.drop(&c.out, s)
		}
	}
	if c.epochs.seal == nil {
		c.follow.stale = true
		c.setQuiet(true)
		c.wantKey()
	}
}

// takeBeat verifies a heartbeat and that it follows the last one. Between two that follow each other directly nothing
// can be hidden; a gap is let pass, since the relay may lose messages.
func (c *Core) takeBeat(p *person, m wire.Message, b *wire.Heartbeat) error {
	if err := p.fresh(m); err != nil {
		return err
	}
	f := &c.follow
	if b.Epoch > c.epochs.top+epochJump {
		return fmt.Errorf("epoch %d after %d: %w", b.Epoch, c.epochs.top, ErrForged)
	}
	if f.last != nil {
		switch {
		case b.Counter <= f.last.Counter:
			return ErrReplay
		case b.Counter == f.last.Counter+1 && b.Previous != f.lastHash:
			return fmt.Errorf("heartbeat %d does not follow the one before: %w", b.Counter, ErrEquivocation)
		}
	}
	f.last, f.lastHash = b, m.Hash()
	return nil
}

// strangeBeat takes a heartbeat of somebody who is not our leader. If it is a member who leads by now, we missed the
// link that says so, and ask for it.
func (c *Core) strangeBeat(m wire.Message, b *wire.Heartbeat) error {
	p := c.list.member(m.Sender)
	if p == nil || b.Takeovers <= c.list.takeovers {
		return ErrNotLeader
	}
	if err := p.fresh(m); err != nil {
		return err
	}
	if c.askable() {
		c.send(m.Sender, &wire.LinkRequest{After: c.list.version()})
	}
	return nil
}

// certify compares the last heartbeat with what we hold, and takes the epoch into use (rule 3).
func (c *Core) certify() {
	b := c.follow.last
	if c.list == nil || c.lead != nil || b == nil {
		return
	}
	switch {
	case b.ListVersion > c.list.version():
		c.follow.target = max(c.follow.target, min(b.ListVersion, c.list.version()+maxMembers))
		c.want(wantFirst)
		c.behind(behindFor)
		return
	case !c.list.was(b.ListVersion, b.ListHash):
		c.emit(Dropped{From: c.list.leader.id(), Kind: wire.KindHeartbeat, Err: fmt.Errorf("another list: %w", ErrEquivocation)})
		c.behind(contradictedFor)
		return
	}
	c.follow.target = 0 // whoever spoke of more links made them up, or we have them
	s := c.epochs.find(b.Epoch)
	switch {
	case s == nil && b.Epoch > c.epochs.highest():
		c.want(wantFirst)
		c.behind(behindFor)
	case s == nil:
	case s.key.commitment != b.Commitment:
		c.emit(Dropped{From: c.list.leader.id(), Kind: wire.KindHeartbeat, Err: fmt.Errorf("another key: %w", ErrEquivocation)})
		c.epochs.drop(&c.out, s)
		c.want(wantFirst)
		c.behind(behindFor)
	case b.Epoch < c.epochs.highest(): // its newer key is there, and what certifies it is kept back
		c.certified(s, b.Settled)
		c.behind(behindFor)
	default:
		c.follow.behindSince = time.Time{}
		c.certified(s, b.Settled)
	}
}

// behind takes note of a leader that certifies what we don't have: messages are lost or kept back, the leader lies to one
// of us, or it began anew and we missed it. If it stays so, we come in anew, which every screen shows.
func (c *Core) behind(limit time.Duration) {
	switch f := &c.follow; {
	case f.behindSince.IsZero():
		f.behindSince = c.now
	case c.now.Sub(f.behindSince) >= limit:
		c.startOver(c.list.leader.id())
	}
}

// onLeave takes a leader's farewell, or as a leader that of somebody else.
func (c *Core) onLeave(m wire.Message, b *wire.Leave) error {
	if c.lead != nil {
		return c.memberLeaves(m, b)
	}
	if !c.following() || c.list.leader.id() != m.Sender {
		return nil // the leader will say so
	}
	if err := c.list.leader.fresh(m); err != nil {
		return err
	}
	if known := c.list.hashAt(b.ListVersion); b.ListVersion < c.list.ledSince || known != [32]byte{} && known != b.ListHash {
		return fmt.Errorf("a leave of an earlier time or another list: %w", ErrReplay)
	}
	cause := wire.CauseLeft
	switch b.Mode {
	case wire.LeaveEnds:
		c.takenOut(CodeEnded)
		return nil
	case wire.LeaveYields:
		if next := c.list.byID[b.Next]; next == nil || next.removed != wire.CauseRemoved {
			c.startOver(b.Next)
			return nil
		}
	case wire.LeaveHandsOver:
		cause = wire.CauseHandedOver
	case wire.LeaveGoes:
	}
	c.follow.evidence = append([]byte(nil), m.Raw()...)
	c.leaderDown(cause, b.Next)
	return nil
}
