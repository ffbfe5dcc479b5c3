package room_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"greenroom/daemon/room"
)

func (d *drive) wantNotices(want ...room.NoticeKind) {
	d.t.Helper()
	var got []room.NoticeKind
	for _, n := range d.state().Meeting.Notices {
		got = append(got, n.Kind)
	}
	if !slices.Equal(got, want) {
		d.t.Errorf("the notices are %v, want %v", got, want)
	}
}

func (d *drive) wantTiles(want ...string) {
	d.t.Helper()
	var got []string
	names := map[string]string{aspen: "Aspen", birch: "Birch", cedar: "Cedar", dogwood: "Dogwood"}
	for _, t := range d.state().Meeting.Tiles {
		if (t.Show == room.ShowPicture) != (t.Reason == "") {
			d.t.Errorf("the tile %+v shows and does not show", t)
		}
		got = append(got, fmt.Sprintf("%s %s %d %s", names[t.Person], t.Stream, t.Slot, t.Reason))
	}
	if !slices.Equal(got, want) {
		d.t.Errorf("the tiles are %q, want %q", got, want)
	}
}

func TestNoticesStayTenSeconds(t *testing.T) {
	d := meetingDrive(t, true)
	first := d.now.Add(room.NoticeTime)
	d.after(4 * time.Second).apply(room.Announced{Attempt: 1, Kind: room.NoticeLeaderChanged, Name: "Birch"})
	d.wantNotices(room.NoticeJoined, room.NoticeLeaderChanged)
	if next := d.r.Next(); !next.Equal(first) {
		t.Errorf("the next Tick is due at %v, want %v", next, first)
	}
	d.now = first.Add(-time.Nanosecond)
	d.apply(room.Tick{}).wantNotices(room.NoticeJoined, room.NoticeLeaderChanged)
	d.now = first
	d.apply(room.Tick{}).wantNotices(room.NoticeLeaderChanged)
	d.now = d.r.Next()
	d.apply(room.Tick{}).wantNotices()
	if next := d.r.Next(); !next.IsZero() {
		t.Errorf("a Tick is due at %v, want none", next)
	}
	for _, kind := range []room.NoticeKind{
		room.NoticeLocked, room.NoticeUnlocked, room.NoticeUpgraded, room.NoticeHand, room.NoticeCompared, room.NoticeDiffers, room.NoticeDivided,
	} {
		d.after(room.NoticeTime).apply(room.Announced{Attempt: 1, Kind: kind, Name: "Birch"}).wantNotices(kind)
	}
	d.after(room.NoticeTime).apply(room.Announced{Attempt: 1, Kind: "fireworks"}, room.Announced{Attempt: 1, Kind: room.NoticeReconnected}).wantNotices()
	for range 50 {
		d.apply(room.Announced{Attempt: 1, Kind: room.NoticeLeft, Name: "Cedar"})
	}
	if n := d.state().Meeting.Notices; len(n) != 8 || n[7].ID != 59 {
		t.Errorf("%d notices, the last %v; want the last 8 of 59", len(n), n[len(n)-1])
	}
	if next := idleDrive(t).r.Next(); !next.IsZero() {
		t.Errorf("an idle room wants a Tick at %v", next)
	}
}

