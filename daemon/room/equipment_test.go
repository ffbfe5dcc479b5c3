package room_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"greenroom/daemon/room"
)

const offAfter = 15 * time.Minute

// equip gives a room all the equipment there is.
func equip(d *drive) *drive {
	buttons := []string{"Lights on", "Lights off", "Blinds up", "Blinds down"}
	return d.apply(
		room.Equipped{
			Head: true, Presets: []string{"Table", "White board", "Door"}, Display: true,
			Inputs: []string{"hdmi1", "hdmi2", "displayport"}, OffAfter: offAfter, Controls: buttons,
		},
		room.LineChanged{Equipment: room.EquipmentHead, Name: "Sony model 040E", State: room.DeviceRunning},
		room.LineChanged{Equipment: room.EquipmentDisplay, Name: "Samsung MDC", State: room.DeviceRunning},
		room.LineChanged{Equipment: room.EquipmentControls, Controls: buttons, State: room.DeviceRunning},
		room.DisplayTold{Power: "off", Volume: -1},
	)
}

func equippedDrive(t *testing.T) *drive { return equip(idleDrive(t)) }

func TestTurn(t *testing.T) {
	d := equippedDrive(t)
	d.apply(room.DisplayTold{Power: "on", Volume: 10})
	d.do(room.Command{Do: room.CommandDisplay, On: true}) // so that touches ask for nothing more
	d.do(room.Command{Do: room.CommandTurn, Pan: -50, Tilt: 20})
	d.wantEffects(room.TurnCamera{Pan: -50, Tilt: 20})
	if !d.state().Devices.Head.Moving {
		t.Error("the camera moves, and the State does not say so")
	}
	// Who holds the button down asks again; the camera stops by itself when nobody does.
	d.after(time.Second).do(room.Command{Do: room.CommandTurn, Pan: -50, Tilt: 20})
	if next := d.r.Next(); !next.Equal(d.now.Add(room.MoveTime)) {
		t.Errorf("a tick is due at %v", next)
	}
	d.after(room.MoveTime - 1).apply(room.Tick{})
	d.wantEffects()
	d.after(1).apply(room.Tick{})
	d.wantEffects(room.TurnCamera{})
	d.after(time.Second).apply(room.Tick{})
	d.wantEffects()
	d.do(room.Command{Do: room.CommandTurn, Zoom: 100})
	d.do(room.Command{Do: room.CommandTurn})
	d.wantEffects(room.TurnCamera{})
	if h := d.state().Devices.Head; h.Moving || h.At != 0 {
		t.Errorf("stopped, it is %+v", h)
	}
	for _, c := range []room.Command{{Do: room.CommandTurn, Pan: 101}, {Do: room.CommandTurn, Tilt: -101}, {Do: room.CommandTurn, Zoom: 1000}} {
		if code := d.do(c); code != room.CodeValueWrong {
			t.Errorf("%s: %q", c, code)
		}
	}
}

func TestPresets(t *testing.T) {
	d := equippedDrive(t)
	d.do(room.Command{Do: room.CommandTouch})
	d.do(room.Command{Do: room.CommandPreset, Preset: 2})
	d.wantEffects(room.RecallPreset{Preset: 2})
	if h := d.state().Devices.Head; h.At != 2 || h.Presets[1] != (room.Preset{Number: 2, Name: "White board"}) {
		t.Errorf("%+v", h)
	}
	d.do(room.Command{Do: room.CommandPresetStore, Preset: 3})
	d.wantEffects(room.StorePreset{Preset: 3})
	for _, n := range []int{0, 4, -1} {
		if code := d.do(room.Command{Do: room.CommandPreset, Preset: n}); code != room.CodePresetUnknown {
			t.Errorf("preset %d: %q", n, code)
		}
	}
	d.apply(room.EquipmentFailed{Command: room.CommandPreset, Code: room.CodeDeviceBusy})
	d.wantRefusal(room.CommandPreset, room.CodeDeviceBusy)
	if at := d.state().Devices.Head.At; at != 0 {
		t.Errorf("it did not get there, and is at %d", at)
	}
	d.do(room.Command{Do: room.CommandTurn, Pan: 10})
	d.apply(room.LineChanged{Equipment: room.EquipmentHead, State: room.DeviceFailed, Reason: "The camera does not answer."})
	d.wantFaults(room.FaultHeadFailed)
	if code := d.do(room.Command{Do: room.CommandPreset, Preset: 1}); code != room.CodeDeviceAway || d.state().Devices.Head.Moving {
		t.Errorf("a camera that is away: %q, %+v", code, d.state().Devices.Head)
	}
}

