package room

import (
	"slices"
	"time"
)

// Layout is how the wall shows the faces.
type Layout string

// The layouts. What somebody shares is large in both.
const (
	LayoutGrid    Layout = "grid"    // all of one size
	LayoutSpeaker Layout = "speaker" // who speaks is large, the others beside
)

// A face becomes large when somebody has spoken for so long (a cough has not), and stays so for a while (two who talk to each
// other do not flicker).
const (
	speaksAfter = 500 * time.Millisecond
	largeFor    = 2 * time.Second
)

// layoutCommand takes a layout for this meeting and the next ones.
func (r *Room) layoutCommand(layout Layout) ([]Effect, string) {
	switch layout {
	case LayoutGrid, LayoutSpeaker:
		r.layout, r.kept.Layout = layout, layout
		return nil, ""
	}
	return nil, CodeValueWrong
}

// followSpeaker finds whose face the speaker layout shows large: who speaks now, or who did last. It is empty in the grid,
// and beside content, which is large itself.
func (s *session) followSpeaker(layout Layout, now time.Time) {
	faces := slices.DeleteFunc(slices.Clone(s.tiles), func(t tile) bool { return t.slot < 0 || t.stream != streamCamera })
	if layout != LayoutSpeaker || len(faces) == 0 || slices.ContainsFunc(s.tiles, func(t tile) bool { return t.stream == streamContent }) {
		s.large = ""
		return
	}
	known := slices.ContainsFunc(faces, func(t tile) bool { return t.person == s.large })
	if known && (now.Sub(s.largeSince) < largeFor || s.speaks(s.large)) {
		return
	}
	next, loudest := s.large, 0
	if !known {
		next = s.lastSpeaker(faces)
	}
	for _, t := range faces {
		p := s.peers[t.person]
		if p != nil && p.speaking && now.Sub(p.began) >= speaksAfter && p.level > loudest {
			next, loudest = t.person, p.level
		}
	}
	if next != s.large {
		s.large, s.largeSince = next, now
	}
}

// lastSpeaker returns who of these spoke last; the first of them if nobody did.
func (s *session) lastSpeaker(faces []tile) string {
	found, spoke := faces[0].person, time.Time{}
	for _, t := range faces {
		if p := s.peers[t.person]; p != nil && p.spoke.After(spoke) {
			found, spoke = t.person, p.spoke
		}
	}
	return found
}

func (s *session) speaks(person string) bool {
	p := s.peers[person]
	return p != nil && p.speaking
}

// isLarge reports whether a tile is drawn large, with the others beside it.
func (s *session) isLarge(t tile) bool {
	return t.stream == streamContent || s.large != "" && t.person == s.large
}
