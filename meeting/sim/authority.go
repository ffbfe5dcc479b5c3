package sim

import (
	"greenroom/meeting"
	"greenroom/meeting/wire"
)

// asked is what somebody asked for who may: a host, a co-host, or who leads; in a call either party may upgrade it.
type asked struct {
	action   wire.Action
	identity string // of the target; "": none
}

// asks notes a host's command. Whoever has no right to it leaves no trace: then it must have no effect.
func (c *checker) asks(by *participant, action wire.Action, target *participant) {
	if by.role < wire.RoleCoHost && !by.leads() && !(by.w.profile.Call && action == wire.ActionUpgrade) {
		return
	}
	a := asked{action: action}
	if target != nil {
		a.identity = string(target.person.public)
	}
	c.asked[a] = true
}

// authority checks that what happened was asked for by somebody who may.
func (c *checker) authority(p *participant, events []meeting.Event) {
	must := func(a asked, what string) {
		if !c.asked[a] {
			p.w.violate(ruleAuthority, "%s: %s, and nobody asked for it who may", p.name, what)
		}
	}
	for _, e := range events {
		switch e := e.(type) {
		case meeting.MemberRemoved:
			must(asked{wire.ActionRemove, string(e.Member.IdentityKey)}, p.w.nameOf(e.Member.ID)+" was removed")
		case meeting.LockChanged:
			action := wire.ActionUnlock
			if e.Locked {
				action = wire.ActionLock
			}
			must(asked{action: action}, action.String())
		case meeting.Upgraded:
			must(asked{action: wire.ActionUpgrade}, "upgraded")
		case meeting.Removed:
			if e.Reason.Code == meeting.CodeEnded {
				must(asked{action: wire.ActionEnd}, "ended")
			}
		}
	}
}
