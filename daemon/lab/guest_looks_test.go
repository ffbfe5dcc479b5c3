package lab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"greenroom/daemon/room"
)

// Sizes in which a guest page is looked at: a laptop's window and a phone.
var guestSizes = []struct{ width, height int64 }{{1280, 800}, {390, 844}}

// tidy holds a page, as it is now, to WCAG 2.2 AA with axe, and to its window, at both sizes, and takes its picture.
func tidy(t *testing.T, ctx context.Context, p *Page, name string) {
	t.Helper()
	root := must[string](t)(findRoot())
	axe := must[[]byte](t)(os.ReadFile(filepath.Join(root, "web/node_modules/axe-core/axe.min.js")))
	if _, err := Eval[bool](ctx, p, string(axe)+";true"); err != nil {
		t.Fatal(err)
	}
	language := must[string](t)(Eval[string](ctx, p, "document.documentElement.lang"))
	for _, size := range guestSizes {
		if err := p.resize(ctx, size.width, size.height); err != nil {
			t.Fatal(err)
		}
		found := must[[]string](t)(Eval[[]string](ctx, p, `(async () => {
			await document.fonts.ready;
			await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
			const { violations } = await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
			const faults = violations.map(v => v.id + ": " + v.nodes.map(n => n.target.join(" ") + ": " + n.failureSummary).join("; "));
			const { scrollWidth } = document.documentElement;
			if (scrollWidth > innerWidth) faults.push("the page is " + scrollWidth + " wide in a window of " + innerWidth);
			for (const e of lab.all("h1, h2, p, li, strong, span, small, label, button")) { // what is for screen readers alone is 1 wide
				const cut = getComputedStyle(e).textOverflow !== "ellipsis" && e.clientWidth > 1 && e.scrollWidth > e.clientWidth + 1;
				if (cut && e.checkVisibility()) faults.push("words do not fit: " + e.outerHTML.slice(0, 120) + " " + e.scrollWidth + " in " + e.clientWidth);
			}
			for (const e of lab.all("button, select, input")) {
				const { width, height } = e.getBoundingClientRect();
				if (e.checkVisibility() && (width < 44 || height < 44)) faults.push("small target: " + e.outerHTML.slice(0, 80) + " " + width + " x " + height);
			}
			return faults })()`))
		shoot(t, ctx, p, filepath.Join(shots(t), fmt.Sprintf("guest-%s-%s-%d.png", language, name, size.width)))
		if len(found) > 0 {
			t.Errorf("the guest page, %s, %d wide:\n%s", name, size.width, strings.Join(found, "\n"))
		}
	}
	if err := p.resize(ctx, guestSizes[0].width, guestSizes[0].height); err != nil {
		t.Fatal(err)
	}
}

func (p *Page) resize(ctx context.Context, width, height int64) error {
	_, err := run(ctx, p, chromedp.EmulateViewport(width, height))
	return err
}

// TestGuestPageIsTidy: the page is accessible and whole in each of its states, on a laptop and on a phone, in English and in
// German, whose words are longer; and while the hub is away it goes on asking.
func TestGuestPageIsTidy(t *testing.T) {
	for _, language := range []string{"en", "de"} {
		t.Run(language, func(t *testing.T) { tidyVisits(t, language) })
	}
}

