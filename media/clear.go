package media

import "fmt"

// What of a frame stays in clear, because a relay reads it (RFC 6386, section 9.1: the frame tag, and on keyframes the
// start code and the size):
//
//	             0        3                 10
//	VP8 keyframe | tag    | start code, size | sealed: the real tag, the rest of the frame
//	VP8 other    | tag    | sealed: the real tag, the rest of the frame
//	Opus         | sealed: all
//
// In the clear tag the size of the first partition is set to the largest there is. It tells a relay nothing about the
// picture, and a decoder that is given the frame without its key refuses it at once: VP8 has no
// redundancy, and a decoder makes noise of some frames of ciphertext if their sizes look right.
const (
	vp8Tag           = 3
	vp8ClearKeyframe = 10
	vp8ClearDelta    = vp8Tag
)

// ClearLen returns how many leading bytes of a frame are in clear on the wire. It depends on nothing but the codec and
// the first byte, so a receiver finds it in the sealed frame as the sender found it in the plain one. The result is
// never larger than len(data).
func ClearLen(c Codec, data []byte) int {
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
	if c != VP8 {
		return clear, data, nil
	}
	n := ClearLen(c, data)
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
	if c != VP8 {
		return opened, nil
	}
	if n < vp8Tag || len(opened) < n+vp8Tag {
		return nil, fmt.Errorf("a VP8 frame of %d bytes is none", len(opened))
	}
	var tag [vp8Tag]byte
	copy(tag[:], opened[n:])
	copy(opened[2*vp8Tag:], opened[vp8Tag:n])
	copy(opened[vp8Tag:], tag[:])
	return opened[vp8Tag:], nil
}