func TestPressControls(t *testing.T) {
	d := equippedDrive(t)
	d.do(room.Command{Do: room.CommandTouch})
	d.do(room.Command{Do: room.CommandPress, Text: "Lights on"})
	d.wantEffects(room.PressControl{Control: "Lights on"})
	of := func() room.Control { return d.state().Devices.Controls[0] }
	if of().Outcome != room.ControlUnderWay {
		t.Errorf("%+v", of())
	}
	if code := d.do(room.Command{Do: room.CommandPress, Text: "Lights on"}); code != room.CodeControlBusy {
		t.Errorf("pressed twice: %q", code)
	}
	shown := d.state()
	d.after(time.Second).apply(room.ControlPressed{Control: "Lights on"})
	if c := of(); c.Outcome != room.ControlDone || !c.Pressed.Equal(d.now) {
		t.Errorf("%+v", c)
	}
	if shown.Devices.Controls[0].Outcome != room.ControlUnderWay {
		t.Error("a State that was handed out has changed")
	}
	d.do(room.Command{Do: room.CommandPress, Text: "Lights on"})
	d.apply(room.ControlPressed{Control: "Lights on", Code: room.CodeDeviceAway, Text: "It does not answer."})
	if c := of(); c.Outcome != room.ControlFailed || c.Text != "It does not answer." {
		t.Errorf("%+v", c)
	}
	if code := d.do(room.Command{Do: room.CommandPress, Text: "Gong"}); code != room.CodeControlUnknown {
		t.Errorf("%q", code)
	}
	d.apply(room.LineChanged{Equipment: room.EquipmentControls, Controls: []string{"Blinds up"}, State: room.DeviceFailed, Reason: "Gone."})
	if code := d.do(room.Command{Do: room.CommandPress, Text: "Blinds up"}); code != room.CodeDeviceAway {
		t.Errorf("%q", code)
	}
	d.wantFaults(room.FaultControlsFailed)
}

// TestLines: a device that is away counts its tries, and its fault stays until it answers.
func TestLines(t *testing.T) {
	d := equippedDrive(t)
	gone := room.LineChanged{Equipment: room.EquipmentDisplay, State: room.DeviceFailed, Reason: "The serial port is gone."}
	d.after(time.Minute).apply(gone)
	since := d.now
	for range 3 {
		d.after(time.Second).apply(room.LineChanged{Equipment: room.EquipmentDisplay, State: room.DeviceFailed, Reason: "Still."})
	}
	got := d.state().Devices.Display
	if !got.Since.Equal(since) || got.Tries != 3 || got.Reason != "Still." || got.Name != "Samsung MDC" || got.Power != "unknown" {
		t.Errorf("%+v", got)
	}
	d.wantFaults(room.FaultDisplayFailed)
	d.after(time.Second).apply(room.LineChanged{Equipment: room.EquipmentDisplay, Name: "Samsung MDC", State: room.DeviceRunning})
	if got := d.state().Devices.Display; got.Tries != 0 || got.Reason != "" || !got.Since.Equal(d.now) {
		t.Errorf("%+v", got)
	}
	d.wantFaults()
}

func power(on bool) room.Effect { return room.SetDisplayPower{On: on} }

// TestDisplayByItself: the display follows the room.
func TestDisplayByItself(t *testing.T) {
	for name, on := range map[string]func(d *drive){
		"the first touch": func(d *drive) { d.do(room.Command{Do: room.CommandTouch}) },
		"another command": func(d *drive) { d.do(room.Command{Do: room.CommandDismiss}) },
		"a refused one":   func(d *drive) { d.do(room.Command{Do: room.CommandLeave}) },
		"a meeting": func(d *drive) {
			d.r.Do(d.now, room.OriginControl, room.Command{})
			d.apply(room.Commanded{Origin: room.OriginControl, Command: room.Command{Do: room.CommandMeetNow}})
		},
		"a call": func(d *drive) { d.apply(room.CallRinging{Call: "c1", From: "Birch"}) },
	} {
		d := equippedDrive(t)
		on(d)
		if !slices.Contains(d.effects, power(true)) {
			t.Errorf("%s: effects %v, want the display on", name, d.effects)
		}
		on(d)
		if slices.Contains(d.effects, power(true)) {
			t.Errorf("%s, again: effects %v; it was asked for already", name, d.effects)
		}
	}
	// Whoever uses greenroomctl may be elsewhere.
	d := equippedDrive(t)
	d.apply(room.Commanded{Origin: room.OriginControl, Command: room.Command{Do: room.CommandMute, On: true}})
	if slices.Contains(d.effects, power(true)) {
		t.Errorf("effects %v", d.effects)
	}
}

