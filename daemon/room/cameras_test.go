package room_test

import (
	"slices"
	"testing"

	"greenroom/daemon/room"
)

// The cameras of these tests. The first is what the configuration says.
const (
	front  = "/dev/v4l/by-path/pci-0000:00:14.0-usb-0:1:1.0-video-index0"
	table  = "/dev/v4l/by-path/pci-0000:00:14.0-usb-0:2:1.0-video-index0"
	window = "command:Window"
)

// cameras are those that are there, of which the first one is in use.
func cameras(ids ...string) room.CamerasChanged {
	labels := map[string]string{front: "Logi Rally Camera", table: "Document camera", window: "Window"}
	var e room.CamerasChanged
	for i, id := range ids {
		e.Cameras = append(e.Cameras, room.Camera{ID: id, Label: labels[id], InUse: i == 0})
	}
	return e
}

func useCamera(id string) room.Command { return room.Command{Do: room.CommandUseCamera, Text: id} }

// TestUseCamera: the chosen camera is used while it is there, the configuration's while it is not, and again the chosen one
// when it returns; the choice ends with the meeting.
func TestUseCamera(t *testing.T) {
	d := meetingDrive(t, true).apply(cameras(front, table, window))
	d.wantEffects()
	if got := d.state().Devices.Cameras; len(got) != 3 || got[0] != (room.Camera{ID: front, Label: "Logi Rally Camera", InUse: true}) {
		t.Errorf("%+v", got)
	}
	if code := d.do(useCamera(table)); code != "" {
		t.Fatal(code)
	}
	d.wantEffects(room.UseCamera{ID: table})
	d.do(useCamera(table))
	d.wantEffects() // again: it is
	shown := d.state()
	d.apply(cameras(front, window))
	d.wantEffects(room.UseCamera{})
	if len(shown.Devices.Cameras) != 3 {
		t.Error("a State that was handed out has changed")
	}
	d.apply(cameras(front, window))
	d.wantEffects()
	d.apply(cameras(front, window, table))
	d.wantEffects(room.UseCamera{ID: table})
	d.do(useCamera(window))
	d.wantEffects(room.UseCamera{ID: window})
	d.do(useCamera(front)) // by name: it may be another one that the configuration finds first, later
	d.wantEffects(room.UseCamera{ID: front})
	d.do(useCamera(table))
	d.do(room.Command{Do: room.CommandLeave})
	if !slices.Contains(d.effects, room.Effect(room.UseCamera{})) {
		t.Errorf("after the meeting: %v", d.effects)
	}
}

// TestUseCameraUnknown: what is not there is refused, and changes nothing.
func TestUseCameraUnknown(t *testing.T) {
	d := idleDrive(t).apply(cameras(front, table))
	d.do(useCamera(table))
	for _, id := range []string{"", "Document camera", window} {
		if code := d.do(useCamera(id)); code != room.CodeCameraUnknown {
			t.Errorf("%q: %q", id, code)
		}
		d.wantEffects()
	}
	// What was chosen between meetings holds for the next one, even if it takes two tries.
	d.do(room.Command{Do: room.CommandJoin, Number: "1234567"})
	d.apply(room.TicketRefused{Attempt: 1, Code: room.CodePasscodeWrong})
	d.wantEffects(room.LeaveMeeting{Attempt: 1})
}

func TestManyCameras(t *testing.T) {
	d := idleDrive(t).apply(cameras(slices.Repeat([]string{front, table}, 100)...))
	if n := len(d.state().Devices.Cameras); n != 32 {
		t.Errorf("%d cameras are shown", n)
	}
}

// TestPreview: the State says so while a panel shows the room's own picture.
func TestPreview(t *testing.T) {
	d := idleDrive(t)
	for _, on := range []bool{true, false} {
		d.apply(room.PreviewChanged{On: on})
		d.wantEffects()
		if got := d.state().Devices.Preview; got != on {
			t.Errorf("preview %t, and the State says %t", on, got)
		}
	}
}
