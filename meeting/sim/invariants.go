package sim

import (
	"encoding/binary"
	"hash/fnv"
	"time"

	"greenroom/meeting"
	"greenroom/meeting/wire"
)

// The invariants, by the names that violations have. What must hold once the network is well is in heal.go.
const (
	ruleOneKey     = "one key per leader and epoch"
	ruleHolder     = "every holder of a key is in the list certified with it"
	ruleRoster     = "one key, one list"
	ruleRemoved    = "a removed participant never holds a later key"
	ruleGrow       = "epochs only grow"
	ruleLiveness   = "no key is older than the liveness bound"
	ruleCertified  = "nobody sends with a key that no heartbeat certified"
	ruleTwice      = "nobody sends twice with one key"
	ruleAgain      = "nobody takes a key again that it forgot"
	ruleShown      = "nobody sends to somebody whom it does not show"
	ruleLate       = "nobody sends for long to somebody who is off its leader's list, and does not know it"
	ruleDowngrade  = "no downgrade"
	ruleLocked     = "nobody new enters a locked list"
	ruleSameList   = "the same code and heartbeat show the same list"
	ruleErased     = "who has ended holds no key"
	ruleForgotten  = "a forgotten key is erased"
	ruleComparison = "a new leader clears the comparison"
	ruleAuthority  = "only hosts command"
	ruleChat       = "everybody speaks for itself, once"
)

// shownFor is how long somebody may send with a key of somebody who was taken off already: until the next key, which
// the adversary may keep back until the heartbeat is missing and the screen says so.
const shownFor = 12 * time.Second

// lateFor is how long somebody may send with a key of somebody whom its leader took off, and say nothing. Mostly it is
// 16 s: heartbeats may come 10 s late, and one that is missing is told after 6 s. Who came in by an answer that was kept back
// is so much later, up to 20 s, which takes more luck than the adversary has.
const lateFor = 20 * time.Second

// checker holds what is true of the whole meeting.
type checker struct {
	keys    map[keyName]keyOwner
	holders map[[32]byte]holders
	lists   map[listName]listShown
	written map[string]*participant
	asked   map[asked]bool
}

type keyName struct {
	leader wire.ParticipantID
	epoch  uint64
}

type keyOwner struct {
	commitment [32]byte
	by         *participant
}

type holders struct {
	roster uint64 // fingerprint
	by     *participant
}

// listName is what two screens have to have in common to show the same list.
type listName struct {
	code    meeting.SecurityCode
	beat    [32]byte
	version uint64
}

type listShown struct {
	members uint64 // fingerprint
	by      *participant
}

func newChecker() checker {
	return checker{
		keys: make(map[keyName]keyOwner), holders: make(map[[32]byte]holders), lists: make(map[listName]listShown),
		written: make(map[string]*participant), asked: make(map[asked]bool),
	}
}

// step checks a participant after one step.
func (c *checker) step(p *participant, before meeting.View, out meeting.Output, forgotten []*meeting.EpochKey) {
	p.seen.settle(out.Events)
	c.list(p, before, out.Events)
	for _, k := range out.Open {
		c.opened(p, p.leaderOf(k, before, out.Events), k)
	}
	if out.Seal != nil {
		c.sends(p, out.Seal)
	}
	for _, k := range forgotten {
		p.seen.forgotten = p.seen.forgotten || k.Epoch() == p.seen.highest
		if erased(k) {
			continue
		}
		p.w.violate(ruleForgotten, "%s: the key of epoch %d still works", p.name, k.Epoch())
	}
	c.shown(p)
	c.screen(p, before)
	c.words(p, out.Events)
	c.authority(p, out.Events)
}

