package lab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"go.yaml.in/yaml/v3"

	"greenroom/daemon/room"
)

// colourCommand writes pictures of one colour.
func colourCommand(colour string) []string {
	return []string{
		"ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-re", "-f", "lavfi", "-i", "color=c=" + colour + ":s=320x180:r=5",
		"-pix_fmt", "yuv420p", "-f", "yuv4mpegpipe", "-",
	}
}

// twoCameras is a room whose camera shows red, and which has another one that shows blue.
func twoCameras(t *testing.T) RoomSpec {
	t.Helper()
	text, err := yaml.Marshal(map[string]any{"cameras": []any{map[string]any{"name": "White board", "command": colourCommand("blue")}}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "cameras.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	spec := light(aspenSpec)
	spec.Camera = map[string]any{"source": "pipe", "command": colourCommand("red"), "width": 320, "height": 180, "fps": 5, "file": file}
	return spec
}

// The IDs of its cameras.
const (
	redCamera  = "command"
	blueCamera = "command:White board"
)

// uses reports whether a room has that camera in use.
func uses(id string) func(room.State) bool {
	return func(s room.State) bool {
		for _, c := range s.Devices.Cameras {
			if c.ID == id {
				return c.InUse
			}
		}
		return false
	}
}

// expectColour waits until a person's picture has a colour: its red and its blue are about as given, 0 to 255.
func expectColour(t *testing.T, ctx context.Context, s Screen, person string, red, blue int) {
	t.Helper()
	look(t, ctx, s.Page, fmt.Sprintf("lab.isColour(lab.video(%q), %d, %d)", person, red, blue))
}

// TestCameras: a room switches between its cameras in a meeting. The others go on seeing it in the same tile, and nothing is
// negotiated; the next meeting begins with the camera of the configuration.
func TestCameras(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{twoCameras(t), light(birchSpec)}, "Aspen", "Birch")
	aspen, birch := l.Room("Aspen"), l.Room("Birch")
	meet(t, ctx, aspen, birch)
	seen := await(t, ctx, birch, "Aspen", sees(1))
	id := personOf(t, seen, "Aspen")
	before, _ := tileOf(seen, id, "camera")
	tracks := tracksOf(t, ctx, l)

	b := openBrowser(t, ctx, l)
	panel, screen := openPanel(t, ctx, b, aspen), openScreen(t, ctx, b, birch)
	expectColour(t, ctx, screen, id, 255, 0)
	click(t, ctx, panel, "room")
	press(t, ctx, panel, fmt.Sprintf(`[data-camera="%s"]`, blueCamera))
	expectColour(t, ctx, screen, id, 0, 255)
	s := await(t, ctx, aspen, "the other camera", func(s room.State) bool {
		return uses(blueCamera)(s) && s.Devices.Camera.State == room.DeviceRunning
	})
	if s.Devices.Camera.Name != "White board" || len(s.Faults) > 0 {
		t.Errorf("the camera in use is %+v, with the faults %v", s.Devices.Camera, s.Faults)
	}
	look(t, ctx, panel, fmt.Sprintf(`lab.one('[data-camera="%s"]').ariaPressed === "true"`, blueCamera))
	shoot(t, ctx, panel, shots(t)+"/panel-cameras.png")

	do(t, ctx, aspen, room.Command{Do: room.CommandUseCamera, Text: redCamera})
	expectColour(t, ctx, screen, id, 255, 0)
	do(t, ctx, aspen, room.Command{Do: room.CommandUseCamera, Text: blueCamera})
	expectColour(t, ctx, screen, id, 0, 255)
	after := await(t, ctx, birch, "Aspen", sees(1))
	if tile, there := tileOf(after, id, "camera"); !there || tile.Slot != before.Slot {
		t.Errorf("the picture is in slot %d, and was in slot %d before", tile.Slot, before.Slot)
	}
	if now := tracksOf(t, ctx, l); !reflect.DeepEqual(now, tracks) {
		t.Errorf("something was negotiated anew: the relay's tracks were %v, and are %v", tracks, now)
	}

	do(t, ctx, aspen, room.Command{Do: room.CommandLeave})
	await(t, ctx, aspen, "the camera of the configuration", func(s room.State) bool { return idle(s) && uses(redCamera)(s) })
}

// TestPreview: a panel shows the room its own picture between meetings. The camera is open only meanwhile, and the room says so
// on the wall; a panel that is closed lets it go.
func TestPreview(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{twoCameras(t)}, "Aspen")
	aspen := l.Room("Aspen")
	closed := func(s room.State) bool { return !s.Devices.Preview && s.Devices.Camera.State == room.DeviceReady }
	open := func(s room.State) bool { return s.Devices.Preview && s.Devices.Camera.State == room.DeviceRunning }
	await(t, ctx, aspen, "a camera that is closed", closed)

	b := openBrowser(t, ctx, l)
	panel, screen := openPanel(t, ctx, b, aspen), openScreen(t, ctx, b, aspen)
	click(t, ctx, panel, "check-camera")
	red, blue := `lab.isColour(lab.one('[data-testid="preview"]'), 255, 0)`, `lab.isColour(lab.one('[data-testid="preview"]'), 0, 255)`
	look(t, ctx, panel, red)
	await(t, ctx, aspen, "an open camera", open)
	look(t, ctx, screen.Page, `document.body.innerText.includes("The camera is on: the panel shows its picture")`)
	shoot(t, ctx, panel, shots(t)+"/panel-preview.png")
	shoot(t, ctx, screen.Page, shots(t)+"/screen-preview.png")
	do(t, ctx, aspen, room.Command{Do: room.CommandUseCamera, Text: blueCamera})
	look(t, ctx, panel, blue)
	click(t, ctx, panel, "check-camera")
	await(t, ctx, aspen, "a camera that is closed again", closed)

	click(t, ctx, panel, "check-camera")
	look(t, ctx, panel, blue)
	await(t, ctx, aspen, "an open camera again", open)
	panel.Close()
	await(t, ctx, aspen, "a camera that is let go with its panel", closed)
}
