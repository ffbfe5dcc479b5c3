// Package scale makes pictures smaller, for the layers of a stream and for networks that carry less. Each sample of the
// result is the mean of the area that it stands for, so that nothing flickers where edges move.
package scale

// #cgo CFLAGS: -std=c11 -O3 -Wall -Wextra
// #include "scale.h"
import "C"

import (
	"fmt"
	"image"
)

// Ratio is how much smaller: Num parts of Den.
type Ratio struct{ Num, Den int }

// ratios are those in use, the largest first: 1080 lines become 720, 540, 360, 270 and 180.
func ratios() []Ratio { return []Ratio{{1, 1}, {2, 3}, {1, 2}, {1, 3}, {1, 4}, {1, 6}} }

// For returns the largest ratio at which a picture of that height has at most max lines, or else the smallest one.
func For(height, max int) Ratio {
	all := ratios()
	for _, r := range all {
		if height*r.Num/r.Den <= max {
			return r
		}
	}
	return all[len(all)-1]
}

// Size returns the size of a picture after its reduction: even numbers, since two by two samples share their colour.
func (r Ratio) Size(width, height int) (int, int) {
	if r.Num == r.Den {
		return width, height
	}
	return max(width*r.Num/r.Den&^1, 2), max(height*r.Num/r.Den&^1, 2)
}

// Scaler reduces pictures. The zero value is ready. It keeps its result's memory, and is for one goroutine.
type Scaler struct {
	out image.YCbCr
	row []uint16
}

// Reduce returns src made smaller. The result is valid until the next call, and is src itself for 1/1. src must be 4:2:0
// and not too small.
func (s *Scaler) Reduce(src *image.YCbCr, r Ratio) (*image.YCbCr, error) {
	if r.Num == r.Den {
		return src, nil
	}
	if err := check(src, r); err != nil {
		return nil, err
	}
	width, height := r.Size(src.Rect.Dx(), src.Rect.Dy())
	if s.out.Rect.Dx() != width || s.out.Rect.Dy() != height || len(s.row) < src.Rect.Dx()+r.Den {
		s.out = *image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
		s.row = make([]uint16, src.Rect.Dx()+r.Den)
	}
	s.plane(s.out.Y, s.out.YStride, width, height, src.Y, src.YStride, r)
	s.plane(s.out.Cb, s.out.CStride, width/2, height/2, src.Cb, src.CStride, r)
	s.plane(s.out.Cr, s.out.CStride, width/2, height/2, src.Cr, src.CStride, r)
	return &s.out, nil
}

// Last returns the result of the last Reduce that was not 1/1.
func (s *Scaler) Last() *image.YCbCr { return &s.out }

func (s *Scaler) plane(dst []byte, dstStride, width, height int, src []byte, srcStride int, r Ratio) {
	C.greenroom_reduce((*C.uint8_t)(&dst[0]), C.int(dstStride), C.int(width), C.int(height),
		(*C.uint8_t)(&src[0]), C.int(srcStride), C.int(r.Num), C.int(r.Den), (*C.uint16_t)(&s.row[0]))
}

// check reports why a picture cannot be handed to C, which reads as many bytes as the size says.
func check(src *image.YCbCr, r Ratio) error {
	w, h := src.Rect.Dx(), src.Rect.Dy()
	if r.Num < 1 || r.Num > r.Den || r.Den > 16 {
		return fmt.Errorf("scale: a ratio of %d/%d", r.Num, r.Den)
	}
	if src.SubsampleRatio != image.YCbCrSubsampleRatio420 || w < 2*r.Den || h < 2*r.Den {
		return fmt.Errorf("scale: a picture of %dx%d (%v) cannot be made smaller by %d/%d", w, h, src.SubsampleRatio, r.Num, r.Den)
	}
	cw, ch := (w+1)/2, (h+1)/2
	if src.YStride < w || src.CStride < cw || len(src.Y) < (h-1)*src.YStride+w ||
		len(src.Cb) < (ch-1)*src.CStride+cw || len(src.Cr) < (ch-1)*src.CStride+cw {
		return fmt.Errorf("scale: a picture of %dx%d with too few bytes", w, h)
	}
	return nil
}
