package pipe

import (
	"encoding/binary"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"greenroom/media"
)

// helloMagic starts every conversation, so that a wrong program is recognised as such.
const (
	helloMagic = "GRcapture"
	helloLen   = len(helloMagic) + 1
)

// AppendHello appends the child's first message: "GRcapture", version (1 byte).
func AppendHello(dst []byte) []byte {
	start := len(dst)
	dst = append(begin(dst, TypeHello), helloMagic...)
	return end(append(dst, Version), start)
}

// ParseHello checks the child's first message. The error is ErrProtocol.
func ParseHello(body []byte) error {
	if len(body) != helloLen || string(body[:len(helloMagic)]) != helloMagic {
		return protocolError("the program's first words are not those of greenroom-capture")
	}
	if v := body[len(helloMagic)]; v != Version {
		return protocolError("greenroom-capture speaks version %d, and version %d is wanted: install both programs of one release", v, Version)
	}
	return nil
}

// Format says what the frames that follow are.
type Format struct {
	Codec         media.Codec
	Width, Height int // of the picture; 0 for sound
	MilliFPS      int // frames a second times 1,000, as the source announces them; 0: unknown
	Channels      int // of the sound; 0 for video
	Echo          Echo
	Device        string
	Node          string // of a camera: "/dev/video0"; else empty
}

// formatLen is a Format's length without the texts, which are UTF-8:
//
//	codec (1) | width (2) | height (2) | milli-frames a second (4) | channels (1) | echo (1) |
//	device's length (2) | device | node
const formatLen = 1 + 2 + 2 + 4 + 1 + 1 + 2

// AppendFormat appends a Format message. Numbers outside their fields' range are cut off, the texts to 512 bytes each.
func AppendFormat(dst []byte, f Format) []byte {
	start := len(dst)
	dst = append(begin(dst, TypeFormat), byte(f.Codec))
	dst = binary.BigEndian.AppendUint16(dst, uint16(f.Width))
	dst = binary.BigEndian.AppendUint16(dst, uint16(f.Height))
	dst = binary.BigEndian.AppendUint32(dst, uint32(f.MilliFPS))
	device := CleanText(f.Device)
	dst = binary.BigEndian.AppendUint16(append(dst, byte(f.Channels), byte(f.Echo)), uint16(len(device)))
	return end(append(append(dst, device...), CleanText(f.Node)...), start)
}

// ParseFormat reads a Format's body. The error is ErrProtocol.
func ParseFormat(b []byte) (Format, error) {
	if len(b) < formatLen {
		return Format{}, protocolError("a format has %d bytes", len(b))
	}
	texts, length := b[formatLen:], int(binary.BigEndian.Uint16(b[formatLen-2:]))
	if length > maxText || length > len(texts) || len(texts)-length > maxText {
		return Format{}, protocolError("a format's texts have %d bytes, %d of them the device's", len(texts), length)
	}
	device, err := parseText(texts[:length])
	if err != nil {
		return Format{}, err
	}
	node, err := parseText(texts[length:])
	if err != nil {
		return Format{}, err
	}
	f := Format{
		Codec:    media.Codec(b[0]),
		Width:    int(binary.BigEndian.Uint16(b[1:])),
		Height:   int(binary.BigEndian.Uint16(b[3:])),
		MilliFPS: int(binary.BigEndian.Uint32(b[5:])),
		Channels: int(b[9]),
		Echo:     Echo(b[10]),
		Device:   device,
		Node:     node,
	}
	if f.Codec.ClockRate() == 0 {
		return Format{}, protocolError("there is no codec %d", f.Codec)
	}
	if f.Echo > EchoHeard {
		return Format{}, protocolError("nothing takes echo out by the number %d", f.Echo)
	}
	return f, nil
}

// frameLen is a frame's length without its data:
//
//	codec (1) | layer (1) | level, and voice as the top bit (1) | timestamp (4) | duration in µs (4) |
//	captured, µs since 1970 (8) | data
const frameLen = 1 + 1 + 1 + 4 + 4 + 8

