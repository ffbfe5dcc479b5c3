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
	case Chat:
		return c.chat(cmd.Text)
	case React:
		return c.react(cmd.Reaction)
	case RaiseHand:
		return c.raiseHand(cmd.Raised)
	case AskMute:
		return c.askMute(cmd.ID)
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
		m.ListVersion, m.ListHash = c.list.version(), c.list.hash()
		for _, p := range c.successors() {
			if mode == wire.LeaveGoes && !c.gone[p.id()] {
				m.Next = p.id()
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
