package scale

import (
	"image"
	"math/rand/v2"
	"testing"
)

// noise is a picture of random samples with gaps between its lines.
func noise(width, height int) *image.YCbCr {
	r := rand.New(rand.NewPCG(uint64(width), uint64(height)))
	whole := image.NewYCbCr(image.Rect(0, 0, width+6, height), image.YCbCrSubsampleRatio420)
	for _, plane := range [][]byte{whole.Y, whole.Cb, whole.Cr} {
		for i := range plane {
			plane[i] = byte(r.Uint32())
		}
	}
	return whole.SubImage(image.Rect(0, 0, width, height)).(*image.YCbCr)
}

// mean is what a result sample must be, worked out from what it covers.
func mean(plane []byte, stride, x, y int, r Ratio) byte {
	n, d := r.Num, r.Den
	sum := 0
	for v := y * d; v < (y+1)*d; v++ {
		for u := x * d; u < (x+1)*d; u++ {
			sum += int(plane[v/n*stride+u/n])
		}
	}
	return byte((sum + d*d/2) / (d * d))
}

func TestEachSampleIsTheMeanOfItsArea(t *testing.T) {
	for _, size := range [][2]int{{1280, 720}, {641, 363}, {1920, 1080}} {
		src := noise(size[0], size[1])
		for _, r := range ratios()[1:] {
			var s Scaler
			got, err := s.Reduce(src, r)
			if err != nil {
				t.Fatal(err)
			}
			w, h := r.Size(size[0], size[1])
			if got.Rect.Dx() != w || got.Rect.Dy() != h || w%2 != 0 || h%2 != 0 {
				t.Fatalf("%v of %v is %v", r, size, got.Rect)
			}
			for y := range h {
				for x := range w {
					if want := mean(src.Y, src.YStride, x, y, r); got.Y[y*got.YStride+x] != want {
						t.Fatalf("%v of %v at %d,%d: %d, want %d", r, size, x, y, got.Y[y*got.YStride+x], want)
					}
				}
			}
			for y := range h / 2 {
				for x := range w / 2 {
					if want := mean(src.Cr, src.CStride, x, y, r); got.Cr[y*got.CStride+x] != want {
						t.Fatalf("%v of %v, red at %d,%d: %d, want %d", r, size, x, y, got.Cr[y*got.CStride+x], want)
					}
				}
			}
		}
	}
}

func TestTheRatioFits(t *testing.T) {
	for _, c := range []struct{ height, max, want int }{
		{1080, 2000, 1080},
		{1080, 1080, 1080},
		{1080, 1079, 720},
		{1080, 540, 540},
		{1080, 300, 270},
		{1080, 180, 180},
		{1080, 10, 180},
		{720, 720, 720},
		{720, 500, 480},
		{720, 360, 360},
		{720, 180, 180},
	} {
		r := For(c.height, c.max)
		if _, h := r.Size(1920, c.height); h != c.want {
			t.Errorf("%d lines within %d: %d, want %d", c.height, c.max, h, c.want)
		}
	}
}

func TestWhatCannotBeReducedIsRefused(t *testing.T) {
	short := image.NewYCbCr(image.Rect(0, 0, 64, 48), image.YCbCrSubsampleRatio420)
	short.Cr = short.Cr[:10]
	for name, p := range map[string]*image.YCbCr{
		"tiny":      image.NewYCbCr(image.Rect(0, 0, 2, 2), image.YCbCrSubsampleRatio420),
		"4:4:4":     image.NewYCbCr(image.Rect(0, 0, 64, 48), image.YCbCrSubsampleRatio444),
		"too short": short,
	} {
		var s Scaler
		if _, err := s.Reduce(p, Ratio{1, 2}); err == nil {
			t.Errorf("%s is not refused", name)
		}
	}
}

func BenchmarkReduce(b *testing.B) {
	src := noise(1920, 1080)
	for name, r := range map[string]Ratio{"half": {1, 2}, "two-thirds": {2, 3}, "quarter": {1, 4}} {
		b.Run(name, func(b *testing.B) {
			var s Scaler
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Reduce(src, r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
