package room

import (
	"slices"
	"time"
)

// tile is one place on the screen.
type tile struct {
	tileKey
	slot int // -1: none
}

// tileKey is what a tile shows.
type tileKey struct{ person, stream string }

// layOut brings the tiles in line with the list: who left goes, who came is added at the end, and everybody else stays
// where they were, in the slot they had. A free slot goes to the first tile without one, and content always has one. It reports whether a slot's
// use changed.
func (s *session) layOut(slots int, sharing bool, layout Layout, now time.Time) bool {
	order, wanted := s.wantedTiles(sharing)
	s.tiles = slices.DeleteFunc(s.tiles, func(t tile) bool { return !wanted[t.tileKey] })
	for _, t := range s.tiles {
		delete(wanted, t.tileKey)
	}
	for _, key := range order {
		if wanted[key] {
			delete(wanted, key)
			s.tiles = append(s.tiles, tile{tileKey: key, slot: -1})
		}
	}
	s.giveSlots(slots)
	s.followSpeaker(layout, now)
	uses := s.slotUses()
	changed := !slices.Equal(uses, s.used)
	s.used = uses
	return changed
}

// wantedTiles returns a camera tile for everybody in the list, and a content tile for who shares: in order, and as a
// set. Before the room is in the meeting there are none.
func (s *session) wantedTiles(sharing bool) (order []tileKey, set map[tileKey]bool) {
	set = map[tileKey]bool{}
	if !s.in {
		return nil, set
	}
	for _, m := range s.core.Members {
		order = append(order, tileKey{m.ID, streamCamera})
		if m.ID == s.core.Self && sharing || m.ID != s.core.Self && s.shares(m.ID) {
			order = append(order, tileKey{m.ID, streamContent})
		}
	}
	for _, key := range order {
		set[key] = true
	}
	return order, set
}

// shares reports whether a participant shares a screen now. One that is announced and muted is there for later.
func (s *session) shares(id string) bool {
	p := s.peers[id]
	if p == nil {
		return false
	}
	st := p.streams[streamContent]
	return st.published && !st.muted
}

// ownCamera reports whether a tile is the room's own camera's, which the daemon does not play.
func (s *session) ownCamera(t tile) bool { return t.person == s.core.Self && t.stream == streamCamera }

func (s *session) giveSlots(slots int) {
	taken := make([]bool, slots)
	for i, t := range s.tiles {
		if s.ownCamera(t) {
			s.tiles[i].slot = -1
		} else if t.slot >= 0 {
			taken[t.slot] = true
		}
	}
	for i, t := range s.tiles {
		if t.slot >= 0 || s.ownCamera(t) {
			continue
		}
		if free := slices.Index(taken, false); free >= 0 {
			taken[free] = true
			s.tiles[i].slot = free
		} else if t.stream == streamContent {
			s.takeSlot(i)
		}
	}
}

// takeSlot gives content the slot of whoever has been silent for longest, or of the first face if all speak.
func (s *session) takeSlot(content int) {
	from := s.longestSilent()
	if from < 0 {
		from = slices.IndexFunc(s.tiles, func(t tile) bool { return t.slot >= 0 && t.stream == streamCamera })
	}
	if from >= 0 {
		s.tiles[content].slot, s.tiles[from].slot = s.tiles[from].slot, -1
	}
}

// showSpeakers gives who speaks and has no slot that of whoever has been silent for longest: nobody speaks unseen and
// unheard.
func (s *session) showSpeakers() {
	for i, t := range s.tiles {
		p := s.peers[t.person]
		if t.slot >= 0 || t.stream != streamCamera || t.person == s.core.Self || p == nil || !p.speaking {
			continue
		}
		if silent := s.longestSilent(); silent >= 0 {
			s.tiles[i].slot, s.tiles[silent].slot = s.tiles[silent].slot, -1
		}
	}
}

// longestSilent returns the tile, among those of cameras with a slot, of who has been silent for longest; -1: all speak.
func (s *session) longestSilent() int {
	found := -1
	var since time.Time
	for i, t := range s.tiles {
		if t.slot < 0 || t.stream != streamCamera {
			continue
		}
		var spoke time.Time
		if p := s.peers[t.person]; p != nil {
			if p.speaking {
				continue
			}
			spoke = p.spoke
		}
		// Of those who never spoke, the last to come.
		if found < 0 || !spoke.After(since) {
			found, since = i, spoke
		}
	}
	return found
}

// slotUses returns what the slots show, in their order.
func (s *session) slotUses() []SlotUse {
	var uses []SlotUse
	for _, t := range s.tiles {
		if t.slot >= 0 {
			uses = append(uses, SlotUse{Slot: t.slot, Person: t.person, Stream: t.stream, Large: s.isLarge(t)})
		}
	}
	slices.SortFunc(uses, func(a, b SlotUse) int { return a.Slot - b.Slot })
	return uses
}

// shownTiles makes the tiles of State.
func (s *session) shownTiles(d Devices) []Tile {
	tiles := make([]Tile, 0, len(s.tiles))
	for _, t := range s.tiles {
		reason := s.reason(t)
		switch {
		case s.ownCamera(t):
			reason = ownReason(d.Camera)
		case t.person == s.core.Self:
			reason = ownReason(d.Content)
		}
		show := ShowPicture
		if reason != "" {
			show = ShowPlaceholder
		}
		tiles = append(tiles, Tile{Person: t.person, Stream: t.stream, Slot: t.slot, Large: s.isLarge(t), Show: show, Reason: reason})
	}
	return tiles
}

// reason says why another participant's tile shows no picture; it is empty when it does.
func (s *session) reason(t tile) TileReason {
	p := s.peers[t.person]
	if p == nil || len(p.streams) == 0 {
		return TileConnecting
	}
	st := p.streams[t.stream]
	switch {
	case !st.published:
		return TileNoCamera
	case st.muted:
		return TileCameraOff
	case t.slot < 0:
		return TileNoSlot // it is not received
	case st.health != "":
		return st.health
	}
	return ""
}

// ownReason says why the others see no picture of one of this room's devices.
func ownReason(d Device) TileReason {
	switch d.State {
	case DeviceNone, DeviceAbsent, DeviceFailed:
		return TileNoCamera
	case DeviceReady, DeviceStarting, DeviceRunning:
	}
	switch {
	case !d.On:
		return TileCameraOff
	case d.State != DeviceRunning:
		return TileConnecting
	}
	return ""
}
