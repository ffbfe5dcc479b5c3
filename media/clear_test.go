package media

import (
	"bytes"
	"testing"
)

// keyframe and delta are the shortest frames whose headers make sense: 640x360.
var (
	keyframe = []byte{0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01, 0xaa, 0xbb}
	delta    = []byte{0x31, 0x01, 0x00, 0xcc, 0xdd}
)

// idr and slice are access units of H.264, as far as they are read here.
var (
	idr   = []byte{0, 0, 0, 1, 9, 0x10, 0, 0, 0, 1, 0x67, 1, 2, 0, 0, 1, 0x68, 3, 0, 0, 1, 0x65, 4, 5, 0, 0, 3, 1}
	slice = []byte{0, 0, 0, 1, 9, 0x30, 0, 0, 1, 0x41, 4, 5}
)

func TestSplitHidesTheTag(t *testing.T) {
	for name, c := range map[string]struct {
		codec  Codec
		data   []byte
		header []byte
		secret []byte
	}{
		"keyframe": {VP8, keyframe, []byte{0xf0, 0xff, 0xff, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01}, []byte{0x10, 0x02, 0x00, 0xaa, 0xbb}},
		"delta":    {VP8, delta, []byte{0xf1, 0xff, 0xff}, []byte{0x31, 0x01, 0x00, 0xcc, 0xdd}},
		"sound":    {Opus, delta, nil, delta},
		"idr":      {H264, idr, h264ClearKeyframe, idr},
		"slice":    {H264, slice, h264ClearDelta, slice},
	} {
		t.Run(name, func(t *testing.T) {
			header, secret, err := Split(c.codec, bytes.Clone(c.data), nil)
			if err != nil || !bytes.Equal(header, c.header) || !bytes.Equal(secret, c.secret) {
				t.Errorf("%x and %x (%v)", header, secret, err)
			}
			if len(header) > 0 && Keyframe(c.codec, header) != Keyframe(c.codec, c.data) {
				t.Error("the clear header says another kind of frame")
			}
			if n := ClearLen(c.codec, append(bytes.Clone(header), secret...)); n != len(header) {
				t.Errorf("a receiver takes %d bytes for clear, %d are", n, len(header))
			}
		})
	}
}

func TestTooShort(t *testing.T) {
	for _, data := range [][]byte{nil, keyframe[:9], delta[:2]} {
		if _, _, err := Split(VP8, bytes.Clone(data), nil); err == nil {
			t.Errorf("%x was split", data)
		}
	}
	if _, err := Join(VP8, delta[:4], vp8ClearDelta); err == nil {
		t.Error("a frame without its tag was joined")
	}
}

// FuzzSplit: Join is the inverse of Split.
func FuzzSplit(f *testing.F) {
	f.Add(uint8(VP8), keyframe)
	f.Add(uint8(VP8), delta)
	f.Add(uint8(Opus), delta)
	f.Add(uint8(H264), idr)
	f.Add(uint8(H264), slice)
	f.Fuzz(func(t *testing.T, codec uint8, data []byte) {
		header, secret, err := Split(Codec(codec), bytes.Clone(data), nil)
		if err != nil {
			return
		}
		n := len(header)
		joined, err := Join(Codec(codec), append(bytes.Clone(header), secret...), n)
		if err != nil || !bytes.Equal(joined, data) {
			t.Errorf("%x became %x (%v)", data, joined, err)
		}
	})
}
