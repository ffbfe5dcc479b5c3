package relay

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestPausesGrowAndEnd: they double up to the longest. A relay that was away and has forgotten the session is joined soon;
// one that takes us in and drops us, again and again, is not.
func TestPausesGrowAndEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pauses
		next := func(want time.Duration) {
			t.Helper()
			if got := p.next(); got < want*4/5 || got > want*6/5 {
				t.Errorf("a pause of %s, want about %s", got, want)
			}
		}
		p.up()
		time.Sleep(lasting) // virtual
		p.down()
		for _, want := range []time.Duration{firstPause, 2 * firstPause, 4 * firstPause, longestPause, longestPause} {
			next(want)
			p.down() // a try that failed
		}
		p.answered()
		next(firstPause)
		next(2 * firstPause) // the join that followed failed

		p = pauses{}
		for _, want := range []time.Duration{firstPause, 2 * firstPause, 4 * firstPause} {
			p.up()
			p.down() // at once
			p.answered()
			next(want)
		}
	})
}
