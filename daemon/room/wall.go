package room

import (
	"slices"
	"time"
)

const (
	powerUnknown = "unknown"
	powerOn      = "on"
	powerOff     = "off"
)

// wall is the display, and what the room wants of it.
//
//	         touched, called, a meeting begins, a booking begins soon
//	(start) ---------------------------------> on
//	   |                                       |  ^
//	   | idle for offAfter                     |  | touched, called, a meeting begins, a booking begins soon
//	   +-----------------> off <---------------+  |
//	                        |    idle for offAfter|
//	                        +---------------------+
//
// Somebody who switches it off by the panel has it off: then a touch does not switch it on again, until the room was left
// alone for offAfter; a call, a meeting and a booking do.
type wall struct {
	Display
	offAfter time.Duration

	asked string    // what the room asked for last: powerOn, powerOff, or "": nothing that still holds
	held  bool      // somebody here switched it off
	busy  bool      // in a meeting or joining one, or somebody calls
	used  time.Time // when the room was last busy or touched; while it waits for a booking: when that begins
	ready string    // the booking that it was switched on for last
}

// SetDisplayPower: switch the display on or off. It holds until the next one: a display that is away gets it when it is back.
type SetDisplayPower struct{ On bool }

// SetDisplayInput: switch to an input.
type SetDisplayInput struct{ Input string }

// SetDisplayVolume: 0 to 100.
type SetDisplayVolume struct{ Volume int }

// SetDisplayMute: mute the display's loudspeakers, or not.
type SetDisplayMute struct{ On bool }

func (SetDisplayPower) effect()  {}
func (SetDisplayInput) effect()  {}
func (SetDisplayVolume) effect() {}
func (SetDisplayMute) effect()   {}

// DisplayTold: what the display says of itself.
type DisplayTold struct {
	Power  string
	Input  string // empty: not known
	Volume int    // -1: not known
	Muted  bool
}

func (e DisplayTold) apply(r *Room, _ time.Time) []Effect {
	d := r.display
	if d == nil {
		return nil
	}
	d.Power, d.Input, d.Volume, d.Muted = e.Power, cleanName(e.Input), max(-1, min(e.Volume, 100)), e.Muted
	if opposite := map[string]string{powerOn: powerOff, powerOff: powerOn}; d.Power == opposite[d.asked] {
		d.asked = "" // somebody has used its remote control; the next touch, or idleness, asks again
	}
	return nil
}

// ask carries out a command about the display.
func (r *Room) ask(now time.Time, c Command) ([]Effect, string) {
	d := r.display
	switch {
	case d == nil:
		return nil, CodeNotEquipped
	case c.Do == CommandDisplay && !c.On:
		d.asked, d.held, d.used = powerOff, true, now
		return []Effect{SetDisplayPower{}}, ""
	case c.Do == CommandDisplay:
		d.asked, d.held, d.used = powerOn, false, now
		return []Effect{SetDisplayPower{On: true}}, ""
	case d.State != DeviceRunning:
		return nil, CodeDeviceAway
	case c.Do == CommandDisplayMute:
		d.Muted = c.On // as everything here that is shown before the display says it: DisplayTold follows in any case
		return []Effect{SetDisplayMute{On: c.On}}, ""
	case c.Do == CommandDisplayVolume && (c.Volume < 0 || c.Volume > 100):
		return nil, CodeValueWrong
	case c.Do == CommandDisplayVolume:
		d.Volume = c.Volume
		return []Effect{SetDisplayVolume{Volume: c.Volume}}, ""
	case len(d.Inputs) > 0 && !slices.Contains(d.Inputs, c.Text) || c.Text == "":
		return nil, CodeInputUnknown
	}
	d.Input = cleanName(c.Text)
	return []Effect{SetDisplayInput{Input: c.Text}}, ""
}

// touch notes that somebody is here.
func (r *Room) touch(now time.Time) []Effect {
	d := r.display
	if d == nil {
		return nil
	}
	if d.held && d.offAfter > 0 && now.Sub(d.used) >= d.offAfter {
		d.held = false
	}
	d.used = now
	if d.held {
		return nil
	}
	return d.want(powerOn)
}

// touched is touch for a command of the panel.
func (r *Room) touched(now time.Time, c Command) []Effect {
	if c.Do == CommandDisplay {
		return nil // it says itself what the display is to do
	}
	return r.touch(now)
}

// want asks for a power, unless that is what was asked for last.
func (d *wall) want(power string) []Effect {
	if d.asked == power {
		return nil
	}
	d.asked = power
	return []Effect{SetDisplayPower{On: power == powerOn}}
}

// wallDue switches the display on when the room is called or joins, and off when it was idle for long enough.
func (r *Room) wallDue(now time.Time) []Effect {
	d := r.display
	if d == nil {
		return nil
	}
	was := d.busy
	d.busy = r.session != nil || r.ring != nil
	switch {
	case d.busy && !was:
		d.held = false
		return d.want(powerOn)
	case d.busy:
		return nil
	case was:
		d.used = now
	}
	if b := r.awaited(now); b != nil && d.ready != b.ID {
		d.ready, d.held, d.used = b.ID, false, b.Begin
		return d.want(powerOn)
	}
	if end := d.idleEnd(); !end.IsZero() && !now.Before(end) {
		return d.want(powerOff)
	}
	return nil
}

// idleEnd is when idleness switches the display off; zero: it does not.
func (d *wall) idleEnd() time.Time {
	if d.offAfter <= 0 || d.busy || d.asked == powerOff {
		return time.Time{}
	}
	return d.used.Add(d.offAfter)
}
