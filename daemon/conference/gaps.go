package conference

import (
	"sync"
	"time"

	"greenroom/media"
)

// askEvery is how often at most a keyframe is asked for while a stream waits for one.
const askEvery = 500 * time.Millisecond

// gaps holds back pictures that need an earlier one which did not open: they would be shown smeared. The relay's frames
// have no gap; frames that fail to open make one.
type gaps struct {
	mu sync.Mutex
	m  map[streamID]time.Time // streams with a gap, and when a keyframe was last asked for
}

func newGaps() *gaps { return &gaps{m: map[streamID]time.Time{}} }

// lost notes that a frame did not open.
func (g *gaps) lost(id streamID) {
	if id.stream.Audio() {
		return // every sound stands alone
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, open := g.m[id]; !open {
		g.m[id] = time.Time{}
	}
}

// pass reports whether an opened frame can be shown, and if not, whether to ask for a keyframe now.
func (g *gaps) pass(id streamID, f media.Frame, now time.Time) (show, ask bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	asked, gap := g.m[id]
	if !gap {
		return true, false
	}
	if f.Keyframe {
		delete(g.m, id)
		return true, false
	}
	if now.Sub(asked) < askEvery {
		return false, false
	}
	g.m[id] = now
	return false, true
}

// gone forgets a stream; with stream 0, all streams of the person.
func (g *gaps) gone(id streamID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for other := range g.m {
		if other.person == id.person && (id.stream == 0 || other.stream == id.stream) {
			delete(g.m, other)
		}
	}
}
