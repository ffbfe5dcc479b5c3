package daemon

import (
	"testing"

	"greenroom/media"
	"greenroom/media/relay"
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

func TestAMeetingThatEndsLateLeavesTheNextOneItsPictures(t *testing.T) {
	s := &stage{shown: make([]feed, 1)}
	var first, second int
	stop := s.toldTo(func([]relay.Shown) { first++ })
	stopSecond := s.toldTo(func([]relay.Shown) { second++ })
	stop()
	s.assign(nil)
	if first != 1 || second != 2 {
		t.Errorf("the first meeting was told %d times and the second %d times, want 1 and 2", first, second)
	}
	stopSecond()
	s.assign(nil)
	if second != 2 {
		t.Errorf("a meeting that is over was told")
	}
}
