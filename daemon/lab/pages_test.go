package lab

import (
	"context"
	"fmt"
	"testing"
	"time"

	"greenroom/daemon/room"
)

// light makes a room's picture as cheap as can be: these tests are about what stands on panels and screens.
func light(s RoomSpec) RoomSpec {
	s.Width, s.Height, s.FPS = 320, 180, 5
	return s
}

// testID selects what the pages mark for tests.
func testID(id string) string { return fmt.Sprintf(`[data-testid="%s"]`, id) }

// press clicks the first element that a selector finds, as soon as it can be clicked: in one step, as a page may be drawn anew
// between two.
func press(t *testing.T, ctx context.Context, p *Page, selector string) {
	t.Helper()
	look(t, ctx, p, fmt.Sprintf("(e => e && !e.disabled && (e.click(), true))(lab.one(%q))", selector))
}

// look waits until a JavaScript expression is true in a page.
func look(t *testing.T, ctx context.Context, p *Page, js string) {
	t.Helper()
	if err := p.Await(ctx, js); err != nil {
		t.Fatalf("%v\nthe page reads: %s", err, textOf(p))
	}
}

// textOf returns what a page reads now, for the message of a test that has failed.
func textOf(p *Page) string {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	text, err := Eval[string](ctx, p, `document.body.innerText.replace(/\s+/g, " ")`)
	if err != nil {
		return err.Error()
	}
	return text
}

// looking waits for what may pass again, from now on. The function that it returns tells how it went.
func looking(ctx context.Context, p *Page, js string) func() error {
	done := make(chan error, 1)
	go func() { done <- p.Await(ctx, js) }()
	return func() error { return <-done }
}

// found fails the test unless what was looked for was there.
func found(t *testing.T, looked ...func() error) {
	t.Helper()
	for _, f := range looked {
		if err := f(); err != nil {
			t.Fatal(err)
		}
	}
}

// says is true in a page while an element has a text in it.
func says(selector, text string) string {
	return fmt.Sprintf(`lab.all(%q).some(e => e.textContent.replace(/\s+/g, " ").includes(%q))`, selector, text)
}

// gone is true in a page while a selector finds nothing.
func gone(selector string) string { return fmt.Sprintf("!lab.one(%q)", selector) }

// shields is true in a page while it shows this shield.
func shields(shield room.Shield) string {
	return fmt.Sprintf("lab.one(%q).dataset.shield === %q", testID("shield"), shield)
}

// notice selects the announcements of a kind on a screen.
func notice(kind room.NoticeKind) string {
	return fmt.Sprintf(`%s[data-kind="%s"]`, testID("notice"), kind)
}

// counts is true in a screen while it says that n people take part, lists in a panel while n rows of people are open.
func counts(n int) string {
	return fmt.Sprintf(`lab.one(%q).dataset.count === "%d"`, testID("participants"), n)
}

func lists(n int) string { return fmt.Sprintf(`lab.all("gr-people [data-person]").length === %d`, n) }

// choose does something about a person by the panel's list of people, and answers the question whether to do it.
func choose(t *testing.T, ctx context.Context, panel *Page, person string, what room.CommandName) {
	t.Helper()
	row := fmt.Sprintf(`[data-person="%s"] `, person)
	press(t, ctx, panel, row+testID("person-menu"))
	press(t, ctx, panel, row+testID(string(what)))
	press(t, ctx, panel, row+testID(string(what)+"-sure"))
}

// turnedAway waits until a room is idle again with a refusal, and checks that it says why in plain words.
func turnedAway(t *testing.T, ctx context.Context, r *Room, code string) {
	t.Helper()
	s := await(t, ctx, r, "to be turned away: "+code, func(s room.State) bool { return s.Phase == room.PhaseIdle && s.Refusal != nil })
	if s.Refusal.Code != code || s.Refusal.Text != room.TextOf(code) {
		t.Errorf("%s is told %+v, want %s: %s", r.Spec.Name, s.Refusal, code, room.TextOf(code))
	}
}

// comparedBy returns what the people at another room told of the code.
func comparedBy(s room.State, name string) room.Comparison {
	for _, p := range s.Meeting.People {
		if p.Name == name {
			return p.Compared
		}
	}
	return ""
}
