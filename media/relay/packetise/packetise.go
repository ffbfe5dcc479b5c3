// Package packetise cuts encoded frames into RTP payloads, and knows the VP8 payload descriptor (RFC 7741).
//
// The relay client and the playout both send with it; the assembler (package assemble) reads what it writes. It is
// pure: no clock, socket or goroutine. Frames may be sealed: nothing of a frame is read here.
package packetise

import "greenroom/media"

// MaxPayload is the largest RTP payload made, in bytes. With RTP, SRTP, UDP and IPv6 headers it stays below the
// 1,280 bytes that every IPv6 path carries.
const MaxPayload = 1180

// A descriptor with a 15-bit picture id takes 4 bytes.
const descriptorLen = 4

// Packetiser cuts the frames of one stream. The zero value is ready. It must not be used by two goroutines at once.
//
// VP8 packets always carry a 15-bit picture id, because a relay that drops or inserts frames rewrites it (pion's own
// payloader changes the id's length as it grows and leaves it out at 0, which makes the relay rewrite lengths too).
type Packetiser struct {
	picture uint16
	buffer  [MaxPayload]byte
}

// Packets calls send with each RTP payload of a frame in order; last is set on the final one, which gets the RTP
// marker bit for video. The payload is only valid during the call. The first error of send ends it. An empty frame
// makes no packet.
func (p *Packetiser) Packets(codec media.Codec, frame []byte, send func(payload []byte, last bool) error) error {
	if len(frame) == 0 {
		return nil
	}
	if codec != media.VP8 {
		return send(frame, true) // Opus: the frame is the payload (RFC 7587, section 4.2)
	}
	d := Descriptor{Start: true, HasPictureID: true, LongID: true, PictureID: p.picture}
	p.picture = (p.picture + 1) & 0x7fff
	for len(frame) > 0 {
		payload := d.Append(p.buffer[:0])
		n := min(len(frame), MaxPayload-descriptorLen)
		payload = append(payload, frame[:n]...)
		frame = frame[n:]
		if err := send(payload, len(frame) == 0); err != nil {
			return err
		}
		d.Start = false
	}
	return nil
}
