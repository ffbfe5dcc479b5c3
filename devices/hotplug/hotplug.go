// Package hotplug tells when devices are plugged in and pulled out, as the kernel says it (netlink, kobject uevents).
//
// A message is text. The kernel's:
//
//	add@/devices/pci0000:00/.../video4linux/video0 \0 ACTION=add \0 DEVPATH=... \0 SUBSYSTEM=video4linux \0
//	MAJOR=81 \0 MINOR=0 \0 DEVNAME=video0 \0 SEQNUM=4711 \0
//
// It comes before udev has given the device file to its group, so that whoever opens the device tries a few times. Only
// the kernel may send to the group that is listened to; the sender is checked all the same.
//
// Documentation: Documentation/ABI/testing/sysfs-uevent and lib/kobject_uevent.c in the kernel's source. Linux only.
package hotplug

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Subsystems that a room has devices of.
const (
	Cameras = "video4linux"
	Sound   = "sound"
	HID     = "hidraw" // buttons of speakerphones
)

// Event is one change.
type Event struct {
	Action    string // "add", "remove", "change", "bind", "unbind" and others
	Subsystem string
	Device    string // below /dev: "video0", "snd/controlC1"; empty: none
	Path      string // below /sys: "/devices/..."
}

// ErrMalformed: the message is none of the kernel's.
var ErrMalformed = errors.New("hotplug: malformed message")

// Parse reads one message.
func Parse(message []byte) (Event, error) {
	lines := bytes.Split(bytes.TrimSuffix(message, []byte{0}), []byte{0})
	action, path, ok := strings.Cut(string(lines[0]), "@")
	if !ok || action == "" || !strings.HasPrefix(path, "/") {
		return Event{}, fmt.Errorf("%w: it begins with %.40q", ErrMalformed, lines[0])
	}
	e := Event{Action: action, Path: path}
	for _, line := range lines[1:] {
		key, value, _ := strings.Cut(string(line), "=")
		switch key {
		case "ACTION":
			if value != action {
				return Event{}, fmt.Errorf("%w: both %.20q and %.20q", ErrMalformed, action, value)
			}
		case "SUBSYSTEM":
			e.Subsystem = value
		case "DEVNAME":
			e.Device = value
		}
	}
	if e.Subsystem == "" {
		return Event{}, fmt.Errorf("%w: no subsystem", ErrMalformed)
	}
	return e, nil
}

// The kernel's group of listeners, and the longest message (UEVENT_BUFFER_SIZE, and some for the path).
const (
	kernelGroup = 1
	maxMessage  = 16 << 10
)

// receiveBuffer holds what comes while many devices appear at once, as with a dock.
const receiveBuffer = 1 << 20

// Listen calls each with every change until ctx ends, and then returns nil. overrun is called when changes may have been
// missed: the listener looks for itself. Errors: the kernel gives no such socket, as in some containers.
func Listen(ctx context.Context, each func(Event), overrun func()) error {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		return fmt.Errorf("hotplug: open a netlink socket: %w", err)
	}
	socket := os.NewFile(uintptr(fd), "uevents")
	defer socket.Close()
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer)
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: kernelGroup}); err != nil {
		return fmt.Errorf("hotplug: listen to the kernel: %w", err)
	}
	defer context.AfterFunc(ctx, func() { _ = socket.Close() })()
	raw, err := socket.SyscallConn()
	if err != nil {
		return fmt.Errorf("hotplug: %w", err)
	}
	buffer := make([]byte, maxMessage)
	for {
		n, from, err := receive(raw.Read, buffer)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, unix.ENOBUFS):
			overrun()
		case err != nil:
			return fmt.Errorf("hotplug: receive: %w", err)
		case from == 0: // the kernel
			if e, err := Parse(buffer[:n]); err == nil {
				each(e)
			}
		}
	}
}

// receive waits for one message, and tells who has sent it.
func receive(read func(func(fd uintptr) bool) error, buffer []byte) (n int, from uint32, err error) {
	failed := read(func(fd uintptr) bool {
		var sender unix.Sockaddr
		n, sender, err = unix.Recvfrom(int(fd), buffer, 0)
		if s, ok := sender.(*unix.SockaddrNetlink); ok {
			from = s.Pid
		}
		return !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR)
	})
	if failed != nil {
		err = failed
	}
	return n, from, err
}
