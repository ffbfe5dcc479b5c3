package daemon

import (
	"testing"

	"greenroom/media"
)

// TestOwnPictureFollowsTheLargestLayer: another layer is shown from a keyframe on, and until then the one of before.
func TestOwnPictureFollowsTheLargestLayer(t *testing.T) {
	var own ownPicture
	var asked []uint8
	for i, step := range []struct {
		layer    uint8
		keyframe bool
		top      uint8
		taken    bool
		asked    int // in all
	}{
		{layer: 0, keyframe: true, top: 0, taken: true},
		{layer: 0, top: 2, taken: true},
		{layer: 2, top: 2, taken: false, asked: 1},
		{layer: 0, top: 2, taken: true, asked: 1},
		{layer: 2, keyframe: true, top: 2, taken: true, asked: 1},
		{layer: 0, top: 2, taken: false, asked: 1},
		{layer: 0, keyframe: true, top: 2, taken: false, asked: 1},
		{layer: 2, top: 2, taken: true, asked: 1},
		{layer: 0, top: 0, taken: false, asked: 2},
		{layer: 0, keyframe: true, top: 0, taken: true, asked: 2},
	} {
		f := media.Frame{Layer: step.layer, Keyframe: step.keyframe}
		if taken := own.takes(f, step.top, func(layers uint8) { asked = append(asked, layers) }); taken != step.taken || len(asked) != step.asked {
			t.Errorf("step %d, %+v: taken %t, asked for %v", i, step, taken, asked)
		}
	}
	if asked[0] != 1<<2 || asked[1] != 1 {
		t.Errorf("asked for keyframes of %b", asked)
	}
}