// TestShield: the one place where the shield is decided, case by case.
func TestShield(t *testing.T) {
	view := func(change func(*room.CoreView)) room.CoreView {
		v := in(birch, birch, aspen)
		change(&v)
		return v
	}
	for name, c := range map[string]struct {
		core room.CoreView
		want room.Shield
	}{
		"e2ee":              {view(func(*room.CoreView) {}), room.ShieldE2EE},
		"compared":          {view(func(v *room.CoreView) { v.Compared, v.JoinedSince = room.Matches, 2 }), room.ShieldVerified},
		"differs":           {view(func(v *room.CoreView) { v.Compared = room.Differs }), room.ShieldNotSecure},
		"enhanced":          {view(func(v *room.CoreView) { v.Kind, v.Code = room.KindEnhanced, nil }), room.ShieldEncrypted},
		"enhanced compared": {view(func(v *room.CoreView) { v.Kind, v.Compared = room.KindEnhanced, room.Matches }), room.ShieldEncrypted},
		"kind unknown":      {view(func(v *room.CoreView) { v.Kind = "" }), room.ShieldChecking},
		"kind not known":    {view(func(v *room.CoreView) { v.Kind = "rot13" }), room.ShieldChecking},
		"no code":           {view(func(v *room.CoreView) { v.Code = nil }), room.ShieldChecking},
		"a short code":      {view(func(v *room.CoreView) { v.Code = v.Code[:7] }), room.ShieldChecking},
		"an empty group":    {view(func(v *room.CoreView) { v.Code[3] = "" }), room.ShieldChecking},
		"waits for a key":   {view(func(v *room.CoreView) { v.Phase = room.CoreWaitingKey }), room.ShieldChecking},
		"announces again":   {view(func(v *room.CoreView) { v.Phase, v.Compared = room.CoreAnnouncing, room.Matches }), room.ShieldChecking},
		"differs, waits":    {view(func(v *room.CoreView) { v.Phase, v.Compared = room.CoreWaitingKey, room.Differs }), room.ShieldNotSecure},
	} {
		t.Run(name, func(t *testing.T) {
			d := meetingDrive(t, false).core(c.core)
			d.wantShield(c.want)
			d.apply(room.RelayDown{Attempt: 1})
			d.wantShield(c.want) // a lost link says nothing about the keys
		})
	}
}

func TestShieldOfFramesThatDoNotOpen(t *testing.T) {
	for reason, want := range map[room.TileReason]room.Shield{
		"": room.ShieldE2EE, room.TileNoFrames: room.ShieldE2EE, room.TileWaitingKey: room.ShieldE2EE,
		room.TileWrongKey: room.ShieldNotSecure, room.TileReplay: room.ShieldNotSecure, room.TileNotEncrypted: room.ShieldNotSecure,
	} {
		for _, stream := range []string{"camera", "microphone"} {
			d := meetingDrive(t, false)
			d.apply(room.TileHealth{Attempt: 1, Person: birch, Stream: stream, Reason: reason})
			d.wantShield(want)
			d.apply(room.TileHealth{Attempt: 1, Person: birch, Stream: stream})
			d.wantShield(room.ShieldE2EE)
		}
		d := meetingDrive(t, false).sends(cedar) // who is not in the list
		d.apply(room.TileHealth{Attempt: 1, Person: cedar, Stream: "camera", Reason: reason})
		d.wantShield(room.ShieldE2EE)
	}
}

func TestCompare(t *testing.T) {
	d := meetingDrive(t, false)
	if code := d.do(room.Command{Do: room.CommandCompare, Matches: true, Code: digits}); code != "" {
		t.Fatalf("refused: %s", code)
	}
	d.wantEffects(room.Compare{Attempt: 1, Matches: true, Code: digits})
	d.wantShield(room.ShieldE2EE) // verified is what the core says
	v := in(birch, birch, aspen)
	v.Compared = room.Matches
	d.core(v).wantShield(room.ShieldVerified)

	d.do(room.Command{Do: room.CommandCompare, Matches: false, Code: digits})
	d.wantEffects(room.Compare{Attempt: 1, Matches: false, Code: digits})
	d.wantShield(room.ShieldNotSecure) // at once, before the core has heard of it
	d.core(in(birch, birch, aspen)).wantShield(room.ShieldNotSecure)
	v = in(birch, birch, aspen)
	v.Phase, v.Code = room.CoreWaitingKey, nil
	d.core(v).wantShield(room.ShieldNotSecure) // no code is no better one
	if code := d.do(room.Command{Do: room.CommandCompare}); code != room.CodeNoCode {
		t.Errorf("compare without a code: %q, want it refused", code)
	}
	d.core(in(birch, birch, aspen)).do(room.Command{Do: room.CommandCompare, Matches: true, Code: digits})
	d.wantShield(room.ShieldE2EE)
}

