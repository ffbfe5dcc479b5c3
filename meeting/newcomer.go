package meeting

import (
	"fmt"
	"time"

	"greenroom/meeting/wire"
)

// following is what a participant keeps that does not lead.
type following struct {
	presenceTold bool // Present was called since Connected

	// A newcomer's way in.
	hint      wire.ParticipantID // whoever sends heartbeats; not verified
	announces int
	welcome   *welcome
	chain     *list // the list so far, until it reaches what the welcome promised
	// chainAsked is the version of the chain when more of it was last asked for.
	chainAsked uint64
	snapshot   *wire.Link         // the chain begins with it, once all its pages are there
	pages      map[uint16][]byte  // by their number; each is what the snapshot says
	oldLeader  wire.ParticipantID // before a fresh start, for LeaderChanged

	// A member's view of its leader.
	pairwise []byte
	last     *wire.Heartbeat // the last one accepted
	lastHash [32]byte
	pace     pace         // of its heartbeats
	box      *wire.KeyBox // arrived before the links it needs
	// behindSince is since when the leader certifies what we don't have; zero: it does not.
	behindSince time.Time
	target      uint64    // list version that was heard of
	keyMiss     bool      // media lack a key
	asked       time.Time // when something missing was asked for last
	spent       uint64    // the last epoch whose key came again after it was dropped; 0: none
	// silenced is set once the leader has been silent for too long: nothing is sent until somebody leads again.
	silenced bool
	// linksAsked is set once links were asked for.
	linksAsked bool
	quiet      bool
	stale      bool // stopped, since the key is missing that somebody was removed with

	// Who waits, as the leader said last, where this participant may admit them.
	waiting   []Member
	waitingAt uint64 // the sequence of that message

	// Succession.
	down      time.Time // when the leader was lost; zero: it was not
	downCause wire.Cause
	next      wire.ParticipantID // whom a leaving leader named
	evidence  []byte             // its Leave message
	claims    []wire.Link        // by members whose turn has not come
}

// welcome is a verified Welcome.
type welcome struct {
	from          *person
	encapsulation string
	version       uint64
	hash          [32]byte
}

func (f *following) erase() {
	clear(f.pairwise)
	*f = following{presenceTold: f.presenceTold}
}

// beginWaiting announces this participant as a newcomer. hint is who seems to lead; zero: nobody.
func (c *Core) beginWaiting(hint wire.ParticipantID) {
	c.phase = PhaseWaitingHost
	old := c.follow.oldLeader
	c.follow.erase() // a way in that was cut off begins anew
	c.follow.oldLeader = old
	c.announce(wire.ParticipantID{}, true)
	c.set(timerAnnounce, c.now.Add(announceFirst))
	if c.mayLeadFirst() {
		c.set(timerHost, c.now.Add(c.hostWait()))
	}
	if hint != (wire.ParticipantID{}) {
		c.takeHint(hint)
	}
	if c.alone() {
		c.leadIfNobodyDoes()
	}
}

// mayLeadFirst reports whether this participant may begin the meeting: a host, or anybody where the hub has the key
// anyway (rules 5 and 9).
func (c *Core) mayLeadFirst() bool {
	return c.own.self != nil && (c.own.self.statement.Role == wire.RoleHost || c.enhancedAllowed())
}

// hostWait is how long this participant listens for a leader before it leads. Hosts come first.
func (c *Core) hostWait() time.Duration {
	if c.own.self.statement.Role == wire.RoleHost {
		return hostWait
	}
	return hostWaitOthers
}

// announceAgain repeats a newcomer's announcement, less and less often.
func (c *Core) announceAgain() {
	if c.list != nil || !c.connected || c.follow.welcome != nil {
		return
	}
	c.announce(wire.ParticipantID{}, true)
	c.follow.announces++
	wait := min(announceFirst<<min(c.follow.announces, announceQuick), announceEvery)
	if c.follow.announces > announceQuick {
		wait = announceSlow
	}
	c.set(timerAnnounce, c.now.Add(wait))
}

// startOver makes this participant a newcomer again: it lost its place, or leads nobody. Its own keys and announcement
// stay.
func (c *Core) startOver(hint wire.ParticipantID) {
	old := c.follow.oldLeader
	c.past.remember(c.list)
	if c.list != nil && c.list.leader != nil {
		old = c.list.leader.id()
	}
	c.epochs.eraseAll(&c.out)
	c.upgraded()
	c.dropLead()
	c.dropResting()
	c.list = nil
	c.compared, c.joinedSince = NotCompared, 0
	c.follow.erase()
	c.follow.oldLeader = old
	c.timers = [timerCount]time.Time{}
	if !c.connected {
		c.phase = PhaseWaitingHost
		return
	}
	c.beginWaiting(hint)
}