const voiceBit = 0x80

// AppendFrame appends a Frame message. The data has at most MaxFrame bytes.
func AppendFrame(dst []byte, f media.Frame) []byte {
	start := len(dst)
	dst = append(begin(dst, TypeFrame), byte(f.Codec), f.Layer, packLevel(f.Level, f.Voice))
	dst = binary.BigEndian.AppendUint32(dst, f.Timestamp)
	dst = binary.BigEndian.AppendUint32(dst, uint32(f.Duration.Microseconds()))
	dst = binary.BigEndian.AppendUint64(dst, uint64(f.Captured.UnixMicro()))
	return end(append(dst, f.Data...), start)
}

// ParseFrame reads a Frame's body. The frame's Data is a part of b. Keyframe is found in the data, not believed. The
// error is ErrProtocol.
func ParseFrame(b []byte) (media.Frame, error) {
	if len(b) <= frameLen {
		return media.Frame{}, protocolError("a frame has %d bytes", len(b))
	}
	f := media.Frame{
		Codec:     media.Codec(b[0]),
		Layer:     b[1],
		Timestamp: binary.BigEndian.Uint32(b[3:]),
		Duration:  time.Duration(binary.BigEndian.Uint32(b[7:])) * time.Microsecond,
		Captured:  time.UnixMicro(int64(binary.BigEndian.Uint64(b[11:]))),
		Data:      b[frameLen:],
	}
	if f.Layer >= MaxLayers {
		return media.Frame{}, protocolError("there is no layer %d", f.Layer)
	}
	f.Level, f.Voice = unpackLevel(b[2])
	if f.Codec.ClockRate() == 0 {
		return media.Frame{}, protocolError("there is no codec %d", f.Codec)
	}
	f.Keyframe = media.Keyframe(f.Codec, f.Data)
	return f, nil
}

// AppendLevel appends a Level message: the sound level in -dBov, 0 to 127, with voice as the top bit (1 byte).
func AppendLevel(dst []byte, level uint8, voice bool) []byte {
	start := len(dst)
	return end(append(begin(dst, TypeLevel), packLevel(level, voice)), start)
}

// ParseLevel reads a Level's body. The error is ErrProtocol.
func ParseLevel(b []byte) (level uint8, voice bool, err error) {
	if len(b) != 1 {
		return 0, false, protocolError("a level has %d bytes", len(b))
	}
	level, voice = unpackLevel(b[0])
	return level, voice, nil
}

func packLevel(level uint8, voice bool) byte {
	b := min(level, 127)
	if voice {
		b |= voiceBit
	}
	return b
}

func unpackLevel(b byte) (uint8, bool) { return b &^ voiceBit, b&voiceBit != 0 }

// aliveLen is an Alive's length: captured (8).
const aliveLen = 8

// AppendAlive appends the message that says that the child is not stuck, with how many pictures, or packets of sound, it has
// taken from its device since it began: more than it has encoded, where the encoder does not keep up or left some out.
func AppendAlive(dst []byte, captured uint64) []byte {
	start := len(dst)
	return end(binary.BigEndian.AppendUint64(begin(dst, TypeAlive), captured), start)
}

// ParseAlive reads an Alive's body. The error is ErrProtocol.
func ParseAlive(b []byte) (captured uint64, err error) {
	if len(b) != aliveLen {
		return 0, protocolError("a sign of life has %d bytes", len(b))
	}
	return binary.BigEndian.Uint64(b), nil
}

// CleanText returns s as a message's text may be: valid UTF-8 of at most 512 bytes on one line, without control
// characters. Names of devices and last words of other programs go through it.
func CleanText(s string) string {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, s))
	for len(s) > maxText {
		_, n := utf8.DecodeLastRuneInString(s)
		s = strings.TrimSpace(s[:len(s)-n])
	}
	return s
}

func parseText(b []byte) (string, error) {
	s := string(b)
	if s != CleanText(s) {
		return "", protocolError("a text is not clean")
	}
	return s, nil
}
