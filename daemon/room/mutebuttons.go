package room

import (
	"slices"
	"time"
)

// MuteButton is a button that mutes the room's microphone, on a device such as a USB speakerphone.
type MuteButton struct {
	Line
	// Light is set when the device has a light that shows whether the microphone is muted.
	Light bool `json:"light"`
}

// maxMuteButtons is how many are shown. A table has some microphones, and a mischievous device may have many.
const maxMuteButtons = 16

// muteButton is one that is there.
type muteButton struct {
	id string
	MuteButton
}

// MuteButtonChanged: a device with a mute button has come, answers, or fails. With DeviceAbsent it has gone.
type MuteButtonChanged struct {
	ID     string // as long as it is there
	Name   string
	Light  bool
	State  DeviceState
	Reason string
	Cause  Cause
}

// MutePress is what somebody did with a mute button.
type MutePress string

// The presses.
const (
	MuteToggled MutePress = "toggle" // a button without a state
	MuteOn      MutePress = "mute"
	MuteOff     MutePress = "unmute"
)

// MuteButtonPressed: somebody pressed one that is there. It is CommandMute from OriginButton.
type MuteButtonPressed struct {
	ID    string
	Press MutePress
}

// LightMuteButtons: all mute buttons show this. A button may have changed its light by itself when it was pressed: then the
// same comes again.
type LightMuteButtons struct {
	Muted bool
	Call  bool // the room is in a meeting: many devices leave their button alone before
}

func (LightMuteButtons) effect() {}

func (e MuteButtonChanged) apply(r *Room, now time.Time) []Effect {
	i := slices.IndexFunc(r.buttons, func(b muteButton) bool { return b.id == e.ID })
	switch {
	case e.State == DeviceAbsent && i >= 0:
		r.buttons = slices.Delete(r.buttons, i, i+1)
	case e.State == DeviceAbsent:
	case i < 0 && len(r.buttons) >= maxMuteButtons:
	default:
		if i < 0 {
			i = len(r.buttons)
			r.buttons = append(r.buttons, muteButton{id: e.ID, MuteButton: MuteButton{Line: Line{State: DeviceStarting, Since: now}}})
		}
		b := &r.buttons[i]
		b.Light = e.Light
		b.change(LineChanged{Name: e.Name, State: e.State, Reason: e.Reason, Cause: e.Cause}, now)
		r.lit = nil
	}
	return nil
}

func (e MuteButtonPressed) apply(r *Room, now time.Time) []Effect {
	if !slices.ContainsFunc(r.buttons, func(b muteButton) bool { return b.id == e.ID }) {
		return nil
	}
	c := Command{Do: CommandMute}
	switch e.Press {
	case MuteToggled:
		c.On = r.devices.Microphone.On
	case MuteOn:
		c.On = true
	case MuteOff:
	default:
		return nil
	}
	r.lit = nil
	effects, _ := r.command(now, OriginButton, c)
	return effects
}

// lightsDue tells the mute buttons what is so, when it has changed or they may not know it.
func (r *Room) lightsDue() []Effect {
	want := LightMuteButtons{Muted: !r.devices.Microphone.On, Call: r.session != nil && r.session.in}
	if len(r.buttons) == 0 || r.lit != nil && *r.lit == want {
		return nil
	}
	r.lit = &want
	return []Effect{want}
}

// muteButtons makes the part of State that shows them.
func (r *Room) muteButtons() []MuteButton {
	var all []MuteButton
	for _, b := range r.buttons {
		all = append(all, b.MuteButton)
	}
	return all
}
