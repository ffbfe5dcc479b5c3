package lab

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"

	"greenroom/daemon/room"
)

// awaitDecoded waits until one of a page's connections (an expression) has decoded ten pictures of a codec that are no keyframes.
func awaitDecoded(ctx context.Context, p *Page, connections, codec string) error {
	_, err := Eval[bool](ctx, p, fmt.Sprintf(`(async () => {
		for (;;) {
			for (const pc of %s) {
				const stats = await pc.getStats();
				for (const s of stats.values())
					if (s.type === "inbound-rtp" && s.framesDecoded - s.keyFramesDecoded >= 10 && stats.get(s.codecId)?.mimeType === "video/%s") return true;
			}
			await new Promise((done) => setTimeout(done, 50));
		} })()`, connections, codec))
	return err
}

// colour is a colour of a Look in JavaScript: red, green, blue.
func colour(t *testing.T, hex string) string {
	t.Helper()
	var r, g, b int
	if _, err := fmt.Sscanf(hex, "0x%2x%2x%2x", &r, &g, &b); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("[%d, %d, %d]", r, g, b)
}

// TestH264OnTheWall: a room whose encoder makes H.264 meets one that sends VP8. Each wall shows the other's picture, a guest's
// browser shows both.
func TestH264OnTheWall(t *testing.T) {
	program := filepath.Join(t.TempDir(), "x264capture")
	if out, err := exec.Command("go", "build", "-o", program, "greenroom/daemon/lab/x264capture").CombinedOutput(); err != nil {
		t.Fatalf("build x264capture: %v\n%s", err, out)
	}
	first := light(aspenSpec)
	// The device file of the encoder that is not there is one that is.
	first.Video, first.Capture = map[string]any{"codec": "h264", "encoder": "/dev/null"}, program
	ctx, l := newLabFor(t, 2*patience, []RoomSpec{first, light(birchSpec)}, "Aspen", "Birch")
	aspen, birch := l.Room("Aspen"), l.Room("Birch")
	join := meet(t, ctx, aspen, birch)
	b := openBrowser(t, ctx, l)
	people := await(t, ctx, aspen, "both", sees(1))
	for _, c := range []struct {
		at, of *Room
		codec  string
	}{{birch, aspen, "H264"}, {aspen, birch, "VP8"}} {
		screen := openScreen(t, ctx, b, c.at)
		person := personOf(t, people, c.of.Spec.Name)
		if err := screen.AwaitPicture(ctx, person); err != nil {
			t.Fatalf("%s's picture at %s: %v", c.of.Spec.Name, c.at.Spec.Name, err)
		}
		// The colours of the picture, which no decoder makes of anything else.
		look := c.of.Spec.Look
		if _, err := Eval[bool](ctx, screen.Page, fmt.Sprintf(`lab.awaitLook(%q, %s, %s)`, person, colour(t, look.From), colour(t, look.To))); err != nil {
			t.Fatalf("%s's colours at %s: %v", c.of.Spec.Name, c.at.Spec.Name, err)
		}
		if err := awaitDecoded(ctx, screen.Page, "[window.greenroom.peer]", c.codec); err != nil {
			t.Errorf("%s shows no picture of %s: %v", c.at.Spec.Name, c.codec, err)
		}
		shoot(t, ctx, screen.Page, filepath.Join(shots(t), "screen-"+c.codec+".png"))
	}
	guests := openGuests(t, ctx, l)
	g := letIn(t, ctx, guests, l, aspen, join, "Mika", 1280, 800)
	for _, codec := range []string{"H264", "VP8"} {
		if err := awaitDecoded(ctx, g.Page, "greenroomGuest.session.relay.peers", codec); err != nil {
			t.Errorf("the guest's page shows no picture of %s: %v", codec, err)
		}
	}
	s := await(t, ctx, birch, "what Birch counts", func(s room.State) bool { return len(s.Counters.Streams) > 1 && s.Counters.Streams[1].Opened > 20 })
	for _, c := range s.Counters.Streams[:2] {
		if c.WrongKey+c.Replayed+c.Unencrypted > 0 {
			t.Errorf("%s: %+v", c.Stream, c)
		}
	}
}