// opened checks a key that a participant has just taken.
func (c *checker) opened(p *participant, leader wire.ParticipantID, k *meeting.EpochKey) {
	w := p.w
	w.stats["keys opened"]++
	n := keyName{leader, k.Epoch()}
	first, ok := c.keys[n]
	if !ok {
		first = keyOwner{k.Commitment(), p}
		c.keys[n] = first
	}
	if first.commitment != k.Commitment() && !w.evil.twoFaced(leader) {
		w.violate(ruleOneKey, "%s and %s hold different keys for epoch %d of %s", first.by.name, p.name, k.Epoch(), w.nameOf(leader))
	}
	if p.isTheHubs(k, leader) {
		w.stats["the hub's keys"]++
		if p.seen.e2ee {
			w.violate(ruleDowngrade, "%s opens epoch %d of %s, whose key the hub has", p.name, k.Epoch(), w.nameOf(leader))
		}
	}
	roster, inside := fingerprintRoster(k, p.maxIndex(), p.id)
	if !inside {
		w.violate(ruleHolder, "%s is not in the list of epoch %d of %s", p.name, k.Epoch(), w.nameOf(leader))
	}
	held, ok := c.holders[k.Commitment()]
	if !ok {
		held = holders{roster, p}
		c.holders[k.Commitment()] = held
	}
	if held.roster != roster {
		w.violate(ruleRoster, "%s and %s hold the same key for epoch %d, with different lists", held.by.name, p.name, k.Epoch())
	}
	// A key that a heartbeat contradicted is forgotten, and asked for again under its number.
	if k.Epoch() < p.seen.highest || k.Epoch() == p.seen.highest && !p.seen.forgotten {
		w.violate(ruleGrow, "%s opens epoch %d of %s after epoch %d", p.name, k.Epoch(), w.nameOf(leader), p.seen.highest)
	}
	p.seen.highest, p.seen.forgotten = k.Epoch(), false
	if leader == p.id {
		c.made(p, k)
	} else if !p.seen.fresh(k.Epoch(), leader) {
		w.violate(ruleLiveness, "%s opens epoch %d of %s from a box with none of its last two nonces", p.name, k.Epoch(), w.nameOf(leader))
	}
	// A daemon that forgot a key forgot with it which frames it has seen.
	if p.seen.held[k.Commitment()] {
		w.violate(ruleAgain, "%s opens epoch %d of %s a second time", p.name, k.Epoch(), w.nameOf(leader))
	}
	p.seen.hold(k)
}

// leaderOf returns whose key it is that p has just taken: the leader's, or that of somebody who led earlier in the same
// step.
func (p *participant) leaderOf(k *meeting.EpochKey, before meeting.View, events []meeting.Event) wire.ParticipantID {
	leader := p.view.Leader
	made := leader == p.id && p.seen.beat.sender == p.id && p.seen.beat.commitment == k.Commitment()
	if made || p.seen.fresh(k.Epoch(), leader) {
		return leader
	}
	earlier := []wire.ParticipantID{before.Leader}
	for _, e := range events {
		if c, ok := e.(meeting.LeaderChanged); ok {
			earlier = append(earlier, c.Old, c.New)
		}
	}
	for _, id := range earlier {
		if p.seen.fresh(k.Epoch(), id) {
			return id
		}
	}
	return leader
}

// made checks a key that its leader has just made: nobody whom it knows to be removed is in its list.
func (c *checker) made(p *participant, k *meeting.EpochKey) {
	for i := range p.maxIndex() {
		id, ok := k.Participant(i)
		if q := p.w.byID[id]; ok && q != nil && p.seen.removed[string(q.person.public)] {
			p.w.violate(ruleRemoved, "%s makes epoch %d with %s in the list, whom it knows to be removed", p.name, k.Epoch(), q.name)
		}
	}
}

// maxIndex is one more than any roster index that may be in a key which was made by now.
func (p *participant) maxIndex() uint32 {
	n := uint32(0)
	for _, m := range p.view.Members {
		n = max(n, m.Index+1)
	}
	return n + 8
}

// fingerprintRoster returns a short form of a key's list, and whether a participant is in it.
func fingerprintRoster(k *meeting.EpochKey, n uint32, self wire.ParticipantID) (sum uint64, inside bool) {
	h := fnv.New64a()
	for i := range n {
		id, ok := k.Participant(i)
		if !ok {
			continue
		}
		inside = inside || id == self
		h.Write(binary.BigEndian.AppendUint32(nil, i))
		h.Write(id[:])
	}
	return h.Sum64(), inside
}

func fingerprintMembers(members []meeting.Member) uint64 {
	h := fnv.New64a()
	for _, m := range members {
		h.Write(binary.BigEndian.AppendUint32(nil, m.Index))
		h.Write(m.ID[:])
		h.Write(m.IdentityKey)
	}
	return h.Sum64()
}

