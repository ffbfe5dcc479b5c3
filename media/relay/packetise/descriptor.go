package packetise

import "errors"

// ErrDescriptor means that a payload does not begin with a whole VP8 payload descriptor.
var ErrDescriptor = errors.New("the VP8 payload descriptor is cut short or has reserved bits set")

// Descriptor is the VP8 payload descriptor at the start of each RTP payload (RFC 7741, section 4.2):
//
//	 0 1 2 3 4 5 6 7
//	+-+-+-+-+-+-+-+-+
//	|X|R|N|S|R| PID |   always
//	+-+-+-+-+-+-+-+-+
//	|I|L|T|K| RSV   |   if X
//	|M| PictureID   |   if I; 15 bits in two bytes if M
//	|   TL0PICIDX   |   if L
//	|TID|Y| KEYIDX  |   if T or K
//
// Only what the assembler decides by is kept apart; the rest is kept as it came, so that Append writes what
// ParseDescriptor read.
type Descriptor struct {
	NonReference bool  // N: no later frame needs this one
	Start        bool  // S: a partition begins here
	Partition    uint8 // PID, 0 to 7

	HasPictureID bool
	LongID       bool   // M: the picture id has 15 bits
	PictureID    uint16 // meaningful if HasPictureID

	HasTL0     bool
	TL0        uint8 // TL0PICIDX
	HasTID     bool
	HasKeyIdx  bool
	TIDKeyIdx  uint8 // the byte |TID|Y|KEYIDX|, meaningful if HasTID or HasKeyIdx
	Extensions bool  // X; set whenever one of the four above is
}

// The bits of the first two bytes.
const (
	bitX, bitN, bitS       = 0x80, 0x20, 0x10
	bitsReserved           = 0x48
	bitI, bitL, bitT, bitK = 0x80, 0x40, 0x20, 0x10
	bitM                   = 0x80
)

// FrameStart reports whether a frame begins with this packet.
func (d Descriptor) FrameStart() bool { return d.Start && d.Partition == 0 }

// ParseDescriptor reads the descriptor of an RTP payload and returns it with the bytes that follow. Reserved bits of
// the first byte must be zero, which is what tells many broken payloads from good ones; those of the second byte are
// ignored, as the RFC says.
func ParseDescriptor(payload []byte) (d Descriptor, rest []byte, err error) {
	if len(payload) == 0 || payload[0]&bitsReserved != 0 {
		return d, nil, ErrDescriptor
	}
	first, rest := payload[0], payload[1:]
	d.Extensions, d.NonReference = first&bitX != 0, first&bitN != 0
	d.Start, d.Partition = first&bitS != 0, first&7
	if !d.Extensions {
		return d, rest, nil
	}
	if len(rest) == 0 {
		return d, nil, ErrDescriptor
	}
	flags, rest := rest[0], rest[1:]
	d.HasPictureID, d.HasTL0 = flags&bitI != 0, flags&bitL != 0
	d.HasTID, d.HasKeyIdx = flags&bitT != 0, flags&bitK != 0
	rest, err = d.parseExtensions(rest)
	return d, rest, err
}

func (d *Descriptor) parseExtensions(rest []byte) ([]byte, error) {
	whole := true
	next := func() (b byte) {
		if len(rest) == 0 {
			whole = false
			return 0
		}
		b, rest = rest[0], rest[1:]
		return b
	}
	if d.HasPictureID {
		b := next()
		d.LongID, d.PictureID = b&bitM != 0, uint16(b&^bitM)
		if d.LongID {
			d.PictureID = d.PictureID<<8 | uint16(next())
		}
	}
	if d.HasTL0 {
		d.TL0 = next()
	}
	if d.HasTID || d.HasKeyIdx {
		d.TIDKeyIdx = next()
	}
	if !whole {
		return nil, ErrDescriptor
	}
	return rest, nil
}

// Append appends the descriptor's bytes to dst.
func (d Descriptor) Append(dst []byte) []byte {
	extended := d.Extensions || d.HasPictureID || d.HasTL0 || d.HasTID || d.HasKeyIdx
	dst = append(dst, bit(extended, bitX)|bit(d.NonReference, bitN)|bit(d.Start, bitS)|d.Partition&7)
	if !extended {
		return dst
	}
	dst = append(dst, bit(d.HasPictureID, bitI)|bit(d.HasTL0, bitL)|bit(d.HasTID, bitT)|bit(d.HasKeyIdx, bitK))
	switch {
	case d.HasPictureID && d.LongID:
		dst = append(dst, bitM|byte(d.PictureID>>8), byte(d.PictureID))
	case d.HasPictureID:
		dst = append(dst, byte(d.PictureID)&^bitM)
	}
	if d.HasTL0 {
		dst = append(dst, d.TL0)
	}
	if d.HasTID || d.HasKeyIdx {
		dst = append(dst, d.TIDKeyIdx)
	}
	return dst
}

func bit(set bool, value byte) byte {
	if set {
		return value
	}
	return 0
}
