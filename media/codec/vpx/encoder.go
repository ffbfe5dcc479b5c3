package vpx

// #cgo pkg-config: vpx
// #cgo CFLAGS: -std=c11 -Wall -Wextra
// #include "encoder.h"
import "C"

import (
	"errors"
	"fmt"
	"image"
	"time"
	"unsafe"
)

// maxSide is the largest width and height of a VP8 picture (RFC 6386, section 9.1: 14 bits).
const maxSide = 16383

// Settings of an encoder.
type Settings struct {
	Width, Height int
	BitRate       int  // bits a second
	FPS           int  // what is expected; 0 means 30
	Threads       int  // 0 means 1
	Screen        bool // pictures of a computer's screen: sharp edges, and mostly at rest
}

// Encoder encodes pictures of one size. It is for one goroutine, and must be closed.
type Encoder struct {
	c        *C.greenroom_vp8
	settings Settings
	last     time.Duration // time of the latest picture
	started  bool
	buf      []byte
}

// NewEncoder returns an encoder.
func NewEncoder(s Settings) (*Encoder, error) {
	if s.Width < 1 || s.Height < 1 || s.Width > maxSide || s.Height > maxSide {
		return nil, fmt.Errorf("vpx: a picture of %dx%d cannot be VP8: each side must be between 1 and %d", s.Width, s.Height, maxSide)
	}
	s.FPS, s.Threads = defaultTo(s.FPS, 30), defaultTo(s.Threads, 1)
	var words *C.char
	var screen C.int
	if s.Screen {
		screen = 1
	}
	c := C.greenroom_vp8_open(C.uint(s.Width), C.uint(s.Height), kbit(s.BitRate), C.uint(s.Threads), C.uint(s.FPS), screen, &words)
	if c == nil {
		return nil, fmt.Errorf("vpx: open an encoder for %dx%d: %s", s.Width, s.Height, C.GoString(words))
	}
	return &Encoder{c: c, settings: s}, nil
}

func defaultTo(n, value int) int {
	if n <= 0 {
		return value
	}
	return n
}

// kbit returns a bit rate in libvpx's unit. Below 30 kbit/s there is nothing to be seen.
func kbit(bitsPerSecond int) C.uint { return C.uint(max(bitsPerSecond/1000, 30)) }

// Encode encodes a picture taken at the time at, counted from any start. A time that does not lie behind the previous
// one is moved behind it. With keyframe the frame needs no earlier one.
//
// The result is valid until the next call; it is empty when the picture was left out to keep to the bit rate.
func (e *Encoder) Encode(img *image.YCbCr, at time.Duration, keyframe bool) ([]byte, error) {
	if e.c == nil {
		return nil, errors.New("vpx: the encoder is closed")
	}
	if err := e.fits(img); err != nil {
		return nil, err
	}
	duration := time.Second / time.Duration(e.settings.FPS)
	if e.started {
		at = max(at, e.last+time.Microsecond)
		duration = min(at-e.last, time.Second)
	}
	var key C.int
	if keyframe {
		key = 1
	}
	e.last, e.started = at, true
	words := C.greenroom_vp8_encode(e.c,
		(*C.uint8_t)(&img.Y[0]), (*C.uint8_t)(&img.Cb[0]), (*C.uint8_t)(&img.Cr[0]), C.int(img.YStride), C.int(img.CStride),
		C.int64_t(at.Microseconds()), C.uint64_t(max(duration.Microseconds(), 1)), key)
	if words != nil {
		return nil, fmt.Errorf("vpx: encode a picture: %s", C.GoString(words))
	}
	frame := unsafe.Slice((*byte)(C.greenroom_vp8_data(e.c)), int(C.greenroom_vp8_length(e.c)))
	e.buf = append(e.buf[:0], frame...)
	return e.buf, nil
}

// fits reports why a picture cannot be handed to C: libvpx reads as many bytes as the size says.
func (e *Encoder) fits(img *image.YCbCr) error {
	w, h := e.settings.Width, e.settings.Height
	if img.Rect.Dx() != w || img.Rect.Dy() != h || img.SubsampleRatio != image.YCbCrSubsampleRatio420 {
		return fmt.Errorf("vpx: a picture of %dx%d (%v) for an encoder of %dx%d (4:2:0)",
			img.Rect.Dx(), img.Rect.Dy(), img.SubsampleRatio, w, h)
	}
	cw, ch := (w+1)/2, (h+1)/2
	if img.YStride < w || img.CStride < cw || len(img.Y) < (h-1)*img.YStride+w ||
		len(img.Cb) < (ch-1)*img.CStride+cw || len(img.Cr) < (ch-1)*img.CStride+cw {
		return errors.New("vpx: a picture with too few bytes for its size")
	}
	return nil
}

// SetBitRate changes the bit rate, in bits a second, from the next picture on.
func (e *Encoder) SetBitRate(bitsPerSecond int) error {
	if e.c == nil {
		return errors.New("vpx: the encoder is closed")
	}
	if words := C.greenroom_vp8_set_rate(e.c, kbit(bitsPerSecond)); words != nil {
		return fmt.Errorf("vpx: set the bit rate to %d: %s", bitsPerSecond, C.GoString(words))
	}
	e.settings.BitRate = bitsPerSecond
	return nil
}

// Close frees the encoder. It may be called again.
func (e *Encoder) Close() error {
	C.greenroom_vp8_close(e.c)
	e.c = nil
	return nil
}
