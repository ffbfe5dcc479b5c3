package room_test

import (
	"fmt"
	"testing"

	"greenroom/daemon/room"
)

// picture is what can be adjusted about a camera, with this brightness.
func picture(brightness int) room.AdjustmentsChanged {
	return room.AdjustmentsChanged{Adjustments: []room.Adjustment{
		{Name: "zoom", Least: 100, Most: 500, Step: 10, Default: 100, Value: 100},
		{Name: "autofocus", Least: 0, Most: 1, Step: 1, Default: 1, Value: 1},
		{Name: "focus", Least: 0, Most: 250, Step: 5, Default: 0, Value: 30, Idle: true},
		{Name: "brightness", Least: -64, Most: 64, Step: 1, Value: brightness},
	}}
}

func adjust(name string, value int) room.Command {
	return room.Command{Do: room.CommandAdjust, Text: name, Value: value}
}

func brightnessOf(d *drive) int {
	for _, a := range d.state().Devices.Adjustments {
		if a.Name == "brightness" {
			return a.Value
		}
	}
	return -1000
}

// TestAdjust: what is adjusted is shown at once, and is given to the camera again when it is opened anew.
func TestAdjust(t *testing.T) {
	d := meetingDrive(t, true).apply(cameras(front, table), picture(0))
	d.wantEffects()
	shown := d.state()
	if code := d.do(adjust("brightness", -20)); code != "" {
		t.Fatal(code)
	}
	d.wantEffects(room.AdjustCamera{Name: "brightness", Value: -20})
	if got := brightnessOf(d); got != -20 || shown.Devices.Adjustments[3].Value != 0 {
		t.Errorf("the brightness is %d, and was %d in a State that was handed out", got, shown.Devices.Adjustments[3].Value)
	}
	d.apply(picture(-21)) // a driver with steps of its own
	d.wantEffects()
	if got := brightnessOf(d); got != -21 {
		t.Errorf("the camera tells -21, and %d is shown", got)
	}
	for _, bad := range []room.Command{adjust("brightness", 65), adjust("brightness", -65), adjust("autofocus", 2)} {
		if code := d.do(bad); code != room.CodeValueWrong {
			t.Errorf("%s: %q", bad, code)
		}
	}
	if code := d.do(adjust("hue", 1)); code != room.CodeNotAdjustable {
		t.Errorf("what it has not: %q", code)
	}

	d.apply(room.AdjustmentsChanged{})
	if code := d.do(adjust("brightness", 0)); code != room.CodeNotAdjustable || d.state().Devices.Adjustments != nil {
		t.Errorf("a closed camera: %q, %+v", code, d.state().Devices.Adjustments)
	}
	d.apply(cameras(table, front), picture(0))
	d.wantEffects() // another camera
	d.apply(room.AdjustmentsChanged{}, cameras(front, table), picture(0))
	d.wantEffects(room.AdjustCamera{Name: "brightness", Value: -20})
}

// TestWhatIsKeptAlwaysChanges: however many cameras have come and gone, the ones that were adjusted last are kept, and no more
// than can be.
func TestWhatIsKeptAlwaysChanges(t *testing.T) {
	d := meetingDrive(t, true)
	open := func(camera int) {
		id := fmt.Sprintf("/dev/v4l/by-path/%d", camera)
		d.apply(room.AdjustmentsChanged{}, room.CamerasChanged{Cameras: []room.Camera{{ID: id, Label: id, InUse: true}}}, picture(0))
	}
	for camera := range 1000 {
		open(camera)
		d.do(adjust("brightness", 1))
	}
	open(999)
	d.wantEffects(room.AdjustCamera{Name: "brightness", Value: 1})
	open(0)
	d.wantEffects() // it was adjusted longest ago
	d.do(adjust("brightness", 2))
	open(1)
	open(0)
	d.wantEffects(room.AdjustCamera{Name: "brightness", Value: 2})
	if n := len(d.kept[len(d.kept)-1].Adjusted); n != 512 {
		t.Errorf("%d adjustments are kept", n)
	}
}
