package meeting

import (
	"slices"
	"time"

	"greenroom/meeting/wire"
)

// epochState is an epoch whose key this participant holds.
type epochState struct {
	key       *EpochKey
	removal   bool
	certified time.Time // zero: no heartbeat has certified it yet
	forget    time.Time // zero: not superseded
}

// epochs are the epochs held, in ascending order, and which of them media are sent with.
type epochs struct {
	held []*epochState
	seal *epochState
	top  uint64 // the highest epoch ever held
	// spent are the fingerprints of keys that were held and dropped: never again, since with a key that is installed anew
	// frame counters and replay windows begin anew.
	spent [][32]byte
}

// maxSpent bounds spent. An honest leader has only its newest key to give, so one would do.
const maxSpent = 64

func (e *epochs) newest() *epochState {
	if len(e.held) == 0 {
		return nil
	}
	return e.held[len(e.held)-1]
}

func (e *epochs) highest() uint64 {
	if n := e.newest(); n != nil {
		return n.key.epoch
	}
	return 0
}

func (e *epochs) find(epoch uint64) *epochState {
	for _, s := range e.held {
		if s.key.epoch == epoch {
			return s
		}
	}
	return nil
}

// enhanced reports whether an enhanced key is held.
func (e *epochs) enhanced() bool {
	return slices.ContainsFunc(e.held, func(s *epochState) bool { return s.key.enhanced })
}

// after returns the first number above n whose low byte no epoch has that is held: key ids carry the low byte alone.
func (e *epochs) after(n uint64) uint64 {
	taken := func(s *epochState) bool { return uint8(s.key.epoch) == uint8(n) }
	for n++; slices.ContainsFunc(e.held, taken); n++ {
	}
	return n
}

func (e *epochs) drop(out *Output, s *epochState) {
	e.spent = append(e.spent, s.key.fingerprint())
	e.spent = e.spent[max(0, len(e.spent)-maxSpent):]
	s.key.Erase()
	e.held = slices.DeleteFunc(e.held, func(t *epochState) bool { return t == s })
	out.Forget = append(out.Forget, s.key.epoch)
	if e.seal == s {
		e.seal = nil
	}
}

func (e *epochs) eraseAll(out *Output) {
	for len(e.held) > 0 {
		e.drop(out, e.held[0])
	}
	out.Open, out.Seal = nil, nil
}

// install takes a new epoch into use for opening.
func (c *Core) install(key *EpochKey, removal bool) *epochState {
	key.enhanced = c.list.enhanced
	c.wasE2EE = c.wasE2EE || !key.enhanced
	c.epochs.top = max(c.epochs.top, key.epoch)
	s := &epochState{key: key, removal: removal}
	c.epochs.held = append(c.epochs.held, s)
	if len(c.epochs.held) > maxEpochs {
		c.epochs.drop(&c.out, c.epochs.held[0])
	}
	c.out.Open = append(c.out.Open, key)
	c.takeEarly(key.epoch)
	return s
}

// certified notes that the leader's heartbeat names s, and switches sending to it when that is due (rule 3).
func (c *Core) certified(s *epochState, settled bool) {
	if s.certified.IsZero() {
		s.certified, c.phase = c.now, PhaseIn
	}
	if s != c.epochs.newest() || s == c.epochs.seal {
		return
	}
	if settled {
		c.sealWith(s)
		return
	}
	c.setEarlier(timerSeal, s.certified.Add(useWait(s.removal)))
}

func useWait(removal bool) time.Duration {
	if removal {
		return useAfterRemoval
	}
	return useAfter
}

// sealDue switches to the newest epoch once its wait is over.
func (c *Core) sealDue() {
	s := c.epochs.newest()
	if s == nil || s.certified.IsZero() || s == c.epochs.seal {
		return
	}
	if due := s.certified.Add(useWait(s.removal)); due.After(c.now) {
		c.set(timerSeal, due)
		return
	}
	c.sealWith(s)
}

