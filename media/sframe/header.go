package sframe

import "math/bits"

// maxHeader is the length of the longest SFrame header: the config byte and two numbers of 8 bytes.
const maxHeader = 1 + 8 + 8

// The config byte (RFC 9605, section 4.3). A number up to 7 stands in the byte itself; a larger one follows in its
// shortest big-endian form, and the byte holds that form's length minus one.
//
//	 0 1 2 3 4 5 6 7
//	+-+-----+-+-----+-------------+-------------+
//	|X|  K  |Y|  C  | key id (X)  | counter (Y) |
//	+-+-----+-+-----+-------------+-------------+
const (
	flagKeyID   = 0x80
	flagCounter = 0x08
	maxInline   = 7
)

// header is a parsed SFrame header.
type header struct {
	keyID   uint64
	counter uint64
	length  int // in bytes, 1 to maxHeader
}

// appendHeader appends the SFrame header for kid and ctr to dst.
func appendHeader(dst []byte, kid, ctr uint64) []byte {
	var config byte
	kidLen, ctrLen := 0, 0
	if kid <= maxInline {
		config |= byte(kid) << 4
	} else {
		kidLen = numberLen(kid)
		config |= flagKeyID | byte(kidLen-1)<<4
	}
	if ctr <= maxInline {
		config |= byte(ctr)
	} else {
		ctrLen = numberLen(ctr)
		config |= flagCounter | byte(ctrLen-1)
	}
	dst = append(dst, config)
	dst = appendNumber(dst, kid, kidLen)
	return appendNumber(dst, ctr, ctrLen)
}

// parseHeader reads the SFrame header at the start of b. It accepts the shortest form alone, so that every header has
// one encoding. The error is ErrMalformed.
func parseHeader(b []byte) (header, error) {
	if len(b) == 0 {
		return header{}, ErrMalformed
	}
	config := b[0]
	h := header{length: 1}
	var ok bool
	if h.keyID, ok = h.number(b, config&flagKeyID != 0, config>>4&maxInline); !ok {
		return header{}, ErrMalformed
	}
	if h.counter, ok = h.number(b, config&flagCounter != 0, config&maxInline); !ok {
		return header{}, ErrMalformed
	}
	return h, nil
}

// number returns the number that the three bits of a config byte stand for, or the one that follows at h.length; then
// it moves h.length behind it.
func (h *header) number(b []byte, extended bool, inline byte) (uint64, bool) {
	if !extended {
		return uint64(inline), true
	}
	n := int(inline) + 1
	if len(b)-h.length < n {
		return 0, false
	}
	var v uint64
	for _, c := range b[h.length : h.length+n] {
		v = v<<8 | uint64(c)
	}
	h.length += n
	return v, v > maxInline && numberLen(v) == n
}

// numberLen returns the number of bytes of v's shortest form.
func numberLen(v uint64) int { return max(1, (bits.Len64(v)+7)/8) }

func appendNumber(dst []byte, v uint64, n int) []byte {
	for i := n - 1; i >= 0; i-- {
		dst = append(dst, byte(v>>(8*i)))
	}
	return dst
}

// PeekKeyID returns the key id of a sealed frame with clearLen clear bytes, without opening it. What it returns is not
// authenticated. The error is ErrMalformed.
func PeekKeyID(frame []byte, clearLen int) (uint64, error) {
	if clearLen < 0 || clearLen > len(frame) {
		return 0, ErrMalformed
	}
	h, err := parseHeader(frame[clearLen:])
	return h.keyID, err
}
