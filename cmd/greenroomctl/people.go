package main

import (
	"fmt"
	"strings"

	"greenroom/daemon/room"
)

// shortID is how much of an id people shows. It is enough to name somebody.
const shortID = 8

// known is somebody whom a command can be about.
type known struct{ id, name string }

// find returns the id of the one who is meant: by name, or by an id or its beginning.
func find(st room.State, c room.CommandName, who string) (string, error) {
	var byName, byID []string
	for _, k := range candidates(st, c) {
		switch {
		case k.id == who:
			return k.id, nil
		case strings.EqualFold(k.name, who):
			byName = append(byName, k.id)
		case len(who) >= 4 && strings.HasPrefix(k.id, strings.ToLower(who)):
			byID = append(byID, k.id)
		}
	}
	found := byName
	if len(found) == 0 {
		found = byID
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("nobody is called %q, or has an id that begins so; greenroomctl people lists who is there", who)
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("%d people could be meant by %q; give the id that greenroomctl people shows", len(found), who)
}

// candidates are those whom a command can be about.
func candidates(st room.State, c room.CommandName) []known {
	var all []known
	switch m := st.Meeting; {
	case c == room.CommandCall:
		for _, callee := range st.Callees {
			all = append(all, known{callee.ID, callee.Name})
		}
	case m == nil:
	case c == room.CommandAdmit || c == room.CommandDeny:
		for _, w := range m.Waiting {
			all = append(all, known{w.ID, w.Name})
		}
	default:
		for _, p := range m.People {
			all = append(all, known{p.ID, p.Name})
		}
	}
	return all
}

// people lists whom commands can be about, with the ids by which they are named.
func people(st room.State) string {
	var lines []string
	line := func(id, words string) { lines = append(lines, fmt.Sprintf("%-*s  %s", shortID, short(id), words)) }
	if m := st.Meeting; m != nil {
		for _, p := range m.People {
			line(p.ID, person(p))
		}
		for _, w := range m.Waiting {
			line(w.ID, waiting(w)+", waiting to be let in")
		}
	} else {
		for _, c := range st.Callees {
			line(c.ID, c.Name+", can be called")
		}
	}
	if len(lines) == 0 {
		return "nobody"
	}
	return strings.Join(lines, "\n")
}

func short(id string) string { return id[:min(len(id), shortID)] }

func person(p room.Person) string {
	words := []string{p.Name}
	for _, w := range []struct {
		so   bool
		word string
	}{
		{p.Self, "this room"},
		{p.Leader, "leads"},
		{p.Role == "host" || p.Role == "co-host", p.Role},
		{!p.Verified, "name not verified"},
		{p.Trouble != "", trouble(p.Trouble)},
		{p.Compared == room.Matches, "says that the code matches"},
		{p.Compared == room.Differs, "says that the code DOES NOT MATCH"},
		{p.Hand, "hand raised"},
		{p.Reaction != "", p.Reaction},
		{p.Muted, "muted"},
		{!p.CameraOn, "camera off"},
		{p.Speaking, "speaks"},
	} {
		if w.so {
			words = append(words, w.word)
		}
	}
	return strings.Join(words, ", ")
}

// trouble says why somebody's frames do not open.
func trouble(r room.TileReason) string {
	switch r {
	case room.TileWaitingKey:
		return "waiting for the key"
	case room.TileWrongKey:
		return "WRONG KEY"
	case room.TileReplay:
		return "REPLAYED FRAMES"
	case room.TileNotEncrypted:
		return "NOT ENCRYPTED"
	case room.TileConnecting, room.TileCameraOff, room.TileNoCamera, room.TileNoFrames, room.TileNoSlot:
	}
	return string(r)
}

func waiting(w room.Waiting) string {
	if w.Organisation {
		return w.Name
	}
	return w.Name + ", from outside the organisation"
}
