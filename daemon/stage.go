package daemon

import (
	"sync"

	"greenroom/daemon/room"
	"greenroom/media"
	"greenroom/media/playout"
)

// stage brings opened frames to the playout slots that show them.
type stage struct {
	playout *playout.Playout

	mu    sync.Mutex
	slots map[feed]int
	shown []feed // by slot
}

// feed is one picture, or the sound that belongs to it.
type feed struct {
	person string
	stream media.Stream
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
	shown := make([]feed, len(s.shown))
	for _, u := range uses {
		if u.Slot < 0 || u.Slot >= len(shown) {
			continue
		}
		picture := feed{u.Person, pictureOf(u.Stream)}
		slots[picture] = u.Slot
		slots[feed{u.Person, soundOf(picture.stream)}] = u.Slot
		shown[u.Slot] = picture
	}
	for slot := range shown {
		if shown[slot] != s.shown[slot] && shown[slot] != (feed{}) {
			s.playout.Reset(slot)
		}
	}
	s.slots, s.shown = slots, shown
}

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
	if slot < 0 || slot >= len(s.shown) || s.shown[slot] == (feed{}) {
		return feed{}, false
	}
	return s.shown[slot], true
}
