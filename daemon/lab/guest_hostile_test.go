package lab

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"greenroom/daemon/room"
)

// What people write who mean no good: markup that would run, characters that turn the direction or hide, and length.
const (
	markup = `<img src=x onerror="document.body.dataset.hacked=1">`
	turned = "\u202Egpj.exe\u2066\u200B\u200D\uFEFF"
)

// TestHostileWords: a name, a title, and lines of chat that try to be more than text are text on the guest page, the panel
// and the room's screen, in one direction, inside the window; and what is too long is refused in words.
func TestHostileWords(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{light(aspenSpec)}, "Aspen")
	aspen := l.Room("Aspen")
	join := room.Command{Do: room.CommandJoin, Number: "123456789", Passcode: "123456"}
	schedule(t, ctx, l.Hub, map[string]any{"number": join.Number, "passcode": join.Passcode, "title": markup + strings.Repeat("t", 70)}) // a hub takes no others
	do(t, ctx, aspen, join)
	await(t, ctx, aspen, "the meeting", func(s room.State) bool { return s.Phase == room.PhaseMeeting })
	b := openGuests(t, ctx, l)
	screen := openScreen(t, ctx, b, aspen)
	panel := openPanel(t, ctx, b, aspen)

	g := must[Guest](t)(b.OpenGuest(ctx, l.Hub.GuestLink(join.Number, join.Passcode), 390, 844))
	expectQuiet(t, g.Page, "the guest's page")
	if err := g.Join(ctx, strings.Repeat("x", 10_000)); err != nil {
		t.Fatal(err)
	}
	look(t, ctx, g.Page, over("bad-request"))
	press(t, ctx, g.Page, testID("again"))
	look(t, ctx, g.Page, `lab.one('[data-testid="name"]')`)
	if err := g.Join(ctx, turned+markup+turned); err != nil {
		t.Fatal(err)
	}
	s := await(t, ctx, aspen, "somebody at the door", func(s room.State) bool { return s.Meeting != nil && len(s.Meeting.Waiting) == 1 })
	name := s.Meeting.Waiting[0].Name
	if !strings.HasPrefix(name, "gpj.exe<img") || strings.ContainsRune(name, '\u200d') {
		t.Errorf("the name is %q", name)
	}
	look(t, ctx, panel, `document.body.innerText.includes("gpj.exe<img")`)
	harmless(t, ctx, "the panel, with somebody at the door", panel)
	do(t, ctx, aspen, room.Command{Do: room.CommandAdmit, Person: s.Meeting.Waiting[0].ID})
	inMeeting(t, ctx, g)

	press(t, ctx, g.Page, testID("chat"))
	long := markup + turned + strings.Repeat("w", 400)
	shown := markup + "gpj.exe" // and no more: what turns and hides is left out
	do(t, ctx, aspen, room.Command{Do: room.CommandChat, Text: long})
	look(t, ctx, g.Page, says(testID("chat-line"), shown))
	writes(t, ctx, g, long)
	look(t, ctx, screen.Page, `lab.all('[data-testid="chat-line"]').length === 2 && `+says(testID("chat-line"), shown))
	press(t, ctx, panel, testID("chat"))
	look(t, ctx, panel, says(".pane-list", shown))
	writes(t, ctx, g, strings.Repeat("ä", 5_000))
	look(t, ctx, g.Page, `lab.one('[data-testid="notice"][data-kind="command-refused"]').textContent.includes("too long")`)

	for what, page := range map[string]*Page{"guest page": g.Page, "panel": panel, "room screen": screen.Page} {
		harmless(t, ctx, what, page)
		shoot(t, ctx, page, filepath.Join(shots(t), "hostile-"+strings.ReplaceAll(what, " ", "-")+".png"))
	}
	press(t, ctx, g.Page, testID("people"))
	harmless(t, ctx, "guest page, people", g.Page)
}

// schedule adds a meeting to a hub's configuration, and starts it again.
func schedule(t *testing.T, ctx context.Context, h *Hub, meeting map[string]any) {
	t.Helper()
	path := filepath.Join(h.dir, "greenroom-hub.yaml")
	var config map[string]any
	if err := yaml.Unmarshal(must[[]byte](t)(os.ReadFile(path)), &config); err != nil {
		t.Fatal(err)
	}
	config["meetings"] = []any{meeting}
	if err := writeYAML(path, config); err != nil {
		t.Fatal(err)
	}
	if err := h.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := h.Start(ctx); err != nil {
		t.Fatal(err)
	}
}

// writes sends a line of chat past the limits of the page's own field.
func writes(t *testing.T, ctx context.Context, g Guest, text string) {
	t.Helper()
	quoted := must[[]byte](t)(json.Marshal(text))
	must[bool](t)(Eval[bool](ctx, g.Page, "greenroomGuest.session.chat("+string(quoted)+"), true"))
}

// harmless holds a page to what strangers wrote being text in it, that neither turns nor hides nor widens the page.
func harmless(t *testing.T, ctx context.Context, what string, p *Page) {
	t.Helper()
	faults := must[[]string](t)(Eval[[]string](ctx, p, `(() => {
		const faults = [];
		if (document.body.dataset.hacked) faults.push("a script ran");
		if (lab.one("img, iframe, object, embed, script:not([src])")) faults.push("words became an element");
		// All but the joiner, which emoji of several parts need, and which turns nothing.
		const turning = /[\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;
		for (const e of lab.all("*"))
			for (const n of e.childNodes)
				if (n.nodeType === 3 && turning.test(n.data)) faults.push("characters that turn or hide: " + JSON.stringify(n.data.slice(0, 80)));
		const { scrollWidth } = document.documentElement;
		if (scrollWidth > innerWidth) faults.push("the page is " + scrollWidth + " wide in a window of " + innerWidth);
		return faults })()`))
	if len(faults) > 0 {
		t.Errorf("%s: %s", what, strings.Join(faults, "; "))
	}
}
