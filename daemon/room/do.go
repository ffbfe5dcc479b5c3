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
	if denied := Denied(o, c.Do); denied != nil {
		return nil, denied
	}
	if c.Do == CommandTouch {
		return r.touch(now), nil // and what was refused stays to be read
	}
	r.refusal = nil
	var touched []Effect
	if o == OriginPanel {
		touched = r.touched(now, c)
	}
	effects, code := r.carryOut(now, c)
	if code == "" {
		return append(touched, effects...), nil
	}
	r.refusal = refuse(c.Do, code, "", "")
	refusal := *r.refusal
	return touched, &refusal
}

// carryOut returns the effects of a command, or the code of its refusal.
func (r *Room) carryOut(now time.Time, c Command) (effects []Effect, code string) {
	switch c.Do {
	case CommandJoin, CommandMeetNow:
		return r.join(now, c)
	case CommandBooked:
		return r.joinBooking(now, c.Text)
	case CommandLeave:
		return r.leave()
	case CommandMute:
		r.devices.Microphone.On, r.kept.Muted = !c.On, c.On
		r.setLevel(0)
		return []Effect{SetMuted{Muted: c.On}}, ""
	case CommandCamera:
		r.devices.Camera.On, r.kept.CameraOff = c.On, !c.On
		return []Effect{SetCamera{On: c.On}}, ""
	case CommandAdjust:
		return r.adjust(c.Text, c.Value)
	case CommandUseCamera:
		return r.chooseCamera(c.Text)
	case CommandVolume:
		volume := percent(c.Volume)
		r.devices.Speaker.Volume, r.kept.Volume = volume, &volume
		return nil, ""
	case CommandLayout:
		return r.layoutCommand(Layout(c.Text))
	case CommandShare:
		return r.share(c.On)
	case CommandDismiss:
		return nil, ""
	case CommandCall:
		return r.call(now, c.Person)
	case CommandAnswer:
		return r.answer(now)
	case CommandDecline:
		return r.decline()
	case CommandKeyRotate, CommandKeyMove, CommandKeyReset:
		return r.keyCommand(c)
	}
	if aboutEquipment(c.Do) {
		return r.operate(now, c)
	}
	if s := r.session; s != nil && s.in {
		return s.carryOut(c)
	}
	return nil, CodeNotInMeeting
}

// carryOut does what can be asked in a meeting only.
func (s *session) carryOut(c Command) ([]Effect, string) {
	switch c.Do {
	case CommandCompare:
		return s.compare(c)
	case CommandAdmit, CommandDeny:
		return s.admission(c)
	case CommandRemove, CommandHandOver, CommandAskMute:
		return s.direct(c)
	case CommandLock, CommandEnd, CommandUpgrade:
		return s.rule(c)
	case CommandChat, CommandHand, CommandReact:
		return s.say(c)
	}
	return nil, CodeCommandUnknown
}

func (r *Room) join(now time.Time, c Command) ([]Effect, string) {
	if code := r.cannotBegin(); code != "" {
		return nil, code
	}
	request := RequestTicket{MeetNow: c.Do == CommandMeetNow}
	if !request.MeetNow {
		number, ok := digits(c.Number)
		if !ok {
			return nil, CodeNumberWrong
		}
		request.Number, request.Passcode = number, c.Passcode
	}
	effects := r.begin(c.Do, now)
	r.session.number = request.Number
	request.Attempt = r.attempts
	return append(effects, request), ""
}

// cannotBegin returns why no attempt can begin now; it is empty when one can.
func (r *Room) cannotBegin() string {
	switch r.phase() {
	case PhaseStarting:
		return CodeNotReady
	case PhaseFault:
		return CodeFault
	case PhaseJoining:
		return CodeBusy
	case PhaseMeeting:
		return CodeInMeeting
	case PhaseIdle:
	}
	return ""
}

// begin starts a new attempt. A call that rings meanwhile finds the room busy.
func (r *Room) begin(c CommandName, now time.Time) []Effect {
	r.attempts++
	r.session = newSession(r.attempts, c, now)
	return r.stopRinging(true)
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
	effects := r.stopSharing()
	if s.in {
		effects = append(effects, r.forgetChoice()...)
	}
	if len(s.slotUses()) > 0 {
		effects = append(effects, AssignSlots{})
	}
	return append(effects, LeaveMeeting{Attempt: s.attempt})
}

func (e CommandFailed) apply(r *Room, _ time.Time) []Effect {
	if e.Command == CommandEnd {
		r.session.ending = false
	}
	text := ""
	if e.Command == CommandAdmit && e.Code == CodeLocked {
		// The usual sentence is for those outside.
		text = "The meeting is locked. Unlock it, then let them in."
	}
	r.refusal = refuse(e.Command, e.Code, text, CodeMeetingFault)
	return nil
}
