package lab

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// socket is a place where a room's camera is plugged in: the camera is a command that gives pictures only while it is.
type socket struct{ file string }

func newSocket(t testing.TB) socket {
	t.Helper()
	s := socket{filepath.Join(t.TempDir(), "plugged")}
	if err := os.WriteFile(s.file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// camera returns the command of the camera that is plugged in here.
func (s socket) camera(picture []string) []string {
	return append([]string{"sh", "-c", `test -e "$0" && exec "$@"`, s.file}, picture...)
}

// unplug pulls out the camera of a room, while it gives pictures.
func (s socket) unplug(t testing.TB, r *Room) {
	t.Helper()
	if err := os.Remove(s.file); err != nil {
		t.Fatal(err)
	}
	signalCamera(t, r, syscall.SIGKILL)
}

// plug puts it back, and has the kernel say so to all that listen.
func (s socket) plug(t testing.TB) {
	t.Helper()
	if err := os.WriteFile(s.file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := tellOfCamera(); err != nil {
		t.Fatalf("have the kernel tell of a camera, which takes root: %v", err)
	}
}

// tellOfCamera has the kernel broadcast an uevent of our own in this network namespace: whoever may administer it may ask for
// that (uevent_net_rcv in lib/kobject_uevent.c of the kernel's source).
func tellOfCamera() error {
	const path = "/devices/virtual/video4linux/greenroom-test"
	text := strings.Join([]string{"add@" + path, "ACTION=add", "DEVPATH=" + path, "SUBSYSTEM=video4linux", ""}, "\x00")
	message := make([]byte, unix.SizeofNlMsghdr, unix.SizeofNlMsghdr+len(text))
	binary.NativeEndian.PutUint32(message, uint32(unix.SizeofNlMsghdr+len(text)))
	binary.NativeEndian.PutUint16(message[4:], unix.NLMSG_MIN_TYPE)
	binary.NativeEndian.PutUint16(message[6:], unix.NLM_F_REQUEST|unix.NLM_F_ACK)
	message = append(message, text...)
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.Sendto(fd, message, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	answer := make([]byte, 4096)
	n, _, err := unix.Recvfrom(fd, answer, 0)
	if err != nil {
		return err
	}
	if n < unix.SizeofNlMsghdr+4 {
		return errors.New("the kernel's answer is too short")
	}
	if code := int32(binary.NativeEndian.Uint32(answer[unix.SizeofNlMsghdr:])); code != 0 {
		return unix.Errno(-code)
	}
	return nil
}