// takeHint notes that somebody seems to lead. It is not verified: it decides only what is shown, whom the announcement
// goes to, and how long a host waits.
func (c *Core) takeHint(leader wire.ParticipantID) {
	switch {
	case c.follow.welcome != nil:
	case c.follow.hint != leader:
		c.follow.hint = leader
		c.announce(leader, true)
	default:
		c.setEarlier(timerAnnounce, c.announcedAt.Add(wantEvery))
	}
	if c.phase == PhaseWaitingHost {
		c.phase = PhaseWaitingAdmission
	}
	if c.mayLeadFirst() && !c.gone[leader] {
		c.set(timerHost, c.now.Add(hostWaitHeard))
	}
	c.set(timerSilent, c.now.Add(silentAfter))
}

// past is what is kept of lists that this participant stood on and left, for the case that it begins a new one: who was
// removed stays outside, and a lock counts on for those who were not known.
type past struct {
	locked         bool
	known, removed map[[wire.IdentityKeySize]byte]bool
}

func (p *past) remember(l *list) {
	if l == nil {
		return
	}
	if p.known == nil {
		p.known, p.removed = make(map[[wire.IdentityKeySize]byte]bool), make(map[[wire.IdentityKeySize]byte]bool)
	}
	p.locked = l.locked
	for _, q := range l.people {
		if identity := q.entry.Announcement.IdentityKey; q.removed == wire.CauseRemoved {
			p.removed[identity] = true
		} else {
			p.known[identity] = true
		}
	}
}

// loseHint forgets who seemed to lead: a host need not wait for it.
func (c *Core) loseHint() {
	c.follow.hint, c.phase = wire.ParticipantID{}, PhaseWaitingHost
	if c.mayLeadFirst() {
		c.set(timerHost, c.now.Add(c.hostWait()))
	}
}

// onWelcome takes the leader's answer to our announcement (rule 1).
func (c *Core) onWelcome(m wire.Message, b *wire.Welcome) error {
	if b.To != c.cfg.Self || b.ToHash != c.own.self.hash || b.Leader.Announcement.Participant != m.Sender {
		return ErrForged
	}
	if c.following() && c.list.leader.id() != m.Sender {
		return ErrNotLeader
	}
	p, err := c.welcomer(&b.Leader)
	if err != nil {
		return err
	}
	if err := p.fresh(m); err != nil {
		return err
	}
	switch w := c.follow.welcome; {
	case c.lead != nil:
		c.lead.noteRival(p)
		return nil
	case c.list == nil && w != nil && w.from.hash != p.hash:
		return ErrNotLeader // somebody else welcomed us first
	case w != nil && w.encapsulation == string(b.Encapsulation):
		return nil // repeated: nothing new
	}
	return c.takeWelcome(p, b)
}

// welcomer returns the verified sender of a welcome or a refusal.
func (c *Core) welcomer(e *wire.Entry) (*person, error) {
	hash := e.Announcement.Hash()
	if c.list != nil {
		if p := c.list.byID[e.Announcement.Participant]; p != nil && p.hash == hash {
			return p, nil
		}
	}
	if w := c.follow.welcome; w != nil && w.from.hash == hash {
		return w.from, nil
	}
	return c.verifier.verify(e)
}

func (c *Core) takeWelcome(p *person, b *wire.Welcome) error {
	pairwise, err := decapsulate(c.own.encryption, b.Encapsulation, admissionInfo(c.cfg.Instance, p.hash, c.own.self.hash))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrForged, err)
	}
	clear(c.follow.pairwise)
	c.follow.pairwise = pairwise
	c.follow.welcome = &welcome{from: p, encapsulation: string(b.Encapsulation), version: b.ListVersion, hash: b.ListHash}
	if c.list == nil {
		c.follow.chain = c.newList()
		c.phase = PhaseWaitingKey
		c.clear(timerAnnounce, timerHost)
		c.set(timerSilent, c.now.Add(silentAfter))
	}
	c.want(wantFirst)
	c.openBoxAgain()
	return nil
}

