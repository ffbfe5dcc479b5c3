package room_test

import (
	"slices"
	"testing"
	"time"

	"greenroom/daemon/room"
)

// large returns whose tile is drawn large; empty: nobody's.
func (d *drive) large() string {
	d.t.Helper()
	found := ""
	for _, tile := range d.state().Meeting.Tiles {
		if tile.Large && found != "" {
			d.t.Errorf("two tiles are large: %s and %s", found, tile.Person)
		}
		if tile.Large {
			found = tile.Person + "/" + tile.Stream
		}
	}
	return found
}

// talk lets somebody speak for a while, ten times a second.
func (d *drive) talk(levels map[string]int, lasting time.Duration) *drive {
	for range lasting / (100 * time.Millisecond) {
		d.after(100 * time.Millisecond).apply(room.Levels{People: levels})
	}
	return d
}

func TestTheSpeakerIsLarge(t *testing.T) {
	d := meetingDrive(t, false)
	d.core(in(birch, aspen, birch, cedar, dogwood)).sends(cedar, dogwood)
	d.talk(map[string]int{cedar: 50}, 3*time.Second)
	if got := d.large(); got != "" {
		t.Errorf("in the grid %s is large", got)
	}
	if refusal := d.do(room.Command{Do: room.CommandLayout, Text: "speaker"}); refusal != "" || d.state().Meeting.Layout != room.LayoutSpeaker {
		t.Fatalf("refused with %q, layout %q", refusal, d.state().Meeting.Layout)
	}
	want := func(when, person string) {
		t.Helper()
		if got := d.large(); got != person+"/camera" {
			t.Errorf("%s: %s is large, want %s", when, got, person)
		}
	}
	want("at once: who spoke last", cedar)
	told := slices.ContainsFunc(d.effects, func(e room.Effect) bool {
		a, ok := e.(room.AssignSlots)
		return ok && slices.ContainsFunc(a.Slots, func(u room.SlotUse) bool { return u.Person == cedar && u.Large })
	})
	if !told {
		t.Errorf("the playout was not told: %v", d.effects)
	}
	d.talk(map[string]int{cedar: 50, birch: 90}, 5*time.Second)
	want("who is interrupted goes on", cedar)
	d.talk(map[string]int{birch: 90}, 200*time.Millisecond)
	want("the other has spoken for long, and cedar was large for long", birch)
	d.talk(map[string]int{dogwood: 90}, 1500*time.Millisecond)
	want("not yet", birch)
	d.talk(map[string]int{dogwood: 90}, 500*time.Millisecond)
	want("after two seconds", dogwood)
	d.talk(nil, 10*time.Second)
	want("silence", dogwood)
	d.talk(map[string]int{cedar: 90}, 300*time.Millisecond).talk(nil, time.Second)
	want("a cough", dogwood)
	d.core(in(birch, aspen, birch, cedar))
	want("who was large has left: the one who spoke last", cedar)
}

func TestContentIsLargeInEveryLayout(t *testing.T) {
	d := meetingDrive(t, false)
	d.do(room.Command{Do: room.CommandLayout, Text: "speaker"})
	if got := d.large(); got != birch+"/camera" {
		t.Errorf("%q is large", got)
	}
	d.apply(
		room.PeerMedia{Attempt: 1, Person: birch, Stream: "content", Published: true},
		room.TileHealth{Attempt: 1, Person: birch, Stream: "content"},
	)
	if got := d.large(); got != birch+"/content" {
		t.Errorf("%q is large beside content", got)
	}
	d.apply(room.PeerMedia{Attempt: 1, Person: birch, Stream: "content", Published: true, Muted: true})
	if got := d.large(); got != birch+"/camera" {
		t.Errorf("%q is large after the content", got)
	}
}

func TestTheLayoutStaysForTheNextMeeting(t *testing.T) {
	d := idleDrive(t)
	if got := d.do(room.Command{Do: room.CommandLayout, Text: "cinema"}); got != room.CodeValueWrong {
		t.Errorf("an unknown layout is refused with %q", got)
	}
	d.do(room.Command{Do: room.CommandLayout, Text: "speaker"})
	d.do(room.Command{Do: room.CommandMeetNow})
	d.apply(
		room.TicketGranted{Attempt: 1, Number: "482913077"}, room.RelayUp{Attempt: 1},
		room.CoreChanged{Attempt: 1, Core: in(aspen, aspen)},
	)
	if m := d.state().Meeting; m == nil || m.Layout != room.LayoutSpeaker || d.large() != "" {
		t.Errorf("the meeting is %+v", m)
	}
}
