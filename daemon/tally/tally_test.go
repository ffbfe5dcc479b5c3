package tally

import (
	"testing"

	"greenroom/media"
)

func TestTally(t *testing.T) {
	var tally Tally
	tally.Add(media.Camera, Sealed)
	tally.Add(media.Camera, Sealed)
	tally.Add(media.Microphone, Unencrypted)
	tally.Add(media.Stream(200), Sealed) // a relay's number
	tally.Add(media.Camera, Step(200))
	for want, got := range map[uint64]uint64{
		2: tally.Of(media.Camera, Sealed), 1: tally.Of(media.Microphone, Unencrypted),
		0: tally.Of(media.Microphone, Sealed) + tally.Of(media.Stream(200), Sealed) + tally.Of(media.Camera, Step(200)),
	} {
		if got != want {
			t.Errorf("counted %d, want %d", got, want)
		}
	}
	var none *Tally
	none.Add(media.Camera, Sealed)
	if none.Of(media.Camera, Sealed) != 0 {
		t.Error("no tally counted")
	}
}
