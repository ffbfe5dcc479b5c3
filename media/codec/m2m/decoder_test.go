//go:build vm

package m2m

import (
	"image"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// decodeFWHT has vicodec's decoder, another device of its driver, make pictures of frames.
func decodeFWHT(t *testing.T, size image.Point, frames [][]byte) []*image.YCbCr {
	t.Helper()
	d := findDecoder(t)
	defer d.close()
	in, out := d.queue(true), d.queue(false)
	defer in.unmap()
	defer out.unmap()
	setDecoderFormat(t, d, in.kind, FormatFWHT, size)
	want(t, "buffers for frames", in.allocate(2))
	want(t, "the queue of frames", in.turn(true))
	// The decoder reads the first frame before it says what comes out.
	next := 0
	feed := func() {
		for len(in.free) > 0 && next < len(frames) {
			index := in.free[0]
			want(t, "a frame", in.give(index, uint32(copy(in.memory[index], frames[next])), int64(next), 0))
			in.free = in.free[1:]
			next++
		}
	}
	feed()
	f := setDecoderFormat(t, d, out.kind, formatYU12, size)
	want(t, "buffers for pictures", out.allocate(4))
	want(t, "empty buffers", out.giveAll())
	want(t, "the queue of pictures", out.turn(true))
	var pictures []*image.YCbCr
	deadline := time.Now().Add(time.Minute)
	for len(pictures) < len(frames) {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d pictures were decoded", len(pictures), len(frames))
		}
		_, _ = unix.Poll([]unix.PollFd{{Fd: int32(d.fd), Events: unix.POLLIN}}, 100)
		for got, ok, err := in.take(); ok; got, ok, err = in.take() {
			want(t, "a frame back", err)
			in.free = append(in.free, got.index)
		}
		feed()
		for got, ok, err := out.take(); ok || err != nil; got, ok, err = out.take() {
			want(t, "a picture", err)
			if len(got.data) > 0 {
				pictures = append(pictures, f.picture(size, got.data))
			}
			want(t, "its buffer", out.give(got.index, 0, 0, 0))
		}
	}
	return pictures
}

func want(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("the decoder: %s: %v", what, err)
	}
}

func findDecoder(t *testing.T) *device {
	t.Helper()
	nodes, _ := filepath.Glob("/dev/video*")
	for _, node := range nodes {
		d, err := openDevice(node)
		if err != nil {
			continue
		}
		if slices.Contains(d.formats(true), FormatFWHT) && slices.Contains(d.formats(false), formatYU12) {
			return d
		}
		d.close()
	}
	t.Fatal("there is no decoder")
	return nil
}

// setDecoderFormat sets a queue's format and returns how pictures lie there.
func setDecoderFormat(t *testing.T, d *device, kind, code uint32, size image.Point) decoded {
	t.Helper()
	f := format{kind: kind}
	if d.several {
		*f.planes() = planes{width: uint32(size.X), height: uint32(size.Y), format: code, field: fieldNone, count: 1}
		f.planes().plane[0].size = codedRoom
		want(t, fourCC(code), ask(d.fd, requestSetFormat, &f))
		return decoded{int(f.planes().plane[0].stride), int(f.planes().height)}
	}
	*f.pixels() = pixels{width: uint32(size.X), height: uint32(size.Y), format: code, field: fieldNone, size: codedRoom}
	want(t, fourCC(code), ask(d.fd, requestSetFormat, &f))
	return decoded{int(f.pixels().stride), int(f.pixels().height)}
}

// decoded is how a picture of YU12 lies in a buffer.
type decoded struct{ stride, lines int }

func (f decoded) picture(size image.Point, data []byte) *image.YCbCr {
	p := image.NewYCbCr(image.Rectangle{Max: size}, image.YCbCrSubsampleRatio420)
	from := func(dst []byte, dstStride, width, height int, src []byte, stride int) {
		for y := range height {
			copy(dst[y*dstStride:y*dstStride+width], src[y*stride:])
		}
	}
	colours := data[f.stride*f.lines:]
	from(p.Y, p.YStride, size.X, size.Y, data, f.stride)
	from(p.Cb, p.CStride, (size.X+1)/2, (size.Y+1)/2, colours, f.stride/2)
	from(p.Cr, p.CStride, (size.X+1)/2, (size.Y+1)/2, colours[f.stride/2*f.lines/2:], f.stride/2)
	return p
}
