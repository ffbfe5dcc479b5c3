package room

import (
	"cmp"
	"slices"
	"time"
)

// Line is a device that is told what to do: how it answers. Its State is DeviceStarting, DeviceRunning (it answers) or
// DeviceFailed.
type Line struct {
	Name  string      `json:"name"`
	State DeviceState `json:"state"`
	// Reason says in a sentence what is wrong, and what the room does about it; Cause says it for pages.
	Reason string    `json:"reason,omitempty"`
	Cause  Cause     `json:"cause,omitzero"`
	Since  time.Time `json:"since"` // while it does not answer: since when
	// Tries is how often it was tried again since then.
	Tries int `json:"tries,omitempty"`
}

// Head is what turns the camera.
type Head struct {
	Line
	// Presets are where the camera can be sent to, with their numbers from 1 on.
	Presets []Preset `json:"presets"`
	// At is the number of the preset that the camera was sent to last; 0: it was turned by hand since.
	At int `json:"at"`
	// Moving is set while somebody turns the camera.
	Moving bool `json:"moving"`
}

// Preset is a place where the camera can look.
type Preset struct {
	Number int    `json:"number"`
	Name   string `json:"name"`
}

// Display is the display on the wall.
type Display struct {
	Line
	// Power is "on", "off" (standby), "warming", "cooling" or "unknown".
	Power string `json:"power"`
	// Inputs are the names of its inputs; empty: it is not known which there are.
	Inputs []string `json:"inputs"`
	Input  string   `json:"input"`  // empty: not known
	Volume int      `json:"volume"` // 0 to 100; -1: not known, or not to be set
	Muted  bool     `json:"muted"`
	// OffAfter is how many minutes of idleness switch it off; 0: none do.
	OffAfter int `json:"offAfter"`
}

// Control is a button of the room's own.
type Control struct {
	Line
	Outcome ControlOutcome `json:"outcome"` // of the last press
	// Text says in a sentence why the last press failed, and Code is one of the refusals' codes for it.
	Text    string    `json:"text,omitempty"`
	Code    string    `json:"code,omitempty"`
	Pressed time.Time `json:"pressed"` // when the last press was, or what came of it
}

// ControlOutcome is what became of the last press of a control.
type ControlOutcome string

// The outcomes.
const (
	ControlUntouched ControlOutcome = "none"
	ControlUnderWay  ControlOutcome = "pressed"
	ControlDone      ControlOutcome = "done"
	ControlFailed    ControlOutcome = "failed"
)

// Equipped: what the room has. It comes once, before any command.
type Equipped struct {
	Head     bool
	Presets  []string // names, from preset 1 on
	Display  bool
	Inputs   []string
	OffAfter time.Duration // of idleness, after which the display is switched off; 0: never
	Controls []string      // names
}

// Equipment is one kind of what is told what to do.
type Equipment string

// The kinds of equipment.
const (
	EquipmentHead     Equipment = "head"
	EquipmentDisplay  Equipment = "display"
	EquipmentControls Equipment = "controls"
)

// LineChanged: a device answers now, or does not.
type LineChanged struct {
	Equipment Equipment
	Controls  []string // of EquipmentControls: which
	Name      string   // what the device says that it is; empty: as before
	State     DeviceState
	Reason    string
	Cause     Cause
}

// EquipmentFailed: what somebody asked of a device was not done.
type EquipmentFailed struct {
	Command CommandName
	Code    string
	Text    string // what happened and what to do; empty: TextOf(Code)
}

// ControlPressed: what came of PressControl. Code is empty when it went well; an empty Text is TextOf(Code).
type ControlPressed struct{ Control, Code, Text string }

