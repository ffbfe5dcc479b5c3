package playout

import (
	"testing"
	"time"
)

func TestPictureAndSoundStayInStep(t *testing.T) {
	var c sendersClock
	now := time.Unix(1_700_000_000, 0)
	theirs := now.Add(-42 * time.Hour) // the sender's clock is wrong
	if at := c.ours(time.Time{}, now); at != now {
		t.Errorf("without an origin: %v", at)
	}
	sound := c.ours(theirs, now)
	picture := c.ours(theirs, now.Add(120*time.Millisecond)) // captured together, and held up
	if sound != picture {
		t.Errorf("sound of %v, picture of %v", sound, picture)
	}
	later := c.ours(theirs.Add(time.Second), now.Add(1040*time.Millisecond))
	if later.Sub(sound) != time.Second {
		t.Errorf("a second later is %v", later.Sub(sound))
	}
	if at := c.ours(theirs.Add(time.Hour), now.Add(2*time.Second)); at != now.Add(2*time.Second) {
		t.Errorf("the sender's clock was set: %v", at)
	}
}
