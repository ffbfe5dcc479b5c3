package media

import (
	"bytes"
	"fmt"
)

// What of a frame stays in clear, because a relay reads it (RFC 6386, section 9.1: the frame tag, and on keyframes the
// start code and the size):
//
//	             0        3                 10
//	VP8 keyframe | tag    | start code, size | sealed: the real tag, the rest of the frame
//	VP8 other    | tag    | sealed: the real tag, the rest of the frame
//	Opus         | sealed: all
//
//	H.264 keyframe | parameter sets, beginning of a slice that are always the same | sealed: the access unit
//	H.264 other    | beginning of a slice that is always the same                  | sealed: the access unit
//
// In the clear tag the size of the first partition is set to the largest there is. It tells a relay nothing about the
// picture, and a decoder that is given the frame without its key refuses it at once: VP8 has no
// redundancy, and a decoder makes noise of some frames of ciphertext if their sizes look right.
const (
	vp8Tag           = 3
	vp8ClearKeyframe = 10
	vp8ClearDelta    = vp8Tag
)

// The clear headers of H.264: NAL units in the byte stream format, of which the last goes on with what is sealed (see Escape).
// They tell a relay and a browser's WebRTC whether a picture is a keyframe, and nothing of the picture: they are the same
// whatever it is, its size included. A decoder that is given the frame without its key refuses the slice, whose quantiser (226) is
// out of its range. Its first macroblock is number 0, by which Chromium finds where a frame begins. The set of parameters says
// that no picture is shown out of order, so that Chromium, which writes that into sets that do not say it, changes nothing.
var (
	h264ClearKeyframe = []byte{
		// Sequence parameters: constrained baseline, level 3.1, set 0, 1280x720, one reference frame, no reordering.
		0, 0, 0, 1, 0x60 | NALSPS, 0x42, 0xe0, 0x1f, 0xda, 0x01, 0x40, 0x16, 0xe8, 0x07, 0x84, 0x42, 0x35,
		// Picture parameters: set 0 of sequence set 0, CAVLC.
		0, 0, 0, 1, 0x60 | NALPPS, 0xce, 0x3c, 0x80,
		// A slice: first macroblock 0, type 7 (I), picture parameter set 0, frame 0, IDR 0, quantiser 26 + 200.
		0, 0, 0, 1, 0x60 | NALIDR, 0x88, 0x84, 0x00, 0xc8, 0x7f,
	}
	// A slice of type 5 (P) otherwise.
	h264ClearDelta = []byte{0, 0, 0, 1, 0x40 | NALSlice, 0x9a, 0x00, 0x03, 0x21}
)

// h264Clear returns the clear header with which a sealed H.264 frame begins; nil: it does not begin with one.
func h264Clear(data []byte) []byte {
	for _, header := range [][]byte{h264ClearDelta, h264ClearKeyframe} {
		if bytes.HasPrefix(data, header) {
			return header
		}
	}
	return nil
}

// ClearLen returns how many leading bytes of a sealed frame are in clear. It depends on nothing but the codec and
// what is in clear; for VP8 on the first byte, which is the same in the plain frame. The result is never larger than len(data).
func ClearLen(c Codec, data []byte) int {
	if c == H264 {
		return len(h264Clear(data))
	}
	if c != VP8 || len(data) == 0 {
		return 0
	}
	n := vp8ClearDelta
	if VP8Keyframe(data) {
		n = vp8ClearKeyframe
	}
	return min(n, len(data))
}

// VP8Keyframe reports whether the VP8 frame that begins with data is a keyframe (RFC 6386, section 9.1).
func VP8Keyframe(data []byte) bool { return len(data) > 0 && data[0]&1 == 0 }

// Split takes an encoded frame apart into what stays in clear, appended to clear, and what is to be sealed. It changes
// data, and the sealed part lies in it.
func Split(c Codec, data, clear []byte) (header, secret []byte, err error) {
	switch c {
	case VP8:
		return splitVP8(data, clear)
	case H264:
		kind, _ := firstSlice(data)
		if kind == 0 {
			return nil, nil, fmt.Errorf("an H.264 frame of %d bytes has no picture", len(data))
		}
		if H264Keyframe(data) {
			return append(clear, h264ClearKeyframe...), data, nil
		}
		return append(clear, h264ClearDelta...), data, nil
	case Opus:
	}
	return clear, data, nil
}

func splitVP8(data, clear []byte) (header, secret []byte, err error) {
	n := ClearLen(VP8, data)
	if n < vp8Tag || VP8Keyframe(data) && n < vp8ClearKeyframe {
		return nil, nil, fmt.Errorf("a VP8 frame of %d bytes is none", len(data))
	}
	header = append(clear, data[:n]...)
	secret = data[n-vp8Tag:]
	copy(secret, data[:vp8Tag])
	tag := header[len(clear):]
	tag[0] |= 0xe0 // the size's 19 bits: the upper three of the first byte, and the next two bytes
	tag[1], tag[2] = 0xff, 0xff
	return header, secret, nil
}

// Join is the inverse of Split: it puts a frame together from its clear header of n bytes and the opened part that
// follows it in opened. The result lies in opened.
func Join(c Codec, opened []byte, n int) ([]byte, error) {
	switch c {
	case VP8:
		return joinVP8(opened, n)
	case H264:
		return joinH264(opened, n)
	case Opus:
	}
	return opened, nil
}

// joinH264 leaves the clear header away. A header that says another kind of picture than is sealed is the sender's mistake.
func joinH264(opened []byte, n int) ([]byte, error) {
	if n == 0 || n > len(opened) {
		return nil, fmt.Errorf("an H.264 frame of %d bytes is none", len(opened))
	}
	header, plain := opened[:n], opened[n:]
	if kind, _ := firstSlice(plain); kind == 0 || H264Keyframe(header) != H264Keyframe(plain) {
		return nil, fmt.Errorf("an H.264 frame of %d bytes holds another picture than its header says", len(opened))
	}
	return plain, nil
}

func joinVP8(opened []byte, n int) ([]byte, error) {
	if n < vp8Tag || len(opened) < n+vp8Tag {
		return nil, fmt.Errorf("a VP8 frame of %d bytes is none", len(opened))
	}
	var tag [vp8Tag]byte
	copy(tag[:], opened[n:])
	copy(opened[2*vp8Tag:], opened[vp8Tag:n])
	copy(opened[vp8Tag:], tag[:])
	return opened[vp8Tag:], nil
}
