package m2m

import (
	"bytes"
	"errors"
	"image"
	"path/filepath"
	"testing"
	"unsafe"

	"greenroom/media"
	"greenroom/media/codec/codectest"
)

// The kernel's requests hold the sizes of what they are about (asm-generic/ioctl.h: bits 16 to 29), on 64-bit machines.
func TestLayoutsAreTheKernels(t *testing.T) {
	for name, c := range map[string]struct {
		request uint
		size    uintptr
	}{
		"capabilities": {requestCapabilities, unsafe.Sizeof(capabilities{})},
		"description":  {requestEnumFormat, unsafe.Sizeof(formatDescription{})},
		"format":       {requestSetFormat, unsafe.Sizeof(format{})},
		"buffers":      {requestBuffers, unsafe.Sizeof(bufferRequest{})},
		"query buffer": {requestQueryBuffer, unsafe.Sizeof(buffer{})},
		"queue":        {requestQueue, unsafe.Sizeof(buffer{})},
		"dequeue":      {requestDequeue, unsafe.Sizeof(buffer{})},
		"rate":         {requestSetRate, unsafe.Sizeof(rate{})},
		"control":      {requestSetControl, unsafe.Sizeof(control{})},
		"selection":    {requestSetSelection, unsafe.Sizeof(selection{})},
	} {
		if want := uintptr(c.request >> 16 & 0x3fff); c.size != want {
			t.Errorf("%s: %d bytes, the kernel's has %d", name, c.size, want)
		}
	}
	for name, c := range map[string]struct{ got, want uintptr }{
		"planes in a format":       {unsafe.Sizeof(planes{}), 192},
		"plane":                    {unsafe.Sizeof(plane{}), 64},
		"a buffer's time":          {unsafe.Offsetof(buffer{}.seconds), 24},
		"a buffer's place":         {unsafe.Offsetof(buffer{}.where), 64},
		"a format's union":         {unsafe.Offsetof(format{}.raw), 8},
		"the number of planes":     {unsafe.Offsetof(planes{}.count), 180},
		"where a plane's data are": {unsafe.Offsetof(plane{}.dataOffset), 16},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, the kernel has %d", name, c.got, c.want)
		}
	}
}

// numbered is a picture each of whose samples is another.
func numbered(width, height int) *image.YCbCr {
	p := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	for i := range p.Y {
		p.Y[i] = byte(i)
	}
	for i := range p.Cb {
		p.Cb[i], p.Cr[i] = byte(100+i), byte(200+i)
	}
	return p
}

func TestPicturesAreLaidOut(t *testing.T) {
	p := numbered(3, 3) // Y 0..8; Cb 100..103, Cr 200..203
	y := []byte{
		0, 1, 2, 2, 2, 2,
		3, 4, 5, 5, 5, 5,
		6, 7, 8, 8, 8, 8,
		6, 7, 8, 8, 8, 8,
	}
	for raw, colours := range map[uint32][]byte{
		formatYU12: {100, 101, 101, 102, 103, 103, 200, 201, 201, 202, 203, 203},
		formatNV12: {100, 200, 101, 201, 101, 201, 102, 202, 103, 203, 103, 203},
	} {
		l := layout{raw: raw, width: 3, height: 3, stride: 6, lines: 4}
		got := make([]byte, l.size())
		if err := l.check(p); err != nil {
			t.Fatal(err)
		}
		if l.write(got, p); !bytes.Equal(got, append(bytes.Clone(y), colours...)) {
			t.Errorf("%s: %d", fourCC(raw), got)
		}
	}
	short := numbered(4, 4)
	short.Cr = short.Cr[:1]
	for name, other := range map[string]*image.YCbCr{
		"another size":   numbered(4, 4),
		"another layout": image.NewYCbCr(image.Rect(0, 0, 3, 3), image.YCbCrSubsampleRatio444),
		"nothing":        {Rect: image.Rect(0, 0, 3, 3), SubsampleRatio: image.YCbCrSubsampleRatio420, YStride: 3, CStride: 2},
	} {
		if (layout{raw: formatYU12, width: 3, height: 3, stride: 6, lines: 4}).check(other) == nil {
			t.Errorf("%s is not refused", name)
		}
	}
	if (layout{width: 4, height: 4, stride: 4, lines: 4}).check(short) == nil {
		t.Error("too few bytes are not refused")
	}
}

// Drivers give the parameter sets with each keyframe, with the first alone, or before it.
func TestKeyframesHaveTheirParameters(t *testing.T) {
	units := codectest.H264(t, 320, 180, 31, 500_000) // keyframes at 0, 15 and 30
	var sets []byte
	bare := func(unit []byte) (picture []byte) {
		for nal, rest := media.NextNAL(unit); len(nal) > 0; nal, rest = media.NextNAL(rest) {
			switch media.NALType(nal) {
			case media.NALSPS, media.NALPPS:
				sets = append(append(sets, 0, 0, 0, 1), nal...)
			default:
				picture = append(append(picture, 0, 0, 0, 1), nal...)
			}
		}
		return picture
	}
	first := bare(units[0])
	for name, driver := range map[string]func() [][]byte{
		"with each": func() [][]byte { return units },
		"with the first": func() [][]byte {
			all := [][]byte{units[0]}
			for _, u := range units[1:] {
				all = append(all, bare(u))
			}
			return all
		},
		"before the first": func() [][]byte {
			all := [][]byte{bytes.Clone(sets), first}
			for _, u := range units[1:] {
				all = append(all, bare(u))
			}
			return all
		},
	} {
		t.Run(name, func(t *testing.T) {
			var p parameters
			var frames [][]byte
			for _, u := range driver() {
				if f := p.complete(bytes.Clone(u)); len(f) > 0 {
					frames = append(frames, f)
				}
			}
			if len(frames) != len(units) {
				t.Fatalf("%d frames of %d", len(frames), len(units))
			}
			for i, f := range frames {
				if media.H264Keyframe(f) != (i%15 == 0) {
					t.Errorf("frame %d: keyframe is %v", i, i%15 != 0)
				}
			}
			// Whoever comes later begins with the second keyframe.
			if n := len(codectest.DecodeH264(t, bytes.Join(frames[15:], nil))); n != 16 {
				t.Errorf("%d of 16 pictures were decoded from the second keyframe on", n)
			}
		})
	}
}

func TestWhatIsNoEncoderIsRefused(t *testing.T) {
	s := Settings{Codec: FormatH264, Width: 640, Height: 360, BitRate: 500_000}
	for _, s.Node = range []string{"/dev/null", "/dev/zero", t.TempDir(), "/dev/no-such-device"} {
		if e, err := NewEncoder(s); err == nil {
			_ = e.Close()
			t.Errorf("%s is taken for an encoder", s.Node)
		} else {
			t.Log(err)
		}
	}
	found, _ := filepath.Glob("/dev/video*")
	if node, err := Find(FormatH264); len(found) == 0 && !errors.Is(err, ErrNone) {
		t.Errorf("%s, %v on a machine without Video4Linux", node, err)
	}
}
