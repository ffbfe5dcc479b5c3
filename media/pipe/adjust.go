package pipe

import (
	"encoding/binary"

	"greenroom/devices/camera/adjust"
)

// MaxControls is how many controls a camera tells at most.
const MaxControls = 16

// adjustmentLen is the length of one control:
//
//	kind (1) | idle: 0 or 1 (1) | least (4) | most (4) | step (4) | default (4) | value (4)
const adjustmentLen = 1 + 1 + 5*4

// AppendControls appends what can be adjusted about the camera that is open; empty: nothing. More than MaxControls are left out.
func AppendControls(dst []byte, controls []adjust.Control) []byte {
	start := len(dst)
	dst = begin(dst, TypeControls)
	for _, c := range controls[:min(len(controls), MaxControls)] {
		var idle byte
		if c.Idle {
			idle = 1
		}
		dst = append(dst, byte(c.Kind), idle)
		for _, n := range []int32{c.Least, c.Most, c.Step, c.Default, c.Value} {
			dst = binary.BigEndian.AppendUint32(dst, uint32(n))
		}
	}
	return end(dst, start)
}

// ParseControls reads a Controls' body. Each kind comes once, its range is one, and its value lies in it. The error is
// ErrProtocol.
func ParseControls(b []byte) ([]adjust.Control, error) {
	if len(b)%adjustmentLen != 0 {
		return nil, protocolError("controls have %d bytes", len(b))
	}
	var all []adjust.Control
	seen := map[adjust.Kind]bool{}
	for ; len(b) > 0; b = b[adjustmentLen:] {
		number := func(i int) int32 { return int32(binary.BigEndian.Uint32(b[2+4*i:])) }
		c := adjust.Control{
			Kind: adjust.Kind(b[0]), Idle: b[1] == 1,
			Least: number(0), Most: number(1), Step: number(2), Default: number(3), Value: number(4),
		}
		within := func(n int32) bool { return c.Least <= n && n <= c.Most }
		if !c.Kind.Known() || seen[c.Kind] || b[1] > 1 || c.Least >= c.Most || c.Step < 1 || !within(c.Default) || !within(c.Value) {
			return nil, protocolError("a control of kind %d that cannot be", b[0])
		}
		seen[c.Kind] = true
		all = append(all, c)
	}
	return all, nil
}

// Adjustment is the request to adjust something.
type Adjustment struct {
	Kind  adjust.Kind
	Value int32
}

// AppendAdjustment appends an Adjustment: kind (1 byte), value (4 bytes).
func AppendAdjustment(dst []byte, a Adjustment) []byte {
	start := len(dst)
	return end(binary.BigEndian.AppendUint32(append(begin(dst, TypeAdjust), byte(a.Kind)), uint32(a.Value)), start)
}

// ParseAdjustment reads an Adjustment's body. The error is ErrProtocol.
func ParseAdjustment(b []byte) (Adjustment, error) {
	if len(b) != 5 || !adjust.Kind(b[0]).Known() {
		return Adjustment{}, protocolError("an adjustment of what does not exist")
	}
	return Adjustment{Kind: adjust.Kind(b[0]), Value: int32(binary.BigEndian.Uint32(b[1:]))}, nil
}
