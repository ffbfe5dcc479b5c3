package sim

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"greenroom/meeting"
	"greenroom/meeting/wire"
)

// The invariants of a network that is well again.
const (
	ruleHealsInTime = "soon after the network is well everybody opens everybody"
	ruleHeals       = "once the network is well everybody opens everybody"
	ruleCalm        = "a leader of a calm meeting sends a heartbeat every 2 s"
	ruleTidy        = "who has gone is off every list in the end"
	ruleEnd         = "after the end nobody holds a key"
)

const (
	// healTime is for networks that only delay. What is lost takes a time-out longer: a leader whose farewell nobody heard
	// is waited for.
	healTime      = 2 * time.Second
	healTimeLossy = 20 * time.Second
	// successionTime is how much longer it may take where somebody still follows a leader that is no more: that one is
	// waited for, and each of its successors has a turn.
	successionTime = 12 * time.Second
	// healPatience is how long is waited to tell what comes late from what never comes. A leader of two faces leaves two
	// meetings behind, whose people are members of both; 30 s pass until one of them misses those who don't follow it.
	healPatience = 60 * time.Second
	// healChecks is how often is looked meanwhile.
	healChecks = 250 * time.Millisecond
)

// heal makes the network well: nothing is lost, everybody is connected, the adversary has gone, and the relay tells the
// truth. Then it checks that the meeting is one within its time.
func (w *world) heal() {
	if w.err != nil {
		return
	}
	w.note("THE NETWORK IS WELL")
	w.evil.leave(w)
	w.net.become(calm())
	w.relay.delay = 10 * time.Millisecond
	told := w.tellTheTruth()
	began := w.now
	limit := w.healTime()
	if w.leaderless() {
		limit += successionTime
	}
	late := w.until(began+limit, w.apart)
	why := w.until(began+healPatience, w.apart)
	switch {
	case w.err != nil:
	case why != "":
		w.violate(ruleHeals, "%s", why)
	case late != "" && told:
		w.violate(ruleHealsInTime, "it took %v; in time: %s", (w.now - began).Round(time.Millisecond), late)
	default:
		w.mustBeTidy(began + healPatience)
	}
}

// mustBeTidy checks that those who have gone leave every list, and that leaders who stay apart do not keep each other busy.
func (w *world) mustBeTidy(end time.Duration) {
	if why := w.until(end, w.untidy); why != "" {
		w.violate(ruleTidy, "%s", why)
	}
	if _, order, _ := w.groups(); len(order) < 2 {
		return
	}
	for _, p := range w.participants {
		p.seen.beats = 0
	}
	w.run(10 * time.Second)
	for _, p := range w.participants {
		if p.seen.beats > 30 {
			w.violate(ruleCalm, "%s has sent %d in 10 s", p.name, p.seen.beats)
		}
	}
}

func (w *world) healTime() time.Duration {
	switch {
	case w.profile.TwoFaced:
		return healPatience
	case w.profile.Network.Loss > 0 || w.profile.Adversary:
		return healTimeLossy
	}
	return healTime
}

// leaderless reports whether somebody follows a leader that leads no more.
func (w *world) leaderless() bool {
	groups, order, _ := w.groups()
	return slices.ContainsFunc(order, func(id wire.ParticipantID) bool {
		l := w.byID[id]
		return len(groups[id]) > 0 && (l == nil || !l.alive() || !l.leads())
	})
}

// until runs until nothing is wrong any more, or until a time, and says what is wrong then.
func (w *world) until(end time.Duration, wrong func() string) string {
	for {
		why := wrong()
		if why == "" || w.err != nil || w.now >= end {
			return why
		}
		w.run(healChecks)
	}
}

// untidy says whose list shows somebody who is not there, or "".
func (w *world) untidy() string {
	groups, order, _ := w.groups()
	for _, leader := range order {
		for _, p := range groups[leader] {
			if n := len(groups[leader]); len(p.view.Members) != n {
				return fmt.Sprintf("%s shows %d members, and %d are there", p.name, len(p.view.Members), n)
			}
		}
	}
	return ""
}

// tellTheTruth ends every partition, connects everybody, and reports who is there and who is not. Of half of the meetings
// the relay has lost its memory: to whom it connects now it does not report who went before.
func (w *world) tellTheTruth() (told bool) {
	told = w.rng.IntN(2) == 0
	for _, p := range w.participants {
		p.side = 0
	}
	was := make(map[*participant]bool)
	for _, p := range w.participants {
		was[p] = p.connected
		if p.alive() {
			w.connect(p)
		}
	}
	for _, p := range w.participants {
		for _, o := range w.participants {
			switch {
			case o == p || !p.alive():
			case o.alive() && was[p] && was[o]:
				w.tellPresent(p, o.id)
			case !o.alive() && (told || was[p]):
				w.tellGone(p, o)
			}
		}
	}
	return told
}

