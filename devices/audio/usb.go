package audio

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// The terminals of USB sound devices (Universal Serial Bus Device Class Definition for Terminal Types 1.0, section 2.4,
// bi-directional) that take the echo away themselves.
const (
	echoSuppressing = 0x0404
	echoCancelling  = 0x0405
)

// What a USB device says of itself (Universal Serial Bus Specification 2.0, section 9.5; Device Class Definition for Audio
// Devices 1.0, section 4.3.2): blocks that begin with their length and their type.
//
//	interface:  length, 0x04, number, alternate, endpoints, class, subclass ...
//	terminal:   length, 0x24, 0x02 (input) or 0x03 (output), id, type (2, little endian) ...
const (
	blockInterface, blockClass     = 0x04, 0x24
	terminalInput, terminalOutput  = 0x02, 0x03
	classAudio, subclassControl    = 0x01, 0x01
	maxDescriptors                 = 64 << 10
	interfaceLength, terminalStart = 9, 6
)

// CancelsEcho reports whether a card is a USB device that says that it takes the echo away itself. root is "/"; tests give a
// folder with a copy of the kernel's tree.
func (c Card) CancelsEcho(root string) bool {
	// The card belongs to one interface of the USB device, whose folder is in the device's.
	device, err := filepath.EvalSymlinks(filepath.Join(root, fmt.Sprintf("sys/class/sound/card%d/device", c.Card)))
	if err != nil {
		return false
	}
	f, err := os.Open(filepath.Join(filepath.Dir(device), "descriptors"))
	if err != nil {
		return false // no USB device
	}
	defer f.Close()
	descriptors, err := io.ReadAll(io.LimitReader(f, maxDescriptors))
	return err == nil && cancelsEcho(descriptors)
}

// cancelsEcho looks for a terminal that takes the echo away. What is cut off or of no known kind is passed over.
func cancelsEcho(b []byte) bool {
	control := false // the blocks are of an interface for the control of sound
	for len(b) >= 2 && b[0] >= 2 && int(b[0]) <= len(b) {
		block := b[:b[0]]
		b = b[b[0]:]
		switch {
		case block[1] == blockInterface:
			control = len(block) >= interfaceLength && block[5] == classAudio && block[6] == subclassControl
		case control && block[1] == blockClass && len(block) >= terminalStart && (block[2] == terminalInput || block[2] == terminalOutput):
			kind := int(block[4]) | int(block[5])<<8
			if kind == echoSuppressing || kind == echoCancelling {
				return true
			}
		}
	}
	return false
}
