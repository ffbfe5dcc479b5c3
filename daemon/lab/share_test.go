package lab

import (
	"fmt"
	"testing"

	"greenroom/daemon/room"
)

// tileOf returns the tile of a person's stream, if there is one.
func tileOf(s room.State, person, stream string) (room.Tile, bool) {
	if s.Meeting == nil {
		return room.Tile{}, false
	}
	for _, t := range s.Meeting.Tiles {
		if t.Person == person && t.Stream == stream {
			return t, true
		}
	}
	return room.Tile{}, false
}

// TestSharing: a room shares the picture of a computer. The other room sees it beside the face, and so does the wall of
// the room itself; its input is open only meanwhile.
func TestSharing(t *testing.T) {
	sharing := light(aspenSpec)
	sharing.Content = map[string]any{
		"source": "pipe", "command": PictureCommand("Slides", Look{"0x204080", "0x80a0c0"}, 640, 360, 10),
		"width": 640, "height": 360, "fps": 10,
	}
	ctx, l := newLab(t, []RoomSpec{sharing, light(birchSpec)}, "Aspen", "Birch")
	aspen, birch := l.Room("Aspen"), l.Room("Birch")
	meet(t, ctx, aspen, birch)
	s := await(t, ctx, birch, "Aspen", sees(1))
	id := personOf(t, s, "Aspen")
	if _, there := tileOf(s, id, "content"); there {
		t.Error("a room that shares nothing has a tile for it")
	}
	b := openBrowser(t, ctx, l)
	panel := openPanel(t, ctx, b, aspen)
	screens := []Screen{openScreen(t, ctx, b, aspen), openScreen(t, ctx, b, birch)}

	click(t, ctx, panel, "quieter")
	await(t, ctx, aspen, "the volume", func(s room.State) bool { return s.Devices.Speaker.Volume == 70 })
	look(t, ctx, screens[0].Page, `lab.all("audio").length > 0 && lab.all("audio").every(a => a.volume === 0.7)`)

	click(t, ctx, panel, "share")
	for _, r := range []*Room{aspen, birch} {
		await(t, ctx, r, "the shared picture", func(s room.State) bool {
			tile, there := tileOf(s, id, "content")
			return there && tile.Slot >= 0 && tile.Show == room.ShowPicture
		})
	}
	drawn := fmt.Sprintf(`lab.all("video").some(v => v.dataset.person === %q && v.dataset.stream === "content" && v.getVideoPlaybackQuality().totalVideoFrames > 10)`, id)
	for _, screen := range screens {
		look(t, ctx, screen.Page, drawn)
	}
	// The face is there beside it.
	if err := screens[1].AwaitPicture(ctx, id); err != nil {
		t.Error(err)
	}
	dir := shots(t)
	shoot(t, ctx, screens[0].Page, dir+"/screen-sharing.png")

	click(t, ctx, panel, "share")
	for _, r := range []*Room{aspen, birch} {
		await(t, ctx, r, "no shared picture", func(s room.State) bool {
			_, there := tileOf(s, id, "content")
			return !there
		})
	}
	await(t, ctx, aspen, "the input to be closed", func(s room.State) bool { return s.Devices.Content.State == room.DeviceReady })

	// What is shared when the room leaves is not shared in its next meeting.
	click(t, ctx, panel, "share")
	await(t, ctx, birch, "the shared picture again", func(s room.State) bool {
		tile, there := tileOf(s, id, "content")
		return there && tile.Show == room.ShowPicture
	})
	do(t, ctx, aspen, room.Command{Do: room.CommandLeave})
	await(t, ctx, aspen, "the end", func(s room.State) bool { return idle(s) && !s.Devices.Content.On })
	await(t, ctx, birch, "nothing of Aspen", func(s room.State) bool {
		_, there := tileOf(s, id, "content")
		return !there && len(s.Meeting.People) == 1
	})
}
