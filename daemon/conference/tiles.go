package conference

import (
	"errors"
	"sync"
	"time"

	"greenroom/daemon/room"
	"greenroom/media"
	"greenroom/media/relay"
	"greenroom/media/sframe"
)

const (
	// tileLook is how often the tiles are looked at.
	tileLook = 250 * time.Millisecond
	// tileGrace is how long a stream may stay without a frame that opens before its tile says so.
	tileGrace = 2 * time.Second
)

// streamID is one stream of one participant.
type streamID struct {
	person string
	stream media.Stream
}

// tile is what became of a stream's frames.
type tile struct {
	since  time.Time // when the stream was published or unmuted
	opened time.Time // the last frame that opened
	failed time.Time // the last one that did not
	why    room.TileReason
	muted  bool
	hidden bool // it is not received, because nobody looks
	told   room.TileReason
}

// tiles tells for each stream whether its frames come and open, and if not, why.
type tiles struct {
	selective bool // pictures are received only while they are shown

	mu    sync.Mutex
	m     map[streamID]*tile
	shown map[streamID]bool
}

func newTiles(selective bool) *tiles {
	return &tiles{selective: selective, m: map[streamID]*tile{}, shown: map[streamID]bool{}}
}

// show tells which pictures are shown from now on.
func (t *tiles) show(pictures []relay.Shown, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shown = map[streamID]bool{}
	for _, p := range pictures {
		t.shown[streamID{p.Identity, p.Stream}] = true
	}
	for id, s := range t.m {
		hidden := t.hides(id)
		if s.hidden && !hidden {
			s.since = now
		}
		s.hidden = hidden
	}
}

// hides reports whether a stream's frames are not to be expected. It is called with the lock held.
func (t *tiles) hides(id streamID) bool {
	return t.selective && !id.stream.Audio() && !t.shown[id]
}

// published notes that a stream is there, muted or not.
func (t *tiles) published(id streamID, muted bool, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.m[id]
	if s == nil {
		s = &tile{told: room.TileConnecting, hidden: t.hides(id)}
		t.m[id] = s
	}
	if s.since.IsZero() || s.muted && !muted {
		s.since = now
	}
	s.muted = muted
}

// gone forgets a stream; with stream 0, all streams of the person.
func (t *tiles) gone(id streamID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for other := range t.m {
		if other.person == id.person && (id.stream == 0 || other.stream == id.stream) {
			delete(t.m, other)
		}
	}
}

// without returns the streams of persons who are not among those present.
func (t *tiles) without(present map[string]bool) []streamID {
	t.mu.Lock()
	defer t.mu.Unlock()
	var gone []streamID
	for id := range t.m {
		if !present[id.person] {
			gone = append(gone, id)
		}
	}
	return gone
}

// frame notes what became of one frame. It reports whether the tile shows pictures from now on and did not before: that
// is told at once, and not at the next look.
func (t *tiles) frame(id streamID, err error, now time.Time) (shows bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.m[id]
	if s == nil {
		s = &tile{since: now, told: room.TileConnecting}
		t.m[id] = s
	}
	if err == nil {
		s.opened = now
		shows = s.told != "" && !s.muted
		if shows {
			s.told = ""
		}
		return shows
	}
	s.failed, s.why = now, reasonOf(err)
	return false
}

func reasonOf(err error) room.TileReason {
	switch {
	case errors.Is(err, sframe.ErrNoKey):
		return room.TileWaitingKey
	case errors.Is(err, sframe.ErrReplay):
		return room.TileReplay
	case errors.Is(err, sframe.ErrAuth), errors.Is(err, errWrongSender):
		return room.TileWrongKey
	}
	return room.TileNotEncrypted
}

// change is a tile whose reason is another one than was told before.
type change struct {
	streamID
	reason room.TileReason
}

// look returns what has changed since the last look.
func (t *tiles) look(now time.Time) []change {
	t.mu.Lock()
	defer t.mu.Unlock()
	var changes []change
	for id, s := range t.m {
		if r := s.reason(now); r != s.told {
			s.told = r
			changes = append(changes, change{id, r})
		}
	}
	return changes
}

// reason is why the tile shows nothing now; empty if it shows what comes. A single frame that does not open changes
// nothing while others do: it was dropped, and that was all.
func (s *tile) reason(now time.Time) room.TileReason {
	switch {
	case s.muted, s.hidden, now.Sub(s.opened) < tileGrace:
		return ""
	case now.Sub(s.failed) < tileGrace:
		return s.why
	case now.Sub(s.since) < tileGrace:
		return room.TileConnecting
	}
	return room.TileNoFrames
}
