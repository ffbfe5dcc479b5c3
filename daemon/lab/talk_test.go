package lab

import (
	"fmt"
	"path/filepath"
	"testing"

	"greenroom/daemon/room"
)

// TestTalk: what is written on one panel, and a hand that is raised there, reach the other's screen.
func TestTalk(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{light(aspenSpec), light(birchSpec)}, "Aspen", "Birch")
	aspen, birch := l.Room("Aspen"), l.Room("Birch")
	meet(t, ctx, aspen, birch)
	b := openBrowser(t, ctx, l)
	panel, screen := openPanel(t, ctx, b, birch), openScreen(t, ctx, b, aspen)

	const line = "Shall we start with the budget? <b>5 & 7</b>"
	written := looking(ctx, screen.Page, says(testID("chat-line"), line))
	click(t, ctx, panel, "chat")
	fill(t, ctx, panel, "chat-line", line)
	click(t, ctx, panel, "chat-send")
	found(t, written)
	s := await(t, ctx, aspen, "the line", func(s room.State) bool { return len(s.Meeting.Chat) == 1 })
	if c := s.Meeting.Chat[0]; c.Text != line || c.Name != "Birch" || c.Self {
		t.Errorf("Aspen has read %+v", c)
	}

	raised := looking(ctx, screen.Page, says(notice(room.NoticeHand), "Birch raised a hand"))
	click(t, ctx, panel, "hand")
	found(t, raised)
	hand := fmt.Sprintf("lab.all(%q).some(e => e.querySelector(`video[data-person=%q]`) && e.querySelector(%q))", "gr-tile", personOf(t, s, "Birch"), testID("tile-hand"))
	look(t, ctx, screen.Page, hand)
	click(t, ctx, panel, "hand")
	look(t, ctx, screen.Page, gone(testID("tile-hand")))
}

// TestCompare: the code matches, somebody joins since, and it does not match; the shields tell.
func TestCompare(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{light(aspenSpec), light(birchSpec), light(cedarSpec)}, "Aspen", "Birch", "Cedar")
	aspen, birch, cedar := l.Room("Aspen"), l.Room("Birch"), l.Room("Cedar")
	join := meet(t, ctx, aspen, birch)
	b := openBrowser(t, ctx, l)
	panel, screen := openPanel(t, ctx, b, aspen), openScreen(t, ctx, b, aspen)

	click(t, ctx, panel, "matches")
	look(t, ctx, screen.Page, shields(room.ShieldVerified))
	look(t, ctx, screen.Page, says(testID("shield"), "End-to-end encrypted, verified"))
	do(t, ctx, cedar, join)
	look(t, ctx, screen.Page, says(testID("shield"), "verified (1 joined since)"))
	look(t, ctx, panel, says(testID("shield"), "verified (1 joined since)"))
	click(t, ctx, panel, "matches")
	look(t, ctx, screen.Page, shields(room.ShieldVerified)+" && !"+says(testID("shield"), "joined since"))
	before := await(t, ctx, aspen, "three", sees(2)).Meeting.Encryption

	other := openScreen(t, ctx, b, birch)
	told := looking(ctx, other.Page, says(notice(room.NoticeDiffers), "Aspen: the code does not match"))
	click(t, ctx, panel, "differs")
	found(t, told)
	for _, s := range []Screen{screen, other} {
		look(t, ctx, s.Page, shields(room.ShieldNotSecure))
		look(t, ctx, s.Page, says(testID("shield"), "Not secure"))
	}
	await(t, ctx, cedar, "the warning, and another key", func(s room.State) bool {
		return s.Meeting.Encryption.Shield == room.ShieldNotSecure && s.Meeting.Encryption.Epoch > before.Epoch
	})
}

// TestCallByPanels: a room calls another by its panel; it rings on the other's screen and is answered at its panel, is
// encrypted with the organisation's key and has no code, and after the upgrade both screens show one code.
func TestCallByPanels(t *testing.T) {
	first, second := aspenSpec, birchSpec
	first.FPS, second.FPS = 10, 10
	ctx, l := newLab(t, []RoomSpec{first, second}, "Aspen", "Birch")
	aspen, birch := l.Room("Aspen"), l.Room("Birch")
	b := openBrowser(t, ctx, l)
	panel, screen := openPanel(t, ctx, b, aspen), openScreen(t, ctx, b, birch)
	await(t, ctx, birch, "its list of rooms", func(s room.State) bool { return len(s.Callees) == 1 })

	click(t, ctx, panel, "way-call")
	press(t, ctx, panel, "[data-callee]")
	look(t, ctx, screen.Page, says("h1", "Aspen")+" && "+says(testID("ringing"), "server"))
	look(t, ctx, panel, says("h2", "Calling Birch"))
	panel.Close()

	panel = openPanel(t, ctx, b, birch)
	click(t, ctx, panel, "answer")
	for _, r := range []*Room{aspen, birch} {
		await(t, ctx, r, "the other's picture", talks(room.KindEnhanced))
	}
	look(t, ctx, screen.Page, shields(room.ShieldEncrypted)+" && "+gone(testID("security-code")))

	upgraded := looking(ctx, screen.Page, says(notice(room.NoticeUpgraded), "Now end-to-end encrypted"))
	click(t, ctx, panel, "upgrade")
	found(t, upgraded)
	code := must[string](t)(screen.Code(ctx))
	look(t, ctx, screen.Page, shields(room.ShieldE2EE))
	screen.Close()
	screen = openScreen(t, ctx, b, aspen)
	look(t, ctx, screen.Page, shields(room.ShieldE2EE))
	if c := must[string](t)(screen.Code(ctx)); c != code {
		t.Errorf("the screens show the codes %s and %s", code, c)
	}
	s := await(t, ctx, aspen, "the other's picture", talks(room.KindE2EE))
	if err := screen.AwaitPicture(ctx, personOf(t, s, "Birch")); err != nil {
		t.Fatal(err)
	}
	shoot(t, ctx, screen.Page, filepath.Join(shots(t), "screen-call.png"))

	click(t, ctx, panel, "leave")
	look(t, ctx, screen.Page, `document.body.dataset.phase === "idle"`)
	for _, r := range []*Room{aspen, birch} {
		await(t, ctx, r, "the end of the call", quiet)
	}
}
