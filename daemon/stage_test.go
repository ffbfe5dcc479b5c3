package daemon

import (
	"testing"

	"greenroom/media"
	"greenroom/media/relay"
)

func TestPicturesAreReceivedInTheSizeInWhichTheyAreDrawn(t *testing.T) {
	faces := func(n int) (shown []place) {
		for i := range n {
			shown = append(shown, place{feed{string(rune('a' + i)), media.Camera}, false})
		}
		return shown
	}
	for n, want := range map[int]int{1: 1920, 3: 960, 4: 960, 8: 640, 9: 640} {
		got := sizes(append(faces(n), place{}))
		if len(got) != n || got[0].Width != want || got[0].Height != want*9/16 {
			t.Errorf("%d faces: %v, want a width of %d", n, got, want)
		}
	}
	got := sizes(append(faces(2), place{feed{"a", media.Content}, true}))
	if len(got) != 3 || got[2].Stream != media.Content || got[2].Width < 1400 || got[0].Width > 500 {
		t.Errorf("beside content: %v", got)
	}
	speaker := faces(3)
	speaker[1].large = true
	if got := sizes(speaker); got[1].Width < 1400 || got[0].Width > 500 || got[2].Width > 500 {
		t.Errorf("beside who speaks: %v", got)
	}
	if got := sizes(speaker[1:2]); got[0].Width != 1920 {
		t.Errorf("alone: %v", got)
	}
}

func TestAMeetingThatEndsLateLeavesTheNextOneItsPictures(t *testing.T) {
	s := &stage{shown: make([]place, 1)}
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
