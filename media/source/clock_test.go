package source

import (
	"testing"
	"time"

	"greenroom/media"
	"greenroom/media/pipe"
)

// Whoever receives a stream must not see that its device was started again: timestamps go on, by the time that passed.
func TestTimestampsGoOn(t *testing.T) {
	r := run(t, Config{Spec: Spec{
		Stream: media.Microphone, Kind: pipe.KindPipe, Channels: 1, Command: []string{"head", "-c", "19200", "/dev/zero"},
	}})
	last, at, began := uint32(0), time.Time{}, time.Now()
	for children := 0; children < 3; {
		f := next(t, r.frames, "frame")
		step := int32(f.Timestamp - last)
		if !at.IsZero() && step <= 0 {
			t.Fatalf("the timestamp %d follows %d", f.Timestamp, last)
		}
		if step != 960 {
			children++
		}
		last, at = f.Timestamp, time.Now()
	}
	if took := int64(time.Since(began)/time.Millisecond) + 1_000; int64(last)/48 > took {
		t.Errorf("timestamps grew by %d ms in %d ms", last/48, took)
	}
}

func TestAClockGoesOnByWhatPassed(t *testing.T) {
	now := time.Unix(1_000, 0)
	if got := (clock{}).join(17, 48_000, now); got != 0 {
		t.Errorf("the first child's timestamps are moved by %d", got)
	}
	c := clock{timestamp: 0xffff_ff00, at: now, runs: true} // about to wrap
	for passed, want := range map[time.Duration]uint32{0: 0xffff_ff01, time.Second: 48_000 - 0x100, -time.Hour: 0xffff_ff01} {
		if got := c.join(500, 48_000, now.Add(passed)) + 500; got != want {
			t.Errorf("after %v: %#x, want %#x", passed, got, want)
		}
	}
}
