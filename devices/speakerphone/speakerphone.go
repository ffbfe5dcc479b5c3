// Package speakerphone knows what of a HID device is a telephone's: the button that mutes, and the lights that show that
// there is a call and that it is muted. USB speakerphones and headsets have them.
//
// How a mute button tells what was pressed depends on what kind it is (HID Usage Tables 1.5, section 3.4.1.2, On/Off
// Control):
//
//	values -1 and 1, relative    1: mute, -1: no longer
//	0 and 1, stays (NoPreferred) 1: muted, 0: not; a change counts, never what it is at first
//	0 and 1, returns by itself   0 -> 1: toggle, whatever the flag Relative says
//	one of an array's usages     not named -> named: toggle
//
// Many devices leave their button alone until the light of a call (Off-Hook) is on. What a device does with its own
// microphone goes by its light too: the light is sent anew after each press.
//
// Documentation: HID Usage Tables 1.5, sections 11 (LED page) and 14 (Telephony page).
package speakerphone

import (
	"slices"

	"greenroom/devices/hid"
)

// The usages.
const (
	phoneMute    hid.Usage = 0x0B<<16 | 0x2F
	lightMute    hid.Usage = 0x08<<16 | 0x09
	lightOffHook hid.Usage = 0x08<<16 | 0x17
)

// Press is what somebody did with a mute button.
type Press uint8

// The presses.
const (
	Toggle Press = iota + 1 // mute, or no longer, whichever it was
	Mute
	Unmute
)

// Phone is what of a device is a telephone's. It keeps what the device told last; each opening of the device takes a new one.
type Phone struct {
	d       *hid.Descriptor
	buttons []button
	lights  []light
}

// button is a control that mutes.
type button struct {
	field    hid.Field
	position int
	last     int64 // its last value; of an array: 1 when it was named
}

// light is a control that is on or off.
type light struct {
	field    hid.Field
	position int
	usage    hid.Usage
}

// New returns a device's telephone, or nil when it has no mute button.
func New(d *hid.Descriptor) *Phone {
	p := &Phone{d: d}
	for _, f := range d.Fields {
		if d.Numbered != (f.Report != 0) {
			continue // nothing comes with such an ID
		}
		if at, ok := f.Position(phoneMute); ok && f.Kind == hid.Input {
			p.buttons = append(p.buttons, button{field: f, position: at})
		}
		for _, u := range []hid.Usage{lightMute, lightOffHook} {
			if at, ok := f.Position(u); ok && f.Kind == hid.Output && f.Flags&hid.Variable != 0 {
				p.lights = append(p.lights, light{f, at, u})
			}
		}
	}
	if len(p.buttons) == 0 {
		return nil
	}
	return p
}

// Lit reports whether the device has a light that shows muting.
func (p *Phone) Lit() bool {
	return slices.ContainsFunc(p.lights, func(l light) bool { return l.usage == lightMute })
}

// Longest is the length of the longest input report, in bytes.
func (p *Phone) Longest() int {
	longest := 0
	for id := range 256 {
		longest = max(longest, p.d.Length(hid.Input, uint8(id)))
	}
	return longest + 1
}

// Read takes an input report as the kernel gives it, and returns what was pressed.
func (p *Phone) Read(report []byte) []Press {
	id := uint8(0)
	if p.d.Numbered {
		if len(report) == 0 {
			return nil
		}
		id, report = report[0], report[1:]
	}
	var all []Press
	for i := range p.buttons {
		b := &p.buttons[i]
		if b.field.Report != id {
			continue
		}
		value, ok := b.value(report)
		if !ok {
			continue
		}
		if press := b.press(value); press != 0 {
			all = append(all, press)
		}
		b.last = value
	}
	return all
}

// value returns the button's value in a report's data.
func (b *button) value(data []byte) (int64, bool) {
	if b.field.Flags&hid.Variable != 0 {
		return b.field.Value(data, b.position)
	}
	for i := range b.field.Count {
		v, ok := b.field.Value(data, i)
		if !ok {
			return 0, false
		}
		if v == b.field.Min+int64(b.position) {
			return 1, true
		}
	}
	return 0, true
}

// press says what a value means after the last one.
func (b *button) press(value int64) Press {
	flags := b.field.Flags
	switch {
	case flags&hid.Variable != 0 && flags&hid.Relative != 0 && b.field.Min < 0:
		switch {
		case value > 0 && b.last <= 0:
			return Mute
		case value < 0 && b.last >= 0:
			return Unmute
		}
	case flags&hid.Variable != 0 && flags&hid.Relative == 0 && flags&hid.NoPreferred != 0:
		switch {
		case value != 0 && b.last == 0:
			return Mute
		case value == 0 && b.last != 0:
			return Unmute
		}
	case value != 0 && b.last == 0:
		return Toggle
	}
	return 0
}

// Lights returns the output reports that light the device: one for each report with such lights, ready to be written.
func (p *Phone) Lights(muted, call bool) [][]byte {
	var ids []uint8
	for _, l := range p.lights {
		if !slices.Contains(ids, l.field.Report) {
			ids = append(ids, l.field.Report)
		}
	}
	var all [][]byte
	for _, id := range ids {
		report := make([]byte, 1+p.d.Length(hid.Output, id))
		report[0] = id
		for _, l := range p.lights {
			if l.field.Report == id {
				l.field.Set(report[1:], l.position, l.usage == lightMute && muted || l.usage == lightOffHook && call)
			}
		}
		all = append(all, report)
	}
	return all
}
