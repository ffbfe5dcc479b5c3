package conference

import (
	"testing"
	"time"

	"greenroom/daemon/room"
	"greenroom/media"
	"greenroom/media/sframe"
)

func TestTileSaysWhy(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	birch := streamID{"birch", media.Camera}

	type step struct {
		at   int
		do   func(*tiles, time.Time) bool // whether it tells at once that pictures come
		want room.TileReason
		same bool // nothing new to tell
	}
	frame := func(err error) func(*tiles, time.Time) bool {
		return func(t *tiles, now time.Time) bool { return t.frame(birch, err, now) }
	}
	published := func(muted bool) func(*tiles, time.Time) bool {
		return func(t *tiles, now time.Time) bool { t.published(birch, muted, now); return false }
	}
	nothing := func(*tiles, time.Time) bool { return false }

	for name, steps := range map[string][]step{
		"pictures come": {
			{0, published(false), "", true}, {100, frame(nil), "", false}, {1000, frame(nil), "", true},
		},
		"published, but nothing comes": {
			{0, published(false), "", true},
			{1999, nothing, "", true},
			{2000, nothing, room.TileNoFrames, false},
			{2100, frame(nil), "", false},
		},
		"no key": {
			{0, published(false), "", true}, {10, frame(sframe.ErrNoKey), room.TileWaitingKey, false}, {500, frame(nil), "", false},
		},
		"one forged frame between good ones": {
			{0, frame(nil), "", false}, {10, frame(sframe.ErrAuth), "", true}, {20, frame(nil), "", true},
		},
		"only forged frames": {
			{0, frame(nil), "", false},
			{1900, frame(sframe.ErrAuth), "", true},
			{2000, nothing, room.TileWrongKey, false},
			{4000, nothing, room.TileNoFrames, false},
		},
		"somebody else's frames": {{0, frame(errWrongSender), room.TileWrongKey, false}},
		"replayed frames":        {{0, frame(sframe.ErrReplay), room.TileReplay, false}},
		"plain frames":           {{0, frame(sframe.ErrMalformed), room.TileNotEncrypted, false}},
		"camera off and on": {
			{0, frame(nil), "", false},
			{100, published(true), "", true},
			{9000, nothing, "", true},
			{9100, published(false), room.TileConnecting, false},
			{9200, frame(nil), "", false},
		},
	} {
		t.Run(name, func(t *testing.T) {
			ts := newTiles(false)
			for i, s := range steps {
				var got []change
				if s.do(ts, at(s.at)) {
					got = []change{{birch, ""}}
				}
				got = append(got, ts.look(at(s.at))...)
				if s.same && len(got) != 0 || !s.same && (len(got) != 1 || got[0].reason != s.want) {
					t.Fatalf("step %d: %v, want %q (same: %v)", i, got, s.want, s.same)
				}
			}
			ts.gone(streamID{person: "birch"})
			if got := ts.look(at(60_000)); len(got) != 0 {
				t.Errorf("gone, and yet: %v", got)
			}
		})
	}
}
