package source

import "time"

// clock is the last timestamp that a source gave, and when. Each child counts from its own start; for who receives the
// stream it goes on by the time that passed: a relay takes timestamps that fall back for packets that come late, and no
// longer notices who speaks.
type clock struct {
	timestamp uint32 // RTP, ticks of the codec
	at        time.Time
	runs      bool // there was a frame
}

// join returns what has to be added to the timestamps of a child whose first frame came now. rate is in ticks a second.
func (c clock) join(timestamp uint32, rate uint32, now time.Time) uint32 {
	if !c.runs {
		return 0
	}
	passed := uint32(max(now.Sub(c.at).Microseconds(), 1) * int64(rate) / 1_000_000)
	return c.timestamp + max(passed, 1) - timestamp
}