func TestDisplayWhenIdle(t *testing.T) {
	d := equippedDrive(t)
	d.do(room.Command{Do: room.CommandTouch})
	d.apply(room.DisplayTold{Power: "on", Volume: 20})
	d.after(offAfter / 2).do(room.Command{Do: room.CommandTouch})
	if next := d.r.Next(); !next.Equal(d.now.Add(offAfter)) {
		t.Errorf("a tick is due at %v", next)
	}
	d.after(offAfter - 1).apply(room.Tick{})
	d.wantEffects()
	d.after(1).apply(room.Tick{})
	d.wantEffects(power(false))
	if next := d.r.Next(); !next.IsZero() {
		t.Errorf("a tick is due at %v", next)
	}
	// In a meeting it stays on, however long, and idleness is counted from its end.
	d.do(room.Command{Do: room.CommandMeetNow})
	d.after(10 * offAfter).apply(room.Tick{})
	d.wantEffects()
	d.do(room.Command{Do: room.CommandLeave})
	d.after(offAfter).apply(room.Tick{})
	d.wantEffects(power(false))
}

func TestDisplayByHand(t *testing.T) {
	d := equippedDrive(t)
	d.do(room.Command{Do: room.CommandDisplay, On: true})
	d.wantEffects(power(true))
	d.do(room.Command{Do: room.CommandDisplay})
	d.wantEffects(power(false))
	d.after(time.Minute).do(room.Command{Do: room.CommandTouch})
	d.wantEffects() // who has switched it off has it off
	d.after(offAfter).do(room.Command{Do: room.CommandTouch})
	d.wantEffects(power(true)) // others came
	d.do(room.Command{Do: room.CommandDisplay})
	d.apply(room.CallRinging{Call: "c1", From: "Birch"})
	if !slices.Contains(d.effects, power(true)) {
		t.Errorf("called: %v", d.effects)
	}
	// The remote control has switched it off: the next touch switches it on.
	d.do(room.Command{Do: room.CommandDecline})
	d.apply(room.DisplayTold{Power: "off", Volume: -1})
	d.do(room.Command{Do: room.CommandTouch})
	d.wantEffects(power(true))
}

func TestDisplayCommands(t *testing.T) {
	d := equippedDrive(t)
	d.do(room.Command{Do: room.CommandTouch})
	for c, want := range map[room.Command]room.Effect{
		{Do: room.CommandDisplayInput, Text: "hdmi2"}: room.SetDisplayInput{Input: "hdmi2"},
		{Do: room.CommandDisplayVolume, Volume: 30}:   room.SetDisplayVolume{Volume: 30},
		{Do: room.CommandDisplayMute, On: true}:       room.SetDisplayMute{On: true},
	} {
		d.do(c)
		d.wantEffects(want)
	}
	// The panel answers at once, and the display has the last word.
	if got := d.state().Devices.Display; got.Input != "hdmi2" || got.Volume != 30 || !got.Muted {
		t.Errorf("%+v", got)
	}
	d.apply(room.DisplayTold{Power: "on", Input: "hdmi1", Volume: 29})
	if got := d.state().Devices.Display; got.Input != "hdmi1" || got.Volume != 29 || got.Muted {
		t.Errorf("%+v", got)
	}
	for c, want := range map[room.Command]string{
		{Do: room.CommandDisplayInput, Text: "scart"}: room.CodeInputUnknown,
		{Do: room.CommandDisplayInput}:                room.CodeInputUnknown,
		{Do: room.CommandDisplayVolume, Volume: 101}:  room.CodeValueWrong,
		{Do: room.CommandDisplayVolume, Volume: -1}:   room.CodeValueWrong,
	} {
		if code := d.do(c); code != want {
			t.Errorf("%s: %q, want %q", c, code, want)
		}
	}
	// Power is remembered for a display that is away; the rest would surprise later.
	d.apply(room.LineChanged{Equipment: room.EquipmentDisplay, State: room.DeviceFailed})
	if code := d.do(room.Command{Do: room.CommandDisplayMute}); code != room.CodeDeviceAway {
		t.Errorf("%q", code)
	}
	if code := d.do(room.Command{Do: room.CommandDisplay}); code != "" {
		t.Errorf("%q", code)
	}
}

// TestTouchLeavesTheRefusal: the panel tells of touches while somebody reads what went wrong.
func TestTouchLeavesTheRefusal(t *testing.T) {
	d := equippedDrive(t)
	d.do(room.Command{Do: room.CommandLeave})
	d.do(room.Command{Do: room.CommandTouch})
	d.wantRefusal(room.CommandLeave, room.CodeNotInMeeting)
	if s := (room.Command{Do: room.CommandTurn, Pan: 5}).String(); !strings.Contains(s, "pan=5") {
		t.Error(s)
	}
}
