package daemon

import (
	"log/slog"
	"sync"
	"time"

	"greenroom/daemon/room"
	"greenroom/media"
)

// Of one participant at most troubleLines are logged in troubleWindow, and of at most troublePeople participants: a
// relay or a member that sends frames that do not open, now and then, must not fill the log. State has all of it.
const (
	troubleLines  = 6
	troubleWindow = time.Minute
	troublePeople = 1000
)

// troubles logs whose frames do not open, and that they do again: once for each change. The zero troubles is ready.
type troubles struct {
	mu     sync.Mutex // told by the conference's goroutines
	people map[string]*troubled
}

// troubled is a participant whose frames did not open once.
type troubled struct {
	reasons map[media.Stream]room.TileReason
	window  time.Time // when it began
	lines   int       // in this window
	unsaid  int       // changes that were not logged
	failed  int       // how often frames ceased to open
}

// opens reports whether a tile without pictures is no trouble: nothing comes that would not open.
func opens(r room.TileReason) bool {
	switch r {
	case room.TileWaitingKey, room.TileWrongKey, room.TileReplay, room.TileNotEncrypted:
		return false
	case "", room.TileConnecting, room.TileCameraOff, room.TileNoCamera, room.TileNoFrames, room.TileNoSlot:
	}
	return true
}

// note takes what became of a participant's stream.
func (t *troubles) note(log *slog.Logger, now time.Time, person string, stream media.Stream, reason room.TileReason) {
	if opens(reason) && reason != "" {
		return // neither: no frames come, and whether they would open is not known
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.people[person]
	if p == nil {
		if opens(reason) || len(t.people) >= troublePeople {
			return
		}
		if t.people == nil {
			t.people = map[string]*troubled{}
		}
		p = &troubled{reasons: map[media.Stream]room.TileReason{}}
		t.people[person] = p
	}
	before := p.reasons[stream]
	if before == reason {
		return
	}
	p.reasons[stream] = reason
	if opens(before) {
		p.failed++
	}
	if !p.mayLog(now) {
		return
	}
	about := []any{"person", person, "stream", stream.String()}
	switch {
	case opens(reason):
		log.Info("frames of a participant are in order again", append(about, "before", before)...)
	case reason == room.TileWaitingKey: // nothing unusual while somebody joins
		log.Info("frames of a participant do not open", append(about, "reason", reason)...)
	default:
		log.Warn("frames of a participant do not open", append(about, "reason", reason)...)
	}
}

// mayLog counts a line, and reports whether there is room for it.
func (p *troubled) mayLog(now time.Time) bool {
	if now.Sub(p.window) >= troubleWindow {
		p.window, p.lines = now, 0
	}
	if p.lines++; p.lines > troubleLines {
		p.unsaid++
		return false
	}
	return true
}

// sum logs at the meeting's end whose frames did not open, and how often that began.
func (t *troubles) sum(log *slog.Logger) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for person, p := range t.people {
		log.Info("frames of a participant did not open at times", "person", person, "times", p.failed, "changes_not_logged", p.unsaid)
	}
}
