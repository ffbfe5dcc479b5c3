package meeting

import "time"

// pace tells how late a leader's heartbeats come, by the leader's clock and the own: a relay that delivers all of them, but
// ever later, could hide a removal for as long as it likes. No two clocks need to agree: what counts is the heartbeat that
// came fastest.
type pace struct {
	at    time.Time // when that one came; zero: none came yet
	clock uint64    // what it says, in milliseconds
}

// lateAfter is how much later than the fastest one a heartbeat may come and still count: as long as a leader may be silent,
// so that a machine or a relay that does not keep up is no reason to change the leader. drift is how far two clocks may
// part: one second in so many.
const (
	lateAfter = silentAfter
	drift     = 1000
)

// maxPace bounds differences of clocks, in milliseconds, so that they can be reckoned with: about 34 years.
const maxPace = 1 << 40

// late reports whether a heartbeat that came now and says clock was kept back for too long.
func (p *pace) late(now time.Time, clock uint64) bool {
	theirs := min(clock-p.clock, maxPace)
	if clock < p.clock {
		theirs = 0 // later heartbeats have later clocks
	}
	ours := now.Sub(p.at)
	behind := ours - time.Duration(theirs)*time.Millisecond
	if p.at.IsZero() || behind < 0 {
		p.at, p.clock = now, clock
		return false
	}
	return behind > lateAfter+ours/drift
}

// clock returns what this participant's heartbeats say: milliseconds since 1970, by the clock as it was when it started,
// and from then on only forwards, even if somebody sets the clock.
func (c *Core) clock() uint64 {
	return uint64(max(0, c.started.UnixMilli()+c.now.Sub(c.started).Milliseconds()))
}
