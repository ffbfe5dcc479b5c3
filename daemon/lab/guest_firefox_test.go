package lab

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"greenroom/daemon/room"
)

// mika is a guest in Firefox.
type mika struct {
	*Firefox
	t   *testing.T
	ctx context.Context
}

// sees waits until something is so in the guest's page.
func (m mika) sees(js string) {
	m.t.Helper()
	if err := m.Await(m.ctx, patience, js); err != nil {
		m.t.Fatal(err)
	}
}

// does evaluates something in the guest's page, and waits for it where it is a promise.
func (m mika) does(js string) {
	m.t.Helper()
	var done any
	if err := m.Eval(m.ctx, "("+js+", true)", &done); err != nil {
		m.t.Fatal(err)
	}
}

func (m mika) presses(id string) {
	m.t.Helper()
	element := fmt.Sprintf("lab.one(%q)", testID(id))
	m.sees(element + " && !" + element + ".disabled")
	m.does(element + ".click()")
}

// TestGuestInFirefox: Firefox joins as Chromium does: the same code, picture and sound both ways, the comparison, chat, mute,
// a reload, and the farewell, after which there is another key.
func TestGuestInFirefox(t *testing.T) {
	ctx, l := newLabFor(t, 2*patience, []RoomSpec{light(aspenSpec)}, "Aspen") // two browsers take long to start
	aspen := l.Room("Aspen")
	join := host(t, ctx, aspen)
	screen := openScreen(t, ctx, openBrowser(t, ctx, l), aspen)
	f := must[*Firefox](t)(OpenFirefox(ctx, l.Dir, l.Hub.GuestLink(join.Number, join.Passcode)))
	t.Cleanup(f.Close)
	m := mika{f, t, ctx}
	m.sees(there("join") + ` && greenroomGuest.session.digest && lab.one("video").videoWidth > 0`)
	m.does(fmt.Sprintf(`lab.one(%q).value = "Mika"`, testID("name")))
	m.presses("join")
	admit(t, ctx, aspen, "Mika")
	m.sees(`document.body.dataset.stage === "meeting"`)

	both := await(t, ctx, aspen, "the guest's picture", sees(1))
	if _, err := screen.AwaitMedia(ctx, personOf(t, both, "Mika"), 5, 0); err != nil {
		t.Fatalf("the guest is not seen and heard on the room's screen: %v", err)
	}
	m.looksAt(personOf(t, both, "Aspen"))
	m.does(firefoxHears)
	wall := must[string](t)(screen.Code(ctx))
	m.sees(fmt.Sprintf("lab.one(%q).dataset.code === %q", testID("security-code"), wall))
	if err := f.Screenshot(ctx, filepath.Join(shots(t), "guest-firefox.png")); err != nil {
		t.Fatal(err)
	}
	m.talks(aspen)
	m.reloads(aspen)
	m.presses("leave")
	m.sees(over("left"))
	await(t, ctx, aspen, "a new key after the guest left", func(s room.State) bool {
		return alone(s) && s.Meeting.Encryption.Epoch > both.Meeting.Encryption.Epoch
	})
}

// looksAt waits until the guest sees a picture in aspenSpec's colours, and that it goes on.
func (m mika) looksAt(person string) {
	m.t.Helper()
	m.does(fmt.Sprintf("await lab.awaitLook(%q, [0x16, 0x32, 0x4f], [0x2a, 0x9d, 0x8f])", person))
}

// talks compares the code, writes and reads, and mutes.
func (m mika) talks(aspen *Room) {
	m.t.Helper()
	m.presses("compare")
	for at := range 8 {
		m.sees(fmt.Sprintf(`lab.one(%q).dataset.at === "%d"`, testID("compare-dialog"), at))
		m.presses("same")
	}
	m.sees(shields(room.ShieldVerified))
	await(m.t, m.ctx, aspen, "that the guest's code matches", func(s room.State) bool { return comparedBy(s, "Mika") == room.Matches })
	m.presses("chat")
	do(m.t, m.ctx, aspen, room.Command{Do: room.CommandChat, Text: "Good to see you."})
	m.sees(says(testID("chat-line"), "Good to see you."))
	m.presses("mute")
	await(m.t, m.ctx, aspen, "the guest to be muted", func(s room.State) bool {
		for _, p := range s.Meeting.People {
			if p.Name == "Mika" {
				return p.Muted
			}
		}
		return false
	})
}

// reloads loads the page afresh, which comes back as the same person in a new place: what it told of the code is gone.
func (m mika) reloads(aspen *Room) {
	m.t.Helper()
	if err := m.Reload(m.ctx); err != nil {
		m.t.Fatal(err)
	}
	s := await(m.t, m.ctx, aspen, "the guest to be back", func(s room.State) bool {
		return sees(1)(s) && len(s.Meeting.Waiting) == 0 && comparedBy(s, "Mika") == room.NotCompared
	})
	m.looksAt(personOf(m.t, s, "Aspen"))
}

// firefoxHears waits until sound was decoded that is not silence.
const firefoxHears = `await (async () => {
	for (;;) {
		for (const pc of greenroomGuest.session.relay.peers)
			for (const s of (await pc.getStats()).values()) if (s.type === "inbound-rtp" && s.kind === "audio" && s.totalAudioEnergy > 0) return true;
		await new Promise(next => setTimeout(next, 100));
	} })()`
