// Package adjust asks a camera's driver what can be adjusted about its picture, and adjusts it (Video4Linux user and camera
// controls). A driver has what its camera has; what it has not is not listed.
//
// The layouts and numbers are those of linux/videodev2.h and linux/v4l2-controls.h; see
// docs.kernel.org/userspace-api/media/v4l/control.html. Linux on machines of little and big end alike: the kernel takes
// the machine's own.
package adjust

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Kind says what is adjusted.
type Kind uint8

// The kinds.
const (
	Brightness Kind = 1
	Contrast   Kind = 2
	Saturation Kind = 3
	Sharpness  Kind = 4
	AutoFocus  Kind = 5 // 0: off, 1: on
	Focus      Kind = 6
	Zoom       Kind = 7
)

// Kinds returns all kinds, in the order in which people look for them.
func Kinds() []Kind {
	return []Kind{Zoom, AutoFocus, Focus, Brightness, Contrast, Saturation, Sharpness}
}

// String returns the kind's name in State and on the command line.
func (k Kind) String() string {
	switch k {
	case Brightness:
		return "brightness"
	case Contrast:
		return "contrast"
	case Saturation:
		return "saturation"
	case Sharpness:
		return "sharpness"
	case AutoFocus:
		return "autofocus"
	case Focus:
		return "focus"
	case Zoom:
		return "zoom"
	}
	return fmt.Sprintf("kind-%d", uint8(k))
}

// Known reports whether there is such a kind.
func (k Kind) Known() bool { return slices.Contains(Kinds(), k) }

// id is the control's number in the kernel (V4L2_CID_...).
func (k Kind) id() uint32 {
	const user, camera = 0x00980900, 0x009a0900
	switch k {
	case Brightness:
		return user
	case Contrast:
		return user + 1
	case Saturation:
		return user + 2
	case Sharpness:
		return user + 27
	case AutoFocus:
		return camera + 12
	case Focus:
		return camera + 10
	case Zoom:
		return camera + 13
	}
	return 0
}

// Control is one thing that can be adjusted now or at other times, in the driver's own units.
type Control struct {
	Kind        Kind
	Least, Most int32
	Step        int32 // 1 or more
	Default     int32
	Value       int32
	// Idle is set while it has no effect, such as the focus while the camera focuses by itself.
	Idle bool
}

// ErrKind: the camera has no such control.
var ErrKind = errors.New("the camera cannot be adjusted so")

// Camera is a camera whose controls are asked for. It does not disturb who captures from it.
type Camera struct{ file *os.File }

// Open opens a camera's device file ("/dev/video0").
func Open(node string) (*Camera, error) {
	fd, err := unix.Open(node, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s to adjust it: %w", node, err)
	}
	return &Camera{os.NewFile(uintptr(fd), node)}, nil
}

// Close closes the device file.
func (c *Camera) Close() error { return c.file.Close() }

// The requests (_IOWR('V', ...)) and the flags that matter.
const (
	requestQuery = 0xc0445624 // VIDIOC_QUERYCTRL
	requestGet   = 0xc008561b // VIDIOC_G_CTRL
	requestSet   = 0xc008561c // VIDIOC_S_CTRL

	flagDisabled = 0x01
	flagReadOnly = 0x04
	flagInactive = 0x10
)

// A v4l2_queryctrl:
//
//	id (4) | type (4) | name (32) | minimum (4) | maximum (4) | step (4) | default (4) | flags (4) | reserved (8)
const queryLen = 68

// List returns what can be adjusted, in the order of Kinds. Errors: the device is gone.
func (c *Camera) List() ([]Control, error) {
	var all []Control
	for _, k := range Kinds() {
		control, err := c.query(k)
		switch {
		case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOTTY):
			continue // it has none
		case err != nil:
			return nil, fmt.Errorf("ask %s for its %v: %w", c.file.Name(), k, err)
		case control.Kind != 0:
			all = append(all, control)
		}
	}
	return all, nil
}

// query returns the zero Control for one that is not to be adjusted.
func (c *Camera) query(k Kind) (Control, error) {
	q := make([]byte, queryLen)
	binary.NativeEndian.PutUint32(q, k.id())
	if err := c.ioctl(requestQuery, q); err != nil {
		return Control{}, err
	}
	number := func(at int) int32 { return int32(binary.NativeEndian.Uint32(q[at:])) }
	flags := number(56)
	got := Control{Kind: k, Least: number(40), Most: number(44), Step: max(number(48), 1), Default: number(52), Idle: flags&flagInactive != 0}
	if flags&(flagDisabled|flagReadOnly) != 0 || got.Least >= got.Most {
		return Control{}, nil
	}
	var err error
	got.Value, err = c.value(requestGet, k, 0)
	// Drivers pass on what devices say of themselves.
	got.Value, got.Default = got.nearest(got.Value), got.nearest(got.Default)
	return got, err
}

// nearest returns the nearest value that is in range.
func (c Control) nearest(value int32) int32 { return min(max(value, c.Least), c.Most) }

// Set adjusts something. A value out of range becomes the nearest one. Errors: ErrKind, or the device refuses or is gone.
func (c *Camera) Set(k Kind, value int32) error {
	if !k.Known() {
		return fmt.Errorf("%v: %w", k, ErrKind)
	}
	known, err := c.query(k)
	switch {
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOTTY), err == nil && known.Kind == 0:
		return fmt.Errorf("%v: %w", k, ErrKind)
	case err != nil:
		return fmt.Errorf("ask %s for its %v: %w", c.file.Name(), k, err)
	}
	if _, err := c.value(requestSet, k, known.nearest(value)); err != nil {
		return fmt.Errorf("set %s's %v to %d: %w", c.file.Name(), k, value, err)
	}
	return nil
}

// value gets or sets a v4l2_control: id (4), value (4).
func (c *Camera) value(request uintptr, k Kind, value int32) (int32, error) {
	v := make([]byte, 8)
	binary.NativeEndian.PutUint32(v, k.id())
	binary.NativeEndian.PutUint32(v[4:], uint32(value))
	err := c.ioctl(request, v)
	return int32(binary.NativeEndian.Uint32(v[4:])), err
}

func (c *Camera) ioctl(request uintptr, argument []byte) error {
	raw, err := c.file.SyscallConn()
	if err != nil {
		return err
	}
	var errno unix.Errno
	err = raw.Control(func(fd uintptr) {
		_, _, errno = unix.Syscall(unix.SYS_IOCTL, fd, request, uintptr(unsafe.Pointer(&argument[0])))
	})
	if err == nil && errno != 0 {
		err = errno
	}
	return err
}
