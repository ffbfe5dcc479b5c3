package m2m

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The requests (_IOR, _IOW, _IOWR of 'V').
const (
	requestCapabilities = 0x80685600
	requestEnumFormat   = 0xc0405602
	requestSetFormat    = 0xc0d05605
	requestBuffers      = 0xc0145608
	requestQueryBuffer  = 0xc0585609
	requestQueue        = 0xc058560f
	requestDequeue      = 0xc0585611
	requestOn           = 0x40045612
	requestOff          = 0x40045613
	requestSetRate      = 0xc0cc5616
	requestSetControl   = 0xc008561c
	requestSetSelection = 0xc040565f
)

// Capabilities.
const (
	capM2M        = 0x00008000
	capM2MPlanes  = 0x00004000
	capStreaming  = 0x04000000
	capPerDevice  = 0x80000000
	memoryMapped  = 1
	fieldNone     = 1
	flagError     = 0x00000040
	selectionCrop = 0
	maxPlanes     = 8
	maxFormats    = 64
	mostBuffers   = 32
)

// The kinds of queue, with one plane or several a buffer. OUTPUT is what goes to the device.
const (
	queueCapture       = 1
	queueOutput        = 2
	queueCapturePlanes = 9
	queueOutputPlanes  = 10
)

// Pixel formats.
const (
	FormatH264 = 'H' | '2'<<8 | '6'<<16 | '4'<<24
	FormatFWHT = 'F' | 'W'<<8 | 'H'<<16 | 'T'<<24 // of vicodec, the kernel's encoder without a chip
	formatYU12 = 'Y' | 'U'<<8 | '1'<<16 | '2'<<24
	formatNV12 = 'N' | 'V'<<8 | '1'<<16 | '2'<<24
)

// capabilities is a v4l2_capability.
type capabilities struct {
	_            [16]byte // driver
	card         [32]byte
	_            [32]byte // bus
	_            uint32   // version
	capabilities uint32
	device       uint32
	_            [3]uint32
}

// formatDescription is a v4l2_fmtdesc.
type formatDescription struct {
	index, kind uint32
	_           uint32   // flags
	_           [32]byte // description
	format      uint32
	_           [4]uint32
}

// format is a v4l2_format with its union open: see pixels and planes.
type format struct {
	kind uint32
	_    uint32
	raw  [25]uint64
}

// pixels is a v4l2_pix_format, which a format of one plane holds.
type pixels struct {
	width, height, format, field uint32
	stride, size                 uint32
	_                            [6]uint32 // colours
}

// planes is a v4l2_pix_format_mplane, which a format of several planes holds.
type planes struct {
	width, height, format, field uint32
	_                            uint32 // colours
	plane                        [maxPlanes]planeFormat
	count                        uint8
	_                            [11]uint8
}

type planeFormat struct {
	size, stride uint32
	_            [6]uint16
}

func (f *format) pixels() *pixels { return (*pixels)(unsafe.Pointer(&f.raw)) }
func (f *format) planes() *planes { return (*planes)(unsafe.Pointer(&f.raw)) }

// bufferRequest is a v4l2_requestbuffers.
type bufferRequest struct {
	count, kind, memory uint32
	_                   [2]uint32
}

// buffer is a v4l2_buffer.
type buffer struct {
	index, kind, used, flags, field uint32
	_                               uint32
	seconds, microseconds           int64
	_                               [4]uint32 // time code
	sequence, memory                uint32
	where                           uint64 // offset, or address of an array of planes
	length                          uint32 // of the buffer, or of that array
	_                               [3]uint32
}

// plane is a v4l2_plane.
type plane struct {
	used, length uint32
	offset       uint64
	dataOffset   uint32
	_            [11]uint32
}

// rate is a v4l2_streamparm of an OUTPUT queue.
type rate struct {
	kind                   uint32
	_                      [2]uint32
	numerator, denominator uint32
	_                      [46]uint32
}

// control is a v4l2_control.
type control struct {
	id    uint32
	value int32
}

// selection is a v4l2_selection.
type selection struct {
	kind, target  uint32
	_             uint32 // flags
	_             [2]int32
	width, height uint32
	_             [9]uint32
}

// ask makes a request of a device, again where a signal came between.
func ask[T any](fd int, request uint, argument *T) error {
	for {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), uintptr(request), uintptr(unsafe.Pointer(argument)))
		switch {
		case errno == 0:
			return nil
		case !errors.Is(errno, unix.EINTR):
			return errno
		}
	}
}

// fourCC returns a pixel format's name.
func fourCC(f uint32) string {
	return fmt.Sprintf("%c%c%c%c", rune(f&0xff), rune(f>>8&0xff), rune(f>>16&0xff), rune(f>>24&0xff))
}
