package room_test

import (
	"testing"
	"time"

	"greenroom/daemon/room"
)

// A device that is lost counts as lost, since the same moment, until it works: the tries in between are counted.
func TestALostDeviceIsLostUntilItWorks(t *testing.T) {
	camera := func(s room.DeviceState) room.DeviceChanged { return room.DeviceChanged{Stream: "camera", State: s} }
	d := idleDrive(t).after(time.Minute).apply(camera(room.DeviceFailed))
	lost := d.state().Devices.Camera.Since
	for range 3 {
		d.after(time.Second).apply(camera(room.DeviceStarting))
		if s := d.state(); s.Devices.Camera.State == room.DeviceStarting || len(s.Faults) != 1 {
			t.Errorf("during a try: %+v, faults %v", s.Devices.Camera, s.Faults)
		}
		d.after(time.Second).apply(camera(room.DeviceAbsent))
	}
	if c := d.state().Devices.Camera; c.Tries != 3 || !c.Since.Equal(lost) || c.State != room.DeviceAbsent {
		t.Errorf("after three tries: %+v, lost at %s", c, lost)
	}
	d.after(time.Second).apply(camera(room.DeviceStarting), camera(room.DeviceRunning))
	if s := d.state(); s.Devices.Camera.Tries != 0 || s.Devices.Camera.Since.Equal(lost) || len(s.Faults) != 0 {
		t.Errorf("when it works: %+v, faults %v", s.Devices.Camera, s.Faults)
	}
	d.apply(camera(room.DeviceStarting))
	if c := d.state().Devices.Camera; c.State != room.DeviceStarting {
		t.Errorf("started in order: %+v", c)
	}
}

func TestVolume(t *testing.T) {
	d := idleDrive(t).apply(room.VolumeAtStart{Volume: 80})
	if got := d.state().Devices.Speaker.Volume; got != 80 {
		t.Errorf("at the start the volume is %d", got)
	}
	d.do(room.Command{Do: room.CommandVolume, Volume: 30})
	d.apply(room.DeviceChanged{Stream: "microphone", State: room.DeviceFailed}, room.DeviceChanged{Stream: "microphone", State: room.DeviceRunning})
	if got := d.state().Devices.Speaker.Volume; got != 30 {
		t.Errorf("after a device came back the volume is %d, want 30", got)
	}
	for _, bad := range []string{`{"do":"volume","volume":101}`, `{"do":"volume","volume":-1}`, `{"do":"volume","volume":"loud"}`} {
		if c, err := room.ParseCommand([]byte(bad)); err == nil {
			t.Errorf("%s was taken as %v", bad, c)
		}
	}
}
