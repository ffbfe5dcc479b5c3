package playout

import (
	"math/rand/v2"
	"time"
)

// maxDrift is how far a source's timestamps may run from the clock before it is taken for a new one.
const maxDrift = 5 * time.Second

// timeline joins the RTP timestamps of the sources of one slot. Within a source the distances are the source's own;
// from one source to the next it goes on by the time that passed. It only grows (modulo 2^32).
type timeline struct {
	rate    uint32 // ticks a second
	started bool
	fresh   bool // another source begins with the next frame
	offset  uint32
	out     uint32    // the last timestamp given
	at      time.Time // when
}

// rebase says that another source begins.
func (t *timeline) rebase() { t.fresh = true }

// next returns the timestamp of a frame that came now with the timestamp in.
func (t *timeline) next(in uint32, now time.Time) uint32 {
	if !t.started {
		t.started, t.fresh = true, false
		t.offset = rand.Uint32() - in
		t.out, t.at = in+t.offset, now
		return t.out
	}
	clock := t.out + t.ticks(now.Sub(t.at))
	out := in + t.offset
	drift := int32(out - clock)
	if limit := int32(t.ticks(maxDrift)); t.fresh || drift > limit || drift < -limit {
		out = clock
		t.fresh = false
	}
	if int32(out-t.out) <= 0 {
		out = t.out + 1
	}
	t.offset = out - in
	t.out, t.at = out, now
	return out
}

// ticks converts a duration to ticks.
func (t *timeline) ticks(d time.Duration) uint32 {
	return uint32(uint64(max(d, 0)) / uint64(time.Microsecond) * uint64(t.rate) / 1_000_000)
}
