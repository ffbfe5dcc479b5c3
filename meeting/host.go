package meeting

import (
	"fmt"
	"slices"
	"time"

	"greenroom/meeting/wire"
)

// hostAction returns the action and the target of a host's command.
func hostAction(cmd Command) (wire.Action, wire.ParticipantID, bool) {
	var nobody wire.ParticipantID
	switch cmd := cmd.(type) {
	case Admit:
		return wire.ActionAdmit, cmd.ID, true
	case Deny:
		return wire.ActionDeny, cmd.ID, true
	case Remove:
		return wire.ActionRemove, cmd.ID, true
	case SetLock:
		if cmd.Locked {
			return wire.ActionLock, nobody, true
		}
		return wire.ActionUnlock, nobody, true
	case HandOver:
		return wire.ActionHandOver, cmd.ID, true
	case End:
		return wire.ActionEnd, nobody, true
	case Upgrade:
		return wire.ActionUpgrade, nobody, true
	}
	return 0, nobody, false
}

// hostCommand carries out a host's command if this participant leads, and else asks the leader to.
func (c *Core) hostCommand(cmd Command, a wire.Action, target wire.ParticipantID) Code {
	if c.phase != PhaseIn {
		return CodeNotIn
	}
	me := c.list.member(c.cfg.Self)
	if code := c.mayAct(me, a, target); code != "" {
		return code
	}
	if c.lead == nil {
		return c.request(cmd, a, target)
	}
	code := c.act(me, a, target)
	if code == CodeNoAnswer { // whoever is to lead has not acknowledged the newest key; it soon will
		return c.request(cmd, a, target)
	}
	return code
}

// mayCommand reports whether p may use the commands of hosts: who leads, hosts and co-hosts.
func (c *Core) mayCommand(p *person) bool {
	return p != nil && (p == c.list.leader || p.statement.Role >= wire.RoleCoHost)
}

// mayAct says why p may not do something, or "". Nobody acts against somebody of a higher role.
func (c *Core) mayAct(p *person, a wire.Action, target wire.ParticipantID) Code {
	t := c.list.member(target)
	switch a {
	case wire.ActionUpgrade:
		if c.cfg.Call {
			return "" // either party may
		}
	case wire.ActionRemove:
		if t != nil && t.statement.Role > p.statement.Role {
			return CodeNotAllowed
		}
		fallthrough
	case wire.ActionHandOver:
		if t == nil {
			return CodeUnknownPerson
		}
	case wire.ActionAdmit, wire.ActionDeny, wire.ActionLock, wire.ActionUnlock, wire.ActionEnd:
	}
	if !c.mayCommand(p) {
		return CodeNotAllowed
	}
	return ""
}

// act does, as the leader, what a member may ask for.
func (c *Core) act(by *person, a wire.Action, target wire.ParticipantID) Code {
	c.lead.commanded = true
	switch a {
	case wire.ActionAdmit:
		return c.admit(target)
	case wire.ActionDeny:
		return c.deny(target)
	case wire.ActionRemove:
		return c.remove(target)
	case wire.ActionLock, wire.ActionUnlock:
		c.lock(by, a == wire.ActionLock)
	case wire.ActionHandOver:
		return c.handOver(target)
	case wire.ActionEnd:
		for _, m := range c.waitingMembers() {
			c.sendRefusal(c.lead.knock[m.ID].person, CodeEnded)
		}
		c.farewell(wire.LeaveEnds)
		if by.id() != c.cfg.Self {
			c.takenOut(CodeEnded) // like everybody else
			break
		}
		c.finish(PhaseLeft, nil)
	case wire.ActionUpgrade:
		if !c.list.enhanced {
			return CodeNotEnhanced
		}
		if c.changeList([]wire.Change{{Type: wire.ChangeUpgrade, Index: by.index}}, nil) {
			c.newEpoch(c.nextEpoch(), false)
		}
	}
	return ""
}

func (c *Core) admit(id wire.ParticipantID) Code {
	p := c.lead.knock[id]
	switch {
	case p == nil:
		return CodeUnknownPerson
	case c.list.locked && !c.list.known(p.entry.Announcement.IdentityKey):
		return CodeLocked
	case c.full(p.person):
		return CodeFull
	}
	delete(c.lead.knock, id)
	c.knocksChanged()
	c.enqueue(p)
	return ""
}

func (c *Core) deny(id wire.ParticipantID) Code {
	p := c.lead.knock[id]
	if p == nil {
		return CodeUnknownPerson
	}
	delete(c.lead.knock, id)
	c.knocksChanged()
	c.lead.denied[p.entry.Announcement.IdentityKey] = true
	c.sendRefusal(p.person, CodeDenied)
	return ""
}

// remove takes somebody off, also from those who wait. To remove oneself is to leave.
func (c *Core) remove(id wire.ParticipantID) Code {
	if id == c.cfg.Self {
		return c.removeSelf()
	}
	c.takeOff(id, wire.CauseRemoved)
	return ""
}

// removeSelf is the leader's own removal by another host: it hands over as if it left, and ends as removed.
func (c *Core) removeSelf() Code {
	c.farewell(wire.LeaveGoes)
	c.takenOut(CodeRemoved)
	return ""
}

