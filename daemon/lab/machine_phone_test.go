//go:build vm

package lab

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"greenroom/daemon/room"
	"greenroom/devices/hid/hidtest"
)

// A USB speakerphone in the virtual machine: the kernel plays both the device (a gadget of functions for buttons and for
// sound) and the cable (dummy_hcd), so that its drivers for USB, HID and sound take it for what people buy. What the device
// is sent and sends goes through /dev/hidg0. See Documentation/usb/gadget_configfs.rst in the kernel's source.
const makePhone = `
	modprobe dummy_hcd
	modprobe libcomposite
	mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
	mkdir /sys/kernel/config/usb_gadget/phone
	cd /sys/kernel/config/usb_gadget/phone
	echo 0x1209 > idVendor
	echo 0x0001 > idProduct
	mkdir strings/0x409 configs/c.1 functions/hid.0 functions/midi.0
	echo Example > strings/0x409/manufacturer
	echo Speak > strings/0x409/product
	echo 2 > functions/hid.0/report_length
	cat %s/speakerphone > functions/hid.0/report_desc
	ln -s functions/hid.0 functions/midi.0 configs/c.1`

// How the speakerphone is plugged in and out, and how its button is pressed and let go.
const (
	plugPhone   = "echo dummy_udc.0 > /sys/kernel/config/usb_gadget/phone/UDC"
	unplugPhone = "echo > /sys/kernel/config/usb_gadget/phone/UDC"
)

// pressPhone presses the mute button, and lets it go (hidtest.PhoneReport, hidtest.PressedMute).
const pressPhone = `printf '\002\004' > /dev/hidg0; printf '\002\000' > /dev/hidg0`

// expectMuteButton plugs a speakerphone in, in a meeting: its button mutes the room and its lights follow; it goes and comes.
func expectMuteButton(t *testing.T, ctx context.Context, m *Machine, aspen, maple *Room) {
	t.Helper()
	must[string](t)(m.Run(ctx, fmt.Sprintf(makePhone, maple.dir)))
	must[string](t)(m.Run(ctx, plugPhone))
	await(t, ctx, maple, "the speakerphone", hasPhone)
	expectLight(t, ctx, m, hidtest.LitOffHook)
	for _, c := range []struct {
		script string
		muted  bool
		light  byte
	}{
		{pressPhone, true, hidtest.LitOffHook | hidtest.LitMute},
		{pressPhone, false, hidtest.LitOffHook},
	} {
		must[string](t)(m.Run(ctx, c.script))
		await(t, ctx, aspen, "a room that was muted by its button", func(s room.State) bool { return inCall(s) && mutedThere(s) == c.muted })
		expectLight(t, ctx, m, c.light)
	}
	do(t, ctx, maple, room.Command{Do: room.CommandMute, On: true}) // by the panel
	expectLight(t, ctx, m, hidtest.LitOffHook|hidtest.LitMute)

	must[string](t)(m.Run(ctx, unplugPhone))
	await(t, ctx, maple, "a speakerphone that has gone", func(s room.State) bool { return len(s.Devices.MuteButtons) == 0 })
	if s := must[room.State](t)(maple.State(ctx)); s.Devices.Microphone.On {
		t.Error("the room is no longer muted when its speakerphone has gone")
	}
	must[string](t)(m.Run(ctx, plugPhone))
	await(t, ctx, maple, "the speakerphone again", hasPhone)
	expectLight(t, ctx, m, hidtest.LitOffHook|hidtest.LitMute)
	must[string](t)(m.Run(ctx, pressPhone))
	await(t, ctx, aspen, "the room's sound", heard)
	expectLight(t, ctx, m, hidtest.LitOffHook)
}

// hasPhone: the speakerphone's button works.
func hasPhone(s room.State) bool {
	b := s.Devices.MuteButtons
	return len(b) == 1 && b[0].State == room.DeviceRunning && b[0].Light && strings.Contains(b[0].Name, "Speak")
}

// expectLight waits until the speakerphone is lit so. Each read waits for a report; those before it are passed over.
func expectLight(t *testing.T, ctx context.Context, m *Machine, light byte) {
	t.Helper()
	want := fmt.Sprintf(" %02x %02x", hidtest.PhoneReport, light)
	must[string](t)(m.Run(ctx, fmt.Sprintf(`until [ "$(dd if=/dev/hidg0 bs=2 count=1 status=none | od -An -tx1)" = "%s" ]; do :; done`, want)))
}
