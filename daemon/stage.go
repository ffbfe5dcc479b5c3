package daemon

import (
	"math"
	"sync"

	"greenroom/daemon/room"
	"greenroom/media"
	"greenroom/media/playout"
	"greenroom/media/relay"
)

// stage brings opened frames to the playout slots that show them.
type stage struct {
	playout *playout.Playout

	mu    sync.Mutex
	slots map[feed]int
	shown []place // by slot
	// receive is told which pictures are shown, in a meeting; nil: nobody wants to know.
	receive *func([]relay.Shown)
}

// feed is one picture, or the sound that belongs to it.
type feed struct {
	person string
	stream media.Stream
}

// place is what one slot shows.
type place struct {
	feed
	large bool // with the others beside it
}

// soundOf returns the sound that belongs to a picture.
func soundOf(picture media.Stream) media.Stream {
	if picture == media.Content {
		return media.ContentAudio
	}
	return media.Microphone
}

func pictureOf(name string) media.Stream {
	if name == media.Content.String() {
		return media.Content
	}
	return media.Camera
}

// assign puts the streams into the slots. A slot that shows another feed than before starts afresh.
func (s *stage) assign(uses []room.SlotUse) {
	s.mu.Lock()
	defer s.mu.Unlock()
	slots := map[feed]int{}
	shown := make([]place, len(s.shown))
	for _, u := range uses {
		if u.Slot < 0 || u.Slot >= len(shown) {
			continue
		}
		picture := feed{u.Person, pictureOf(u.Stream)}
		slots[picture] = u.Slot
		slots[feed{u.Person, soundOf(picture.stream)}] = u.Slot
		shown[u.Slot] = place{picture, u.Large}
	}
	for slot := range shown {
		if shown[slot].feed != s.shown[slot].feed && shown[slot].feed != (feed{}) {
			s.playout.Reset(slot)
		}
	}
	s.slots, s.shown = slots, shown
	s.tell()
}

// toldTo has a meeting receive what is shown, until stop is called or another meeting is told: a room that comes back at
// once is in its next meeting before it is out of the last one.
func (s *stage) toldTo(receive func([]relay.Shown)) (stop func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.receive = &receive
	s.tell()
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.receive == &receive {
			s.receive = nil
		}
	}
}

// tell is called with the lock held.
func (s *stage) tell() {
	if s.receive != nil {
		(*s.receive)(sizes(s.shown))
	}
}

// The screen that the pictures' sizes are worked out for, and how much of its width goes to what is large
// (web/shared/model/stage.ts).
const (
	screenWidth = 1920
	largeShare  = 0.78
)

// sizes returns the size in which each picture is drawn, as the page lays them out: in a grid, or the large ones in one
// and the others one below the other beside it.
func sizes(shown []place) []relay.Shown {
	large, small := 0, 0
	for _, p := range shown {
		switch {
		case p.feed == (feed{}):
		case p.large:
			large++
		default:
			small++
		}
	}
	width := map[bool]float64{true: screenWidth / columns(large), false: screenWidth / columns(small)}
	if large > 0 && small > 0 {
		width[true] *= largeShare
		width[false] = screenWidth * (1 - largeShare)
	}
	var all []relay.Shown
	for _, p := range shown {
		if p.feed != (feed{}) {
			w := width[p.large]
			all = append(all, relay.Shown{Identity: p.person, Stream: p.stream, Width: int(w), Height: int(w * 9 / 16)})
		}
	}
	return all
}

// columns returns how many of n pictures of the screen's shape stand side by side.
func columns(n int) float64 { return math.Ceil(math.Sqrt(float64(max(n, 1)))) }

// play writes one opened frame to the slot that shows it, if one does.
func (s *stage) play(person string, stream media.Stream, f media.Frame) error {
	// Held over the write, so that no picture lands in a slot that has become somebody else's meanwhile.
	s.mu.Lock()
	defer s.mu.Unlock()
	slot, ok := s.slots[feed{person, stream}]
	if !ok {
		return nil
	}
	if stream.Audio() {
		return s.playout.WriteAudio(slot, f)
	}
	return s.playout.WriteVideo(slot, f)
}

// at returns whose picture a slot shows.
func (s *stage) at(slot int) (feed, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slot < 0 || slot >= len(s.shown) || s.shown[slot].feed == (feed{}) {
		return feed{}, false
	}
	return s.shown[slot].feed, true
}
