package room_test

import (
	"slices"
	"testing"

	"greenroom/daemon/room"
)

var share, unshare = room.Command{Do: room.CommandShare, On: true}, room.Command{Do: room.CommandShare}

// tileOf returns the tile of a person's stream; its slot is -2 when there is none.
func tileOf(s room.State, person, stream string) room.Tile {
	for _, t := range s.Meeting.Tiles {
		if t.Person == person && t.Stream == stream {
			return t
		}
	}
	return room.Tile{Slot: -2}
}

func TestSharingNeedsSomethingToShareAndAMeeting(t *testing.T) {
	d := idleDrive(t)
	if code := d.do(share); code != room.CodeNothingToShare {
		t.Errorf("without an input: %q", code)
	}
	d.apply(room.DeviceChanged{Stream: "content", Name: "HDMI", State: room.DeviceReady})
	if code := d.do(share); code != room.CodeNotInMeeting {
		t.Errorf("without a meeting: %q", code)
	}
	if code := d.do(unshare); code != "" || len(d.effects) > 0 {
		t.Errorf("nothing was shared: %q, %v", code, d.effects)
	}
}

// What the room shares stands on its own wall too, and ends with the meeting.
func TestSharing(t *testing.T) {
	d := meetingDrive(t, true).apply(room.DeviceChanged{Stream: "content", Name: "HDMI", State: room.DeviceReady})
	if code := d.do(share); code != "" {
		t.Fatal(code)
	}
	own := room.SlotUse{Slot: 1, Person: aspen, Stream: "content", Large: true}
	d.wantEffects(room.SetContent{On: true}, room.AssignSlots{Slots: []room.SlotUse{{Slot: 0, Person: birch, Stream: "camera"}, own}})
	if got := tileOf(d.state(), aspen, "content"); got.Slot != 1 || got.Reason != room.TileConnecting {
		t.Errorf("before the first picture: %+v", got)
	}
	d.apply(room.DeviceChanged{Stream: "content", Name: "HDMI", State: room.DeviceRunning})
	if got := tileOf(d.state(), aspen, "content"); got.Show != room.ShowPicture {
		t.Errorf("with pictures: %+v", got)
	}
	d.apply(room.DeviceChanged{Stream: "content", State: room.DeviceAbsent, Reason: "Nothing is connected."})
	if got := tileOf(d.state(), aspen, "content"); got.Slot != 1 || got.Reason != room.TileNoCamera {
		t.Errorf("unplugged: %+v", got)
	}
	if len(d.state().Faults) > 0 {
		t.Errorf("an input that nobody plugged in is a fault: %+v", d.state().Faults)
	}
	d.do(unshare)
	d.wantEffects(room.SetContent{}, room.AssignSlots{Slots: []room.SlotUse{{Slot: 0, Person: birch, Stream: "camera"}}})

	d.do(share)
	d.do(room.Command{Do: room.CommandLeave})
	if d.effects[0] != (room.SetContent{}) || d.state().Devices.Content.On {
		t.Errorf("after the meeting it is still shared: %v", d.effects)
	}
}

// Somebody's content is there while it is announced and not paused, and it has a slot however many faces there are.
func TestOthersContent(t *testing.T) {
	d := meetingDrive(t, true)
	members := []string{aspen, birch}
	for i := range 9 {
		members = append(members, string(rune('a'+i)))
	}
	d.core(in(aspen, members...)).sends(members[2:]...)
	d.apply(room.PeerMedia{Attempt: 1, Person: birch, Stream: "content", Published: true, Muted: true})
	if got := tileOf(d.state(), birch, "content"); got.Slot != -2 {
		t.Errorf("a paused content: %+v", got)
	}
	d.apply(room.PeerMedia{Attempt: 1, Person: birch, Stream: "content", Published: true})
	got := tileOf(d.state(), birch, "content")
	if got.Slot < 0 {
		t.Errorf("content beside ten faces: %+v", got)
	}
	slots := map[int]int{}
	for _, tile := range d.state().Meeting.Tiles {
		slots[tile.Slot]++
	}
	for slot, n := range slots {
		if slot >= 0 && n > 1 {
			t.Errorf("slot %d is used %d times", slot, n)
		}
	}
	d.apply(room.PeerMedia{Attempt: 1, Person: birch, Stream: "content", Published: true, Muted: true})
	if got := tileOf(d.state(), birch, "content"); got.Slot != -2 || !slices.ContainsFunc(d.effects, func(e room.Effect) bool { _, ok := e.(room.AssignSlots); return ok }) {
		t.Errorf("paused again: %+v, %v", got, d.effects)
	}
}
