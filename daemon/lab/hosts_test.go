package lab

import (
	"path/filepath"
	"testing"

	"greenroom/daemon/room"
)

// TestHostLocks: a host locks the meeting from the panel, the others' screens say so, and a third room stays out until it
// is unlocked.
func TestHostLocks(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{light(aspenSpec), light(birchSpec), light(cedarSpec)}, "Aspen", "Birch", "Cedar")
	aspen, birch, cedar := l.Room("Aspen"), l.Room("Birch"), l.Room("Cedar")
	join := meet(t, ctx, aspen, birch)
	b := openBrowser(t, ctx, l)
	panel, screen := openPanel(t, ctx, b, aspen), openScreen(t, ctx, b, birch)

	announced := looking(ctx, screen.Page, says(notice(room.NoticeLocked), "locked"))
	click(t, ctx, panel, "people")
	click(t, ctx, panel, "lock")
	found(t, announced)
	look(t, ctx, screen.Page, says(testID("locked"), "Meeting locked"))
	await(t, ctx, birch, "the lock", func(s room.State) bool { return s.Meeting.Locked })
	do(t, ctx, cedar, join)
	turnedAway(t, ctx, cedar, room.CodeLocked)

	announced = looking(ctx, screen.Page, says(notice(room.NoticeUnlocked), "open again"))
	click(t, ctx, panel, "lock")
	found(t, announced)
	look(t, ctx, screen.Page, gone(testID("locked")))
	do(t, ctx, cedar, join)
	for _, r := range []*Room{aspen, birch, cedar} {
		await(t, ctx, r, "three", sees(2))
	}
	look(t, ctx, screen.Page, counts(3))
}

// TestHostRemoves: a host removes a room from the panel, after being asked whether to; the rest goes on with a new key.
func TestHostRemoves(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{light(aspenSpec), light(birchSpec), light(cedarSpec)}, "Aspen", "Birch", "Cedar")
	aspen, birch, cedar := l.Room("Aspen"), l.Room("Birch"), l.Room("Cedar")
	meet(t, ctx, aspen, birch, cedar)
	before := await(t, ctx, aspen, "three", sees(2))
	b := openBrowser(t, ctx, l)
	panel, screen := openPanel(t, ctx, b, aspen), openScreen(t, ctx, b, birch)

	announced := looking(ctx, screen.Page, says(notice(room.NoticeRemoved), "Cedar was removed"))
	click(t, ctx, panel, "people")
	choose(t, ctx, panel, personOf(t, before, "Cedar"), room.CommandRemove)
	found(t, announced)
	turnedAway(t, ctx, cedar, room.CodeRemoved)
	for _, r := range []*Room{aspen, birch} {
		await(t, ctx, r, "two in a new epoch", func(s room.State) bool {
			return sees(1)(s) && s.Meeting.Encryption.Epoch > before.Meeting.Encryption.Epoch
		})
	}
	look(t, ctx, screen.Page, counts(2))
	look(t, ctx, panel, lists(2))
}

