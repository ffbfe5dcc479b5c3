package lab

import (
	"context"
	"testing"
	"time"

	"greenroom/daemon/room"
)

// over is true in a guest page that says why the meeting is over, with this code.
func over(code string) string {
	return `lab.one('[data-testid="over"]').dataset.code === "` + code + `"`
}

// alone reports whether a room is in a meeting with nobody else.
func alone(s room.State) bool { return s.Meeting != nil && len(s.Meeting.People) == 1 }

// TestGuestComesAndGoes: a guest compares the code, writes, loads the page anew, and leaves, which changes the key.
func TestGuestComesAndGoes(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{light(aspenSpec)}, "Aspen")
	aspen := l.Room("Aspen")
	join := host(t, ctx, aspen)
	b := openGuests(t, ctx, l)
	g := letIn(t, ctx, b, l, aspen, join, "Mika <b>test", 1280, 800)
	await(t, ctx, aspen, "the guest's picture", sees(1))
	look(t, ctx, g.Page, `[...lab.all("video")].some(v => v.dataset.person && v.getVideoPlaybackQuality().totalVideoFrames > 0)`)
	if _, err := Eval[bool](ctx, g.Page, `new Promise(async (done) => {
		for (;;) {
			for (const pc of greenroomGuest.session.relay.peers)
				for (const s of (await pc.getStats()).values())
					if (s.type === "inbound-rtp" && s.kind === "audio" && s.totalAudioEnergy > 0) return done(true);
			await new Promise((next) => setTimeout(next, 100));
		}})`); err != nil {
		t.Fatalf("the room is not heard: %v", err)
	}

	press(t, ctx, g.Page, testID("compare"))
	for range 8 {
		press(t, ctx, g.Page, testID("same"))
	}
	look(t, ctx, g.Page, shields(room.ShieldVerified))
	const name = "Mika <b>test"
	await(t, ctx, aspen, "that the guest's code matches", func(s room.State) bool { return comparedBy(s, name) == room.Matches })

	const nasty = `<img src=x onerror="document.body.dataset.hacked=1">`
	press(t, ctx, g.Page, testID("chat"))
	do(t, ctx, aspen, room.Command{Do: room.CommandChat, Text: nasty})
	look(t, ctx, g.Page, says(testID("chat-line"), nasty))
	if hacked := must[bool](t)(Eval[bool](ctx, g.Page, `!!document.body.dataset.hacked || !!lab.one("li img")`)); hacked {
		t.Error("a line of chat became a part of the page")
	}

	again := time.Now()
	if _, err := Eval[bool](ctx, g.Page, `setTimeout(() => location.reload(), 0), true`); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, aspen, "the guest to be back in a new place", func(s room.State) bool {
		return s.Meeting != nil && len(s.Meeting.People) == 2 && len(s.Meeting.Waiting) == 0 && comparedBy(s, name) == room.NotCompared
	})
	if _, err := Eval[bool](ctx, g.Page, screenScript+";true"); err != nil {
		t.Fatal(err)
	}
	look(t, ctx, g.Page, `document.body.dataset.stage === "meeting"`)
	t.Logf("a reload took %v until the meeting was there again", time.Since(again))
	before := await(t, ctx, aspen, "the guest's picture again", sees(1))

	press(t, ctx, g.Page, testID("leave"))
	look(t, ctx, g.Page, over("left"))
	await(t, ctx, aspen, "a new key after the guest left", func(s room.State) bool {
		return alone(s) && s.Meeting.Encryption.Epoch > before.Meeting.Encryption.Epoch
	})
}

// TestGuestIsTurnedAway: each no is told in words: a wrong passcode, a locked meeting, a removal; and whoever finds another
// code is out at once.
func TestGuestIsTurnedAway(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{light(aspenSpec)}, "Aspen")
	aspen := l.Room("Aspen")
	join := host(t, ctx, aspen)
	b := openGuests(t, ctx, l)

	wrong := tries(t, ctx, b, l, join.Number, "000000")
	look(t, ctx, wrong.Page, over("passcode-wrong"))
	for range 5 {
		press(t, ctx, wrong.Page, testID("again"))
		look(t, ctx, wrong.Page, `document.body.dataset.stage === "start"`)
		press(t, ctx, wrong.Page, testID("join"))
		look(t, ctx, wrong.Page, `document.body.dataset.stage === "over"`)
	}
	press(t, ctx, wrong.Page, testID("again"))
	look(t, ctx, wrong.Page, `document.body.dataset.stage === "start"`)
	press(t, ctx, wrong.Page, testID("join"))
	look(t, ctx, wrong.Page, over("too-many-tries"))
	look(t, ctx, wrong.Page, says(testID("over"), "Try again in"))
	wrong.Close()
	time.Sleep(6 * time.Second) // what is waited for is the time itself

	g := letIn(t, ctx, b, l, aspen, join, "Mika", 390, 844)
	await(t, ctx, aspen, "the guest", sees(1))
	press(t, ctx, g.Page, testID("compare"))
	press(t, ctx, g.Page, testID("same"))
	told := awaiting(ctx, aspen, "that the codes differ", func(s room.State) bool {
		return s.Meeting != nil && comparedBy(s, "Mika") == room.Differs
	})
	press(t, ctx, g.Page, testID("different"))
	look(t, ctx, g.Page, over("mismatch"))
	found(t, told)
	await(t, ctx, aspen, "the guest to be gone", alone)
	g.Close()

	g = letIn(t, ctx, b, l, aspen, join, "Noor", 1280, 800)
	s := await(t, ctx, aspen, "the guest", sees(1))
	do(t, ctx, aspen, room.Command{Do: room.CommandRemove, Person: personOf(t, s, "Noor")})
	look(t, ctx, g.Page, over("removed"))
	if left := must[int](t)(Eval[int](ctx, g.Page, `lab.all("video, audio").filter(m => m.dataset.person).length`)); left != 0 {
		t.Errorf("%d players of others are left on the page of somebody who was removed", left)
	}
	g.Close()

	do(t, ctx, aspen, room.Command{Do: room.CommandLock})
	await(t, ctx, aspen, "the lock", func(s room.State) bool { return s.Meeting.Locked })
	locked := tries(t, ctx, b, l, join.Number, join.Passcode)
	look(t, ctx, locked.Page, over("meeting-locked"))
}

// tries opens a guest page and joins from it.
func tries(t *testing.T, ctx context.Context, b *Browser, l *Lab, number, passcode string) Guest {
	t.Helper()
	g := must[Guest](t)(b.OpenGuest(ctx, l.Hub.GuestLink(number, passcode), 1280, 800))
	if err := g.Join(ctx, "Mika"); err != nil {
		t.Fatal(err)
	}
	return g
}