// TestAnotherLeaderAnotherCode: what was said of a code counts for that code alone.
func TestAnotherLeaderAnotherCode(t *testing.T) {
	d := meetingDrive(t, false)
	d.do(room.Command{Do: room.CommandCompare, Matches: false, Code: digits})
	v := in(cedar, cedar, birch, aspen)
	v.Code[7] = "00000"
	d.core(v).wantShield(room.ShieldE2EE)
	for _, c := range []string{"", digits, digits[:39]} {
		if code := d.do(room.Command{Do: room.CommandCompare, Matches: true, Code: c}); code != room.CodeOtherCode {
			t.Errorf("compare %q: %q, want it refused", c, code)
		}
		d.wantEffects()
	}
	d.core(in(birch, birch, aspen)).wantShield(room.ShieldNotSecure) // the first one leads again
}

// TestOthersDiffer: one participant who reads another code is enough for everybody.
func TestOthersDiffer(t *testing.T) {
	d := meetingDrive(t, false)
	v := in(birch, birch, cedar, aspen)
	v.Compared, v.Members[0].Compared, v.Members[1].Compared = room.Matches, room.Matches, room.Differs
	d.core(v).wantShield(room.ShieldNotSecure)
	for i, want := range []room.Comparison{room.Matches, room.Differs, room.Matches} {
		if got := d.state().Meeting.People[i].Compared; got != want {
			t.Errorf("person %d compared %q, want %q", i, got, want)
		}
	}
	d.core(in(birch, birch, cedar, aspen)).wantShield(room.ShieldE2EE)
	if got := d.state().Meeting.People[1].Compared; got != room.NotCompared {
		t.Errorf("cleared: %q", got)
	}
}

func TestTilesKeepTheirPlaces(t *testing.T) {
	d := meetingDrive(t, true)
	d.wantTiles("Aspen camera -1 ", "Birch camera 0 ")
	d.core(in(aspen, aspen, birch, cedar)).sends(cedar)
	d.apply(room.PeerMedia{Attempt: 1, Person: birch, Stream: "content", Published: true})
	d.wantEffects(room.AssignSlots{Slots: []room.SlotUse{{0, birch, "camera", false}, {1, cedar, "camera", false}, {2, birch, "content", true}}})
	d.wantTiles("Aspen camera -1 ", "Birch camera 0 ", "Cedar camera 1 ", "Birch content 2 connecting")

	d.core(in(aspen, cedar, aspen)) // Birch has left; the list is in another order
	d.wantEffects(room.AssignSlots{Slots: []room.SlotUse{{1, cedar, "camera", false}}})
	d.wantTiles("Aspen camera -1 ", "Cedar camera 1 ")

	d.core(in(aspen, aspen, cedar, dogwood))
	d.wantTiles("Aspen camera -1 ", "Cedar camera 1 ", "Dogwood camera 0 connecting")
	d.core(in(aspen, aspen, cedar, dogwood))
	d.wantEffects()
}

func TestMorePeopleThanSlots(t *testing.T) {
	d := meetingDrive(t, true)
	v := in(aspen, aspen, birch)
	for i := range 12 {
		id := fmt.Sprintf("guest-%02d", i)
		v.Members = append(v.Members, room.CoreMember{ID: id, Name: id})
		d.sends(id)
	}
	d.core(v)
	tiles := d.state().Meeting.Tiles
	if len(tiles) != 14 || tiles[9].Slot != 8 || tiles[10].Slot != -1 || tiles[10].Reason != room.TileNoSlot {
		t.Fatalf("the tiles are %+v, want 9 slots in use and the others without", tiles)
	}
	v.Members = slices.Delete(slices.Clone(v.Members), 3, 4) // guest-01 leaves its slot 2
	d.core(v)
	for _, tile := range d.state().Meeting.Tiles {
		if tile.Person == "guest-08" && (tile.Slot != 2 || tile.Reason != "") {
			t.Errorf("the first without a slot is %+v, want it in slot 2", tile)
		}
	}
}

