// Package viscatest is a camera in software, for the other end of a serial port: it knows the manual's sequences and
// answers as the manual says, and can be told to misbehave.
package viscatest

import (
	"fmt"
	"io"
	"sync"

	"greenroom/devices/visca"
)

// Camera is the camera's state. Its zero value is on, at address 1, and looks straight ahead.
type Camera struct {
	// Hold keeps completions of presets back until Release.
	Hold bool
	// Garble is written before every answer.
	Garble []byte
	// Silent: it takes everything and answers nothing.
	Silent bool

	mu      sync.Mutex
	off     bool
	now     visca.Position
	presets map[byte]visca.Position
	seen    []string
	news    chan struct{}
	held    int
	conn    io.ReadWriter
}

// Serve answers on conn until reading fails.
func (c *Camera) Serve(conn io.ReadWriter) error {
	c.mu.Lock()
	c.conn = conn
	c.mu.Unlock()
	var split visca.Splitter
	buf := make([]byte, 64)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return err
		}
		split.Add(buf[:n], c.packet)
	}
}

// Seen returns the packets that came, in hex.
func (c *Camera) Seen() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.seen...)
}

// News is closed when the next packet has come and is answered.
func (c *Camera) News() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.news == nil {
		c.news = make(chan struct{})
	}
	return c.news
}

// Position returns where it looks.
func (c *Camera) Position() visca.Position {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Turn makes it look elsewhere.
func (c *Camera) Turn(p visca.Position) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = p
}

// Release completes what Hold kept back.
func (c *Camera) Release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held > 0 {
		c.answer([]byte{0x90, 0x50 | byte(c.held), 0xFF})
		c.held = 0
	}
}

// Say writes any bytes, as a camera that tells of itself.
func (c *Camera) Say(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answer(b)
}

func (c *Camera) answer(b []byte) {
	if c.Silent || c.conn == nil {
		return
	}
	// A reader that is gone is no matter of the camera.
	_, _ = c.conn.Write(append(append([]byte(nil), c.Garble...), b...))
}

func (c *Camera) packet(p []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	hex := fmt.Sprintf("% X", p)
	c.seen = append(c.seen, hex)
	switch {
	case hex == "88 30 01 FF": // AddressSet
		c.answer([]byte{0x88, 0x30, 0x02, 0xFF})
	case hex == "88 01 00 01 FF": // IF_Clear
		c.answer(p)
	case p[0] != 0x81: // another camera's
	case len(p) > 2 && p[1] == 0x09:
		c.inquired(p)
	case len(p) == 3 && p[1]&0xF0 == 0x20: // Command Cancel
		socket := p[1] & 0x0F
		if int(socket) != c.held || c.held == 0 {
			c.answer([]byte{0x90, 0x60 | socket, visca.CodeNoSocket, 0xFF})
			break
		}
		c.held = 0
		c.answer([]byte{0x90, 0x60 | socket, visca.CodeCancelled, 0xFF})
	case len(p) > 4 && p[1] == 0x01:
		c.commanded(p)
	default:
		c.answer([]byte{0x90, 0x60, visca.CodeSyntax, 0xFF})
	}
	if c.news != nil {
		close(c.news)
		c.news = nil
	}
}

func (c *Camera) inquired(p []byte) {
	switch fmt.Sprintf("% X", p[1:len(p)-1]) {
	case "09 04 00": // CAM_PowerInq
		power := byte(0x02)
		if c.off {
			power = 0x03
		}
		c.answer([]byte{0x90, 0x50, power, 0xFF})
	case "09 04 47": // CAM_ZoomPosInq
		c.answer(append(append([]byte{0x90, 0x50}, nibbles(c.now.Zoom)...), 0xFF))
	case "09 06 12": // Pan-tiltPosInq
		c.answer(append(append(append([]byte{0x90, 0x50}, nibbles(uint16(c.now.Pan))...), nibbles(uint16(c.now.Tilt))...), 0xFF))
	case "09 00 02": // CAM_VersionInq: EVI-D70
		c.answer([]byte{0x90, 0x50, 0x00, 0x01, 0x04, 0x0E, 0x01, 0x00, 0x02, 0xFF})
	default:
		c.answer([]byte{0x90, 0x60, visca.CodeSyntax, 0xFF})
	}
}

func nibbles(v uint16) []byte {
	return []byte{byte(v >> 12), byte(v >> 8 & 0xF), byte(v >> 4 & 0xF), byte(v & 0xF)}
}

func (c *Camera) commanded(p []byte) {
	switch group := fmt.Sprintf("%02X %02X", p[2], p[3]); {
	case group == "04 00" && len(p) == 6: // CAM_Power
		c.off = p[4] == 0x03
	case c.off:
		c.answer([]byte{0x90, 0x61, visca.CodeNotExecutable, 0xFF})
		return
	case group == "04 3F" && len(p) == 7 && c.memory(p[4], p[5]): // CAM_Memory
		if c.Hold {
			c.held = 1
			c.answer([]byte{0x90, 0x41, 0xFF})
			return
		}
	case group == "06 01" && len(p) == 9 && p[4] >= 1 && p[4] <= 0x18 && p[5] >= 1 && p[5] <= 0x14: // Pan-tiltDrive
		c.now.Pan += int16(p[4]) * step(p[6], 0x02, 0x01)
		c.now.Tilt += int16(p[5]) * step(p[7], 0x01, 0x02)
	case group == "06 04" && len(p) == 5: // Home
		c.now.Pan, c.now.Tilt = 0, 0
	case group == "04 07" && len(p) == 6, group == "04 08" && len(p) == 6, group == "04 38" && len(p) == 6: // CAM_Zoom, CAM_Focus
	case group == "04 47" && len(p) == 9: // CAM_Zoom, direct
		c.now.Zoom = uint16(p[4])<<12 | uint16(p[5])<<8 | uint16(p[6])<<4 | uint16(p[7])
	default:
		c.answer([]byte{0x90, 0x60, visca.CodeSyntax, 0xFF})
		return
	}
	socket := byte(1)
	if c.held == 1 {
		socket = 2
	}
	c.answer([]byte{0x90, 0x40 | socket, 0xFF})
	c.answer([]byte{0x90, 0x50 | socket, 0xFF})
}

func step(b, positive, negative byte) int16 {
	switch b {
	case positive:
		return 1
	case negative:
		return -1
	}
	return 0
}

func (c *Camera) memory(what, number byte) bool {
	if c.presets == nil {
		c.presets = map[byte]visca.Position{}
	}
	switch what {
	case 0x01:
		c.presets[number] = c.now
	case 0x02:
		c.now = c.presets[number]
	default:
		return false
	}
	return true
}
