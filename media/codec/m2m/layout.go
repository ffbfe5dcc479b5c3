package m2m

import (
	"fmt"
	"image"
)

// layout is how a picture lies in a buffer: a plane of brightness, and behind it the colours at half the size, in two planes
// with lines half as long (YU12) or in one with both values side by side (NV12).
//
//	stride bytes
//	+--------+--+
//	| width  |  | height   of what is coded
//	+--------+  |
//	|           | lines    of what the driver wants
//	+-----------+
type layout struct {
	raw           uint32
	width, height int
	stride, lines int // even
}

// size is a picture's in bytes.
func (l layout) size() int { return l.stride * l.lines * 3 / 2 }

// check reports why a picture cannot be written.
func (l layout) check(p *image.YCbCr) error {
	w, h := p.Rect.Dx(), p.Rect.Dy()
	if w != l.width || h != l.height || p.SubsampleRatio != image.YCbCrSubsampleRatio420 {
		return fmt.Errorf("a picture of %dx%d (%v) for an encoder of %dx%d", w, h, p.SubsampleRatio, l.width, l.height)
	}
	cw, ch := (w+1)/2, (h+1)/2
	if p.YStride < w || p.CStride < cw || len(p.Y) < (h-1)*p.YStride+w || len(p.Cb) < (ch-1)*p.CStride+cw || len(p.Cr) < (ch-1)*p.CStride+cw {
		return fmt.Errorf("a picture of %dx%d with too few bytes", w, h)
	}
	return nil
}

// write puts a picture that was checked into a buffer of at least size bytes. What lies beside it is its last line and
// column again, so that no bits go into an edge.
func (l layout) write(dst []byte, p *image.YCbCr) {
	l.plane(dst, l.stride, l.lines, p.Y, p.YStride, l.width, l.height)
	colours := dst[l.stride*l.lines:]
	cw, ch := (l.width+1)/2, (l.height+1)/2
	if l.raw == formatNV12 {
		l.pairs(colours, p, cw, ch)
		return
	}
	half := l.stride / 2 * l.lines / 2
	l.plane(colours, l.stride/2, l.lines/2, p.Cb, p.CStride, cw, ch)
	l.plane(colours[half:], l.stride/2, l.lines/2, p.Cr, p.CStride, cw, ch)
}

func (l layout) plane(dst []byte, stride, lines int, src []byte, srcStride, width, height int) {
	for y := range lines {
		from := min(y, height-1) * srcStride
		line := dst[y*stride : (y+1)*stride]
		n := copy(line[:min(width, stride)], src[from:from+width])
		for x := n; x < stride; x++ {
			line[x] = line[n-1]
		}
	}
}

func (l layout) pairs(dst []byte, p *image.YCbCr, width, height int) {
	for y := range l.lines / 2 {
		from := min(y, height-1) * p.CStride
		line := dst[y*l.stride : (y+1)*l.stride]
		for x := range l.stride / 2 {
			at := from + min(x, width-1)
			line[2*x], line[2*x+1] = p.Cb[at], p.Cr[at]
		}
	}
}
