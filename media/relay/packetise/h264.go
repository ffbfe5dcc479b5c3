package packetise

import (
	"errors"

	"greenroom/media"
)

// The payloads of H.264 (RFC 6184, section 5.2): a NAL unit as it is, kinds 1 to 23, or one in fragments.
//
//	 0 1 2 3 4 5 6 7   0 1 2 3 4 5 6 7
//	+-+-+-+-+-+-+-+-+ +-+-+-+-+-+-+-+-+
//	|F|NRI|   28    | |S|E|R|  kind   |   a part of the unit, without its first byte
//	+-+-+-+-+-+-+-+-+ +-+-+-+-+-+-+-+-+
//
// F and NRI are the unit's own; S is set in its first fragment, E in its last.
const (
	kindFragment = 28 // FU-A
	bitStart     = 0x80
	bitEnd       = 0x40
	unitBits     = 0xe0 // F and NRI
	kindBits     = 0x1f
	fragmentHead = 2
)

// ErrUnit means that a payload is none that a sender in a meeting makes: neither a NAL unit nor a fragment of one.
var ErrUnit = errors.New("the H.264 payload is neither a NAL unit nor a fragment of one")

// units is what is left to be sent of an H.264 frame.
type units struct {
	nal     []byte // what is left of the unit that is sent now; empty: there is no more
	rest    []byte // the byte stream behind it
	header  byte   // of a unit that is sent in fragments
	partial bool   // fragments of it were sent
}

// beginUnits begins with a frame's first unit.
func beginUnits(frame []byte) units {
	u := units{rest: frame}
	u.next()
	return u
}

// next goes on with the next unit that is of use to the other side: delimiters and fillers are not, and kinds that RTP has a
// meaning of its own for must not be sent.
func (u *units) next() {
	u.partial = false
	for {
		u.nal, u.rest = media.NextNAL(u.rest)
		if len(u.nal) == 0 {
			return
		}
		switch kind := media.NALType(u.nal); {
		case kind == 0 || kind == media.NALDelimiter || kind == media.NALFiller || kind > media.NALLast:
		default:
			return
		}
	}
}

// append appends the next payload.
func (u *units) append(dst []byte) []byte {
	if !u.partial && len(u.nal) <= MaxPayload {
		dst = append(dst, u.nal...)
		u.next()
		return dst
	}
	var flags byte
	if !u.partial {
		u.header, u.nal, u.partial = u.nal[0], u.nal[1:], true
		flags = bitStart
	}
	n := min(len(u.nal), MaxPayload-fragmentHead)
	if n == len(u.nal) {
		flags |= bitEnd
	}
	dst = append(dst, u.header&unitBits|kindFragment, flags|u.header&kindBits)
	dst = append(dst, u.nal[:n]...)
	if u.nal = u.nal[n:]; len(u.nal) == 0 {
		u.next()
	}
	return dst
}

// Unit is what an H.264 payload holds.
type Unit struct {
	// Header is the NAL unit's first byte, also where Data is a fragment; Data is the unit, or the fragment without that byte.
	Header byte
	Data   []byte
	// Fragment is set for a part of a unit, with Start for the first part and End for the last.
	Fragment, Start, End bool
	// Several is set for a payload that holds several units (kinds 24 to 27). No sender in a meeting makes such; the relay
	// does. Data is the payload.
	Several bool
}

// ParseUnit reads an H.264 payload. Data is a part of it.
func ParseUnit(payload []byte) (Unit, error) {
	if len(payload) == 0 {
		return Unit{}, ErrUnit
	}
	switch kind := media.NALType(payload); {
	case kind >= 1 && kind <= media.NALLast:
		return Unit{Header: payload[0], Data: payload}, nil
	case kind > media.NALLast && kind < kindFragment:
		return Unit{Header: payload[0], Data: payload, Several: true}, nil
	case kind != kindFragment || len(payload) <= fragmentHead:
		return Unit{}, ErrUnit
	}
	flags := payload[1]
	u := Unit{
		Header: payload[0]&unitBits | flags&kindBits, Data: payload[fragmentHead:],
		Fragment: true, Start: flags&bitStart != 0, End: flags&bitEnd != 0,
	}
	if kind := u.Header & kindBits; u.Start && u.End || kind == 0 || kind > media.NALLast {
		return Unit{}, ErrUnit
	}
	return u, nil
}

// StartsKeyframe reports whether a picture that needs no earlier one begins with an H.264 payload: whatever begins with a
// sequence parameter set does.
func StartsKeyframe(payload []byte) bool {
	u, err := ParseUnit(payload)
	return err == nil && !u.Several && !u.Fragment && u.Header&kindBits == media.NALSPS
}
