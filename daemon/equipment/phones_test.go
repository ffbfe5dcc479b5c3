package equipment

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"greenroom/daemon/room"
	"greenroom/devices/hid"
	"greenroom/devices/hid/hidtest"
)

// phonesPatience bounds the waits: it only ends a test that has failed.
const phonesPatience = 2 * time.Minute

// phonesRig has phones look into a copy of the kernel's tree. What they open there is one end of a pipe. That the kernel's
// own files do the same is shown in the virtual machine.
type phonesRig struct {
	t *testing.T
	*phones
	events chan room.Event
	other  chan net.Conn // the far end of each pipe that is opened
	denied chan error    // what opening fails with, once each
	ctx    context.Context
	owners sync.WaitGroup
}

func newPhonesRig(t *testing.T) *phonesRig {
	t.Helper()
	r := &phonesRig{t: t, events: make(chan room.Event, 256), other: make(chan net.Conn, 16), denied: make(chan error, 16)}
	r.phones = newPhones(Options{Post: func(e room.Event) { r.events <- e }, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	r.root = t.TempDir()
	r.open = func(hid.Found) (connection, error) {
		select {
		case err := <-r.denied:
			return nil, err
		default:
		}
		here, there := net.Pipe()
		r.other <- there
		return here, nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.ctx = ctx
	t.Cleanup(func() { cancel(); r.owners.Wait() })
	return r
}

// plug makes a device in the tree, and unplug takes it away; both have the phones look.
func (r *phonesRig) plug(node, name string, descriptor []byte) {
	r.t.Helper()
	dir := filepath.Join(r.root, "sys/class/hidraw", node, "device")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		r.t.Fatal(err)
	}
	for file, text := range map[string][]byte{"report_descriptor": descriptor, "uevent": []byte("HID_NAME=" + name + "\n")} {
		if err := os.WriteFile(filepath.Join(dir, file), text, 0o600); err != nil {
			r.t.Fatal(err)
		}
	}
	r.look(r.ctx, &r.owners)
}

func (r *phonesRig) unplug(node string) {
	r.t.Helper()
	if err := os.RemoveAll(filepath.Join(r.root, "sys/class/hidraw", node)); err != nil {
		r.t.Fatal(err)
	}
	r.look(r.ctx, &r.owners)
}

// next returns the next event.
func (r *phonesRig) next() room.Event {
	r.t.Helper()
	select {
	case e := <-r.events:
		return e
	case <-time.After(phonesPatience):
		r.t.Fatal("no event comes")
		return nil
	}
}

// changed waits for a button that is so, and returns its event.
func (r *phonesRig) changed(state room.DeviceState) room.MuteButtonChanged {
	r.t.Helper()
	for {
		if e, ok := r.next().(room.MuteButtonChanged); ok && e.State == state {
			return e
		}
	}
}

func (r *phonesRig) opened() net.Conn {
	r.t.Helper()
	select {
	case c := <-r.other:
		_ = c.SetDeadline(time.Now().Add(phonesPatience))
		return c
	case <-time.After(phonesPatience):
		r.t.Fatal("nothing is opened")
		return nil
	}
}

func (r *phonesRig) send(c net.Conn, report ...byte) {
	r.t.Helper()
	if _, err := c.Write(report); err != nil {
		r.t.Fatal(err)
	}
}

func (r *phonesRig) light(c net.Conn, want string) {
	r.t.Helper()
	buf := make([]byte, 64)
	n, err := c.Read(buf)
	if got := hex.EncodeToString(buf[:n]); err != nil || got != want {
		r.t.Fatalf("the light is %s, %v, want %s", got, err, want)
	}
}

func TestPhone(t *testing.T) {
	r := newPhonesRig(t)
	r.plug("hidraw0", "Example Keyboard", hidtest.Keyboard())
	r.plug("hidraw1", "Example Speak", hidtest.Speakerphone())
	first := r.changed(room.DeviceRunning)
	if first.Name != "Example Speak" || !first.Light {
		t.Errorf("%+v", first)
	}
	c := r.opened()
	r.do(room.LightMuteButtons{Call: true})
	r.light(c, "0201")
	r.send(c, hidtest.PhoneReport, hidtest.PressedMute)
	r.send(c, hidtest.PhoneReport, 0)
	if e := r.next(); e != (room.MuteButtonPressed{ID: first.ID, Press: room.MuteToggled}) {
		t.Errorf("%+v", e)
	}
	r.do(room.LightMuteButtons{Muted: true, Call: true})
	r.light(c, "0203")

	r.unplug("hidraw1")
	if e := r.changed(room.DeviceAbsent); e.ID != first.ID {
		t.Errorf("%+v", e)
	}
	r.plug("hidraw1", "Example Speak", hidtest.Speakerphone())
	if again := r.changed(room.DeviceRunning); again.ID == first.ID {
		t.Error("a phone that is plugged in again has the ID of the one that went")
	}
	c = r.opened()
	r.do(room.LightMuteButtons{Muted: true, Call: true})
	r.light(c, "0203")
	if len(r.other) > 0 {
		t.Error("the keyboard was opened")
	}
}

// TestPhoneFails: one that may not be opened says what to do, and one that fails is opened anew.
func TestPhoneFails(t *testing.T) {
	r := newPhonesRig(t)
	r.denied <- &os.PathError{Op: "open", Path: "/dev/hidraw0", Err: os.ErrPermission}
	r.denied <- errors.New("the device is busy")
	r.plug("hidraw0", "Example Phone", hidtest.Latch())
	if e := r.changed(room.DeviceFailed); e.Reason != "/dev/hidraw0 may not be opened: install 70-greenroom.rules, and plug the device in again." {
		t.Errorf("%+v", e)
	}
	if e := r.changed(room.DeviceFailed); e.Reason != "The device is busy." {
		t.Errorf("%+v", e)
	}
	r.changed(room.DeviceRunning)
	c := r.opened()
	r.send(c, 1)
	if e, ok := r.next().(room.MuteButtonPressed); !ok || e.Press != room.MuteOn {
		t.Errorf("%+v", e)
	}
	r.send(c, 0)
	if e, ok := r.next().(room.MuteButtonPressed); !ok || e.Press != room.MuteOff {
		t.Errorf("%+v", e)
	}
	_ = c.Close()
	r.changed(room.DeviceFailed)
	r.changed(room.DeviceRunning)
	r.opened()
}

// TestPhoneIsReplaced: another device with the same number is another phone, or none.
func TestPhoneIsReplaced(t *testing.T) {
	r := newPhonesRig(t)
	r.plug("hidraw0", "Example Phone", hidtest.Latch())
	r.changed(room.DeviceRunning)
	r.plug("hidraw0", "Example Keyboard", hidtest.Keyboard())
	r.changed(room.DeviceAbsent)
	r.plug("hidraw0", "Broken", []byte{0xC0})
	r.plug("hidraw0", "Example Phone", hidtest.Latch())
	r.changed(room.DeviceRunning)
}
