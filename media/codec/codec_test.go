package codec

import "testing"

func TestBitRatesGrowWithSizeAndFrames(t *testing.T) {
	sizes := [][2]int{{2, 2}, {320, 180}, {640, 360}, {960, 540}, {1280, 720}, {1600, 900}, {1920, 1080}, {3840, 2160}}
	last := 0
	for _, s := range sizes {
		rate := VideoBitRate(s[0], s[1], 30)
		if rate < last || rate < 50_000 || rate > 10_000_000 {
			t.Errorf("%dx%d: %d bit/s after %d", s[0], s[1], rate, last)
		}
		last = rate
	}
	if VideoBitRate(1280, 720, 0) != 2_000_000 || VideoBitRate(1280, 720, 60) <= VideoBitRate(1280, 720, 30) {
		t.Error("the frame rate is not taken into account")
	}
	if AudioBitRate(1) >= AudioBitRate(2) {
		t.Error("stereo gets no more than mono")
	}
}

func TestThreads(t *testing.T) {
	for _, tt := range []struct{ width, height, cpus, want int }{{1280, 720, 8, 1}, {1920, 1080, 8, 2}, {1920, 1080, 2, 1}} {
		if got := VideoThreads(tt.width, tt.height, tt.cpus); got != tt.want {
			t.Errorf("%dx%d on %d cores: %d threads, want %d", tt.width, tt.height, tt.cpus, got, tt.want)
		}
	}
}