func TestWhoSpeaksIsShown(t *testing.T) {
	d := meetingDrive(t, true)
	v := in(aspen, aspen)
	for i := range 12 {
		id := fmt.Sprintf("guest-%02d", i)
		v.Members = append(v.Members, room.CoreMember{ID: id, Name: id})
		d.sends(id)
	}
	d.core(v)
	slot := func(person string) int {
		for _, tile := range d.state().Meeting.Tiles {
			if tile.Person == person {
				return tile.Slot
			}
		}
		return -2
	}
	speak := func(people ...string) {
		levels := map[string]int{}
		for _, p := range people {
			levels[p] = 60
		}
		d.after(time.Second).apply(room.Levels{People: levels})
	}
	speak("guest-08", "guest-00")
	d.wantEffects() // both are shown
	speak("guest-11")
	if slot("guest-11") != 7 || slot("guest-07") != -1 || slot("guest-08") != 8 {
		t.Errorf("guest-11 speaks in slot %d, guest-07 is in %d, guest-08 in %d", slot("guest-11"), slot("guest-07"), slot("guest-08"))
	}
	if len(d.effects) != 1 {
		t.Errorf("the effects are %v", d.effects)
	}
	speak("guest-11")
	d.wantEffects()
	for _, silent := range []string{"guest-01", "guest-02", "guest-03", "guest-04", "guest-05", "guest-06"} {
		speak(silent)
	}
	speak("guest-10") // guest-08 and guest-00 have been silent for longest
	if slot("guest-10") != 8 && slot("guest-10") != 0 {
		t.Errorf("guest-10 speaks in slot %d", slot("guest-10"))
	}
	speak("guest-00", "guest-01", "guest-02", "guest-03", "guest-04", "guest-05", "guest-06", "guest-07", "guest-08", "guest-09", "guest-10", "guest-11")
	used := map[int]bool{}
	for _, tile := range d.state().Meeting.Tiles {
		if tile.Slot >= 0 && used[tile.Slot] {
			t.Errorf("slot %d is used twice", tile.Slot)
		}
		used[tile.Slot] = true
	}
}

func TestWhyATileShowsNoPicture(t *testing.T) {
	media := func(published, muted bool) room.Event {
		return room.PeerMedia{Attempt: 1, Person: cedar, Stream: "camera", Published: published, Muted: muted}
	}
	health := func(r room.TileReason) room.Event {
		return room.TileHealth{Attempt: 1, Person: cedar, Stream: "camera", Reason: r}
	}
	mic := room.PeerMedia{Attempt: 1, Person: cedar, Stream: "microphone", Published: true}
	for name, c := range map[string]struct {
		events []room.Event
		want   room.TileReason
	}{
		"nothing heard":        {nil, room.TileConnecting},
		"only a microphone":    {[]room.Event{mic}, room.TileNoCamera},
		"published":            {[]room.Event{media(true, false)}, room.TileConnecting},
		"pictures":             {[]room.Event{media(true, false), health("")}, ""},
		"off":                  {[]room.Event{media(true, false), health(""), media(true, true)}, room.TileCameraOff},
		"off and on":           {[]room.Event{media(true, false), health(""), media(true, true), media(true, false)}, ""},
		"gone":                 {[]room.Event{media(true, false), health(""), media(false, false)}, room.TileNoCamera},
		"gone and back":        {[]room.Event{media(true, false), health(""), media(false, false), media(true, false)}, room.TileConnecting},
		"health of what is no": {[]room.Event{media(false, false), health("")}, room.TileNoCamera},
		"wrong key":            {[]room.Event{media(true, false), health(room.TileWrongKey)}, room.TileWrongKey},
		"no frames":            {[]room.Event{media(true, false), health(""), health(room.TileNoFrames)}, room.TileNoFrames},
	} {
		for _, early := range []bool{false, true} { // the relay may tell of somebody before the core does
			d := meetingDrive(t, true)
			if early {
				d.apply(c.events...).core(in(aspen, aspen, cedar))
			} else {
				d.core(in(aspen, aspen, cedar)).apply(c.events...)
			}
			got := d.state().Meeting.Tiles[1].Reason
			// Of what came and went before the core knew the person, nothing is left.
			if early && (name == "gone" || name == "health of what is no") {
				c.want = room.TileConnecting
			}
			if got != c.want {
				t.Errorf("%s (early: %t): %q, want %q", name, early, got, c.want)
			}
		}
	}
}