// sealWith sends with s from now on, and sets when the older keys are forgotten.
func (c *Core) sealWith(s *epochState) {
	c.clear(timerSeal)
	if s.key.stale() {
		return // somebody in it is off the list already: the next key is on its way
	}
	keep, joined := keepOld, true
	var before []*person
	if old := c.epochs.seal; old != nil {
		before = old.key.roster
		var gone bool
		if joined, gone = rosterChange(old.key.roster, s.key.roster); gone {
			keep = keepRemoval
		}
	}
	if s.removal {
		keep = keepRemoval
	}
	c.epochs.seal = s
	if c.follow.stale {
		c.follow.stale = false
		c.setQuiet(false)
	}
	c.clear(timerStale)
	c.out.Seal, c.out.NewReceivers = s.key, joined
	for _, t := range c.epochs.held {
		if due := c.now.Add(keep); t.key.epoch < s.key.epoch && (t.forget.IsZero() || due.Before(t.forget)) {
			t.forget = due
			c.setEarlier(timerForget, due)
		}
	}
	c.noteMode(s)
	c.tellNewcomers(before, s.key.roster)
}

// rosterChange says whether somebody is in b and not in a, and the other way round.
func rosterChange(a, b []*person) (joined, gone bool) {
	at := func(r []*person, i int) *person {
		if i < len(r) {
			return r[i]
		}
		return nil
	}
	for i := range max(len(a), len(b)) {
		joined = joined || at(a, i) == nil && at(b, i) != nil
		gone = gone || at(a, i) != nil && at(b, i) == nil
	}
	return joined, gone
}

// forgetDue erases superseded keys whose time has come.
func (c *Core) forgetDue() {
	for _, s := range slices.Clone(c.epochs.held) {
		switch {
		case s.forget.IsZero():
		case s.forget.After(c.now):
			c.setEarlier(timerForget, s.forget)
		default:
			c.epochs.drop(&c.out, s)
		}
	}
	c.upgraded()
}

// KeyMissing tells the core that a frame with that key id can't be opened for want of a key. The core asks the leader,
// rarely enough (rule 4).
func (c *Core) KeyMissing(now time.Time, keyID uint64) Output {
	c.begin(now)
	low, index, _ := SplitKeyID(keyID)
	newer := int8(low-uint8(c.epochs.highest())) > 0 // the leader has only the newest key to give
	if c.following() && c.connected && newer && !c.holds(low, index) {
		c.wantKey()
	}
	return c.end()
}

func (c *Core) holds(low uint8, index uint32) bool {
	for _, s := range c.epochs.held {
		if _, ok := s.key.Participant(index); ok && uint8(s.key.epoch) == low {
			return true
		}
	}
	return false
}

// myIndex returns this participant's roster index.
func (c *Core) myIndex() (uint32, bool) {
	if c.list == nil {
		return 0, false
	}
	if p := c.list.member(c.cfg.Self); p != nil {
		return p.index, true
	}
	return 0, false
}

// memberOf describes p for the outside.
func memberOf(p *person) Member {
	return Member{
		ID: p.id(), Index: p.index, Name: p.statement.Name, Role: p.statement.Role,
		IdentityKey: append([]byte(nil), p.entry.Announcement.IdentityKey[:]...), Organisation: p.statement.Organisation,
		Hand: p.says.hand, Compared: p.says.compared,
	}
}

// Member is somebody in the meeting.
type Member struct {
	ID    wire.ParticipantID
	Index uint32 // roster index, never used again in the instance
	Name  string // the hub's word, unless Verified
	Role  wire.Role
	// IdentityKey is the identity public key: an uncompressed P-256 point.
	IdentityKey  []byte
	Organisation bool
	// Verified is set when more than the hub vouches for the name. Not before attestations (SPEC.md, section 13).
	Verified bool
	// Hand is set while the hand is raised, Compared what the people there told that they found. Both are what the
	// participant says of itself.
	Hand     bool
	Compared Comparison
}
