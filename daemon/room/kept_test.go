package room_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"greenroom/daemon/room"
)

// again returns a room that begins with what another kept, as it comes back from a file.
func again(t *testing.T, k room.Kept, events ...room.Event) *drive {
	t.Helper()
	text, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	back, err := room.ParseKept(text)
	if err != nil {
		t.Fatal(err)
	}
	d := newDrive(t).apply(room.EnabledAtStart{Camera: true, Microphone: true}, room.VolumeAtStart{Volume: 80})
	d.apply(events...)
	return d.apply(room.Recalled{Kept: back})
}

// TestWhatPeopleSetIsKept: a room that begins anew is as people left it, and as the configuration says where they left it alone.
func TestWhatPeopleSetIsKept(t *testing.T) {
	d := meetingDrive(t, true).apply(cameras(front, table), picture(0))
	if len(d.kept) != 0 {
		t.Errorf("nobody has set anything, and kept is %+v", d.kept)
	}
	for _, c := range []room.Command{
		{Do: room.CommandVolume, Volume: 0},
		{Do: room.CommandMute, On: true},
		{Do: room.CommandCamera},
		{Do: room.CommandLayout, Text: string(room.LayoutSpeaker)},
		adjust("brightness", -20), adjust("zoom", 200), adjust("brightness", -10),
	} {
		before := len(d.kept)
		if code := d.do(c); code != "" {
			t.Fatalf("%s: %s", c, code)
		}
		if len(d.kept) != before+1 {
			t.Errorf("%s: not kept", c)
		}
		d.do(c) // it is kept already
		if len(d.kept) != before+1 {
			t.Errorf("%s a second time: kept again", c)
		}
	}
	last := d.kept[len(d.kept)-1]
	if d.do(room.Command{Do: room.CommandVolume, Volume: 50}); *last.Volume != 0 {
		t.Error("what was handed out has changed")
	}

	d = again(t, last)
	d.wantEffects()
	s := d.state().Devices
	if s.Speaker.Volume != 0 || s.Microphone.On || s.Camera.On || len(d.kept) != 0 {
		t.Errorf("the room begins with %+v, and keeps %+v", s, d.kept)
	}
	d.apply(cameras(front, table), picture(0))
	d.wantEffects(room.AdjustCamera{Name: "zoom", Value: 200}, room.AdjustCamera{Name: "brightness", Value: -10})

	fresh := again(t, room.Kept{}).state().Devices
	if fresh.Speaker.Volume != 80 || !fresh.Microphone.On || !fresh.Camera.On {
		t.Errorf("a room in which nobody set anything begins with %+v", fresh)
	}
	off := again(t, room.Kept{}, room.EnabledAtStart{}).state().Devices
	if off.Microphone.On || off.Camera.On {
		t.Errorf("a room that is to begin muted begins with %+v", off)
	}
	lost := again(t, room.NothingKnown()).state().Devices
	if lost.Speaker.Volume != 80 || lost.Microphone.On || lost.Camera.On {
		t.Errorf("a room that has lost what it kept begins with %+v", lost)
	}
}

// TestUnmutedIsKeptToo: who unmuted begins unmuted.
func TestUnmutedIsKeptToo(t *testing.T) {
	d := again(t, room.Kept{Muted: true, CameraOff: true})
	d.do(room.Command{Do: room.CommandMute})
	d.do(room.Command{Do: room.CommandCamera, On: true})
	s := again(t, d.kept[len(d.kept)-1]).state().Devices
	if !s.Microphone.On || !s.Camera.On {
		t.Errorf("the room begins with %+v", s)
	}
}

// TestTheLayoutIsKept: the wall of the next meeting is as it was in the last.
func TestTheLayoutIsKept(t *testing.T) {
	d := meetingDrive(t, true).apply(room.Recalled{Kept: room.Kept{Layout: room.LayoutSpeaker}})
	if got := d.state().Meeting.Layout; got != room.LayoutSpeaker {
		t.Errorf("the layout is %q", got)
	}
}

// TestAdjustmentsAreTheSameCameras: numbers of a driver's own are given to no other camera, and to none that cannot have them.
func TestAdjustmentsAreTheSameCameras(t *testing.T) {
	d := meetingDrive(t, true).apply(cameras(front, table), picture(0))
	d.do(adjust("brightness", 60))
	kept := d.kept[len(d.kept)-1]

	d = again(t, kept).apply(room.CamerasChanged{Cameras: []room.Camera{{ID: front, Label: "Another camera", InUse: true}}}, picture(0))
	d.wantEffects() // another in the same place

	narrow := picture(0)
	narrow.Adjustments = slices.Clone(narrow.Adjustments)
	narrow.Adjustments[3].Most = 59
	d = again(t, kept).apply(cameras(front, table), narrow)
	d.wantEffects()
	if got := brightnessOf(d); got != 0 {
		t.Errorf("the brightness is %d, and the camera has at most 59", got)
	}
}

// TestACameraIsRecognisedLate: udev gives a camera its lasting name when it is in use already.
func TestACameraIsRecognisedLate(t *testing.T) {
	d := meetingDrive(t, true).apply(cameras(front, table), picture(0))
	d.do(adjust("brightness", 60))
	kept := d.kept[len(d.kept)-1]
	node := room.CamerasChanged{Cameras: []room.Camera{{ID: "/dev/video0", Label: "Logi Rally Camera", InUse: true}}}
	want := room.AdjustCamera{Name: "brightness", Value: 60}

	again(t, kept).apply(node, picture(0), cameras(front)).wantEffects(want)
	again(t, kept).apply(picture(0), cameras(front)).wantEffects(want)
	again(t, kept).apply(node, picture(60), cameras(front)).wantEffects() // it is so
	again(t, kept).apply(cameras(table, front), picture(0), cameras(front, table)).wantEffects()
	again(t, kept).apply(node, cameras(front)).wantEffects() // it is not open
}

// TestParseKept: what is kept and read is the same, and what cannot be is refused.
func TestParseKept(t *testing.T) {
	volume := 30
	all := room.Kept{
		Volume: &volume, Layout: room.LayoutGrid, Muted: true, CameraOff: true,
		Adjusted: []room.Adjusted{{Camera: "/dev/v4l/by-path/a", Label: "A", Name: "zoom", Value: -5}},
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := room.ParseKept(text); err != nil || !reflect.DeepEqual(back, all) {
		t.Errorf("%s comes back as %+v, %v", text, back, err)
	}
	if _, err := room.ParseKept([]byte(`{"muted":true,"ofALaterVersion":[1]}`)); err != nil {
		t.Errorf("what a later version kept besides: %v", err)
	}
	for _, bad := range []string{
		"", "null x", "[]", `{"volume":101}`, `{"volume":-1}`, `{"volume":"loud"}`, `{"layout":"pile"}`, `{"muted":1}`,
		`{"adjusted":[{"camera":"","label":"","name":"zoom","value":1}]}`, `{"adjusted":[{"camera":"a","name":"","value":1}]}`,
		`{"adjusted":[{"camera":"a","name":"zoom","value":9999999999}]}`,
		`{"adjusted":[` + strings.Repeat(`{"camera":"a","name":"zoom","value":1},`, 600) + `{"camera":"a","name":"zoom","value":1}]}`,
	} {
		if k, err := room.ParseKept([]byte(bad)); err == nil {
			t.Errorf("%.60s was taken as %+v", bad, k)
		}
	}
}
