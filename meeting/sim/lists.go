package sim

import (
	"maps"

	"greenroom/meeting"
	"greenroom/meeting/wire"
)

// list follows a participant's list through the events of a step: nobody new comes into a locked one, and who was
// removed is remembered.
func (c *checker) list(p *participant, before meeting.View, events []meeting.Event) {
	if len(before.Members) == 0 && len(p.view.Members) > 0 {
		p.adopts()
	}
	if len(p.view.Members) == 0 {
		p.seen.highest, p.seen.removed = 0, nil // it starts over: another list counts, and removes, on its own
	}
	locked := before.Locked
	for _, e := range events {
		switch e := e.(type) {
		case meeting.LockChanged:
			locked = e.Locked
		case meeting.MemberJoined:
			identity := string(e.Member.IdentityKey)
			if locked && p.view.Locked && len(before.Members) > 0 && p.seen.knowsAll && !p.seen.known[identity] {
				p.w.violate(ruleLocked, "%s sees %s join", p.name, p.w.nameOf(e.Member.ID))
			}
			if p.seen.known == nil {
				p.seen.known = make(map[string]bool)
			}
			p.seen.known[identity] = true
		case meeting.MemberRemoved:
			if p.seen.removed == nil {
				p.seen.removed = make(map[string]bool)
			}
			p.seen.removed[string(e.Member.IdentityKey)] = true
		case meeting.Divided:
			p.seen.divided = true
		case meeting.LeaderChanged:
			p.seen.everLed = p.seen.everLed || e.New == p.id
		}
	}
}

// adopts notes what is known of a list that a participant has just come into: what its leader knows. Whoever begins a
// list knows whom it knew before.
func (p *participant) adopts() {
	if p.seen.known == nil || p.view.Leader != p.id {
		p.seen.known = make(map[string]bool)
	}
	p.seen.knowsAll = !p.w.evil.twoFaced(p.view.Leader)
	if leader := p.w.byID[p.view.Leader]; leader != nil {
		maps.Copy(p.seen.known, leader.seen.known)
	}
	for _, m := range p.view.Members {
		p.seen.known[string(m.IdentityKey)] = true
	}
}

// words checks that what is told of somebody was done by that somebody, and that nothing comes twice.
func (c *checker) words(p *participant, events []meeting.Event) {
	w := p.w
	for _, e := range events {
		switch e := e.(type) {
		case meeting.ChatReceived:
			by := c.written[e.Text]
			if by == nil || by.id != e.From.ID {
				w.violate(ruleChat, "%s reads %q from %s", p.name, e.Text, w.nameOf(e.From.ID))
			}
			if p.seen.chats[e.Text] {
				w.violate(ruleChat, "%s reads %q twice", p.name, e.Text)
			}
			if p.seen.chats == nil {
				p.seen.chats = make(map[string]bool)
			}
			p.seen.chats[e.Text] = true
		case meeting.HandChanged:
			if q := w.byID[e.Member.ID]; e.Member.Hand && (q == nil || !q.seen.everRaised) {
				w.violate(ruleChat, "%s sees %s raise its hand", p.name, w.nameOf(e.Member.ID))
			}
		case meeting.CodeCompared:
			if q := w.byID[e.Member.ID]; e.Member.Compared == meeting.Matches && (q == nil || !q.seen.everMatched) {
				w.violate(ruleChat, "%s sees that %s compared", p.name, w.nameOf(e.Member.ID))
			}
		case meeting.MuteAsked:
			if q := w.byID[e.By.ID]; q == nil || q.role < wire.RoleCoHost && !q.seen.everLed {
				w.violate(ruleChat, "%s is asked to mute by %s", p.name, w.nameOf(e.By.ID))
			}
		}
	}
}
