package lab

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"greenroom/daemon/room"
	"greenroom/devices/display/displaytest"
	"greenroom/devices/serial/serialtest"
	"greenroom/devices/visca/viscatest"
)

// atPort has a simulator at the other end of a real pseudo terminal, and returns the terminal.
func atPort(t *testing.T, serve func(io.ReadWriter) error) *serialtest.PTY {
	t.Helper()
	p, err := serialtest.NewPTY(filepath.Join(t.TempDir(), "port"))
	if err != nil {
		t.Fatal(err)
	}
	answer(t, p, serve)
	return p
}

// answer serves a port until it is unplugged.
func answer(t *testing.T, p *serialtest.PTY, serve func(io.ReadWriter) error) {
	t.Helper()
	var wg sync.WaitGroup
	wg.Go(func() { _ = serve(p) })
	t.Cleanup(func() { _ = p.Close(); wg.Wait() })
}

// arrives waits until a simulator was sent these bytes.
func arrives(t *testing.T, ctx context.Context, sim serialtest.Simulator, packet string) {
	t.Helper()
	if err := serialtest.Await(ctx, sim, packet); err != nil {
		t.Fatal(err)
	}
}

// touch presses what a page has, as a finger does.
func touch(t *testing.T, ctx context.Context, p *Page, selector string) {
	t.Helper()
	q := "document.querySelector(" + strconv.Quote(selector) + ")"
	if err := p.Await(ctx, q); err != nil {
		t.Fatal(err)
	}
	if _, err := Eval[bool](ctx, p, q+`.dispatchEvent(new PointerEvent("pointerdown", {bubbles: true})), `+q+`.click(), true`); err != nil {
		t.Fatal(err)
	}
}

// lights says OK to L1, and nothing to anything else.
type lights struct{}

func (lights) Serve(conn io.ReadWriter) error {
	var held []byte
	buf := make([]byte, 16)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return err
		}
		held = append(held, buf[:n]...)
		for {
			line, rest, whole := bytes.Cut(held, []byte("\r"))
			if !whole {
				break
			}
			held = rest
			if string(line) == "L1" {
				_, _ = conn.Write([]byte("OK\r"))
			}
		}
	}
}

// TestEquipment: a real room turns a camera, switches a display and presses a button, each at the other end of a serial
// port, as its panel and its API ask; and finds a camera again that was unplugged.
func TestEquipment(t *testing.T) {
	camera, display := &viscatest.Camera{}, &displaytest.Samsung{ID: 1}
	cameraPort, displayPort, lightsPort := atPort(t, camera.Serve), atPort(t, display.Serve), atPort(t, lights{}.Serve)
	table := filepath.Join(t.TempDir(), "controls.yaml")
	text := "ports: {lights: {device: " + lightsPort.Path() + ", line: 9600}}\nbuttons:\n" +
		"  - {name: Lights on, port: lights, send: \"'L1' 0D\", answer: \"'OK' 0D\"}\n" +
		"  - {name: Blinds, port: lights, send: \"'B1' 0D\", answer: \"'OK' 0D\", within: 200ms}\n"
	if err := os.WriteFile(table, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	spec := small(aspenSpec)
	spec.Control = map[string]any{"control": "visca", "control_port": cameraPort.Path(), "presets": []string{"Table", "White board"}}
	spec.Display = map[string]any{"kind": "serial", "port": displayPort.Path(), "model": "samsung-mdc", "input": "hdmi2"}
	spec.Controls = map[string]any{"file": table}
	ctx, l := newLab(t, []RoomSpec{spec}, "Aspen")
	aspen := l.Room("Aspen")

	await(t, ctx, aspen, "all that stands in the room", func(s room.State) bool {
		d := s.Devices
		return d.Head != nil && d.Head.State == room.DeviceRunning && strings.HasPrefix(d.Head.Name, "Sony") &&
			d.Display != nil && d.Display.State == room.DeviceRunning && d.Display.Power == "off" &&
			len(d.Controls) == 2 && d.Controls[0].State == room.DeviceRunning
	})

	// Through the panel's own page: somebody touches it, and presses a preset.
	browser := must[*Browser](t)(OpenBrowser(ctx, t.TempDir()))
	t.Cleanup(browser.Close)
	panel := must[*Page](t)(browser.Open(ctx, must[string](t)(aspen.PanelURL()), 1280, 800))
	touch(t, ctx, panel, `[data-testid="way-room"]`)
	arrives(t, ctx, display, "AA 11 01 01 01 14") // the first touch
	arrives(t, ctx, display, "AA 14 01 01 23 39") // and the input
	touch(t, ctx, panel, `[data-preset="2"]`)
	arrives(t, ctx, camera, "81 01 04 3F 02 01 FF")

	// Through the API, as greenroomctl does.
	do(t, ctx, aspen, room.Command{Do: room.CommandTurn, Pan: -100, Tilt: 50})
	arrives(t, ctx, camera, "81 01 06 01 18 0A 01 01 FF")
	arrives(t, ctx, camera, "81 01 06 01 01 01 03 03 FF") // it stops by itself
	do(t, ctx, aspen, room.Command{Do: room.CommandPress, Text: "Lights on"})
	await(t, ctx, aspen, "the lights' answer", func(s room.State) bool { return s.Devices.Controls[0].Outcome == room.ControlDone })
	do(t, ctx, aspen, room.Command{Do: room.CommandPress, Text: "Blinds"})
	await(t, ctx, aspen, "the blinds' silence", func(s room.State) bool {
		c := s.Devices.Controls[1]
		return c.Outcome == room.ControlFailed && c.Text != ""
	})

	if err := cameraPort.Unplug(); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, aspen, "the fault", hasFault(room.FaultHeadFailed))
	if err := cameraPort.Plug(); err != nil {
		t.Fatal(err)
	}
	answer(t, cameraPort, camera.Serve)
	await(t, ctx, aspen, "the camera again", func(s room.State) bool {
		return s.Devices.Head.State == room.DeviceRunning && !hasFault(room.FaultHeadFailed)(s)
	})
	do(t, ctx, aspen, room.Command{Do: room.CommandPreset, Preset: 1})
	arrives(t, ctx, camera, "81 01 04 3F 02 00 FF")
	do(t, ctx, aspen, room.Command{Do: room.CommandDisplay})
	await(t, ctx, aspen, "the display's off", func(s room.State) bool { return s.Devices.Display.Power == "off" })
}
