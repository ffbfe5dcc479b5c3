package playout

import "time"

// sendersClock turns the times of the clock of a slot's sender into ours. Picture and sound of one sender have one clock,
// so that they stay in step as the sender captured them, whichever of them the network held up for longer.
type sendersClock struct {
	known  bool
	behind time.Duration // ours minus theirs, as the first frame made it
}

// maxSlip is how far a frame's time may be from now: the sender's clock was set, or the relay makes it up.
const maxSlip = 3 * time.Second

// ours returns when a frame that came now was captured, by our clock; without an origin, that is now.
func (c *sendersClock) ours(origin, now time.Time) time.Time {
	if origin.IsZero() {
		return now
	}
	at := origin.Add(c.behind)
	if slip := now.Sub(at); !c.known || slip > maxSlip || slip < -maxSlip {
		c.known, c.behind = true, now.Sub(origin)
		at = now
	}
	return at
}