func tidyVisits(t *testing.T, language string) {
	ctx, l := newLabFor(t, 2*patience, []RoomSpec{light(aspenSpec)}, "Aspen") // axe computes a lot, forty times
	aspen := l.Room("Aspen")
	join := host(t, ctx, aspen)
	b := must[*Browser](t)(OpenGuests(ctx, l.Dir, language))
	t.Cleanup(b.Close)

	g := must[Guest](t)(b.OpenGuest(ctx, l.Hub.GuestLink(join.Number, join.Passcode), 1280, 800))
	look(t, ctx, g.Page, fmt.Sprintf("document.documentElement.lang === %q", language))
	look(t, ctx, g.Page, `lab.one("video").videoWidth > 0 && lab.one('[data-testid="digest"]')`)
	tidy(t, ctx, g.Page, "check")
	if err := l.Hub.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := g.Join(ctx, "Mika Lindqvist"); err != nil {
		t.Fatal(err)
	}
	look(t, ctx, g.Page, atStep("hub-away"))
	tidy(t, ctx, g.Page, "hub-away")
	if err := l.Hub.Start(ctx); err != nil {
		t.Fatal(err)
	}
	s := await(t, ctx, aspen, "the guest, once the hub is back", waits("Mika Lindqvist"))
	look(t, ctx, g.Page, atStep("waiting-admission"))
	tidy(t, ctx, g.Page, "waiting")
	do(t, ctx, aspen, room.Command{Do: room.CommandDeny, Person: s.Meeting.Waiting[0].ID})
	look(t, ctx, g.Page, over("denied"))
	tidy(t, ctx, g.Page, "refused")
	press(t, ctx, g.Page, testID("again"))
	press(t, ctx, g.Page, testID("join"))
	admit(t, ctx, aspen, "Mika Lindqvist")
	inMeeting(t, ctx, g)
	tidyMeeting(t, ctx, aspen, g)

	other := letIn(t, ctx, b, l, aspen, join, "Noor Haddad", 1280, 800)
	press(t, ctx, g.Page, testID("speaker"))
	look(t, ctx, g.Page, `lab.one(".tile-large video").videoWidth > 0 && lab.all(".tile").length === 3`)
	tidy(t, ctx, g.Page, "speaker")
	press(t, ctx, g.Page, testID("speaker"))
	tidy(t, ctx, g.Page, "three")
	s = await(t, ctx, aspen, "both", sees(2))
	do(t, ctx, aspen, room.Command{Do: room.CommandRemove, Person: personOf(t, s, "Noor Haddad")})
	look(t, ctx, other.Page, over("removed"))
	tidy(t, ctx, other.Page, "removed")
	other.Close()

	do(t, ctx, aspen, room.Command{Do: room.CommandLock, On: true})
	look(t, ctx, g.Page, there("locked"))
	locked := tries(t, ctx, b, l, join.Number, join.Passcode)
	look(t, ctx, locked.Page, over("meeting-locked"))
	tidy(t, ctx, locked.Page, "locked")
	locked.Close()
	do(t, ctx, aspen, room.Command{Do: room.CommandLock})

	found := letIn(t, ctx, b, l, aspen, join, "Sam Otieno", 1280, 800)
	press(t, ctx, found.Page, testID("compare"))
	look(t, ctx, found.Page, there("compare-dialog"))
	tidy(t, ctx, found.Page, "compare")
	press(t, ctx, found.Page, testID("different"))
	look(t, ctx, found.Page, over("mismatch"))
	tidy(t, ctx, found.Page, "mismatch")

	do(t, ctx, aspen, room.Command{Do: room.CommandEnd})
	look(t, ctx, g.Page, over("meeting-ended"))
	tidy(t, ctx, g.Page, "ended")
}

// there is true in a page that has an element marked so.
func there(id string) string { return fmt.Sprintf("lab.one(%q)", testID(id)) }

// inMeeting waits until a guest page shows the picture of somebody else.
func inMeeting(t *testing.T, ctx context.Context, g Guest) {
	t.Helper()
	look(t, ctx, g.Page, `lab.all("video").some(v => v.dataset.person && v.getVideoPlaybackQuality().totalVideoFrames > 0)`)
}

// tidyMeeting looks at a guest page in a meeting, with each of its panes.
func tidyMeeting(t *testing.T, ctx context.Context, r *Room, g Guest) {
	t.Helper()
	tidy(t, ctx, g.Page, "meeting")
	press(t, ctx, g.Page, testID("chat"))
	do(t, ctx, r, room.Command{Do: room.CommandChat, Text: "Welcome! Please compare the code with our screen."})
	look(t, ctx, g.Page, there("chat-line"))
	tidy(t, ctx, g.Page, "chat")
	press(t, ctx, g.Page, testID("people"))
	tidy(t, ctx, g.Page, "people")
	press(t, ctx, g.Page, testID("devices"))
	tidy(t, ctx, g.Page, "devices")
	press(t, ctx, g.Page, testID("devices"))
}
