package lab

import (
	"context"
	"fmt"
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
	const name = "Mika <b>test"
	g := letIn(t, ctx, b, l, aspen, join, name, 1280, 800)
	look(t, ctx, g.Page, `[...lab.all("video")].some(v => v.dataset.person && v.getVideoPlaybackQuality().totalVideoFrames > 0)`)
	must[Traffic](t)(g.AwaitTraffic(ctx, func(got Traffic) bool { return got.Energy > 0 }))
	if kept := must[bool](t)(Eval[bool](ctx, g.Page, `greenroomGuest.session.relay.peers.flatMap(pc => [...pc.getReceivers(), ...pc.getSenders()])
		.filter(side => side.track).every(side => { side.transform = null; return !!side.transform })`)); !kept {
		t.Error("a sender or receiver lets go of its transform, and with it of the encryption")
	}
	screen := openScreen(t, ctx, b, aspen)
	here := await(t, ctx, aspen, "the guest's picture", sees(1))
	if _, err := screen.AwaitMedia(ctx, personOf(t, here, name), 10, 0); err != nil {
		t.Fatalf("the guest is not seen and heard on the room's screen: %v", err)
	}
	screen.Close()

	press(t, ctx, g.Page, testID("compare"))
	for range 8 {
		press(t, ctx, g.Page, testID("same"))
	}
	look(t, ctx, g.Page, shields(room.ShieldVerified))
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
	if took := time.Since(again); took > 3*time.Second {
		t.Errorf("a reload took %v until the meeting was there again, and may take 3 s", took)
	}
	before := await(t, ctx, aspen, "the guest's picture again", sees(1))

	press(t, ctx, g.Page, testID("leave"))
	look(t, ctx, g.Page, over("left"))
	await(t, ctx, aspen, "a new key after the guest left", func(s room.State) bool {
		return alone(s) && s.Meeting.Encryption.Epoch > before.Meeting.Encryption.Epoch
	})
}

// TestRemovedGuestOpensNothing: somebody who was removed and stays on the relay goes on getting the meeting's packets, and
// 2 s later opens not one frame.
func TestRemovedGuestOpensNothing(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{light(aspenSpec)}, "Aspen")
	aspen := l.Room("Aspen")
	join := host(t, ctx, aspen)
	b := openGuests(t, ctx, l)
	g := letIn(t, ctx, b, l, aspen, join, "Noor", 1280, 800)
	s := await(t, ctx, aspen, "the guest", sees(1))
	look(t, ctx, g.Page, `[...lab.all("video")].some(v => v.dataset.person && v.getVideoPlaybackQuality().totalVideoFrames > 0)`)
	if err := g.Stay(ctx); err != nil {
		t.Fatal(err)
	}
	do(t, ctx, aspen, room.Command{Do: room.CommandRemove, Person: personOf(t, s, "Noor")})
	look(t, ctx, g.Page, over("removed"))
	if left := must[int](t)(Eval[int](ctx, g.Page, `lab.all("video, audio").filter(m => m.dataset.person).length`)); left != 0 {
		t.Errorf("%d players of others are left on the page of somebody who was removed", left)
	}
	time.Sleep(2 * time.Second) // what is waited for is the time itself
	before := must[Traffic](t)(g.Traffic(ctx))
	after := must[Traffic](t)(g.AwaitTraffic(ctx, func(got Traffic) bool { return got.Bytes > before.Bytes+10_000 }))
	if after.Frames != before.Frames || after.Energy != before.Energy {
		t.Errorf("2 s after the removal %d pictures and sound of the energy %g were opened", after.Frames-before.Frames, after.Energy-before.Energy)
	}
	if before.Frames == 0 || before.Energy == 0 {
		t.Errorf("before the removal it had opened only %+v", before)
	}
}

// TestGuestIsTurnedAway: each no is told in words: a wrong passcode ten times, and a locked meeting; and whoever finds
// another code is out at once.
func TestGuestIsTurnedAway(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{light(aspenSpec)}, "Aspen")
	aspen := l.Room("Aspen")
	join := host(t, ctx, aspen)
	b := openGuests(t, ctx, l)

	wrong := tries(t, ctx, b, l, join.Number, "000000")
	for try := 1; try <= 10; try++ {
		if try > 1 {
			press(t, ctx, wrong.Page, testID("again"))
			press(t, ctx, wrong.Page, testID("join"))
		}
		look(t, ctx, wrong.Page, `document.body.dataset.stage === "over"`)
		want := "passcode-wrong"
		if try > 6 {
			want = "too-many-tries"
			look(t, ctx, wrong.Page, says(testID("over"), "Try again in"))
		}
		look(t, ctx, wrong.Page, over(want))
	}
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

	do(t, ctx, aspen, room.Command{Do: room.CommandLock, On: true})
	await(t, ctx, aspen, "the lock", func(s room.State) bool { return s.Meeting.Locked })
	locked := tries(t, ctx, b, l, join.Number, join.Passcode)
	look(t, ctx, locked.Page, over("meeting-locked"))
}

// TestGuestOutlivesTheRelay: while the relay is away the page says so and goes on asking; once it is back, so is the guest, as the
// same person, without a knock, and sees the room.
func TestGuestOutlivesTheRelay(t *testing.T) {
	ctx, l := newLabFor(t, 2*patience, []RoomSpec{light(aspenSpec)}, "Aspen")
	aspen := l.Room("Aspen")
	join := host(t, ctx, aspen)
	b := openGuests(t, ctx, l)
	g := letIn(t, ctx, b, l, aspen, join, "Mika", 1280, 800)
	inMeeting(t, ctx, g)
	before := await(t, ctx, aspen, "the guest's picture", sees(1))
	reconnecting := looking(ctx, g.Page, there("reconnecting"))
	if err := l.Relay.Kill(); err != nil {
		t.Fatal(err)
	}
	found(t, reconnecting)
	look(t, ctx, g.Page, atStep("relay-away"))
	look(t, ctx, g.Page, says(testID("waiting"), "No connection for picture and sound"))
	if err := l.Relay.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	after := await(t, ctx, aspen, "the guest's picture again", func(s room.State) bool { return sees(1)(s) && len(s.Meeting.Waiting) == 0 })
	if after.Meeting.Number != before.Meeting.Number {
		t.Errorf("the guest is back in the meeting %s, and was in %s", after.Meeting.Number, before.Meeting.Number)
	}
	look(t, ctx, g.Page, `document.body.dataset.stage === "meeting"`)
	look(t, ctx, g.Page, fmt.Sprintf("lab.video(%q).getVideoPlaybackQuality().totalVideoFrames > 0", personOf(t, after, "Aspen")))
	look(t, ctx, g.Page, gone(testID("reconnecting")))
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
