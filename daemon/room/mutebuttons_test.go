package room_test

import (
	"fmt"
	"testing"
	"time"

	"greenroom/daemon/room"
)

// phoneDrive returns an idle room with a speakerphone that has a mute button.
func phoneDrive(t *testing.T) *drive {
	t.Helper()
	return idleDrive(t).apply(room.MuteButtonChanged{ID: "/dev/hidraw0", Name: "Example Speak", Light: true, State: room.DeviceRunning})
}

// TestMuteButton: a button is obeyed as the panel is, and all lights follow.
func TestMuteButton(t *testing.T) {
	d := phoneDrive(t)
	d.wantEffects(room.LightMuteButtons{})
	for i, c := range []struct {
		press room.MutePress
		muted bool
	}{
		{room.MuteToggled, true}, {room.MuteToggled, false}, {room.MuteOn, true}, {room.MuteOn, true}, {room.MuteOff, false}, {room.MuteOff, false},
	} {
		d.apply(room.MuteButtonPressed{ID: "/dev/hidraw0", Press: c.press})
		d.wantEffects(room.SetMuted{Muted: c.muted}, room.LightMuteButtons{Muted: c.muted}) // the light even if nothing changed
		if on := d.state().Devices.Microphone.On; on == c.muted {
			t.Errorf("press %d, %s: the microphone is on: %t", i, c.press, on)
		}
	}
	d.do(room.Command{Do: room.CommandMute, On: true}) // by the panel
	d.wantEffects(room.SetMuted{Muted: true}, room.LightMuteButtons{Muted: true})
	d.do(room.Command{Do: room.CommandMute, On: true})
	d.wantEffects(room.SetMuted{Muted: true})
	d.apply(room.MuteButtonPressed{ID: "/dev/hidraw7", Press: room.MuteToggled})
	d.wantEffects() // one that is not there
	d.apply(room.MuteButtonPressed{ID: "/dev/hidraw0", Press: "other"})
	d.wantEffects()
}

// TestMuteButtonInMeeting: the light of a call is on in a meeting alone.
func TestMuteButtonInMeeting(t *testing.T) {
	d := meetingDrive(t, true).apply(room.MuteButtonChanged{ID: "a", Name: "Example Speak", State: room.DeviceRunning})
	d.wantEffects(room.LightMuteButtons{Call: true})
	d.apply(room.MuteButtonPressed{ID: "a", Press: room.MuteToggled})
	d.wantEffects(room.SetMuted{Muted: true}, room.LightMuteButtons{Muted: true, Call: true})
	if people := d.state().Meeting.People; !people[0].Self || !people[0].Muted {
		t.Errorf("%+v", people[0])
	}
	d.do(room.Command{Do: room.CommandLeave})
	last := d.effects[len(d.effects)-1]
	if last != (room.LightMuteButtons{Muted: true}) {
		t.Errorf("after the meeting: %v", last)
	}
}

// TestMuteButtonComesAndGoes: a phone that comes hears what is so, one that goes is shown no more, and the room stays as
// muted as it was.
func TestMuteButtonComesAndGoes(t *testing.T) {
	d := phoneDrive(t)
	d.apply(room.MuteButtonPressed{ID: "/dev/hidraw0", Press: room.MuteToggled})
	d.apply(room.MuteButtonChanged{ID: "/dev/hidraw0", State: room.DeviceAbsent})
	d.wantEffects()
	if s := d.state().Devices; s.MuteButtons != nil || s.Microphone.On {
		t.Errorf("%+v", s)
	}
	d.apply(room.MuteButtonChanged{ID: "/dev/hidraw0", State: room.DeviceAbsent}) // once more
	d.after(time.Second).apply(room.MuteButtonChanged{ID: "/dev/hidraw1", Name: "Example Speak", Light: true, State: room.DeviceRunning})
	d.wantEffects(room.LightMuteButtons{Muted: true})
	d.apply(room.MuteButtonChanged{ID: "/dev/hidraw1", Name: "Example Speak", Light: true, State: room.DeviceFailed, Reason: "It may not be opened."})
	got := d.state().Devices.MuteButtons
	if len(got) != 1 || got[0].State != room.DeviceFailed || got[0].Name != "Example Speak" || got[0].Reason == "" || !got[0].Light {
		t.Errorf("%+v", got)
	}
	for i := range 40 {
		d.apply(room.MuteButtonChanged{ID: fmt.Sprint(i), State: room.DeviceRunning})
	}
	if n := len(d.state().Devices.MuteButtons); n != 16 {
		t.Errorf("%d buttons are shown", n)
	}
}
