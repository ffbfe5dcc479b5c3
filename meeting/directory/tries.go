package directory

import (
	"context"
	"fmt"
	"time"
)

// pace slows down guessing: a few wrong tries are free, then every further one costs a wait that doubles up to a
// limit. An hour without a wrong try clears the count.
//
// A six-digit passcode then stands 20 + 1,440 guesses a day by all rooms together: a chance of 0.15%. One room alone
// gets 4 + 96. The meeting's own waits stay short because they also hold up those who know the passcode.
type pace struct {
	free       int
	first, max time.Duration
}

const triesForgotten = time.Hour

// addressPace is for guests, who can take another key for each try: it counts by where they come from. Many may come from
// behind one address, so its waits are shorter than a room's.
func addressPace() pace { return pace{free: 5, first: 5 * time.Second, max: 5 * time.Minute} }
func roomPace() pace    { return pace{free: 4, first: 15 * time.Second, max: 15 * time.Minute} }
func meetingPace() pace { return pace{free: 20, first: 2 * time.Second, max: time.Minute} }

// wait returns how long the next try has to wait.
func (p pace) wait(t Tries, now time.Time) time.Duration {
	if t.Wrong <= p.free || now.Sub(t.Last) >= triesForgotten {
		return 0
	}
	// A clock that was set back must not lock anybody out for longer than the longest wait.
	pause := p.first
	for i := p.free + 1; i < t.Wrong && pause < p.max; i++ {
		pause *= 2
	}
	return min(max(min(pause, p.max)-now.Sub(t.Last), 0), p.max)
}

// count adds one wrong try.
func (p pace) count(t Tries, now time.Time) Tries {
	if now.Sub(t.Last) >= triesForgotten {
		t.Wrong = 0
	}
	return Tries{Wrong: min(t.Wrong+1, 1<<20), Last: now}
}

// gate is one counted name with its pace.
type gate struct {
	name string
	pace pace
}

// pass refuses while the gate's wait lasts.
func (g gate) pass(ctx context.Context, tx Tx, now time.Time) error {
	t, err := tx.Tries(ctx, g.name)
	if err != nil {
		return err
	}
	wait := g.pace.wait(t, now)
	if wait == 0 {
		return nil
	}
	wait = wait.Truncate(time.Second) + time.Second
	e := refuse(CodeTooManyTries, fmt.Sprintf("There were too many wrong meeting numbers or passcodes. Wait %s and try again.", spell(wait)))
	e.RetryAfter = wait
	return e
}

// fail counts a wrong try.
func (g gate) fail(ctx context.Context, tx Tx, now time.Time) error {
	t, err := tx.Tries(ctx, g.name)
	if err != nil {
		return err
	}
	return tx.SetTries(ctx, g.name, g.pace.count(t, now))
}