// joinChain applies a link to a newcomer's list, which becomes the list when it is what the welcome promised.
func (c *Core) joinChain(k *wire.Link) error {
	f := &c.follow
	switch {
	case f.welcome == nil:
		return nil // not for us
	case k.Changes[0].Type == wire.ChangeSnapshot && k.Version > f.chain.version()+1:
		if k.Version <= f.welcome.version && (f.snapshot == nil || f.snapshot.Hash() != k.Hash()) {
			f.snapshot, f.pages = k, nil
		}
		return c.joinSnapshot()
	case k.Version != f.chain.version()+1:
		return nil // already there, or asked for again by timerWant
	}
	if _, err := f.chain.apply(k, c.verifier.verify); err != nil {
		return err // somebody else's: the chain stays
	}
	return c.joinList()
}

// onPage keeps a page of the snapshot that a newcomer waits for. Pages are told apart from forged ones by the hashes in
// the snapshot's link.
func (c *Core) onPage(b *wire.Page) error {
	f := &c.follow
	if c.list != nil || f.welcome == nil || f.snapshot == nil || f.snapshot.Version != b.Version {
		return nil
	}
	hashes := f.snapshot.Changes[0].Snapshot.Pages
	if int(b.Number) >= len(hashes) || wire.PageHash(b.Records) != hashes[b.Number] {
		return ErrForged
	}
	if f.pages == nil {
		f.pages = make(map[uint16][]byte)
	}
	f.pages[b.Number] = b.Records
	return c.joinSnapshot()
}

// joinSnapshot makes the newcomer's list of the snapshot once all its pages are there.
func (c *Core) joinSnapshot() error {
	f := &c.follow
	var pages [][]byte
	if f.snapshot == nil || len(f.pages) < len(f.snapshot.Changes[0].Snapshot.Pages) {
		return nil
	}
	for i := range f.snapshot.Changes[0].Snapshot.Pages {
		pages = append(pages, f.pages[uint16(i)])
	}
	l, err := fromSnapshot(c.cfg.Instance, f.snapshot, pages, c.verifier.verify)
	f.snapshot, f.pages = nil, nil
	if err != nil {
		return err
	}
	f.chain = l
	return c.joinList()
}

// joinList makes the chain the list if it is the one that the leader welcomed us to.
func (c *Core) joinList() error {
	f := &c.follow
	if f.chain.version() < f.welcome.version {
		return nil
	}
	leader, me := f.chain.leader, f.chain.member(c.cfg.Self)
	if f.chain.hash() != f.welcome.hash || leader.hash != f.welcome.from.hash || me == nil || me.hash != c.own.self.hash {
		c.startOver(wire.ParticipantID{})
		return fmt.Errorf("the list is not the one the leader welcomed us to: %w", ErrForged)
	}
	if f.chain.enhanced && !c.enhancedAllowed() {
		c.refuse(reason(CodeDowngrade))
		return ErrDowngrade
	}
	for i, n := range f.welcome.from.seen {
		leader.seen[i] = max(leader.seen[i], n)
	}
	c.adopt()
	return nil
}

// adopt makes the newcomer a member.
func (c *Core) adopt() {
	c.list, c.follow.chain = c.follow.chain, nil
	c.follow.welcome.from = c.list.leader
	if leader := c.list.leader.id(); leader != c.follow.oldLeader {
		c.emit(LeaderChanged{Old: c.follow.oldLeader, New: leader})
	}
	c.compared, c.joinedSince = NotCompared, 0
	c.past.locked = false // whether this list is locked, it says itself
	c.watchLeader()
	c.set(timerNonce, c.now.Add(c.nonceInterval()))
	c.openBoxAgain()
	c.certify()
}

// onRefusal ends the way in. Only a host, a co-host, or whoever sends heartbeats is believed.
func (c *Core) onRefusal(m wire.Message, b *wire.Refusal) error {
	if c.following() || c.follow.welcome != nil {
		return ErrRefused
	}
	if b.To != c.cfg.Self || b.ToHash != c.own.self.hash || b.Leader.Announcement.Participant != m.Sender {
		return ErrForged
	}
	p, err := c.welcomer(&b.Leader)
	if err != nil {
		return err
	}
	if err := p.fresh(m); err != nil {
		return err
	}
	switch {
	case c.lead != nil: // a rival; whether we give way to it is decided by its heartbeats
		c.lead.noteRival(p)
		if r := c.lead.rivals[p.id()]; b.Code == reasonByte(CodeRemoved) && r != nil && r.beat != nil {
			c.turnedAway(r)
		}
		return nil
	case b.Code == reasonByte(CodeLeads): // the answer to a question that we asked while we led
		c.takeHint(m.Sender)
		return nil
	case p.statement.Role < wire.RoleCoHost && c.follow.hint != m.Sender:
		return ErrNotLeader
	}
	c.refuse(reasonOf(b.Code))
	return nil
}
