package conference

import (
	"testing"
	"time"

	"greenroom/media"
)

func TestGapWaitsForKeyframe(t *testing.T) {
	camera, microphone := streamID{"birch", media.Camera}, streamID{"birch", media.Microphone}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	g := newGaps()
	expect := func(at time.Duration, id streamID, keyframe, show, ask bool) {
		t.Helper()
		s, a := g.pass(id, media.Frame{Keyframe: keyframe}, start.Add(at))
		if s != show || a != ask {
			t.Errorf("at %s: show %v, ask %v; want %v, %v", at, s, a, show, ask)
		}
	}
	expect(0, camera, false, true, false)
	g.lost(camera)
	expect(10*time.Millisecond, camera, false, false, true)
	g.lost(camera)
	expect(20*time.Millisecond, camera, false, false, false) // asked already
	expect(520*time.Millisecond, camera, false, false, true)
	expect(530*time.Millisecond, camera, true, true, false)
	expect(540*time.Millisecond, camera, false, true, false)

	g.lost(microphone)
	expect(550*time.Millisecond, microphone, false, true, false)

	g.lost(camera)
	g.gone(streamID{person: "birch"})
	expect(600*time.Millisecond, camera, false, true, false) // another stream, from its own beginning
}
