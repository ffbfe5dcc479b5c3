package room

import "time"

func (e Commanded) apply(r *Room, now time.Time) []Effect {
	effects, _ := r.command(now, e.Origin, e.Command)
	return effects
}

// command carries out one command. What is refused stands in State.Refusal too, except what came from where it may not
// come from: that must not disturb the people at the panel.
func (r *Room) command(now time.Time, o Origin, c Command) ([]Effect, *Refusal) {
	if !known(c.Do) {
		return nil, refuse(c.Do, CodeCommandUnknown, "", "")
	}
	if !Allowed(o, c.Do) {
		return nil, refuse(c.Do, CodeNotAllowed, "", "")
	}
	r.refusal = nil
	effects, code := r.carryOut(now, c)
	if code == "" {
		return effects, nil
	}
	r.refusal = refuse(c.Do, code, "", "")
	refusal := *r.refusal
	return nil, &refusal
}

// carryOut returns the effects of a command, or the code of its refusal.
func (r *Room) carryOut(now time.Time, c Command) (effects []Effect, code string) {
	switch c.Do {
	case CommandJoin, CommandMeetNow:
		return r.join(now, c)
	case CommandLeave:
		return r.leave()
	case CommandMute:
		r.devices.Microphone.On = !c.On
		r.setLevel(0)
		return []Effect{SetMuted{Muted: c.On}}, ""
	case CommandCamera:
		r.devices.Camera.On = c.On
		return []Effect{SetCamera{On: c.On}}, ""
	case CommandCompare:
		return r.compare(c.Matches)
	case CommandRemove:
		return r.remove(c.Person)
	case CommandDismiss:
		return nil, ""
	}
	return nil, CodeCommandUnknown
}

func (r *Room) join(now time.Time, c Command) ([]Effect, string) {
	switch r.phase() {
	case PhaseStarting:
		return nil, CodeNotReady
	case PhaseFault:
		return nil, CodeFault
	case PhaseJoining:
		return nil, CodeBusy
	case PhaseMeeting:
		return nil, CodeInMeeting
	case PhaseIdle:
	}
	request := RequestTicket{MeetNow: c.Do == CommandMeetNow}
	if !request.MeetNow {
		number, ok := digits(c.Number)
		if !ok {
			return nil, CodeNumberWrong
		}
		request.Number, request.Passcode = number, c.Passcode
	}
	r.attempts++
	request.Attempt = r.attempts
	r.session = newSession(r.attempts, c.Do, request.Number, now)
	return []Effect{request}, ""
}

func (r *Room) leave() ([]Effect, string) {
	if r.session == nil {
		return nil, CodeNotInMeeting
	}
	return r.end(nil), ""
}

// end gives up the attempt or the meeting; why is nil when somebody asked for it.
func (r *Room) end(why *Refusal) []Effect {
	s := r.session
	r.session = nil
	r.refusal = why
	var effects []Effect
	if len(s.slotUses()) > 0 {
		effects = append(effects, AssignSlots{})
	}
	return append(effects, LeaveMeeting{Attempt: s.attempt})
}

func (r *Room) compare(matches bool) ([]Effect, string) {
	s := r.session
	switch {
	case s == nil || !s.in:
		return nil, CodeNotInMeeting
	case s.code() == nil:
		return nil, CodeNoCode
	}
	s.differs = !matches
	return []Effect{Compare{Attempt: s.attempt, Matches: matches}}, ""
}

func (r *Room) remove(person string) ([]Effect, string) {
	s := r.session
	switch {
	case s == nil || !s.in:
		return nil, CodeNotInMeeting
	case !s.host():
		return nil, CodeNotHost
	case person == s.core.Self:
		return nil, CodePersonSelf
	case !s.listed[person]:
		return nil, CodePersonUnknown
	}
	return []Effect{RemovePerson{Attempt: s.attempt, Person: person}}, ""
}