// lock locks or unlocks the list. Whoever was about to come in has to wait outside.
func (c *Core) lock(by *person, locked bool) {
	c.past.locked = c.past.locked && locked
	if c.list.locked == locked {
		return
	}
	change := wire.Change{Type: wire.ChangeUnlock, Index: by.index}
	if locked {
		change.Type = wire.ChangeLock
	}
	if !c.changeList([]wire.Change{change}, nil) {
		return
	}
	if locked {
		c.lead.queue = slices.DeleteFunc(c.lead.queue, func(p *peer) bool {
			refused := !c.list.known(p.entry.Announcement.IdentityKey)
			if refused {
				c.sendRefusal(p.person, CodeLocked)
			}
			return refused
		})
	}
	c.beat()
}

// request is a host's command that the leader was asked to carry out.
type request struct {
	cmd    Command
	action wire.Action
	target wire.ParticipantID
	since  time.Time
}

// maxRequests bounds how many commands may wait for the leader.
const maxRequests = 16

// request asks the leader, and again every second until it is done or requestTime is over.
func (c *Core) request(cmd Command, a wire.Action, target wire.ParticipantID) Code {
	if len(c.requests) >= maxRequests {
		return CodeNoAnswer
	}
	if a == wire.ActionUpgrade && !c.list.enhanced {
		return CodeNotEnhanced
	}
	c.requests = append(c.requests, request{cmd: cmd, action: a, target: target, since: c.now})
	c.ask(c.requests[len(c.requests)-1])
	c.setEarlier(timerRequest, c.now.Add(requestEvery))
	return ""
}

func (c *Core) ask(r request) {
	if c.following() && c.follow.last != nil {
		c.send(c.list.leader.id(), &wire.HostRequest{Heartbeat: c.follow.lastHash, Action: r.action, Target: r.target})
	}
}

// askAgain repeats what the leader has not done, and gives up what it does not do.
func (c *Core) askAgain() {
	open := c.requests
	c.requests = nil
	for _, r := range open {
		switch {
		case c.list == nil || c.fulfilled(r):
		case c.now.Sub(r.since) >= requestTime:
			c.emit(CommandRefused{Command: r.cmd, Reason: reason(CodeNoAnswer)})
		default:
			c.requests = append(c.requests, r)
			if c.lead != nil { // asked of the leader before; now it is us
				c.act(c.list.member(c.cfg.Self), r.action, r.target)
			} else {
				c.ask(r)
			}
		}
	}
	if len(c.requests) > 0 {
		c.setEarlier(timerRequest, c.now.Add(requestEvery))
	}
}

// noteFulfilled forgets what was asked for and is so.
func (c *Core) noteFulfilled() {
	if c.list != nil && len(c.requests) > 0 {
		c.requests = slices.DeleteFunc(c.requests, c.fulfilled)
	}
}

// waits reports whether somebody knocks, as the leader knows or has told.
func (c *Core) waits(id wire.ParticipantID) bool {
	return slices.ContainsFunc(c.waitingMembers(), func(m Member) bool { return m.ID == id })
}

// fulfilled reports whether what was asked for is so.
func (c *Core) fulfilled(r request) bool {
	member := c.list.member(r.target) != nil
	switch r.action {
	case wire.ActionAdmit:
		return member || !c.waits(r.target)
	case wire.ActionDeny:
		return !c.waits(r.target)
	case wire.ActionRemove:
		return !member
	case wire.ActionLock:
		return c.list.locked
	case wire.ActionUnlock:
		return !c.list.locked
	case wire.ActionHandOver:
		return c.list.leader.id() == r.target
	case wire.ActionUpgrade:
		return !c.list.enhanced
	case wire.ActionEnd:
		return false
	}
	return true
}

// onHostRequest carries out what a host or co-host asks for. The request must know one of our heartbeats of the last
// requestFresh: nobody can keep it back and use it later.
func (c *Core) onHostRequest(m wire.Message, b *wire.HostRequest) error {
	p := c.lead.peers[m.Sender]
	if p == nil {
		return ErrUnknownSender
	}
	if err := c.hear(p, m); err != nil {
		return err
	}
	if !c.lead.knowsBeat(b.Heartbeat, c.now) {
		return fmt.Errorf("%v under another leader or too late: %w", b.Action, ErrReplay)
	}
	if code := c.mayAct(p.person, b.Action, b.Target); code != "" {
		return fmt.Errorf("%v: %w: %s", b.Action, ErrRefused, code)
	}
	c.act(p.person, b.Action, b.Target)
	return nil
}

// beatMark is a heartbeat that went out.
type beatMark struct {
	hash [32]byte
	at   time.Time
}

func (l *leading) noteBeat(hash [32]byte, now time.Time) {
	l.beats = slices.DeleteFunc(l.beats, func(b beatMark) bool { return now.Sub(b.at) > requestFresh })
	l.beats = append(l.beats, beatMark{hash, now})
}

// knowsBeat reports whether a heartbeat is ours and new enough.
func (l *leading) knowsBeat(hash [32]byte, now time.Time) bool {
	return slices.ContainsFunc(l.beats, func(b beatMark) bool { return b.hash == hash && now.Sub(b.at) <= requestFresh })
}
