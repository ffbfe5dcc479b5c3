package media

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
)

// TestNextNAL walks through byte streams that encoders write, and some that they do not.
func TestNextNAL(t *testing.T) {
	for name, c := range map[string]struct {
		stream []byte
		units  [][]byte
	}{
		"empty":                {nil, nil},
		"no start code":        {[]byte{0x65, 1, 2, 3}, nil},
		"three bytes and four": {[]byte{0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x65, 2}, [][]byte{{0x67, 1}, {0x65, 2}}},
		"zeros at the end":     {[]byte{0, 0, 1, 0x65, 2, 0, 0, 0}, [][]byte{{0x65, 2}}},
		"nothing in between":   {[]byte{0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0x65}, [][]byte{{0x65}}},
		"something before":     {[]byte{7, 0, 0, 1, 0x65}, [][]byte{{0x65}}},
	} {
		t.Run(name, func(t *testing.T) {
			var units [][]byte
			for nal, rest := NextNAL(c.stream); len(nal) > 0; nal, rest = NextNAL(rest) {
				units = append(units, nal)
			}
			if len(units) != len(c.units) {
				t.Fatalf("%x", units)
			}
			for i := range units {
				if !bytes.Equal(units[i], c.units[i]) {
					t.Errorf("unit %d is %x", i, units[i])
				}
			}
		})
	}
}

func TestH264Keyframe(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		want bool
	}{
		"with its parameters":   {idr, true},
		"another picture":       {slice, false},
		"without parameters":    {[]byte{0, 0, 1, 0x65, 1}, false},
		"parameters after it":   {[]byte{0, 0, 1, 0x65, 1, 0, 0, 1, 0x67}, false},
		"parameters alone":      {[]byte{0, 0, 1, 0x67, 1}, false},
		"begins with a P slice": {[]byte{0, 0, 1, 0x67, 0, 0, 1, 0x41, 0, 0, 1, 0x65}, false},
		"a sealed keyframe":     {h264ClearKeyframe, true},
		"another sealed frame":  {h264ClearDelta, false},
	} {
		if H264Keyframe(c.data) != c.want {
			t.Errorf("%s: %v", name, !c.want)
		}
	}
}

// sealedFrame is a sealed frame's clear header with a body.
func sealedFrame(body ...byte) []byte { return append(bytes.Clone(h264ClearDelta), body...) }

// layout is what the rooms and the browsers must write alike: the guest page's tests read the same file.
type layout struct {
	Keyframe, Delta string
	Escaped         []struct{ Name, Body, Unit string }
	Refused         []struct{ Name, Unit string }
}

func readLayout(t *testing.T) (l layout) {
	t.Helper()
	text, err := os.ReadFile("testdata/h264.json")
	if err == nil {
		err = json.Unmarshal(text, &l)
	}
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestEscape(t *testing.T) {
	l := readLayout(t)
	if got := hex.EncodeToString(h264ClearKeyframe); got != l.Keyframe {
		t.Errorf("a keyframe's clear header is %s", got)
	}
	if got := hex.EncodeToString(h264ClearDelta); got != l.Delta {
		t.Errorf("another picture's clear header is %s", got)
	}
	for _, c := range l.Escaped {
		t.Run(c.Name, func(t *testing.T) {
			got := Escape(H264, sealedFrame(fromHex(t, c.Body)...), len(h264ClearDelta))
			if !bytes.Equal(got, sealedFrame(fromHex(t, c.Unit)...)) {
				t.Fatalf("%x", got[len(h264ClearDelta):])
			}
			back, err := Unescape(H264, got)
			if err != nil || !bytes.Equal(back, sealedFrame(fromHex(t, c.Body)...)) {
				t.Errorf("%x, %v", back, err)
			}
		})
	}
	if other := Escape(VP8, []byte{0, 0, 1}, 0); len(other) != 3 {
		t.Errorf("a VP8 frame became %x", other)
	}
}

func TestUnescapeRefuses(t *testing.T) {
	for _, c := range readLayout(t).Refused {
		if got, err := Unescape(H264, sealedFrame(fromHex(t, c.Unit)...)); err == nil {
			t.Errorf("%s: %x", c.Name, got)
		}
	}
}

func fromHex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// FuzzEscape: what is escaped is one NAL unit whatever it is, and Unescape undoes it; what Unescape takes, Escape has written.
func FuzzEscape(f *testing.F) {
	f.Add([]byte{9, 0, 0, 1, 9})
	f.Add([]byte{0, 0, 0, 0, 3, 0, 0})
	f.Add([]byte{0, 0, 3, 1, 0x80})
	f.Fuzz(func(t *testing.T, body []byte) {
		n := len(h264ClearDelta)
		escaped := Escape(H264, sealedFrame(body...), n)
		nal, rest := NextNAL(escaped)
		if len(nal) != len(escaped)-4 || len(rest) != 0 {
			t.Fatalf("%x has %d bytes in its first unit", escaped, len(nal))
		}
		back, err := Unescape(H264, bytes.Clone(escaped))
		if err != nil || !bytes.Equal(back, sealedFrame(body...)) {
			t.Fatalf("%x became %x (%v)", body, back, err)
		}
		if plain, err := Unescape(H264, sealedFrame(body...)); err == nil {
			if again := Escape(H264, bytes.Clone(plain), n); !bytes.Equal(again, sealedFrame(body...)) {
				t.Fatalf("%x was taken, and %x is written", body, again[n:])
			}
		}
	})
}

// FuzzH264 reads whatever an enemy might call a frame.
func FuzzH264(f *testing.F) {
	f.Add(idr)
	f.Add(slice)
	f.Add(append(bytes.Clone(h264ClearKeyframe), 1, 0, 0, 3, 0, 0x80))
	f.Fuzz(func(t *testing.T, data []byte) {
		total := 0
		for nal, rest := NextNAL(data); len(nal) > 0; nal, rest = NextNAL(rest) {
			if total += len(nal) + len(startCode); total > len(data) || bytes.Contains(nal, startCode) {
				t.Fatalf("units of %d bytes in %d", total, len(data))
			}
		}
		if n := ClearLen(H264, data); n > len(data) {
			t.Fatalf("%d clear bytes of %d", n, len(data))
		} else if plain, err := Join(H264, data, n); err == nil && H264Keyframe(plain) != H264Keyframe(data[:n]) {
			t.Fatal("a header of another kind")
		}
	})
}
