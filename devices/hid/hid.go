// Package hid reads what USB HID devices say of their buttons and lights, and talks to them by the kernel's hidraw files.
//
//	report descriptor --Parse--> Descriptor: fields, each of some controls, in reports
//	Find: the devices that are there        Open: Device, which reads and writes reports
//
// A descriptor comes from whatever is plugged in, and is read as an enemy's.
//
// A report is bits, and begins with its ID where the device has several (Descriptor.Numbered):
//
//	+----------+-------------------------------------------+
//	| ID, or 0 | data: the controls, the first in bit 0    |   as it is written: without IDs it begins with 0
//	+----------+-------------------------------------------+
//
// Documentation: Device Class Definition for HID 1.11 (sections 6.2.2, 8), HID Usage Tables 1.5, and
// Documentation/hid/hidraw.rst in the kernel's source. Section numbers here are the first's. Linux only.
package hid

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Found is a HID device that is there.
type Found struct {
	Node string // "/dev/hidraw0"; the numbers are given anew
	Name string // as the device calls itself
	// Report is its report descriptor, not parsed yet.
	Report []byte
}

// Find returns the HID devices in the kernel's order. It opens none of them. root is "/"; tests give a folder with a copy of
// the kernel's tree. A device that goes away meanwhile is left out, and a kernel without HID has none: no error.
func Find(root string) ([]Found, error) {
	dir := filepath.Join(root, "sys/class/hidraw")
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("list HID devices: %w", err)
	}
	var all []Found
	for _, e := range entries {
		of := filepath.Join(dir, e.Name(), "device")
		report, err := readAtMost(filepath.Join(of, "report_descriptor"), maxDescriptor)
		if err != nil {
			continue
		}
		uevent, _ := readAtMost(filepath.Join(of, "uevent"), maxDescriptor)
		all = append(all, Found{Node: "/dev/" + e.Name(), Name: nameIn(string(uevent)), Report: report})
	}
	return all, nil
}

func nameIn(uevent string) string {
	for line := range strings.Lines(uevent) {
		if name, ok := strings.CutPrefix(line, "HID_NAME="); ok {
			return strings.TrimSpace(name)
		}
	}
	return ""
}

func readAtMost(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most))
}

// Device is an open device.
type Device struct{ file *os.File }

// ErrReplaced: the file belongs to another device now.
var ErrReplaced = errors.New("another device has taken its place")

// Open opens a device. Errors: os.ErrPermission, os.ErrNotExist, ErrReplaced.
func Open(found Found) (*Device, error) {
	f, err := os.OpenFile(found.Node, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	d := &Device{f}
	// Another device may have got the number since: what it sends (a keyboard) is nobody's business here.
	if report, err := d.report(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: read the report descriptor: %w", found.Node, err), f.Close())
	} else if !bytes.Equal(report, found.Report) {
		return nil, errors.Join(fmt.Errorf("%s: %w", found.Node, ErrReplaced), f.Close())
	}
	return d, nil
}

// rawDescriptor is struct hidraw_report_descriptor of linux/hidraw.h.
type rawDescriptor struct {
	size uint32
	data [maxDescriptor]byte
}

// The commands of linux/hidraw.h: _IOR('H', 1, int) and _IOR('H', 2, struct hidraw_report_descriptor).
const (
	getDescriptorSize = 2<<30 | 4<<16 | 'H'<<8 | 1
	getDescriptor     = 2<<30 | uint32(unsafe.Sizeof(rawDescriptor{}))<<16 | 'H'<<8 | 2
)

// report asks the open file for its report descriptor.
func (d *Device) report() ([]byte, error) {
	raw, err := d.file.SyscallConn()
	if err != nil {
		return nil, err
	}
	var size int32
	var held rawDescriptor
	var errno unix.Errno
	err = raw.Control(func(fd uintptr) {
		if _, _, errno = unix.Syscall(unix.SYS_IOCTL, fd, getDescriptorSize, uintptr(unsafe.Pointer(&size))); errno != 0 {
			return
		}
		held.size = uint32(min(max(size, 0), maxDescriptor))
		_, _, errno = unix.Syscall(unix.SYS_IOCTL, fd, uintptr(getDescriptor), uintptr(unsafe.Pointer(&held)))
	})
	switch {
	case err != nil:
		return nil, err
	case errno != 0:
		return nil, errno
	}
	return held.data[:min(held.size, maxDescriptor)], nil
}

// Read waits for an input report, which begins with its ID if the device's reports have some.
func (d *Device) Read(report []byte) (int, error) { return d.file.Read(report) }

// Write sends an output report, which begins with its ID, or with 0.
func (d *Device) Write(report []byte) (int, error) { return d.file.Write(report) }

// Close ends a Read that waits, too.
func (d *Device) Close() error { return d.file.Close() }
