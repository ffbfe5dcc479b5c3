package relay

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"greenroom/media"
	"greenroom/media/relay/livekit"
)

func active(sid, id string, tracks ...*livekit.Track) *livekit.Participant {
	return &livekit.Participant{Sid: sid, Identity: id, Name: strings.ToUpper(id), State: livekit.Participant_ACTIVE, Tracks: tracks}
}

func gone(sid, id string) *livekit.Participant {
	return &livekit.Participant{Sid: sid, Identity: id, State: livekit.Participant_DISCONNECTED}
}

func track(sid string, source livekit.TrackSource, muted bool) *livekit.Track {
	return &livekit.Track{Sid: sid, Source: source, Muted: muted}
}

// String makes failures readable.
func (c change) String() string {
	names := map[changeKind]string{
		personJoined: "joined", personLeft: "left", trackPublished: "published", trackGone: "gone", trackMuted: "muted",
	}
	return fmt.Sprint(names[c.kind], " ", c.identity, " ", c.stream, " ", c.muted)
}

// rosterStep is one update and what must be told of it.
type rosterStep struct {
	name  string
	list  []*livekit.Participant
	whole bool
	want  []change
}

func rosterSteps() []rosterStep {
	camera, microphone := livekit.TrackSource_CAMERA, livekit.TrackSource_MICROPHONE
	return []rosterStep{
		{"not active yet", []*livekit.Participant{{Sid: "PA_1", Identity: "birch", State: livekit.Participant_JOINED}}, false, nil},
		{"ourselves", []*livekit.Participant{active("PA_0", "aspen")}, false, nil},
		{"no identity", []*livekit.Participant{active("PA_9", "")}, false, nil},
		{
			"active, with a muted camera",
			[]*livekit.Participant{active("PA_1", "birch", track("TR_1", camera, true), track("TR_x", livekit.TrackSource_UNKNOWN, false))},
			false,
			[]change{
				{kind: personJoined, identity: "birch", name: "BIRCH"},
				{kind: trackPublished, identity: "birch", stream: media.Camera},
				{kind: trackMuted, identity: "birch", stream: media.Camera, muted: true},
			},
		},
		{"the same again", []*livekit.Participant{active("PA_1", "birch", track("TR_1", camera, true))}, false, nil},
		{
			"unmuted",
			[]*livekit.Participant{active("PA_1", "birch", track("TR_1", camera, false))},
			false,
			[]change{{kind: trackMuted, identity: "birch", stream: media.Camera}},
		},
		{
			"another track",
			[]*livekit.Participant{active("PA_1", "birch", track("TR_2", microphone, false))},
			false,
			[]change{
				{kind: trackGone, identity: "birch", stream: media.Camera},
				{kind: trackPublished, identity: "birch", stream: media.Microphone},
			},
		},
		{
			"a new stay before the old one ends",
			[]*livekit.Participant{active("PA_2", "birch")},
			false,
			[]change{
				{kind: trackGone, identity: "birch", stream: media.Microphone},
				{kind: personLeft, identity: "birch"},
				{kind: personJoined, identity: "birch", name: "BIRCH"},
			},
		},
		{"the old stay ends", []*livekit.Participant{gone("PA_1", "birch")}, false, nil},
		{
			"a whole list without birch",
			[]*livekit.Participant{active("PA_3", "cedar")},
			true,
			[]change{{kind: personLeft, identity: "birch"}, {kind: personJoined, identity: "cedar", name: "CEDAR"}},
		},
		{"left", []*livekit.Participant{gone("PA_3", "cedar")}, false, []change{{kind: personLeft, identity: "cedar"}}},
		{"somebody unknown left", []*livekit.Participant{gone("PA_7", "oak")}, false, nil},
	}
}

func TestRosterTellsWhatChanged(t *testing.T) {
	var r roster
	for _, s := range rosterSteps() {
		r.update(s.list, s.whole)
		if got := r.changes("aspen"); !reflect.DeepEqual(got, s.want) {
			t.Errorf("%s: got %v, want %v", s.name, got, s.want)
		}
	}
}

// TestOlderUpdatesChangeNothing: LiveKit sends updates from several goroutines, and an older one may come last. Taken for
// the newest, it would make a track that is there unknown for good.
func TestOlderUpdatesChangeNothing(t *testing.T) {
	var r roster
	birch := func(version uint32, tracks ...*livekit.Track) []*livekit.Participant {
		p := active("PA_1", "birch", tracks...)
		p.Version = version
		return []*livekit.Participant{p}
	}
	camera := track("TR_1", livekit.TrackSource_CAMERA, false)
	microphone := track("TR_2", livekit.TrackSource_MICROPHONE, false)
	r.update(birch(3, camera, microphone), false)
	r.changes("aspen")
	for _, whole := range []bool{false, true} {
		r.update(birch(2, microphone), whole)
		if got := r.changes("aspen"); len(got) != 0 {
			t.Errorf("an older update (whole: %t) changed %v", whole, got)
		}
		if owner, known := r.owner("TR_1"); !known || owner.stream != media.Camera {
			t.Errorf("the camera's track is not known any more (whole: %t)", whole)
		}
	}
	r.update(birch(4, microphone), false)
	if got, want := r.changes("aspen"), []change{{kind: trackGone, identity: "birch", stream: media.Camera}}; !reflect.DeepEqual(got, want) {
		t.Errorf("a newer update: got %v, want %v", got, want)
	}
}

// TestAStayThatIsOverDoesNotBeginAgain: somebody comes back while updates about the last stay are still on their way. Taken
// for a stay, one of them would hide the tracks of the new one for good.
func TestAStayThatIsOverDoesNotBeginAgain(t *testing.T) {
	camera := livekit.TrackSource_CAMERA
	for _, sids := range [][2]string{{"PA_1", "PA_2"}, {"PA_2", "PA_1"}} {
		var r roster
		first, second := sids[0], sids[1]
		r.update([]*livekit.Participant{active(first, "birch", track("TR_1", camera, false))}, false)
		r.update([]*livekit.Participant{active(second, "birch", track("TR_2", camera, false))}, false)
		r.changes("aspen")
		if now := r.seen["birch"]; now.sid != second {
			t.Errorf("of %s and then %s, %s is shown", first, second, now.sid)
		}
		r.update([]*livekit.Participant{gone(first, "birch")}, false)
		for _, whole := range []bool{false, true} {
			list := []*livekit.Participant{active(first, "birch")}
			if whole {
				list = append(list, active(second, "birch", track("TR_2", camera, false)))
			}
			r.update(list, whole)
			if got := r.changes("aspen"); len(got) != 0 {
				t.Errorf("an overtaken update of %s (whole: %t) changed %v", first, whole, got)
			}
		}
	}
	var r roster
	for i := range 2 * maxEnded {
		r.update([]*livekit.Participant{gone(fmt.Sprintf("PA_%d", i), "x")}, false)
	}
	if len(r.ended) != maxEnded {
		t.Errorf("%d stays are remembered", len(r.ended))
	}
}

func TestRosterIsBounded(t *testing.T) {
	var r roster
	var crowd []*livekit.Participant
	for i := range maxPeople + 10 {
		crowd = append(crowd, active(fmt.Sprintf("PA_%d", i), "x"))
	}
	r.update(crowd, false)
	if len(r.people) != maxPeople {
		t.Errorf("%d people", len(r.people))
	}
	r.update([]*livekit.Participant{{Sid: "PA_1", Name: strings.Repeat("x", maxPerson), State: livekit.Participant_ACTIVE}}, false)
	if r.people["PA_1"].GetName() != "X" {
		t.Error("too large a participant was taken")
	}
}
