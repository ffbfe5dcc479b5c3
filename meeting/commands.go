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
		return c.compare(cmd.Matches)
	case Remove:
		if cmd.ID == c.cfg.Self {
			c.leave()
			return ""
		}
		return c.remove(cmd.ID)
	case Admit:
		return c.admit(cmd.ID)
	}
	return CodeFault
}

// leave says goodbye, names a successor if this participant leads, and erases every key (rules 5 and 10).
func (c *Core) leave() {
	if c.phase.Final() {
		return
	}
	switch {
	case c.own.self == nil:
	case c.lead != nil:
		var next wire.ParticipantID
		for _, p := range c.successors() {
			if !c.gone[p.id()] {
				next = p.id()
				break
			}
		}
		c.send(wire.ParticipantID{}, &wire.Leave{Next: next})
	case c.list != nil:
		c.send(c.list.leader.id(), &wire.Leave{})
	default:
		c.send(wire.ParticipantID{}, &wire.Leave{})
	}
	c.finish(PhaseLeft, nil)
}

// compare notes what the people found (rule 7).
func (c *Core) compare(matches bool) Code {
	if c.phase != PhaseIn {
		return CodeNotIn
	}
	c.joinedSince = 0
	if matches {
		c.compared = Matches
		return ""
	}
	c.compared = Differs
	c.emit(CodeMismatch{})
	return ""
}

func (c *Core) remove(id wire.ParticipantID) Code {
	switch {
	case c.phase != PhaseIn:
		return CodeNotIn
	case c.lead == nil:
		return CodeNotAllowed
	case c.list.member(id) == nil:
		return CodeUnknownPerson
	}
	c.takeOff(id, wire.CauseRemoved)
	return ""
}

func (c *Core) admit(id wire.ParticipantID) Code {
	switch {
	case c.phase != PhaseIn:
		return CodeNotIn
	case c.lead == nil:
		return CodeNotAllowed
	case c.lead.knock[id] == nil:
		return CodeUnknownPerson
	}
	p := c.lead.knock[id]
	delete(c.lead.knock, id)
	c.enqueue(p)
	return ""
}
