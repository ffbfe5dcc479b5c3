package visca

import "fmt"

// broadcast is the header of a packet to all cameras.
const broadcast = 0x88

// The fastest pan and tilt, and the number of presets ("Pan-tiltDrive", "CAM_Memory" of the EVI-D70; cameras of other
// makers have more presets, up to 7F).
const (
	MaxPanSpeed  = 0x18
	MaxTiltSpeed = 0x14
	MaxZoomSpeed = 7
	MaxPreset    = 0x7F
)

// Command is the message of one command or inquiry, without header and end.
type Command struct {
	bytes   []byte
	inquiry bool
}

// to returns the packet for one camera.
func (c Command) to(camera int) []byte {
	return append(append([]byte{0x80 | byte(camera)}, c.bytes...), end)
}

func command(b ...byte) Command { return Command{bytes: b} }
func inquiry(b ...byte) Command { return Command{bytes: b, inquiry: true} }

// Power switches the camera on, or into standby ("CAM_Power").
func Power(on bool) Command { return command(0x01, 0x04, 0x00, twoOrThree(on)) }

func twoOrThree(two bool) byte {
	if two {
		return 0x02
	}
	return 0x03
}

// Zoom zooms in (speed 1 to 8), out (-1 to -8) or stops (0) ("CAM_Zoom", variable).
func Zoom(speed int) Command { return command(0x01, 0x04, 0x07, variable(speed)) }

// variable is 2p towards tele (or far), 3p towards wide (or near), 00 for stop.
func variable(speed int) byte {
	switch {
	case speed > 0:
		return 0x20 | byte(min(speed-1, MaxZoomSpeed))
	case speed < 0:
		return 0x30 | byte(min(-speed-1, MaxZoomSpeed))
	}
	return 0x00
}

// ZoomTo zooms to a position, 0 (wide) to 0x7AC0 ("CAM_Zoom", direct).
func ZoomTo(position uint16) Command {
	return command(append([]byte{0x01, 0x04, 0x47}, nibbles(position)...)...)
}

// nibbles is the manual's way to write 16 bits in four bytes, 0p 0q 0r 0s, so that none is an end.
func nibbles(v uint16) []byte {
	return []byte{byte(v >> 12), byte(v >> 8 & 0xF), byte(v >> 4 & 0xF), byte(v & 0xF)}
}

// AutoFocus lets the camera focus by itself, or not ("CAM_Focus", Auto Focus, Manual Focus).
func AutoFocus(on bool) Command { return command(0x01, 0x04, 0x38, twoOrThree(on)) }

// Focus moves the focus far (speed 1 to 8), near (-1 to -8) or stops (0); manual focus only ("CAM_Focus", variable).
func Focus(speed int) Command { return command(0x01, 0x04, 0x08, variable(speed)) }

// FocusTo focuses at a position ("CAM_Focus", direct).
func FocusTo(position uint16) Command {
	return command(append([]byte{0x01, 0x04, 0x48}, nibbles(position)...)...)
}

// Recall moves to a preset ("CAM_Memory", recall).
func Recall(preset int) Command { return memory(0x02, preset) }

// Save keeps where the camera looks now as a preset ("CAM_Memory", set).
func Save(preset int) Command { return memory(0x01, preset) }

func memory(what byte, preset int) Command {
	return command(0x01, 0x04, 0x3F, what, byte(max(0, min(preset, MaxPreset))))
}

// Drive pans and tilts until it is told otherwise. Pan is positive to the right, -24 to 24; tilt is positive upwards,
// -20 to 20; both 0: stop ("Pan-tiltDrive").
func Drive(pan, tilt int) Command {
	vv, horizontal := axis(pan, MaxPanSpeed, 0x02, 0x01)
	ww, vertical := axis(tilt, MaxTiltSpeed, 0x01, 0x02)
	return command(0x01, 0x06, 0x01, vv, ww, horizontal, vertical)
}

// axis returns the speed, which is never 0, and the direction; 3 is to stand still.
func axis(speed, limit int, positive, negative byte) (byte, byte) {
	switch {
	case speed > 0:
		return byte(min(speed, limit)), positive
	case speed < 0:
		return byte(min(-speed, limit)), negative
	}
	return 1, 0x03
}

// MoveTo turns to a position with speeds of 1 to 24 and 1 to 20 ("Pan-tiltDrive", AbsolutePosition).
func MoveTo(pan, tilt int16, panSpeed, tiltSpeed int) Command {
	b := []byte{0x01, 0x06, 0x02, byte(max(1, min(panSpeed, MaxPanSpeed))), byte(max(1, min(tiltSpeed, MaxTiltSpeed)))}
	b = append(b, nibbles(uint16(pan))...)
	return command(append(b, nibbles(uint16(tilt))...)...)
}

// Home turns to the middle ("Pan-tiltDrive", Home).
func Home() Command { return command(0x01, 0x06, 0x04) }

// The inquiries ("Inquiry Command List").
func askPower() Command   { return inquiry(0x09, 0x04, 0x00) }
func askZoom() Command    { return inquiry(0x09, 0x04, 0x47) }
func askPanTilt() Command { return inquiry(0x09, 0x06, 0x12) }
func askVersion() Command { return inquiry(0x09, 0x00, 0x02) }

// cancel gives up what a socket does ("Command Cancel").
func cancel(socket int) Command { return command(0x20 | byte(socket)) }

// The broadcasts ("AddressSet", "IF_Clear").
func addressSet() []byte { return []byte{broadcast, 0x30, 0x01, end} }
func ifClear() []byte    { return []byte{broadcast, 0x01, 0x00, 0x01, end} }

// Version is what a camera is ("CAM_VersionInq").
type Version struct{ Vendor, Model, ROM uint16 }

func (v Version) String() string {
	maker := fmt.Sprintf("vendor %04X", v.Vendor)
	if v.Vendor == 0x0020 || v.Vendor == 0x0001 {
		maker = "Sony"
	}
	return fmt.Sprintf("%s model %04X (ROM %04X)", maker, v.Model, v.ROM)
}
