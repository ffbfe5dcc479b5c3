package lab

import (
	"testing"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/chromedp"
)

// TestGuestPageRefusesChangedPrograms: what comes in place of the worker's script, or of the meeting core, is not run.
func TestGuestPageRefusesChangedPrograms(t *testing.T) {
	ctx, l := newLab(t, nil)
	b := openGuests(t, ctx, l)
	for _, c := range []struct{ name, pattern, kind, shown string }{
		{"worker", "*/guest/assets/worker-*.js", "text/javascript", testID("unable")},
		{"core", "*/guest/assets/guest-*.wasm", "application/wasm", testID("over")},
	} {
		t.Run(c.name, func(t *testing.T) {
			page := must[*Page](t)(b.Open(ctx, "about:blank", 1280, 800))
			defer page.Close()
			changed := fetch.FulfillRequestParams{
				ResponseCode: 200, Body: []byte("document.body.dataset.hacked = 1"),
				ResponseHeaders: []*fetch.HeaderEntry{{Name: "Content-Type", Value: c.kind}, {Name: "Cross-Origin-Resource-Policy", Value: "same-origin"}},
			}
			asked := make(chan error, 10)
			must[struct{}](t)(struct{}{}, chromedp.Listen(page.tab, func(event any) {
				if e, ok := event.(*fetch.EventRequestPaused); ok {
					answer := changed
					answer.RequestID = e.RequestID
					go func() { // a listener must not wait
						_, err := chromedp.Call(page.tab, fetch.FulfillRequest, answer)
						asked <- err
					}()
				}
			}))
			if _, err := chromedp.Call(page.tab, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: c.pattern}}}); err != nil {
				t.Fatal(err)
			}
			if err := chromedp.Do(page.tab, chromedp.Navigate(l.Hub.GuestLink("123456789", "123456"))); err != nil {
				t.Fatal(err)
			}
			must[bool](t)(Eval[bool](ctx, page, screenScript+";true"))
			look(t, ctx, page, `lab.one('`+c.shown+`')`)
			if err := <-asked; err != nil {
				t.Fatal(err)
			}
			if hacked := must[bool](t)(Eval[bool](ctx, page, `!!document.body.dataset.hacked || !!lab.one('[data-testid="join"]')`)); hacked {
				t.Error("a changed program was run, or the page can be joined from")
			}
		})
	}
}
