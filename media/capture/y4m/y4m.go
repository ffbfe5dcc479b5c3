// Package y4m reads YUV4MPEG2, the simplest way for a program to hand on pictures: a line of text that says what they
// are, then for each picture a line that begins with FRAME and its planes, byte by byte.
//
//	YUV4MPEG2 W1280 H720 F30:1 Ip A1:1 C420jpeg\n
//	FRAME\n
//	Y: W*H bytes, Cb: ((W+1)/2)*((H+1)/2) bytes, Cr: as many
//	FRAME\n
//	...
//
// Only 4:2:0 with 8 bits is read, because VP8 knows nothing else. The format is described in the manual of mjpegtools
// (yuv4mpeg(5)). The input is not trusted.
package y4m

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"
	"strconv"
	"strings"
)

const (
	magic   = "YUV4MPEG2"
	maxLine = 1024
	minSide = 2
	maxSide = 4096
)

// ErrFormat: the input is no YUV4MPEG2 that can be used. The error says what is wrong with it.
var ErrFormat = errors.New("not a usable YUV4MPEG2 stream")

func formatError(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrFormat, fmt.Sprintf(format, args...))
}

// Header says what the pictures are.
type Header struct {
	Width, Height int
	// RateNum / RateDen is the number of pictures a second; 0 / 0: not known.
	RateNum, RateDen int
}

// MilliFPS returns the number of pictures in 1,000 seconds, or 0.
func (h Header) MilliFPS() int {
	if h.RateDen == 0 {
		return 0
	}
	return int(int64(h.RateNum) * 1000 / int64(h.RateDen))
}

// ParseHeader reads the first line, without its line feed. The error is ErrFormat.
func ParseHeader(line string) (Header, error) {
	name, rest, _ := strings.Cut(line, " ")
	if name != magic {
		return Header{}, formatError("it does not begin with %s (ffmpeg: add -f yuv4mpegpipe)", magic)
	}
	var h Header
	var err error
	for field := range strings.FieldsSeq(rest) {
		switch value := field[1:]; field[0] {
		case 'W':
			h.Width, err = side("width", value)
		case 'H':
			h.Height, err = side("height", value)
		case 'F':
			h.RateNum, h.RateDen, err = rate(value)
		case 'C':
			err = chroma(value)
		}
		if err != nil {
			return Header{}, err
		}
	}
	if h.Width == 0 || h.Height == 0 {
		return Header{}, formatError("it does not say its width and height")
	}
	return h, nil
}

func side(name, value string) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < minSide || n > maxSide {
		return 0, formatError("its %s is %q, and must be between %d and %d", name, value, minSide, maxSide)
	}
	return n, nil
}

// maxRate bounds the parts of a rate, so that nothing overflows with them.
const maxRate = 1_000_000_000

func rate(value string) (num, den int, err error) {
	a, b, ok := strings.Cut(value, ":")
	num, err1 := strconv.Atoi(a)
	den, err2 := strconv.Atoi(b)
	if !ok || err1 != nil || err2 != nil || num < 0 || den < 0 || num > maxRate || den > maxRate {
		return 0, 0, formatError("its frame rate is %q", value)
	}
	if num == 0 || den == 0 {
		return 0, 0, nil // not known
	}
	return num, den, nil
}

func chroma(value string) error {
	switch value {
	case "420", "420jpeg", "420mpeg2", "420paldv":
		return nil
	}
	return formatError("its colours are %q, and must be 4:2:0 with 8 bits (ffmpeg: add -pix_fmt yuv420p)", value)
}

// Reader reads pictures.
type Reader struct {
	Header Header
	in     *bufio.Reader
}

// NewReader reads the first line of in. The error is ErrFormat or in's own; io.EOF means that in is empty.
func NewReader(in io.Reader) (*Reader, error) {
	r := &Reader{in: bufio.NewReaderSize(in, maxLine)}
	line, err := r.line()
	if err != nil {
		return nil, err
	}
	r.Header, err = ParseHeader(string(line))
	return r, err
}

// Begin waits for the next picture to begin, which is as close to the time of its capture as a pipe tells. The error
// is io.EOF after the last picture, ErrFormat, or the input's own.
func (r *Reader) Begin() error {
	line, err := r.line()
	if err != nil {
		return err
	}
	if name, _, _ := bytes.Cut(line, []byte(" ")); string(name) != "FRAME" {
		return formatError("a picture does not begin with FRAME: its size is not what the first line says")
	}
	return nil
}

// ReadPicture reads the picture that Begin has found into img, whose buffers it uses if they are large enough. A
// picture that is not whole gives io.ErrUnexpectedEOF.
func (r *Reader) ReadPicture(img *image.YCbCr) error {
	Resize(img, r.Header.Width, r.Header.Height)
	for _, plane := range [][]byte{img.Y, img.Cb, img.Cr} {
		if _, err := io.ReadFull(r.in, plane); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
	}
	return nil
}

// line returns the next line without its line feed. It is valid until the next read.
func (r *Reader) line() ([]byte, error) {
	line, err := r.in.ReadSlice('\n')
	switch {
	case err == nil:
		return line[:len(line)-1], nil
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, formatError("a line of text is longer than %d bytes", maxLine)
	case errors.Is(err, io.EOF) && len(line) > 0:
		return nil, formatError("it ends within a line of text")
	}
	return nil, err
}

// Resize gives img the layout of a 4:2:0 picture without gaps, and keeps its buffers if they are large enough.
func Resize(img *image.YCbCr, width, height int) {
	cw, ch := (width+1)/2, (height+1)/2
	luma, colour := width*height, cw*ch
	buf := img.Y
	if cap(buf) < luma+2*colour {
		buf = make([]byte, luma+2*colour)
	}
	buf = buf[:luma+2*colour]
	*img = image.YCbCr{
		Y: buf[:luma], Cb: buf[luma : luma+colour : luma+colour], Cr: buf[luma+colour:],
		YStride: width, CStride: cw, SubsampleRatio: image.YCbCrSubsampleRatio420,
		Rect: image.Rect(0, 0, width, height),
	}
}
