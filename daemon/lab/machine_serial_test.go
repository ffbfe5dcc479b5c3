//go:build vm

package lab

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"greenroom/daemon/room"
	"greenroom/devices/display/displaytest"
	"greenroom/devices/visca/viscatest"
)

// cameraPortID is the name that udev gives the machine's serial port on USB, in whichever socket it is.
const cameraPortID = "usb-QEMU_QEMU_USB_SERIAL_camera-if00-port0"

// atMachine has a camera and a display at the other ends of the machine's serial ports.
func atMachine(t *testing.T, ctx context.Context, m *Machine) (*viscatest.Camera, *displaytest.Samsung) {
	t.Helper()
	camera, display := &viscatest.Camera{}, &displaytest.Samsung{ID: 1}
	for path, serve := range map[string]func(io.ReadWriter) error{m.CameraPort(): camera.Serve, m.DisplayPort(): display.Serve} {
		conn := must[net.Conn](t)((&net.Dialer{}).DialContext(ctx, "unix", path))
		var wg sync.WaitGroup
		wg.Go(func() { _ = serve(conn) })
		t.Cleanup(func() { _ = conn.Close(); wg.Wait() })
	}
	return camera, display
}

// expectEquipment has the room turn its camera and switch its display by the kernel's own serial ports, and takes the one on
// USB away meanwhile.
func expectEquipment(t *testing.T, ctx context.Context, m *Machine, maple *Room, camera *viscatest.Camera, display *displaytest.Samsung) {
	t.Helper()
	there := func(s room.State) bool {
		d := s.Devices
		return d.Head != nil && d.Head.State == room.DeviceRunning && strings.HasPrefix(d.Head.Name, "Sony") &&
			d.Display != nil && d.Display.State == room.DeviceRunning
	}
	await(t, ctx, maple, "the camera and the display", there)
	arrives(t, ctx, display, "AA 11 01 01 01 14") // it is on, because there is a meeting
	arrives(t, ctx, display, "AA 14 01 01 23 39") // and the input
	do(t, ctx, maple, room.Command{Do: room.CommandPreset, Preset: 2})
	arrives(t, ctx, camera, "81 01 04 3F 02 01 FF")

	if err := m.UnplugCameraPort(ctx); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, maple, "the fault", hasFault(room.FaultHeadFailed))
	if err := m.PlugCameraPort(ctx); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, maple, "the camera again", func(s room.State) bool { return there(s) && !hasFault(room.FaultHeadFailed)(s) })
	do(t, ctx, maple, room.Command{Do: room.CommandPreset, Preset: 1})
	arrives(t, ctx, camera, "81 01 04 3F 02 00 FF")
	do(t, ctx, maple, room.Command{Do: room.CommandDisplayVolume, Volume: 40})
	arrives(t, ctx, display, "AA 12 01 01 28 3C")
}