// TestHostAtTheDoor: rooms from outside the organisation knock. One is let in from the panel, though not while the meeting
// is locked; another is turned away.
func TestHostAtTheDoor(t *testing.T) {
	guest, other := light(cedarSpec), light(RoomSpec{Name: "Dogwood", Look: cedarSpec.Look, Words: cedarSpec.Words})
	guest.Outside, other.Outside = true, true
	ctx, l := newLab(t, []RoomSpec{light(aspenSpec), light(birchSpec), guest, other}, "Aspen", "Birch", "Cedar", "Dogwood")
	aspen, birch, cedar, dogwood := l.Room("Aspen"), l.Room("Birch"), l.Room("Cedar"), l.Room("Dogwood")
	join := meet(t, ctx, aspen, birch)
	b := openBrowser(t, ctx, l)
	panel, screen := openPanel(t, ctx, b, aspen), openScreen(t, ctx, b, cedar)
	click(t, ctx, panel, "people")

	do(t, ctx, cedar, join)
	look(t, ctx, screen.Page, says("h1", "Waiting to be let in"))
	look(t, ctx, panel, says(testID("knock"), "Cedar waits to be let in"))
	look(t, ctx, panel, says(testID("knock"), "outside"))
	click(t, ctx, panel, "not-now") // the list of people still has the guest
	look(t, ctx, panel, gone(testID("knock"))+" && "+says("[data-waiting]", "Cedar"))
	shoot(t, ctx, panel, filepath.Join(shots(t), "panel-people.png"))

	const letIn = `[data-waiting] .small-good[aria-busy="false"]`
	click(t, ctx, panel, "lock")
	await(t, ctx, aspen, "the lock", func(s room.State) bool { return s.Meeting.Locked })
	press(t, ctx, panel, letIn)
	look(t, ctx, panel, says(testID("refusal"), "Unlock it, then let them in"))
	click(t, ctx, panel, "lock")
	await(t, ctx, aspen, "no lock", func(s room.State) bool { return !s.Meeting.Locked })
	press(t, ctx, panel, letIn)
	for _, r := range []*Room{aspen, birch, cedar} {
		await(t, ctx, r, "three", sees(2))
	}
	if s := await(t, ctx, cedar, "the meeting", sees(2)); s.Meeting.Host {
		t.Error("a guest may do what hosts may")
	}
	look(t, ctx, panel, gone("[data-waiting]"))
	look(t, ctx, screen.Page, shields(room.ShieldE2EE))

	do(t, ctx, dogwood, join)
	look(t, ctx, panel, says(testID("knock"), "Dogwood waits to be let in"))
	click(t, ctx, panel, "deny")
	turnedAway(t, ctx, dogwood, room.CodeDenied)
	look(t, ctx, panel, gone(testID("knock")))
	look(t, ctx, panel, lists(3))
}

// TestHostHandsOver: a host hands over from the panel. Both screens announce it and show one new code, which nobody has
// compared yet; pictures go on, and the host is still a host.
func TestHostHandsOver(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{light(aspenSpec), light(birchSpec)}, "Aspen", "Birch")
	aspen, birch := l.Room("Aspen"), l.Room("Birch")
	meet(t, ctx, aspen, birch)
	b := openBrowser(t, ctx, l)
	panel := openPanel(t, ctx, b, aspen)
	screens := []Screen{openScreen(t, ctx, b, aspen), openScreen(t, ctx, b, birch)}
	old := must[string](t)(screens[0].Code(ctx))
	click(t, ctx, panel, "matches")
	look(t, ctx, screens[0].Page, shields(room.ShieldVerified))
	s := await(t, ctx, birch, "that Aspen has compared", func(s room.State) bool { return comparedBy(s, "Aspen") == room.Matches })

	var announced []func() error
	for _, screen := range screens {
		announced = append(announced, looking(ctx, screen.Page, says(notice(room.NoticeLeaderChanged), "Birch leads now: compare the new code")))
	}
	click(t, ctx, panel, "people")
	choose(t, ctx, panel, personOf(t, s, "Birch"), room.CommandHandOver)
	found(t, announced...)
	var codes []string
	for i, r := range []*Room{aspen, birch} {
		await(t, ctx, r, "Birch to lead, and nobody to have compared", func(s room.State) bool {
			e := s.Meeting.Encryption
			return sees(1)(s) && e.Leader == "Birch" && e.Shield == room.ShieldE2EE && e.Compared == room.NotCompared && comparedBy(s, "Aspen") == room.NotCompared
		})
		look(t, ctx, screens[i].Page, shields(room.ShieldE2EE))
		codes = append(codes, must[string](t)(screens[i].Code(ctx)))
	}
	if codes[0] != codes[1] || codes[0] == old {
		t.Errorf("the codes are %s and %s, and it was %s before", codes[0], codes[1], old)
	}

	// From now on the host asks the leader.
	click(t, ctx, panel, "lock")
	for _, screen := range screens {
		look(t, ctx, screen.Page, says(testID("locked"), "Meeting locked"))
	}
}
