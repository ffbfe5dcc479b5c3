// Package packetise cuts encoded frames into RTP payloads, and knows the VP8 payload descriptor (RFC 7741) and the payloads of
// H.264 (RFC 6184, packetization mode 1).
//
// The relay client and the playout both send with it; the assembler (package assemble) reads what it writes. It is
// pure: no clock, socket or goroutine. Frames may be sealed: nothing of a frame is read here but where H.264's NAL units begin.
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
	units   units
	buffer  [MaxPayload]byte
}

// Frame is what is left to be sent of a frame.
type Frame struct {
	descriptor Descriptor
	rest       []byte
	whole      bool   // the frame is the payload
	units      *units // H.264; nil: another codec
}

// Begin begins to cut a frame, which is only read, and which is cut before the next one. An empty frame makes no packet, nor
// does an H.264 frame without a NAL unit.
func (p *Packetiser) Begin(codec media.Codec, frame []byte) Frame {
	switch codec {
	case media.Opus:
		return Frame{rest: frame, whole: true} // the frame is the payload (RFC 7587, section 4.2)
	case media.H264:
		p.units = beginUnits(frame)
		return Frame{units: &p.units}
	case media.VP8:
	}
	f := Frame{rest: frame, descriptor: Descriptor{Start: true, HasPictureID: true, LongID: true, PictureID: p.picture}}
	if len(frame) > 0 {
		p.picture = (p.picture + 1) & 0x7fff
	}
	return f
}

// More reports whether there is another packet.
func (f *Frame) More() bool {
	if f.units != nil {
		return len(f.units.nal) > 0
	}
	return len(f.rest) > 0
}

// Next writes the next RTP payload over dst, which should hold MaxPayload bytes; last tells the final one, which gets the
// RTP marker bit for video.
func (f *Frame) Next(dst []byte) (payload []byte, last bool) {
	dst = dst[:0]
	if f.units != nil {
		payload = f.units.append(dst)
		return payload, !f.More()
	}
	n := len(f.rest)
	if !f.whole {
		dst = f.descriptor.Append(dst)
		f.descriptor.Start = false
		n = min(n, MaxPayload-descriptorLen)
	}
	payload = append(dst, f.rest[:n]...)
	f.rest = f.rest[n:]
	return payload, !f.More()
}

// Packets calls send with each RTP payload of a frame in order; last is set on the final one. The payload is only valid
// during the call. The first error of send ends it.
func (p *Packetiser) Packets(codec media.Codec, frame []byte, send func(payload []byte, last bool) error) error {
	for f := p.Begin(codec, frame); f.More(); {
		if f.whole {
			return send(f.rest, true)
		}
		if err := send(f.Next(p.buffer[:])); err != nil {
			return err
		}
	}
	return nil
}