func TestTheOwnTile(t *testing.T) {
	d := meetingDrive(t, true)
	own := func(want room.TileReason, on bool) {
		t.Helper()
		m := d.state().Meeting
		if got := m.Tiles[0]; got.Person != aspen || got.Slot != -1 || got.Reason != want || m.People[0].CameraOn != on {
			t.Errorf("the own tile is %+v, the own camera on: %t; want reason %q and %t", got, m.People[0].CameraOn, want, on)
		}
	}
	own("", true)
	d.do(room.Command{Do: room.CommandCamera, On: false})
	own(room.TileCameraOff, false)
	d.do(room.Command{Do: room.CommandCamera, On: true})
	d.apply(room.DeviceChanged{Stream: "camera", State: room.DeviceStarting})
	own(room.TileConnecting, false)
	d.apply(room.DeviceChanged{Stream: "camera", State: room.DeviceReady})
	own(room.TileConnecting, false)
	d.apply(room.DeviceChanged{Stream: "camera", State: room.DeviceNone})
	own(room.TileNoCamera, false)
	d.apply(room.DeviceChanged{Stream: "camera", State: room.DeviceFailed})
	own(room.TileNoCamera, false)
}

func TestPeople(t *testing.T) {
	d := meetingDrive(t, false)
	d.apply(room.Levels{Mine: 30, People: map[string]int{birch: 25, cedar: 99}})
	people := d.state().Meeting.People
	if len(people) != 2 {
		t.Fatalf("%d people, want 2", len(people))
	}
	self, other := people[0], people[1]
	if !self.Self || self.Leader || self.Level != 30 || !self.Speaking || self.Muted {
		t.Errorf("self is %+v", self)
	}
	if other.Self || !other.Leader || other.Role != "host" || other.Level != 25 || !other.Speaking || !other.CameraOn {
		t.Errorf("Birch is %+v", other)
	}
	d.apply(room.Levels{People: map[string]int{birch: 12}})
	if p := d.state().Meeting.People[1]; !p.Speaking || p.Level != 12 {
		t.Errorf("a little lower: %+v, want still speaking", p)
	}
	d.apply(room.Levels{})
	if p := d.state().Meeting.People[1]; p.Speaking || p.Level != 0 {
		t.Errorf("silent: %+v", p)
	}
	d.apply(room.PeerMedia{Attempt: 1, Person: birch, Stream: "microphone", Published: true, Muted: true})
	d.apply(room.Levels{People: map[string]int{birch: 80}})
	if p := d.state().Meeting.People[1]; p.Speaking || p.Level != 0 || !p.Muted {
		t.Errorf("muted: %+v, want silent", p)
	}
}

func TestHostileTexts(t *testing.T) {
	d := meetingDrive(t, false)
	v := in(birch, birch, aspen)
	v.Members[0].Name = "  Ev\u202ei\u200dl\u200b\x00\n\n Ro\u0308om " + string(make([]byte, 10_000)) + "\xff"
	d.core(v).apply(room.Announced{Attempt: 1, Kind: room.NoticeJoined, Name: v.Members[0].Name})
	m := d.state().Meeting
	want := "Evil Röom"
	if m.People[0].Name != want || m.Encryption.Leader != want || m.Notices[1].Name != want {
		t.Errorf("the name is %q, %q and %q, want %q", m.People[0].Name, m.Encryption.Leader, m.Notices[1].Name, want)
	}
	v = in(birch, birch, aspen)
	for range 100 {
		v.Members[0].Name += "ü "
	}
	d.core(v)
	if name := []rune(d.state().Meeting.People[0].Name); len(name) != 64 || name[63] != '…' {
		t.Errorf("the long name is %q, want 64 characters", string(name))
	}
}
