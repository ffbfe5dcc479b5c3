// Package equipment runs what stands in the room and is told what to do: the head that turns the camera, the display on
// the wall, the room's own buttons, and the mute buttons of speakerphones. Each serial port has one owner, a goroutine that opens it, uses it, and opens it
// anew after a growing pause when it has vanished or nothing answers.
//
//	room --effects--> Do --queue--> owner --bytes--> device
//	room <--events--------------------+
package equipment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"greenroom/daemon/config"
	"greenroom/daemon/room"
	"greenroom/devices/controls"
	"greenroom/devices/display"
	"greenroom/devices/display/cec"
	"greenroom/devices/display/table"
	"greenroom/devices/serial"
)

// Equipment is all of it.
type Equipment struct {
	head     *head
	display  *wall
	controls []*buttons
	phones   *phones
	equipped room.Equipped
}

// Options is what New needs.
type Options struct {
	Config config.Config
	Post   func(room.Event) // never blocks
	// Credential reads a systemd credential.
	Credential func(name string) ([]byte, error)
	Log        *slog.Logger
}

// New prepares what the configuration names; nothing is opened yet.
func New(o Options) (*Equipment, error) {
	e := &Equipment{phones: newPhones(o)}
	if c := o.Config.Camera.Control; c.Kind == config.ControlVISCA {
		line, err := serial.ParseSettings(c.Line)
		if err != nil {
			return nil, fmt.Errorf("camera.control_line: %w", err)
		}
		e.head = newHead(c, line, o)
		e.equipped.Head, e.equipped.Presets = true, c.Presets
	}
	if err := e.addDisplay(o); err != nil {
		return nil, err
	}
	return e, e.addControls(o)
}

func (e *Equipment) addDisplay(o Options) error {
	d := o.Config.Display
	if d.Kind == config.DisplayNone || d.Kind == "" {
		return nil
	}
	w := &wall{cfg: d, post: o.Post, log: o.Log, wake: make(chan struct{}, 1), every: polling{calm: 15 * time.Second, switching: time.Second}}
	switch d.Kind {
	case config.DisplaySerial:
		t, err := table.Load(d.Model)
		if err != nil {
			return fmt.Errorf("display.model: %w", err)
		}
		line, err := t.Settings(d.BitRate)
		if err != nil {
			return fmt.Errorf("display.model: %w", err)
		}
		w.name, w.at, w.open = t.Model, d.Port, func() (opened, error) { return openTable(d, t, line) }
		e.equipped.Inputs = t.InputNames()
	case config.DisplayPJLink:
		w.name, w.at, w.open = "PJLink "+d.Address, d.Address, func() (opened, error) { return openPJLink(d, o.Credential) }
	case config.DisplayCEC:
		w.name, w.at, w.open = "CEC "+d.Device, d.Device, func() (opened, error) { return openCEC(d) }
		e.equipped.Inputs = []string{cec.Own}
	default:
		return fmt.Errorf("display.kind: there is no driver for %q", d.Kind)
	}
	e.display = w
	e.equipped.Display, e.equipped.OffAfter = true, time.Duration(d.OffAfter)*time.Minute
	return nil
}

func (e *Equipment) addControls(o Options) error {
	if o.Config.Controls.File == "" {
		return nil
	}
	t, err := controls.Load(o.Config.Controls.File)
	if err != nil {
		return fmt.Errorf("controls.file: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(t.Ports)) {
		line, err := serial.ParseSettings(t.Ports[name].Line)
		if err != nil {
			return fmt.Errorf("controls.file: %w", err)
		}
		e.controls = append(e.controls, newButtons(t, name, line, o))
	}
	for _, b := range t.Buttons {
		e.equipped.Controls = append(e.equipped.Controls, b.Name)
	}
	return nil
}

// Equipped is what the room is told at its start.
func (e *Equipment) Equipped() room.Equipped { return e.equipped }

// Run owns all ports until ctx ends.
func (e *Equipment) Run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { e.phones.run(ctx) })
	if e.head != nil {
		wg.Go(func() { e.head.run(ctx) })
	}
	if e.display != nil {
		wg.Go(func() { e.display.run(ctx) })
	}
	for _, b := range e.controls {
		wg.Go(func() { b.run(ctx) })
	}
	wg.Wait()
}

// Do has an effect carried out, and reports whether it is one of this package's. It never blocks.
func (e *Equipment) Do(effect room.Effect) bool {
	switch effect := effect.(type) {
	case room.TurnCamera, room.RecallPreset, room.StorePreset:
		if e.head != nil {
			e.head.do(effect)
		}
	case room.SetDisplayPower, room.SetDisplayInput, room.SetDisplayVolume, room.SetDisplayMute:
		if e.display != nil {
			e.display.do(effect)
		}
	case room.LightMuteButtons:
		e.phones.do(effect)
	case room.PressControl:
		for _, b := range e.controls {
			b.do(effect.Control)
		}
	default:
		return false
	}
	return true
}

// signal wakes an owner; one that is to wake already need not be told twice.
func signal(wake chan struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}

// code tells what a display's or a control's error means to the people in the room.
func code(err error) string {
	switch {
	case errors.Is(err, display.ErrBusy):
		return room.CodeDeviceBusy
	case errors.Is(err, display.ErrRefused), errors.Is(err, controls.ErrRefused), errors.Is(err, display.ErrUnsupported):
		return room.CodeDeviceRefused
	}
	return room.CodeDeviceAway
}

// sentence makes a sentence of an error.
func sentence(err error) string {
	text := cmp.Or(err.Error(), "it failed")
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + strings.TrimSuffix(text[size:], ".") + "."
}