// groups are those who are in a meeting, by their leader, and the leaders in the order in which their people came.
// waiting are the others, who have not ended.
func (w *world) groups() (groups map[wire.ParticipantID][]*participant, order []wire.ParticipantID, waiting []*participant) {
	groups = make(map[wire.ParticipantID][]*participant)
	for _, p := range w.participants {
		switch leader := p.view.Leader; {
		case !p.alive():
		case p.view.Phase != meeting.PhaseIn:
			waiting = append(waiting, p)
		default:
			if groups[leader] == nil {
				order = append(order, leader)
			}
			groups[leader] = append(groups[leader], p)
		}
	}
	return groups, order, waiting
}

// apart says what is wrong with the meeting, or "".
func (w *world) apart() string {
	groups, order, waiting := w.groups()
	for _, p := range waiting {
		if (len(order) > 0 || w.mayBegin(waiting)) && !w.mayWait(p) {
			return fmt.Sprintf("%s is %v", p.name, p.view.Phase)
		}
	}
	for _, leader := range order {
		if why := w.apartIn(groups[leader]); why != "" {
			return why
		}
		if l := w.byID[leader]; len(order) > 1 && (l == nil || !l.seen.divided) {
			return fmt.Sprintf("there are %d meetings, and %s, who leads one, has not said Divided", len(order), w.nameOf(leader))
		}
	}
	return ""
}

// mayBegin reports whether one of those who wait may lead first: a host, or where the hub has the key anybody who was not
// in with end-to-end encryption.
func (w *world) mayBegin(among []*participant) bool {
	return slices.ContainsFunc(among, func(p *participant) bool {
		return p.role == wire.RoleHost || w.profile.Enhanced && !p.seen.e2eeKey
	})
}

// mayWait reports whether somebody rightly waits: for a host to let it in.
func (w *world) mayWait(p *participant) bool {
	return p.view.Phase == meeting.PhaseWaitingAdmission && p.knocks
}

// apartIn says what is wrong among those who have one leader.
func (w *world) apartIn(group []*participant) string {
	first := group[0]
	leader := w.byID[first.view.Leader]
	if leader == nil || !leader.leads() {
		return fmt.Sprintf("%s is led by %s, who does not lead", first.name, w.nameOf(first.view.Leader))
	}
	for _, p := range group {
		switch {
		case p.view.Code != first.view.Code:
			return fmt.Sprintf("%s and %s show different codes under one leader", first.name, p.name)
		case p.view.Encryption != first.view.Encryption:
			return fmt.Sprintf("%s has %v, %s has %v", first.name, first.view.Encryption, p.name, p.view.Encryption)
		case p.seal == nil:
			return p.name + " does not send"
		}
		kid, key := p.cameraKey()
		for _, q := range group {
			if !q.opens(kid, key) {
				return fmt.Sprintf("%s does not open what %s sends with epoch %d", q.name, p.name, p.seal.Epoch())
			}
		}
	}
	return ""
}

// cameraKey returns the key id and the very key that a participant's camera is sealed with; nil if it is none.
func (p *participant) cameraKey() (kid uint64, key []byte) {
	if index, ok := p.index(); ok {
		kid, key, _ = p.seal.Media(index, camera)
	}
	return kid, key
}

// opens reports whether p has the very key that somebody's camera is sealed with.
func (p *participant) opens(kid uint64, want []byte) bool {
	k := p.byKeyID(kid)
	if k == nil || want == nil {
		return false
	}
	_, index, _ := meeting.SplitKeyID(kid)
	_, got, ok := k.Media(index, camera)
	return ok && bytes.Equal(got, want)
}

// camera is the number of a stream.
const camera = 2

// index is the participant's place in the list of the key that it sends with.
func (p *participant) index() (uint32, bool) {
	if p.seal == nil {
		return 0, false
	}
	for i := range p.maxIndex() {
		if id, ok := p.seal.Participant(i); ok && id == p.id {
			return i, true
		}
	}
	return 0, false
}

// byKeyID returns the key that a daemon would open a frame with.
func (p *participant) byKeyID(kid uint64) *meeting.EpochKey {
	low, index, _ := meeting.SplitKeyID(kid)
	var found *meeting.EpochKey
	for e, k := range p.open {
		if _, ok := k.Participant(index); ok && uint8(e) == low && (found == nil || e > found.Epoch()) {
			found = k
		}
	}
	return found
}

// finish has everybody leave: nobody holds a key after that.
func (w *world) finish() {
	if w.err != nil {
		return
	}
	for _, p := range w.participants {
		if !p.alive() {
			continue
		}
		var held []*meeting.EpochKey
		for _, k := range p.open {
			held = append(held, k)
		}
		p.do(meeting.Leave{})
		for _, k := range held {
			if !erased(k) {
				w.violate(ruleEnd, "%s has left, and its key of epoch %d still works", p.name, k.Epoch())
			}
		}
	}
}
