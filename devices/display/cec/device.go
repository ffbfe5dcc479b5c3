package cec

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"

	"greenroom/devices/display"
)

// message is struct cec_msg of linux/cec.h.
type message struct {
	TxTime, RxTime                         uint64
	Len, Timeout, Sequence, Flags          uint32
	Msg                                    [16]byte
	Reply, RxStatus, TxStatus              uint8
	ArbLost, Nack, LowDrive, Errors, Spare uint8
}

// addresses is struct cec_log_addrs of linux/cec.h.
type addresses struct {
	Logical  [4]uint8
	Mask     uint16
	Version  uint8
	Count    uint8
	VendorID uint32
	Flags    uint32
	OSDName  [15]byte
	Primary  [4]uint8
	Type     [4]uint8
	All      [4]uint8
	Features [4][12]uint8
	Spare    uint8
}

// The sizes of linux/cec.h: a message or list of addresses of another size is another command to the kernel.
const (
	_ = uint(unsafe.Sizeof(message{})-56) + uint(56-unsafe.Sizeof(message{}))
	_ = uint(unsafe.Sizeof(addresses{})-92) + uint(92-unsafe.Sizeof(addresses{}))
)

// The commands: direction, size, 'a', number (_IOR, _IOWR of asm-generic/ioctl.h).
const (
	read      = 2 << 30
	readWrite = 3 << 30
	group     = 'a' << 8

	getPhysical  = read | 2<<16 | group | 1
	getAddresses = read | 92<<16 | group | 3
	setAddresses = readWrite | 92<<16 | group | 4
	transmit     = readWrite | 56<<16 | group | 5
)

// Of linux/cec.h.
const (
	txOK, txNack    = 1 << 0, 1 << 2
	rxOK, rxAbort   = 1 << 0, 1 << 2
	noPhysical      = 0xFFFF
	version14       = 5
	primaryPlayback = 4
	typePlayback    = 3
	allPlayback     = 0x10
	unregistered    = 0xF
	replyLimit      = 1000 // ms, the most that CEC allows
)

// device is a Wire over the kernel's device file.
type device struct{ file *os.File }

// openBlocking opens a device file so that a command returns when it is done. os.OpenFile makes it non-blocking, and then the
// kernel neither waits for the cable nor for an answer (CEC_TRANSMIT, CEC_ADAP_S_LOG_ADDRS).
func openBlocking(path string) (*os.File, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}

func (d *device) Close() error { return d.file.Close() }

func (d *device) ioctl(command uintptr, arg unsafe.Pointer) error {
	raw, err := d.file.SyscallConn()
	if err != nil {
		return err
	}
	var errno unix.Errno
	err = raw.Control(func(fd uintptr) { _, _, errno = unix.Syscall(unix.SYS_IOCTL, fd, command, uintptr(arg)) })
	switch {
	case err != nil:
		return err
	case errno != 0:
		return errno
	}
	return nil
}

// Claim asks the kernel for a playback device's address, which it negotiates on the cable.
func (d *device) Claim() (byte, uint16, error) {
	var physical uint16
	if err := d.ioctl(getPhysical, unsafe.Pointer(&physical)); err != nil {
		return 0, 0, fmt.Errorf("cec: ask for the physical address: %w", err)
	}
	if physical == noPhysical {
		return 0, 0, ErrNoDisplay
	}
	var a addresses
	if err := d.ioctl(getAddresses, unsafe.Pointer(&a)); err != nil {
		return 0, 0, fmt.Errorf("cec: ask for the logical address: %w", err)
	}
	if a.Mask == 0 {
		a = addresses{Version: version14, Count: 1}
		a.Primary[0], a.Type[0], a.All[0] = primaryPlayback, typePlayback, allPlayback
		copy(a.OSDName[:len(a.OSDName)-1], "Greenroom")
		if err := d.ioctl(setAddresses, unsafe.Pointer(&a)); err != nil {
			return 0, 0, fmt.Errorf("cec: claim a logical address: %w", err)
		}
	}
	if a.Mask == 0 || a.Logical[0] > unregistered {
		return 0, 0, fmt.Errorf("%w: no address was free", ErrNoDisplay)
	}
	return a.Logical[0], physical, nil
}

// Send transmits, and waits for the answer where one is expected.
func (d *device) Send(packet []byte, reply byte) ([]byte, error) {
	m, err := newMessage(packet, reply)
	if err != nil {
		return nil, err
	}
	if err := d.ioctl(transmit, unsafe.Pointer(&m)); err != nil {
		return nil, fmt.Errorf("cec: send % X: %w", packet, err)
	}
	return m.outcome(packet, reply)
}

func newMessage(packet []byte, reply byte) (message, error) {
	m := message{Len: uint32(len(packet)), Reply: reply}
	if len(packet) > len(m.Msg) {
		return m, fmt.Errorf("cec: a message has at most %d bytes, and not %d", len(m.Msg), len(packet))
	}
	copy(m.Msg[:], packet)
	if reply != 0 {
		m.Timeout = replyLimit
	}
	return m, nil
}

// outcome reads what the kernel has made of a message.
func (m *message) outcome(packet []byte, reply byte) ([]byte, error) {
	switch {
	case m.TxStatus&txNack != 0 && m.TxStatus&txOK == 0:
		return nil, fmt.Errorf("cec: % X: %w: %w", packet, display.ErrSilent, ErrNoDisplay)
	case m.TxStatus&txOK == 0:
		return nil, fmt.Errorf("cec: % X: %w: the cable's status is %#x", packet, display.ErrSilent, m.TxStatus)
	case reply == 0:
		return nil, nil
	case m.RxStatus&rxAbort != 0:
		return nil, fmt.Errorf("cec: % X: %w", packet, display.ErrUnsupported)
	case m.RxStatus&rxOK == 0:
		return nil, fmt.Errorf("cec: % X: %w", packet, display.ErrSilent)
	case m.Len > uint32(len(m.Msg)):
		return nil, errors.Join(ErrMalformed, fmt.Errorf("it has %d bytes", m.Len))
	}
	return append([]byte(nil), m.Msg[:m.Len]...), nil
}