// sends checks a key that a participant begins to send with.
func (c *checker) sends(p *participant, k *meeting.EpochKey) {
	if p.open[k.Epoch()] != k {
		p.w.violate(ruleCertified, "%s sends with epoch %d and does not hold it", p.name, k.Epoch())
	}
	if p.view.Leader != p.id && !p.seen.certified[k.Commitment()] {
		p.w.violate(ruleCertified, "%s sends with epoch %d of %s", p.name, k.Epoch(), p.w.nameOf(p.view.Leader))
	}
	// A daemon counts frames from 0 with every key that it is told to send with.
	index, _ := p.index()
	if _, key, ok := k.Media(index, camera); ok {
		if p.seen.sent[string(key)] {
			p.w.violate(ruleTwice, "%s sends with epoch %d again", p.name, k.Epoch())
		}
		if p.seen.sent == nil {
			p.seen.sent = make(map[string]bool)
		}
		p.seen.sent[string(key)] = true
	}
}

// shown checks that everybody who can open what a participant sends is on its screen, but for the time that a removal
// takes. While the screen says that the heartbeat is missing, people are warned.
func (c *checker) shown(p *participant) {
	s, now := &p.seen, p.w.now+1
	var hidden, off wire.ParticipantID
	if p.seal != nil && p.connected && !p.view.Quiet {
		hidden = p.hidden(p.view.Members)
		if l := p.w.byID[p.view.Leader]; l != nil && l.leads() && !p.w.evil.twoFaced(l.id) {
			off = p.hidden(l.view.Members)
		}
	}
	if d := s.unshown.since(hidden, now); d > shownFor {
		p.w.violate(ruleShown, "%s has been sending with epoch %d for %v, which %s can open, and does not show it", p.name, p.seal.Epoch(), d, p.w.nameOf(hidden))
	}
	if d := s.late.since(off, now); d > lateFor {
		p.w.violate(ruleLate, "%s has been sending with epoch %d for %v, which %s can open, whom %s took off", p.name, p.seal.Epoch(), d, p.w.nameOf(off), p.w.nameOf(p.view.Leader))
	}
}

// span is for how long something has been so of somebody.
type span struct {
	began time.Duration // 0: it is so of nobody
	of    wire.ParticipantID
}

// since notes of whom it is so now; zero: of nobody. It returns for how long.
func (s *span) since(id wire.ParticipantID, now time.Duration) time.Duration {
	switch {
	case id == (wire.ParticipantID{}):
		s.began = 0
	case s.began == 0 || s.of != id:
		s.began, s.of = now, id
	default:
		return now - s.began
	}
	return 0
}

// hidden returns somebody else in the list of the key that p sends with, who is not among some members.
func (p *participant) hidden(members []meeting.Member) wire.ParticipantID {
	member := 0
	for i := range p.maxIndex() {
		id, ok := p.seal.Participant(i)
		if !ok || id == p.id {
			continue
		}
		for member < len(members) && members[member].Index < i {
			member++
		}
		if member == len(members) || members[member].ID != id {
			return id
		}
	}
	return wire.ParticipantID{}
}

// screen checks what a participant shows.
func (c *checker) screen(p *participant, before meeting.View) {
	w, v := p.w, &p.view
	if v.Phase.Final() && (len(p.open) > 0 || p.seal != nil) {
		w.violate(ruleErased, "%s is %v and holds %d keys", p.name, v.Phase, len(p.open))
	}
	switch v.Encryption {
	case meeting.EncryptionE2EE:
		p.seen.e2ee = true
	case meeting.EncryptionEnhanced:
		if p.seen.e2ee {
			w.violate(ruleDowngrade, "%s shows enhanced encryption after end-to-end encryption", p.name)
		}
	case meeting.EncryptionUnknown:
	}
	if v.Leader != before.Leader && v.Compared != meeting.NotCompared {
		w.violate(ruleComparison, "%s is led by %s now and still shows the code as compared", p.name, w.nameOf(v.Leader))
	}
	if v.Phase != meeting.PhaseIn || v.Code == "" || p.seen.beat.sender != v.Leader {
		return
	}
	if w.evil.twoFaced(v.Leader) && p.seen.beat.listVersion != v.ListVersion {
		return // the heartbeat says nothing of this version
	}
	n := listName{v.Code, p.seen.beat.hash, v.ListVersion}
	members := fingerprintMembers(v.Members)
	first, ok := c.lists[n]
	if !ok {
		c.lists[n] = listShown{members, p}
	} else if first.members != members {
		w.violate(ruleSameList, "%s and %s, at list %d of %s", first.by.name, p.name, v.ListVersion, w.nameOf(v.Leader))
	}
}

func erased(k *meeting.EpochKey) bool {
	for i := range uint32(64) {
		if _, _, ok := k.Media(i, 1); ok {
			return false
		}
	}
	return true
}