func (e Equipped) apply(r *Room, now time.Time) []Effect {
	line := func(name string) Line { return Line{Name: name, State: DeviceStarting, Since: now} }
	if e.Head {
		r.head = &Head{Line: line(""), Presets: []Preset{}}
		for i, name := range e.Presets {
			r.head.Presets = append(r.head.Presets, Preset{Number: i + 1, Name: cleanName(name)})
		}
	}
	if e.Display {
		r.display = &wall{Display: Display{
			Line: line(""), Power: powerUnknown, Inputs: append([]string{}, e.Inputs...), Volume: -1, OffAfter: int(e.OffAfter / time.Minute),
		}, offAfter: e.OffAfter, used: now}
	}
	for _, name := range e.Controls {
		r.controls = append(r.controls, Control{Line: line(cleanName(name)), Outcome: ControlUntouched})
	}
	return nil
}

func (e LineChanged) apply(r *Room, now time.Time) []Effect {
	switch {
	case e.Equipment == EquipmentHead && r.head != nil:
		r.head.Line.change(e, now)
		if r.head.State != DeviceRunning {
			r.head.Moving, r.moveEnd = false, time.Time{}
		}
	case e.Equipment == EquipmentDisplay && r.display != nil:
		r.display.Line.change(e, now)
		if r.display.State == DeviceFailed {
			r.display.Power = powerUnknown
		}
	case e.Equipment == EquipmentControls:
		for i := range r.controls {
			if slices.Contains(e.Controls, r.controls[i].Name) {
				r.controls[i].Line.change(e, now)
			}
		}
	}
	return nil
}

// change notes how a device answers. One that failed counts as failed until it answers: each further failure is a try.
func (l *Line) change(e LineChanged, now time.Time) {
	was := l.State
	if was == DeviceFailed && e.State != DeviceRunning {
		l.Tries++
		if e.State == DeviceFailed {
			l.Reason, l.Cause = clean(e.Reason, maxTextLen), e.Cause.fit()
		}
		return
	}
	l.State, l.Reason, l.Cause = e.State, clean(e.Reason, maxTextLen), e.Cause.fit()
	if was != e.State {
		l.Since, l.Tries = now, 0
	}
	if name := cleanName(e.Name); name != "" {
		l.Name = name
	}
}

func (e EquipmentFailed) apply(r *Room, _ time.Time) []Effect {
	if r.head != nil && (e.Command == CommandPreset || e.Command == CommandTurn) {
		r.head.At, r.head.Moving, r.moveEnd = 0, false, time.Time{}
	}
	r.refusal = refuse(e.Command, e.Code, e.Text, CodeDeviceRefused)
	return nil
}

func (e ControlPressed) apply(r *Room, now time.Time) []Effect {
	for i := range r.controls {
		c := &r.controls[i]
		if c.Name != e.Control || c.Outcome != ControlUnderWay {
			continue
		}
		c.Text, c.Code, c.Pressed, c.Outcome = "", "", now, ControlDone
		if e.Code != "" {
			c.Code, c.Outcome = clean(e.Code, 40), ControlFailed
			c.Text = cmp.Or(clean(e.Text, maxTextLen), TextOf(c.Code))
		}
	}
	return nil
}

// equipment makes the part of State that shows what the room has. Everything in it is a copy.
func (r *Room) equipment(d *Devices) {
	if r.head != nil {
		head := *r.head
		d.Head = &head
	}
	if r.display != nil {
		shown := r.display.Display
		d.Display = &shown
	}
	d.Controls = slices.Clone(r.controls)
	d.MuteButtons = r.muteButtons()
}

// equipmentFaults tells of what does not answer.
func (r *Room) equipmentFaults(derive func(wrong bool, f Fault)) {
	failed := func(code string, l Line) {
		derive(l.State == DeviceFailed, Fault{Code: code, Text: l.Reason, Cause: l.Cause, Since: l.Since})
	}
	if r.head != nil {
		failed(FaultHeadFailed, r.head.Line)
	}
	if r.display != nil {
		failed(FaultDisplayFailed, r.display.Line)
	}
	for _, c := range r.controls {
		failed(FaultControlsFailed, c.Line) // the first one that fails is told
	}
}
