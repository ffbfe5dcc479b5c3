package lab

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"greenroom/daemon/room"
)

func openGuests(t *testing.T, ctx context.Context, l *Lab) *Browser {
	t.Helper()
	b := must[*Browser](t)(OpenGuests(ctx, l.Dir, "en"))
	t.Cleanup(b.Close)
	return b
}

// waits reports whether somebody of that name waits to be let in.
func waits(name string) func(room.State) bool {
	return func(s room.State) bool {
		return s.Meeting != nil && len(s.Meeting.Waiting) == 1 && s.Meeting.Waiting[0].Name == name
	}
}

// atStep is true in a guest page that waits for something.
func atStep(step string) string {
	return fmt.Sprintf("lab.one(%q).dataset.step === %q", testID("waiting"), step)
}

// letIn lets a guest join a meeting by its link and a room admit it, and waits until both see each other.
func letIn(t *testing.T, ctx context.Context, b *Browser, l *Lab, r *Room, join room.Command, name string, width, height int) Guest {
	t.Helper()
	g := must[Guest](t)(b.OpenGuest(ctx, l.Hub.GuestLink(join.Number, join.Passcode), width, height))
	expectQuiet(t, g.Page, name+"'s page")
	if err := g.Join(ctx, name); err != nil {
		t.Fatal(err)
	}
	s, err := r.Await(ctx, name+" at the door", waits(name))
	if err != nil {
		t.Fatalf("%v\nthe page reads: %s\nand says %v", err, textOf(g.Page), g.Problems())
	}
	look(t, ctx, g.Page, atStep("waiting-admission"))
	do(t, ctx, r, room.Command{Do: room.CommandAdmit, Person: s.Meeting.Waiting[0].ID})
	look(t, ctx, g.Page, `document.body.dataset.stage === "meeting"`)
	return g
}

// TestGuest: somebody with a browser knocks, is let in, sees the room and is seen, with the same code on both screens.
func TestGuest(t *testing.T) {
	spec := aspenSpec
	spec.FPS = 10
	ctx, l := newLab(t, []RoomSpec{spec}, "Aspen")
	aspen := l.Room("Aspen")
	join := host(t, ctx, aspen)
	b := openGuests(t, ctx, l)
	screen := openScreen(t, ctx, b, aspen)
	g := letIn(t, ctx, b, l, aspen, join, "Mika", 1280, 800)
	dir := shots(t)

	both := await(t, ctx, aspen, "the guest's picture", sees(1))
	if mine, wall := must[string](t)(g.Code(ctx)), must[string](t)(screen.Code(ctx)); mine != wall || len(mine) != 40 {
		t.Errorf("the page shows the code %s, the room's screen %s", mine, wall)
	}
	if err := screen.AwaitPicture(ctx, personOf(t, both, "Mika")); err != nil {
		t.Fatal(err)
	}
	look(t, ctx, g.Page, `lab.video("`+personOf(t, both, "Aspen")+`").getVideoPlaybackQuality().totalVideoFrames > 10`)
	shoot(t, ctx, g.Page, filepath.Join(dir, "guest-meeting.png"))
	shoot(t, ctx, screen.Page, filepath.Join(dir, "screen-guest.png"))
}
