package congestion

import "time"

// Packets may leave at once for burst of a pace, so that those of a usual picture do; a longer row of them is spread out.
const (
	burst = 10 * time.Millisecond
	// again is how much of a burst must be free for a row to go on: a few packets at a time wake a processor less often.
	again = burst / 2
	// leastBurst is a burst in bytes where the pace is slow: one packet and a little.
	leastBurst = 1500
)

// Bucket spaces packets by a pace in bits a second: a leaky bucket, which is full when packets have left for a burst. The
// zero value is an empty one. It is for one goroutine at a time.
type Bucket struct {
	held float64 // bytes that left ahead of the pace
	at   time.Time
}

// Room reports whether a packet may leave now. Take must be told if it does.
func (b *Bucket) Room(now time.Time, pace int) bool {
	if passed := now.Sub(b.at); passed > 0 {
		b.held = max(b.held-bytes(pace, passed), 0)
		b.at = now
	}
	return b.held < max(bytes(pace, burst), leastBurst)
}

// Take notes a packet of that many bytes. Packets that cannot wait are noted too, whether there is room or not.
func (b *Bucket) Take(size int) { b.held += float64(size) }

// Wait returns how long to wait for room for some more packets.
func (b *Bucket) Wait(pace int) time.Duration {
	most := max(bytes(pace, burst), leastBurst) * float64(again) / float64(burst)
	wait := (b.held - most) * 8 / float64(max(pace, 1)) * float64(time.Second)
	return max(time.Duration(wait), time.Millisecond)
}

func bytes(pace int, d time.Duration) float64 { return float64(pace) / 8 * d.Seconds() }
