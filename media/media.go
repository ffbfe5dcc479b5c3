// Package media names what every part of a frame's way shares: streams, codecs and encoded frames.
//
// The way of a frame that is sent: capture and codec (in the greenroom-capture process) -> pipe -> source -> sframe
// -> relay. The way of a frame that is received: relay -> sframe -> playout -> the kiosk page; ladder chooses
// the sizes of what is sent. The packages below hold one step each; none of them decodes or re-encodes, and only capture and codec contain C code.
package media

import (
	"fmt"
	"time"
)

// Stream numbers one of a participant's media streams. Every stream has SFrame keys of its own (meeting/SPEC.md, section 10, "Media").
type Stream uint8

// The streams of a participant.
const (
	Microphone   Stream = 1
	Camera       Stream = 2
	Content      Stream = 3
	ContentAudio Stream = 4
)

// String returns the stream's name as it stands in logs and in the local API.
func (s Stream) String() string {
	switch s {
	case Microphone:
		return "microphone"
	case Camera:
		return "camera"
	case Content:
		return "content"
	case ContentAudio:
		return "content-audio"
	}
	return fmt.Sprintf("stream-%d", uint8(s))
}

// Audio reports whether the stream carries sound.
func (s Stream) Audio() bool { return s == Microphone || s == ContentAudio }

// Codec is the coding of a frame's data.
type Codec uint8

// The codecs in use. Their RTP clock rates are 90,000 ticks a second for pictures (RFC 7741, RFC 6184) and 48,000 for sound
// (RFC 7587). An H.264 frame is an access unit in the byte stream format (ITU-T H.264, annex B).
const (
	VP8  Codec = 1
	Opus Codec = 2
	H264 Codec = 3
)

// Codecs is how many codecs there are, counted from 1.
const Codecs = 3

// String returns the codec's registered media subtype.
func (c Codec) String() string {
	switch c {
	case VP8:
		return "VP8"
	case Opus:
		return "opus"
	case H264:
		return "H264"
	}
	return fmt.Sprintf("codec-%d", uint8(c))
}

// ClockRate returns the codec's RTP clock rate in ticks a second, or 0 for an unknown codec.
func (c Codec) ClockRate() uint32 {
	switch c {
	case VP8, H264:
		return 90_000
	case Opus:
		return 48_000
	}
	return 0
}

// Video reports whether it is a codec of pictures.
func (c Codec) Video() bool { return c == VP8 || c == H264 }

// Keyframe reports whether a frame, sealed or not, is a picture that needs no earlier one. Sound has none.
func Keyframe(c Codec, data []byte) bool {
	switch c {
	case VP8:
		return VP8Keyframe(data)
	case H264:
		return H264Keyframe(data)
	case Opus:
	}
	return false
}

// Frame is one encoded frame (one VP8 or H.264 picture, one Opus packet), sealed or not.
type Frame struct {
	Codec    Codec
	Keyframe bool // the picture needs no earlier one
	// Layer is which of the sizes of a picture this is, the smallest being 0 (sent); 0 where there is one alone.
	Layer uint8

	// Timestamp is in ticks of the codec's RTP clock, from any start.
	Timestamp uint32
	// Duration is how long the frame lasts; 0 where it is not known (received video).
	Duration time.Duration
	// Captured is when the frame was captured (sent) or when its last packet arrived (received).
	Captured time.Time
	// Origin is when a received frame was captured by the sender's clock, which is not ours, as the relay reports it. It
	// is zero while that is not known.
	Origin time.Time

	// Level is the sound level in -dBov, 0 (loudest) to 127 (silence), as in RFC 6464; Voice is set while somebody
	// speaks. Both are meaningless for video.
	Level uint8
	Voice bool

	Data []byte
}
