package vpx

import (
	"image"
	"runtime"
	"syscall"
	"testing"
	"time"

	"greenroom/media/codec"
	"greenroom/media/codec/codectest"
	"greenroom/media/codec/vpx/internal/bare"
)

// BenchmarkEncode encodes a moving picture through the mediadevices builder, and the same pictures by libvpx from a
// loop in C, in turns of one run. The metric "x-bare" is the ratio of their processor times, so that a busy machine changes
// nothing; "cpu-at-30fps" is the share of one core that 30 pictures a second need.
func BenchmarkEncode(b *testing.B) {
	b.Run("720p", func(b *testing.B) { benchEncode(b, 1280, 720) })
	b.Run("1080p", func(b *testing.B) { benchEncode(b, 1920, 1080) })
}

// turn is how many pictures one side encodes before it is the other's; who goes first alternates. warmUp turns are not
// measured, and each step of the benchmark is rounds of them, so that a short run is no shorter than two seconds of pictures.
const (
	turn   = 15
	warmUp = 4
	rounds = 4
)

func benchEncode(b *testing.B, width, height int) {
	pictures := codectest.TestPictures(b, width, height, 4*turn)
	joined := join(pictures)
	rate := codec.VideoBitRate(width, height, 30)
	reference, err := bare.Open(width, height, rate, codec.VideoThreads(width, height, runtime.NumCPU()))
	if err != nil {
		b.Fatal(err)
	}
	defer reference.Close()
	loop := &loopback{pictures: pictures}
	stream, err := Params{BitRate: rate, Clock: loop.at}.BuildVideoEncoder(loop, mediaAt30())
	if err != nil {
		b.Fatal(err)
	}
	defer stream.Close()

	done, size := 0, len(joined)/len(pictures)
	sides := [2]func(){func() {
		for loop.next < done+turn {
			if _, _, err := stream.Read(); err != nil {
				b.Fatal(err)
			}
		}
	}, func() {
		if err := reference.Run(joined[done%len(pictures)*size:], turn, done); err != nil {
			b.Fatal(err)
		}
	}}
	var used [2]time.Duration
	round := func(first int) {
		for _, side := range []int{first, 1 - first} {
			start := processorTime(b)
			sides[side]()
			used[side] += processorTime(b) - start
		}
		done += turn
	}
	// The first pictures cost each side its memory, a keyframe, and what the rate control learns: nothing that lasts.
	for range warmUp {
		round(0)
	}
	used, measured := [2]time.Duration{}, done
	for b.Loop() {
		for i := range rounds {
			round(i % 2)
		}
	}
	ours, theirs := used[0], used[1]
	done -= measured
	perPicture := ours.Seconds() / float64(done)
	b.ReportMetric(ours.Seconds()/theirs.Seconds(), "x-bare")
	b.ReportMetric(1000*perPicture, "ms/picture")
	b.ReportMetric(30*perPicture, "cpu-at-30fps")
}

// processorTime is what this process has used.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// loopback is a video.Reader that gives the same pictures again and again, 30 a second of its own time. A Read that
// drops a picture reads on, so next may run past a turn by the pictures that were left out.
type loopback struct {
	pictures []*image.YCbCr
	next     int
}

func (l *loopback) Read() (image.Image, func(), error) {
	l.next++
	return l.pictures[(l.next-1)%len(l.pictures)], func() {}, nil
}

func (l *loopback) at() time.Duration { return time.Duration(l.next) * 33_333 * time.Microsecond }

func join(pictures []*image.YCbCr) []byte {
	var b []byte
	for _, p := range pictures {
		b = append(append(append(b, p.Y...), p.Cb...), p.Cr...)
	}
	return b
}
