//go:build vm

package lab

import (
	"context"
	"fmt"
	"testing"

	"greenroom/daemon/room"
)

// An HDMI cable in the virtual machine: the kernel's vivid has an output and an input of HDMI with a CEC line between them.
// v4l-utils' cec-follower, which the kernel's own developers test with, is the television at the input.
const (
	televisionLog  = "/run/television.log"
	makeTelevision = `
		modprobe -r vivid
		modprobe vivid node_types=0x101 num_inputs=1 input_types=3 num_outputs=1 output_types=1
		udevadm settle`
	plugTelevision = `
		cec-ctl -d /dev/cec0 --tv --skip-info
		systemd-run --quiet --unit=television -p StandardOutput=append:` + televisionLog + ` cec-follower -d /dev/cec0 --wall-clock --show-msgs`
	unplugTelevision = `
		systemctl stop television
		cec-ctl -d /dev/cec0 --clear`
)

// cecEnvironment are the settings by which the room uses that cable, and not the serial port of its configuration.
var cecEnvironment = []string{"GREENROOM_DISPLAY_KIND=cec", "GREENROOM_DISPLAY_DEVICE=/dev/cec1", "GREENROOM_DISPLAY_INPUT=own"}

// expectTelevision starts the room anew with its display at the HDMI cable: it is switched off and on, shows the room, and is
// lost and found.
func expectTelevision(t *testing.T, ctx context.Context, l *Lab, m *Machine, maple *Room) {
	t.Helper()
	must[string](t)(m.Run(ctx, "systemctl stop greenroomd"))
	must[string](t)(m.Run(ctx, makeTelevision))
	must[string](t)(m.Run(ctx, plugTelevision))
	startUnit(t, ctx, l, m, maple, cecEnvironment...)

	power := func(want string) func(room.State) bool {
		return func(s room.State) bool {
			d := s.Devices.Display
			return d != nil && d.State == room.DeviceRunning && d.Power == want
		}
	}
	await(t, ctx, maple, "the television", power("on"))
	do(t, ctx, maple, room.Command{Do: room.CommandDisplay})
	expectMessage(t, ctx, m, "STANDBY (0x36)")
	await(t, ctx, maple, "a television that is off", power("off"))
	do(t, ctx, maple, room.Command{Do: room.CommandDisplay, On: true})
	expectMessage(t, ctx, m, "IMAGE_VIEW_ON (0x04)")
	await(t, ctx, maple, "a television that is on", power("on"))
	expectMessage(t, ctx, m, "ACTIVE_SOURCE (0x82)")
	do(t, ctx, maple, room.Command{Do: room.CommandDisplayMute, On: true})
	expectMessage(t, ctx, m, "ui-cmd: mute-function (0x65)")

	must[string](t)(m.Run(ctx, unplugTelevision))
	await(t, ctx, maple, "the fault", hasFault(room.FaultDisplayFailed))
	must[string](t)(m.Run(ctx, plugTelevision))
	await(t, ctx, maple, "the television again", func(s room.State) bool { return power("on")(s) && !hasFault(room.FaultDisplayFailed)(s) })
}

// expectMessage waits until the television has been told something.
func expectMessage(t *testing.T, ctx context.Context, m *Machine, message string) {
	t.Helper()
	if _, err := m.Run(ctx, fmt.Sprintf("until grep -qF '%s' %s; do sleep 0.2; done", message, televisionLog)); err != nil {
		log, _ := m.Run(ctx, "cat "+televisionLog)
		t.Fatalf("the television was not told %s (%v):\n%s", message, err, log)
	}
}
