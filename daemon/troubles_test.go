package daemon

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"greenroom/daemon/room"
	"greenroom/media"
)

const birch = "1b6cf2e31d70508fac2d3e4f50617283"

// journal is a log whose lines can be counted.
type journal struct {
	*slog.Logger
	written *bytes.Buffer
}

func newJournal() journal {
	var b bytes.Buffer
	return journal{slog.New(slog.NewTextHandler(&b, nil)), &b}
}

func (j journal) count(words ...string) int {
	n := 0
	for line := range strings.Lines(j.written.String()) {
		all := true
		for _, w := range words {
			all = all && strings.Contains(line, w)
		}
		if all {
			n++
		}
	}
	return n
}

// TestTroubleIsInStateAndInTheLog: what the conference tells of a peer's frames, for each reason and both kinds of stream.
func TestTroubleIsInStateAndInTheLog(t *testing.T) {
	for _, reason := range []room.TileReason{room.TileWaitingKey, room.TileWrongKey, room.TileReplay, room.TileNotEncrypted} {
		for _, stream := range []media.Stream{media.Camera, media.Microphone} {
			t.Run(fmt.Sprint(reason, "/", stream), func(t *testing.T) {
				log := newJournal()
				l := testLoop(func(room.Effect) {})
				o := &observer{attempt: &attempt{d: &Daemon{loop: l, log: log.Logger, now: time.Now}, number: 1}}
				defer meetBirch(t, l)()
				o.PeerMedia(birch, stream, true, false)
				o.TileHealth(birch, stream, "")
				if n := log.count("participant"); n != 0 {
					t.Errorf("%d lines of frames that open:\n%s", n, log.written)
				}
				o.TileHealth(birch, stream, reason)
				o.TileHealth(birch, stream, reason)
				awaitBirch(t, l, func(p room.Person) bool { return p.Trouble == reason })
				if n := log.count("do not open", birch, stream.String(), string(reason)); n != 1 {
					t.Errorf("%d lines, want 1:\n%s", n, log.written)
				}
				o.TileHealth(birch, stream, room.TileNoFrames) // says nothing about the keys
				o.TileHealth(birch, stream, "")
				awaitBirch(t, l, func(p room.Person) bool { return p.Trouble == "" })
				if n := log.count("in order again", birch, stream.String()); n != 1 {
					t.Errorf("%d lines of the recovery, want 1:\n%s", n, log.written)
				}
				o.troubles.sum(log.Logger)
				if n := log.count("at times", birch, "times=1"); n != 1 {
					t.Errorf("the sum is not there:\n%s", log.written)
				}
			})
		}
	}
}

// meetBirch runs a loop whose room is in a meeting with Birch.
func meetBirch(t *testing.T, l *loop) (stop func()) {
	t.Helper()
	stop = startLoop(t, l)
	l.post(room.Commanded{Origin: room.OriginControl, Command: room.Command{Do: room.CommandMeetNow}})
	l.post(room.TicketGranted{Attempt: 1})
	l.post(room.CoreChanged{Attempt: 1, Core: room.CoreView{Phase: room.CoreIn, Self: "a", Members: []room.CoreMember{{ID: "a"}, {ID: birch}}}})
	return stop
}

func awaitBirch(t *testing.T, l *loop, ok func(room.Person) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for st := range l.Watch(ctx) {
		if st.Meeting != nil && ok(st.Meeting.People[1]) {
			return
		}
	}
	t.Fatal("State never said so")
}

// TestTroublesDoNotFillTheLog: neither one participant whose frames change all the time, nor any number of them.
func TestTroublesDoNotFillTheLog(t *testing.T) {
	log, now := newJournal(), time.Now()
	var tr troubles
	flap := func(person string, times int) {
		for range times {
			tr.note(log.Logger, now, person, media.Camera, room.TileReplay)
			tr.note(log.Logger, now, person, media.Camera, "")
		}
	}
	flap(birch, 500)
	if n := log.count(birch); n != troubleLines {
		t.Errorf("%d lines within a minute, want %d", n, troubleLines)
	}
	now = now.Add(troubleWindow)
	flap(birch, 1)
	if n := log.count(birch); n != troubleLines+2 {
		t.Errorf("%d lines after the minute, want %d", n, troubleLines+2)
	}
	for i := range 2 * troublePeople {
		flap(fmt.Sprintf("guest-%d.", i), 1)
	}
	if n := log.count("guest-"); n != 2*(troublePeople-1) {
		t.Errorf("%d lines of guests, want %d", n, 2*(troublePeople-1))
	}
	tr.sum(log.Logger)
	if n := log.count("at times", birch, "times=501", fmt.Sprint("changes_not_logged=", 1000-troubleLines)); n != 1 {
		t.Errorf("the sum of all changes is not there")
	}
}

func TestTroublesFromManyGoroutines(t *testing.T) {
	var tr troubles
	var wg sync.WaitGroup
	for _, s := range []media.Stream{media.Camera, media.Microphone, media.Content} {
		wg.Go(func() {
			for range 100 {
				tr.note(slog.New(slog.DiscardHandler), time.Now(), birch, s, room.TileReplay)
				tr.note(slog.New(slog.DiscardHandler), time.Now(), birch, s, "")
			}
		})
	}
	wg.Wait()
	if p := tr.people[birch]; p.failed != 300 {
		t.Errorf("%d failures counted, want 300", p.failed)
	}
}
