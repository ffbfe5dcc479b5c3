package room

import (
	"slices"
	"time"
)

// MoveTime is how long the camera moves after a CommandTurn that no other follows. Who holds a button down sends the
// command again before; so a panel that dies leaves no camera that turns on.
const MoveTime = 2 * time.Second

// TurnCamera: move with these speeds, -100 to 100 percent (right, up and closer are positive), until told otherwise; all 0: stop.
type TurnCamera struct{ Pan, Tilt, Zoom int }

// RecallPreset: send the camera to a preset, from 1 on.
type RecallPreset struct{ Preset int }

// StorePreset: keep where the camera looks as a preset, from 1 on.
type StorePreset struct{ Preset int }

// PressControl: press one of the room's own buttons. What comes of it is ControlPressed.
type PressControl struct{ Control string }

func (TurnCamera) effect()   {}
func (RecallPreset) effect() {}
func (StorePreset) effect()  {}
func (PressControl) effect() {}

// operate carries out a command about the camera's head, the display or a control.
func (r *Room) operate(now time.Time, c Command) ([]Effect, string) {
	switch c.Do {
	case CommandTurn, CommandPreset, CommandPresetStore:
		return r.turn(now, c)
	case CommandPress:
		return r.press(now, c.Text)
	}
	return r.ask(now, c)
}

// turn carries out a command about where the camera looks.
func (r *Room) turn(now time.Time, c Command) ([]Effect, string) {
	h := r.head
	switch {
	case h == nil:
		return nil, CodeNotEquipped
	case h.State != DeviceRunning:
		return nil, CodeDeviceAway
	}
	if c.Do == CommandTurn {
		for _, speed := range []int{c.Pan, c.Tilt, c.Zoom} {
			if speed < -100 || speed > 100 {
				return nil, CodeValueWrong
			}
		}
		h.At, h.Moving, r.moveEnd = 0, c.Pan != 0 || c.Tilt != 0 || c.Zoom != 0, time.Time{}
		if h.Moving {
			r.moveEnd = now.Add(MoveTime)
		}
		return []Effect{TurnCamera{Pan: c.Pan, Tilt: c.Tilt, Zoom: c.Zoom}}, ""
	}
	if c.Preset < 1 || c.Preset > len(h.Presets) {
		return nil, CodePresetUnknown
	}
	h.At, h.Moving, r.moveEnd = c.Preset, false, time.Time{}
	if c.Do == CommandPresetStore {
		return []Effect{StorePreset{Preset: c.Preset}}, ""
	}
	return []Effect{RecallPreset{Preset: c.Preset}}, ""
}

// moveDue stops a camera that nobody turns any longer.
func (r *Room) moveDue(now time.Time) []Effect {
	if r.moveEnd.IsZero() || now.Before(r.moveEnd) {
		return nil
	}
	r.moveEnd, r.head.Moving = time.Time{}, false
	return []Effect{TurnCamera{}}
}

func (r *Room) press(now time.Time, name string) ([]Effect, string) {
	i := slices.IndexFunc(r.controls, func(c Control) bool { return c.Name == name })
	if i < 0 {
		return nil, CodeControlUnknown
	}
	switch c := &r.controls[i]; {
	case c.State != DeviceRunning:
		return nil, CodeDeviceAway
	case c.Outcome == ControlUnderWay:
		return nil, CodeControlBusy
	default:
		c.Outcome, c.Text, c.Pressed = ControlUnderWay, "", now
	}
	return []Effect{PressControl{Control: name}}, ""
}
