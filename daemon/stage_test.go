package daemon

import (
	"testing"

	"greenroom/media"
)

func TestPicturesAreReceivedInTheSizeInWhichTheyAreDrawn(t *testing.T) {
	faces := func(n int) (shown []feed) {
		for i := range n {
			shown = append(shown, feed{string(rune('a' + i)), media.Camera})
		}
		return shown
	}
	for n, want := range map[int]int{1: 960, 3: 960, 4: 640, 8: 640, 9: 480} {
		got := sizes(append(faces(n), feed{}))
		if len(got) != n || got[0].Width != want || got[0].Height != want*9/16 {
			t.Errorf("%d faces: %v, want a width of %d", n, got, want)
		}
	}
	got := sizes(append(faces(2), feed{"a", media.Content}))
	if len(got) != 3 || got[2].Stream != media.Content || got[2].Width < 1400 || got[0].Width > 500 {
		t.Errorf("beside content: %v", got)
	}
}
