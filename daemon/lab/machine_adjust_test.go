//go:build vm

package lab

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"greenroom/daemon/room"
)

// TestMachineAdjusts: greenroomctl lists what the kernel's driver can adjust about a camera, and adjusts it: the picture that the
// others see darkens. The camera is given the same again when it was unplugged, and when the room was killed and its camera has
// forgotten all; the driver's own word is asked for each time.
func TestMachineAdjusts(t *testing.T) {
	ctx, l := newMachineLab(t, tiny(aspenSpec), mapleSpec)
	aspen := l.Room("Aspen")
	if err := aspen.Start(ctx); err != nil {
		t.Fatal(err)
	}
	m, maple := startMaple(t, ctx, l)
	join := host(t, ctx, aspen)
	do(t, ctx, maple, join)
	person := personOf(t, await(t, ctx, aspen, "Maple's picture", sees(1)), "Maple")
	screen := openScreen(t, ctx, openBrowser(t, ctx, l), aspen)
	light := func() string { return fmt.Sprintf("lab.light(lab.video(%q))", person) }
	look(t, ctx, screen.Page, light()+" > 30")
	bright := must[float64](t)(Eval[float64](ctx, screen.Page, light()))
	expectDark := func() {
		t.Helper()
		look(t, ctx, screen.Page, fmt.Sprintf("%[1]s >= 0 && %[1]s < %[2]f", light(), bright/2))
		t.Logf("the picture's light, 0 to 255, was %.0f at first and is %.0f", bright, must[float64](t)(Eval[float64](ctx, screen.Page, light())))
	}

	used := func(s room.State) string {
		for _, c := range s.Devices.Cameras {
			if c.InUse && strings.HasPrefix(c.ID, "/dev/v4l/by-path/") { // udev has named it
				return c.ID
			}
		}
		return ""
	}
	adjusted := func(value int) func(room.State) bool {
		return func(s room.State) bool {
			if used(s) == "" {
				return false
			}
			for _, a := range s.Devices.Adjustments {
				if a.Name == "brightness" {
					return s.Devices.Camera.State == room.DeviceRunning && a.Value == value && a.Least == 0 && a.Most == 255 && a.Default == 128
				}
			}
			return false
		}
	}
	// expect waits until the room tells of a brightness, and asks the driver past the room.
	expect := func(what string, value int) {
		t.Helper()
		camera := used(await(t, ctx, maple, what, adjusted(value)))
		must[string](t)(m.Run(ctx, fmt.Sprintf(`until v4l2-ctl -d %s --get-ctrl brightness | grep -qx 'brightness: %d'; do sleep 0.2; done`, camera, value)))
	}
	expect("the driver's brightness", 128)
	control(t, ctx, l, maple, "adjust", "brightness", "0")
	expect("the brightness that was asked for", 0)
	expectDark()
	if listed := control(t, ctx, l, maple, "devices"); !strings.Contains(listed, "brightness 0 (0 to 255, default 128)") ||
		!strings.Contains(listed, "contrast 128 (0 to 255, default 128)") {
		t.Errorf("greenroomctl devices says\n%s", listed)
	}
	shoot(t, ctx, screen.Page, filepath.Join(shots(t), "machine-dark.png"))

	must[string](t)(m.Run(ctx, unplugCamera))
	await(t, ctx, maple, "word of it", hasFault(room.FaultCameraAbsent))
	must[string](t)(m.Run(ctx, plugCamera))
	expect("the camera, adjusted as before", 0)
	await(t, ctx, aspen, "its picture", sees(1))
	expectDark()

	must[string](t)(m.Run(ctx, fmt.Sprintf(`until grep -q '"name":"brightness","value":0' %s/kept.json; do sleep 0.2; done
		systemctl kill -s KILL greenroomd; while systemctl -q is-active greenroomd; do sleep 0.2; done; systemctl reset-failed greenroomd`, maple.StateDir())))
	maple.client.Close()
	maple.connect()
	must[string](t)(m.Run(ctx, unplugCamera+"; "+plugCamera)) // and the driver begins with its own values
	startUnit(t, ctx, l, m, maple)
	await(t, ctx, aspen, "Maple to be gone", func(s room.State) bool { return s.Meeting != nil && len(s.Meeting.People) == 1 })
	do(t, ctx, maple, join)
	expect("the camera, adjusted as before the room was killed", 0)
	await(t, ctx, aspen, "its picture", sees(1))
	person = personOf(t, must[room.State](t)(aspen.State(ctx)), "Maple")
	expectDark()
	control(t, ctx, l, maple, "adjust", "brightness", "default")
	expect("the driver's own brightness", 128)
	look(t, ctx, screen.Page, fmt.Sprintf("%s > %f", light(), bright*3/4))
}

// control runs greenroomctl with a room, and returns what it prints.
func control(t *testing.T, ctx context.Context, l *Lab, r *Room, words ...string) string {
	t.Helper()
	out, err := exec.CommandContext(ctx, filepath.Join(l.bin, "greenroomctl"), append([]string{"--socket", r.Socket()}, words...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("greenroomctl %s: %v\n%s", strings.Join(words, " "), err, out)
	}
	return string(out)
}
