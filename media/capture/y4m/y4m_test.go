package y4m

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"
	"strings"
	"testing"
)

func TestHeaders(t *testing.T) {
	for line, want := range map[string]Header{
		"YUV4MPEG2 W1280 H720 F30:1 Ip A1:1 C420jpeg XYSCSS=420JPEG": {1280, 720, 30, 1},
		"YUV4MPEG2 H3 W5 F30000:1001":                                {5, 3, 30000, 1001},
		"YUV4MPEG2 W2 H2 F0:0 C420":                                  {2, 2, 0, 0},
	} {
		if got, err := ParseHeader(line); err != nil || got != want {
			t.Errorf("%s: got %+v, %v", line, got, err)
		}
	}
	if fps := (Header{RateNum: 30000, RateDen: 1001}).MilliFPS(); fps != 29_970 {
		t.Errorf("%d pictures in 1,000 s", fps)
	}
}

func TestHeaderErrorsSayWhatToDo(t *testing.T) {
	for line, words := range map[string]string{
		"":                                "-f yuv4mpegpipe",
		"YUV4MPEG3 W2 H2":                 "-f yuv4mpegpipe",
		"YUV4MPEG2":                       "width and height",
		"YUV4MPEG2 W1280":                 "width and height",
		"YUV4MPEG2 W0 H720":               `width is "0"`,
		"YUV4MPEG2 W1280 H-720":           `height is "-720"`,
		"YUV4MPEG2 W99999999999 H720":     "width is",
		"YUV4MPEG2 W4097 H720":            "between 2 and 4096",
		"YUV4MPEG2 W1280 H720 C444":       "-pix_fmt yuv420p",
		"YUV4MPEG2 W1280 H720 C420p10":    "-pix_fmt yuv420p",
		"YUV4MPEG2 W1280 H720 Cmono":      "-pix_fmt yuv420p",
		"YUV4MPEG2 W1280 H720 F30":        `frame rate is "30"`,
		"YUV4MPEG2 W1280 H720 F-1:1":      "frame rate is",
		"YUV4MPEG2 W1280 H720 F9999999:a": "frame rate is",
	} {
		_, err := ParseHeader(line)
		if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %v, want words %q", line, err, words)
		}
	}
}

// stream returns n pictures of a size, in which every byte says where it is from.
func stream(width, height, n int) []byte {
	b := fmt.Appendf(nil, "YUV4MPEG2 W%d H%d F25:1\n", width, height)
	for i := range n {
		b = append(b, "FRAME Xsomething\n"...)
		b = append(b, bytes.Repeat([]byte{byte(10 * i)}, width*height)...)
		b = append(b, bytes.Repeat([]byte{byte(10*i + 1)}, (width+1)/2*((height+1)/2))...)
		b = append(b, bytes.Repeat([]byte{byte(10*i + 2)}, (width+1)/2*((height+1)/2))...)
	}
	return b
}

func TestPicturesOfOddSizes(t *testing.T) {
	for _, size := range [][2]int{{2, 2}, {5, 3}, {641, 361}, {3, 480}} {
		r, err := NewReader(bytes.NewReader(stream(size[0], size[1], 3)))
		if err != nil {
			t.Fatal(err)
		}
		var img image.YCbCr
		for i := range 3 {
			if err := errors.Join(r.Begin(), r.ReadPicture(&img)); err != nil {
				t.Fatalf("%v, picture %d: %v", size, i, err)
			}
			if img.Rect.Dx() != size[0] || img.Rect.Dy() != size[1] {
				t.Errorf("%v: got %v", size, img.Rect)
			}
			last := len(img.Cr) - 1
			if img.Y[0] != byte(10*i) || img.Cb[0] != byte(10*i+1) || img.Cr[last] != byte(10*i+2) {
				t.Errorf("%v, picture %d: the planes are mixed up", size, i)
			}
		}
		if err := r.Begin(); !errors.Is(err, io.EOF) {
			t.Errorf("after the last picture: %v, want io.EOF", err)
		}
	}
}

func TestReadingDoesNotAllocateAgain(t *testing.T) {
	r, err := NewReader(bytes.NewReader(stream(64, 36, 200)))
	if err != nil {
		t.Fatal(err)
	}
	var img image.YCbCr
	if n := testing.AllocsPerRun(100, func() {
		if err := errors.Join(r.Begin(), r.ReadPicture(&img)); err != nil {
			t.Fatal(err)
		}
	}); n > 1 { // the list of the three planes
		t.Errorf("%v allocations a picture", n)
	}
}

func TestBadStreams(t *testing.T) {
	good := string(stream(4, 4, 1))
	for name, tt := range map[string]struct {
		in   string
		want error
	}{
		"empty":                {"", io.EOF},
		"half a header":        {"YUV4MPEG2 W4", ErrFormat},
		"endless header":       {strings.Repeat("YUV4MPEG2 ", 1000), ErrFormat},
		"half a picture":       {good[:len(good)-1], io.ErrUnexpectedEOF},
		"half a frame line":    {good + "FRA", ErrFormat},
		"another size than it": {good + "xxxx\n", ErrFormat},
	} {
		r, err := NewReader(strings.NewReader(tt.in))
		for err == nil {
			var img image.YCbCr
			if err = r.Begin(); err == nil {
				err = r.ReadPicture(&img)
			}
		}
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

// FuzzReader: nothing panics, and what a header says is within its bounds and is understood again.
func FuzzReader(f *testing.F) {
	f.Add(stream(4, 4, 2))
	f.Add([]byte("YUV4MPEG2 W3 H3 C420mpeg2 F1:0\nFRAME\n123456789abcdabcd"))
	f.Add([]byte("YUV4MPEG2 W4096 H4096\nFRAME\n"))
	f.Add([]byte("YUV4MPEG2 \x00W  F: C\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := NewReader(bytes.NewReader(b))
		if err != nil {
			return
		}
		h := r.Header
		again, err := ParseHeader(fmt.Sprintf("YUV4MPEG2 W%d H%d F%d:%d", h.Width, h.Height, h.RateNum, h.RateDen))
		if err != nil || again != h || h.Width > maxSide || h.Height > maxSide || h.MilliFPS() < 0 {
			t.Errorf("header %+v is %+v (%v) when written again", h, again, err)
		}
		if h.Width*h.Height > 10_000 {
			return // as slow as it is dull
		}
		var img image.YCbCr
		for r.Begin() == nil && r.ReadPicture(&img) == nil {
			if len(img.Y) != h.Width*h.Height {
				t.Fatalf("%d bytes for %dx%d", len(img.Y), h.Width, h.Height)
			}
		}
	})
}
