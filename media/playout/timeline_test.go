package playout

import (
	"testing"
	"time"
)

func TestTimeline(t *testing.T) {
	type step struct {
		in      uint32
		after   time.Duration
		reset   bool
		advance uint32 // what is wanted
	}
	for name, steps := range map[string][]step{
		"the source's own distances": {{in: 3000, after: 90 * time.Millisecond, advance: 3000}, {in: 9000, after: time.Millisecond, advance: 6000}},
		"across the source's wrap":   {{in: 0xffffff00, after: time.Millisecond, reset: true, advance: 90}, {in: 0x100, after: time.Millisecond, advance: 0x200}},
		"another source":             {{in: 7, after: time.Second, reset: true, advance: 90_000}, {in: 3007, after: 33 * time.Millisecond, advance: 3000}},
		"another source at once":     {{in: 7, after: 0, reset: true, advance: 1}},
		"a source that jumps":        {{in: 900_000_000, after: time.Second, advance: 90_000}},
		"a source that jumps back":   {{in: 0x90000000, after: time.Second, advance: 90_000}},
		"a source that stands still": {{in: 0, after: time.Second, advance: 1}, {in: 0, after: time.Second, advance: 1}},
		"hours later":                {{in: 5, after: 14 * time.Hour, reset: true, advance: uint32(14 * 3600 * 90_000 % (1 << 32))}},
	} {
		t.Run(name, func(t *testing.T) {
			line := timeline{rate: 90_000}
			now := time.Unix(1_000_000, 0)
			last := line.next(0, now)
			for i, s := range steps {
				if s.reset {
					line.rebase()
				}
				now = now.Add(s.after)
				got := line.next(s.in, now)
				if got-last != s.advance {
					t.Errorf("step %d advances by %d, want %d", i, got-last, s.advance)
				}
				last = got
			}
		})
	}
}
