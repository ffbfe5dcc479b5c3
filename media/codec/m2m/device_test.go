//go:build vm

package m2m

import (
	"encoding/binary"
	"fmt"
	"image"
	"math"
	"testing"
	"time"
)

// These tests need the kernel's vicodec, an encoder of Video4Linux without a chip: the interface of those that have one, and a
// codec of its own, FWHT. .ci/encoder builds it and runs them in the virtual machine.

// moving is a picture of soft shapes that differ from one to the next.
func moving(size image.Point, n int) *image.YCbCr {
	p := image.NewYCbCr(image.Rectangle{Max: size}, image.YCbCrSubsampleRatio420)
	wave := func(i, period int) int { // between 0 and period
		return min(i%(2*period), 2*period-i%(2*period))
	}
	for y := range size.Y {
		for x := range size.X {
			p.Y[y*p.YStride+x] = byte(30 + wave(x+4*n, 100) + wave(y+2*n, 90))
		}
	}
	for y := range (size.Y + 1) / 2 {
		for x := range (size.X + 1) / 2 {
			p.Cb[y*p.CStride+x], p.Cr[y*p.CStride+x] = byte(60+wave(x+n, 100)), byte(80+wave(y+3*n, 110))
		}
	}
	return p
}

// header is what begins each frame of FWHT (struct fwht_cframe_hdr of the driver).
type header struct {
	width, height, flags, size uint32
}

func parseHeader(t *testing.T, frame []byte) header {
	t.Helper()
	const length = 44
	if len(frame) < length || binary.NativeEndian.Uint32(frame) != 0x4f4f4f4f || binary.NativeEndian.Uint32(frame[4:]) != 0xffffffff {
		t.Fatalf("a frame of %d bytes does not begin as FWHT does: %x", len(frame), frame[:min(len(frame), 12)])
	}
	at := func(i int) uint32 { return binary.BigEndian.Uint32(frame[i:]) }
	h := header{at(12), at(16), at(20), at(40)}
	if int(h.size) != len(frame)-length {
		t.Errorf("a frame of %d bytes says that %d follow its header", len(frame), h.size)
	}
	return h
}

const flagKeyframeFWHT = 1 << 10 // V4L2_FWHT_FL_I_FRAME

func TestDeviceEncodes(t *testing.T) {
	node, err := Find(FormatFWHT)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []image.Point{{640, 360}, {650, 366}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) { expectFrames(t, node, size) })
	}
}

func expectFrames(t *testing.T, node string, size image.Point) {
	e, err := NewEncoder(Settings{Node: node, Codec: FormatFWHT, Width: size.X, Height: size.Y, BitRate: 1_000_000})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	t.Logf("%s, several planes: %v, %s in lines of %d bytes, %d of them, %d and %d buffers, restarts for keyframes: %v", node, e.device.several,
		fourCC(e.layout.raw), e.layout.stride, e.layout.lines, len(e.in.memory), len(e.out.memory), e.restarts)
	const pictures = 8
	keyframeAt := map[int]bool{0: true, 5: true, 6: true}
	var frames [][]byte
	for i := range pictures {
		frame, err := e.Encode(moving(size, i), time.Duration(i)*time.Second/30, keyframeAt[i])
		if err != nil {
			t.Fatal(err)
		}
		h := parseHeader(t, frame)
		if int(h.width) != size.X || int(h.height) != size.Y || h.flags&flagKeyframeFWHT != 0 != keyframeAt[i] {
			t.Errorf("picture %d: %dx%d, flags %#x", i, h.width, h.height, h.flags)
		}
		frames = append(frames, append([]byte(nil), frame...))
	}
	if err := e.SetBitRate(500_000); err != nil { // vicodec has none, which is no error but for H.264
		t.Error(err)
	}
	for i, p := range decodeFWHT(t, size, frames) {
		if psnr := psnrOf(p, moving(size, i)); psnr < 30 {
			t.Errorf("picture %d came back at %.1f dB", i, psnr)
		}
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if _, err := e.Encode(moving(size, 0), 0, false); err == nil {
		t.Error("a closed encoder encodes")
	}
}

func TestDeviceIsFreeAgain(t *testing.T) {
	node, err := Find(FormatFWHT)
	if err != nil {
		t.Fatal(err)
	}
	picture := moving(image.Pt(640, 360), 0)
	for range 10 { // as the picture's size follows the network
		e, err := NewEncoder(Settings{Node: node, Codec: FormatFWHT, Width: 640, Height: 360, BitRate: 1_000_000})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Encode(picture, 0, false); err != nil {
			t.Error(err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
	// The driver makes nothing smaller: a picture of another size than was asked for is no picture of it.
	if _, err := NewEncoder(Settings{Node: node, Codec: FormatFWHT, Width: 320, Height: 180, BitRate: 1_000_000}); err == nil {
		t.Error("a driver that makes larger pictures is taken")
	} else {
		t.Log(err)
	}
	if node, err := Find(FormatH264); err == nil {
		t.Errorf("%s is said to encode H.264", node)
	}
	if _, err := NewEncoder(Settings{Node: node, Codec: FormatH264, Width: 640, Height: 360, BitRate: 1_000_000}); err == nil {
		t.Error("an encoder of FWHT is taken for one of H.264")
	}
}

// psnrOf returns how alike the brightness and the colours of two pictures are, in dB.
func psnrOf(a, b *image.YCbCr) float64 {
	var sum, n float64
	for _, plane := range [][2][]byte{{a.Y, b.Y}, {a.Cb, b.Cb}, {a.Cr, b.Cr}} {
		for i := range plane[0] {
			d := float64(plane[0][i]) - float64(plane[1][i])
			sum += d * d
			n++
		}
	}
	return 10 * math.Log10(255*255*n/math.Max(sum, 1))
}
