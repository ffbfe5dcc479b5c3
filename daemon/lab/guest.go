package lab

import (
	"context"
	"fmt"

	"github.com/chromedp/chromedp"
)

// Guest is a guest page, open in a browser.
type Guest struct{ *Page }

// OpenGuests starts a browser for guests: with a camera and a microphone of Chromium's own making, and with the hub's
// certificate taken as it is.
func OpenGuests(ctx context.Context, dir string) (*Browser, error) {
	return startBrowser(ctx, dir,
		chromedp.Flag("use-fake-device-for-media-stream", true),
		chromedp.Flag("use-fake-ui-for-media-stream", true),
		chromedp.Flag("ignore-certificate-errors", true),
		chromedp.Flag("lang", "en"),
	)
}

// GuestLink is the address by which a guest comes into a meeting.
func (h *Hub) GuestLink(number, passcode string) string {
	return fmt.Sprintf("%s/guest/#n=%s&p=%s", h.URL, number, passcode)
}

// OpenGuest opens the guest page at a link, and waits until it can be joined from.
func (b *Browser) OpenGuest(ctx context.Context, link string, width, height int) (Guest, error) {
	page, err := b.Open(ctx, link, width, height)
	if err != nil {
		return Guest{}, err
	}
	if _, err := Eval[bool](ctx, page, screenScript+";true"); err != nil {
		page.Close()
		return Guest{}, fmt.Errorf("prepare the guest page: %w", err)
	}
	return Guest{page}, page.Await(ctx, `document.body.dataset.stage`)
}

// Join types a name and joins.
func (g Guest) Join(ctx context.Context, name string) error {
	_, err := Eval[bool](ctx, g.Page, fmt.Sprintf(`(() => {
		lab.one('[data-testid="name"]').value = %q; lab.one('[data-testid="join"]').click(); return true })()`, name))
	return err
}

// Code returns the security code's 40 digits as the page shows them.
func (g Guest) Code(ctx context.Context) (string, error) { return Screen(g).Code(ctx) }
