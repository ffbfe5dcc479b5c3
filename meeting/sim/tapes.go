package sim

import "time"

// tapes are what an adversary overheard of other runs of the meeting with the same people.
type tapes struct {
	other   []taped // another instance
	earlier []taped // the same instance id, an hour ago: a hub may give it twice
}

func (t tapes) draw(w *world) []taped {
	if w.rng.IntN(2) == 0 {
		return t.other
	}
	return t.earlier
}

// tapes returns them; they are made when they are first asked for.
func (c *Cast) tapes() tapes {
	c.taping.Do(func() {
		c.taped = tapes{other: c.record(otherRun), earlier: c.record(earlierRun)}
	})
	return c.taped
}

// The runs that are recorded, besides the one that is simulated.
const (
	thisRun run = iota
	otherRun
	earlierRun
)

// run names a run of the meeting.
type run int

func (c *Cast) record(r run) []taped {
	w := newWorld(c, profileNamed("honest"), uint64(r)<<60, nil)
	if r == otherRun {
		w.instance = otherInstance
	} else {
		w.start = startTime().Add(-time.Hour)
	}
	w.evil.begin(w)
	w.run(w.story.begin(w))
	w.evil.on = false
	return w.evil.tape
}
