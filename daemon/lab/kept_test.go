package lab

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"greenroom/daemon/room"
)

// awaitKept waits until a room has written what people set.
func awaitKept(t *testing.T, ctx context.Context, r *Room, texts ...string) {
	t.Helper()
	var kept string
	written := func() bool {
		text, _ := os.ReadFile(filepath.Join(r.StateDir(), "kept.json"))
		kept = string(text)
		for _, text := range texts {
			if !strings.Contains(kept, text) {
				return false
			}
		}
		return true
	}
	if err := r.process.poll(ctx, written); err != nil {
		t.Fatalf("%v; kept is %s", err, kept)
	}
}

// TestAPowerCutKeepsWhatPeopleSet: the volume and the layout are as they were, and a room that was muted and had its camera
// off is heard and seen by nobody afterwards. If nobody knows any more what people wanted, neither.
func TestAPowerCutKeepsWhatPeopleSet(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{light(aspenSpec), light(birchSpec)}, "Aspen", "Birch")
	aspen, birch := l.Room("Aspen"), l.Room("Birch")
	for _, c := range []room.Command{
		{Do: room.CommandVolume, Volume: 35},
		{Do: room.CommandLayout, Text: string(room.LayoutSpeaker)},
		{Do: room.CommandCamera},
		{Do: room.CommandMute, On: true},
	} {
		do(t, ctx, aspen, c)
	}
	awaitKept(t, ctx, aspen, `"volume":35`, `"layout":"speaker"`, `"muted":true`, `"cameraOff":true`)
	aspen.Kill()
	if err := aspen.Start(ctx); err != nil {
		t.Fatal(err)
	}
	private := func(s room.State) bool { return !s.Devices.Microphone.On && !s.Devices.Camera.On }
	s := await(t, ctx, aspen, "a room that is idle", idle)
	if !private(s) || s.Devices.Speaker.Volume != 35 {
		t.Errorf("after a power cut: microphone on %t, camera on %t, volume %d", s.Devices.Microphone.On, s.Devices.Camera.On, s.Devices.Speaker.Volume)
	}

	do(t, ctx, birch, host(t, ctx, aspen))
	s = await(t, ctx, birch, "Aspen", func(s room.State) bool { return s.Phase == room.PhaseMeeting && len(s.Meeting.People) == 2 })
	id := personOf(t, s, "Aspen")
	shows := func(muted, camera bool) func(room.State) bool {
		return func(s room.State) bool {
			return s.Meeting != nil && slices.ContainsFunc(s.Meeting.People, func(p room.Person) bool {
				return p.ID == id && p.Muted == muted && p.CameraOn == camera
			})
		}
	}
	await(t, ctx, birch, "Aspen, muted and with its camera off", shows(true, false))
	s = await(t, ctx, aspen, "its meeting", sees(1))
	if s.Meeting.Layout != room.LayoutSpeaker {
		t.Errorf("after a power cut the layout is %q", s.Meeting.Layout)
	}
	for _, c := range []room.Command{{Do: room.CommandCamera, On: true}, {Do: room.CommandMute}} {
		do(t, ctx, aspen, c)
	}
	await(t, ctx, birch, "Aspen's picture and sound", func(s room.State) bool { return sees(1)(s) && shows(false, true)(s) })
	awaitKept(t, ctx, aspen, `"muted":false`, `"cameraOff":false`)

	aspen.Kill()
	file := filepath.Join(aspen.StateDir(), "kept.json")
	if err := os.WriteFile(file, []byte(`{"volume":35,"la`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := aspen.Start(ctx); err != nil {
		t.Fatal(err)
	}
	s = await(t, ctx, aspen, "a room that is idle", idle)
	if !private(s) || s.Devices.Speaker.Volume == 35 {
		t.Errorf("with a damaged file: microphone on %t, camera on %t, volume %d", s.Devices.Microphone.On, s.Devices.Camera.On, s.Devices.Speaker.Volume)
	}
	if _, err := os.Stat(file + ".damaged"); err != nil {
		t.Errorf("the damaged file was not set aside: %v", err)
	}
	if log := must[[]byte](t)(os.ReadFile(aspen.Log())); !strings.Contains(string(log), "muted and with its camera off") {
		t.Error("the log does not say that what people had set is lost")
	}
}
