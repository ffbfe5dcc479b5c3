package meeting

import (
	"time"

	"greenroom/meeting/wire"
)

// Do carries out a command, or tells with CommandRefused why not.
func (c *Core) Do(now time.Time, cmd Command) Output {
	c.begin(now)
	if code := c.do(cmd); code != "" {
		c.emit(CommandRefused{Command: cmd, Reason: reason(code)})
	}
	return c.end()
}

func (c *Core) do(cmd Command) Code {
	switch cmd := cmd.(type) {
	case Leave:
		c.leave()
		return ""
	case Compare:
		return c.compare(cmd)
	}
	if cmd, ok := cmd.(Remove); ok && cmd.ID == c.cfg.Self {
		c.leave()
		return ""
	}
	if action, target, ok := hostAction(cmd); ok {
		return c.hostCommand(cmd, action, target)
	}
	return CodeFault
}

// leave says goodbye, names a successor if this participant leads, and erases every key (rules 5 and 10).
func (c *Core) leave() {
	if c.phase.Final() {
		return
	}
	c.farewell(wire.LeaveGoes)
	c.finish(PhaseLeft, nil)
}

// farewell tells the others that this participant leaves, or ends the meeting.
func (c *Core) farewell(mode wire.LeaveMode) {
	m := wire.Leave{Mode: mode}
	switch {
	case c.own.self == nil:
		return
	case c.lead != nil:
		for _, p := range c.successors() {
			if !c.gone[p.id()] {
				m.Next, m.ListHash = p.id(), c.list.hash()
				break
			}
		}
		c.send(wire.ParticipantID{}, &m)
	case c.list != nil:
		c.send(c.list.leader.id(), &m)
	default:
		c.send(wire.ParticipantID{}, &m)
	}
}

// compare notes what the people found (rule 7). If the codes differ, somebody may be in the middle: the leader makes a
// new key.
func (c *Core) compare(cmd Compare) Code {
	switch shown := c.code(); {
	case c.phase != PhaseIn:
		return CodeNotIn
	case shown == "":
		return CodeNoCode
	case cmd.Code != "" && cmd.Code != shown:
		return CodeOtherCode
	}
	c.joinedSince = 0
	c.compared = Matches
	if !cmd.Matches {
		c.compared = Differs
		c.emit(CodeMismatch{})
		c.rotateAfterMismatch()
	}
	return ""
}

// rotateAfterMismatch makes a new key because somebody reads another code, but not all the time.
func (c *Core) rotateAfterMismatch() {
	if c.lead != nil && c.now.Sub(c.lead.mismatchAt) >= mismatchEvery {
		c.lead.mismatchAt = c.now
		c.rotate()
	}
}
