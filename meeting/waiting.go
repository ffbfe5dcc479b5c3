package meeting

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"greenroom/meeting/wire"
)

// waitingEvery is how often the hosts are told at most who waits.
const waitingEvery = 200 * time.Millisecond

// knocksChanged runs at the leader when those who wait for a host change. It tells here, and everybody else who may admit
// them.
func (c *Core) knocksChanged() {
	c.emit(WaitingChanged{})
	if next := c.talk.toldWaiting.Add(waitingEvery); c.now.Before(next) {
		c.setEarlier(timerWaiting, next)
		return
	}
	c.tellWaiting()
}

// tellWaiting tells every host and co-host who waits now.
func (c *Core) tellWaiting() {
	if c.lead == nil || !c.canSeal() || len(c.lead.knock) == 0 && c.talk.toldWaiting.IsZero() {
		return
	}
	var hosts []wire.ParticipantID
	for _, p := range c.list.people {
		if p.removed == 0 && p.id() != c.cfg.Self && c.mayCommand(p) {
			hosts = append(hosts, p.id())
		}
	}
	if len(hosts) == 0 {
		return
	}
	c.talk.toldWaiting = c.now
	content := &wire.Waiting{}
	for _, m := range c.waitingMembers() {
		if len(content.People) < wire.MaxWaiters {
			content.People = append(content.People, wire.Waiter{Participant: m.ID, Organisation: m.Organisation, Name: m.Name})
		}
	}
	c.seal(content, hosts...)
}

// onWaiting notes who waits, where this participant may admit them.
func (c *Core) onWaiting(p *person, sequence uint64, b *wire.Waiting) error {
	f := &c.follow
	switch {
	case p != c.list.leader:
		return ErrNotLeader
	case !c.mayCommand(c.self()) || sequence <= f.waitingAt:
		return nil
	}
	f.waitingAt, f.waiting = sequence, nil
	for _, w := range b.People {
		f.waiting = append(f.waiting, Member{ID: w.Participant, Name: w.Name, Organisation: w.Organisation})
	}
	c.emit(WaitingChanged{})
	c.noteFulfilled()
	return nil
}

// waitingMembers returns who waits for a host, the first first: at another host, as the leader told.
func (c *Core) waitingMembers() []Member {
	if c.lead == nil {
		return slices.Clone(c.follow.waiting)
	}
	knock := make([]*peer, 0, len(c.lead.knock))
	for _, p := range c.lead.knock {
		knock = append(knock, p)
	}
	slices.SortFunc(knock, func(a, b *peer) int {
		x, y := a.id(), b.id()
		return cmp.Or(a.announced().Compare(b.announced()), bytes.Compare(x[:], y[:]))
	})
	var out []Member
	for _, p := range knock {
		out = append(out, memberOf(p.person))
	}
	return out
}
