package daemon

import (
	"testing"
	"time"

	"greenroom/media/pipe"
)

func TestPicturesFollowTheNetworkAndTheirWatchers(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	var asked []pipe.Layers
	p := newPictures(pipe.MaxLayers, 0, func() time.Time { return now }, func(l pipe.Layers) { asked = append(asked, l) })
	p.carries(5_000_000)
	if len(asked) != 0 {
		t.Fatal("sizes were asked for before the camera's own was known")
	}
	p.captured(1280, 720, 30)
	p.captured(1280, 720, 30) // the camera was switched off and on
	p.look()
	if len(asked) != 1 || asked[0][2].Height != 720 || asked[0][0].Height != 180 {
		t.Fatalf("asked for %v", asked)
	}
	p.seenBy(1)
	if last := asked[len(asked)-1]; last[2].Height != 720 || last[1].Height != 0 || last[0].Height != 180 {
		t.Errorf("for one other: %v", last)
	}
	p.seenBy(2)
	p.want(1)
	if last := asked[len(asked)-1]; last[2].Height != 0 || last[1].Height != 360 {
		t.Errorf("the large layer is sent though nobody wants it: %v", last)
	}
	p.want(2)
	p.carries(300_000)
	if last := asked[len(asked)-1]; last[2].Height != 0 {
		t.Errorf("%v over a thin line", last)
	}
	p.carries(5_000_000)
	for range 30 {
		now = now.Add(climbEvery)
		p.look()
	}
	if last := asked[len(asked)-1]; last[2].Height != 720 {
		t.Errorf("%v half a minute after the line is wide again", last)
	}
}
