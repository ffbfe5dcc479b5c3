package lab

import (
	"context"
	"fmt"
	"time"

	"github.com/chromedp/chromedp"
)

// Guest is a guest page, open in a browser.
type Guest struct{ *Page }

// OpenGuests starts a browser for guests who read a language (en, de): with a camera and a microphone of Chromium's own making,
// and with the hub's certificate taken as it is.
func OpenGuests(ctx context.Context, dir, language string) (*Browser, error) {
	return startBrowser(ctx, dir,
		chromedp.Flag("use-fake-device-for-media-stream", true),
		chromedp.Flag("use-fake-ui-for-media-stream", true),
		chromedp.Flag("ignore-certificate-errors", true),
		chromedp.Flag("lang", language),
		chromedp.Flag("accept-lang", language),
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

// Traffic is what a guest page got until now.
type Traffic struct {
	Bytes  int     `json:"bytes"`  // of media, sealed or not
	Frames int     `json:"frames"` // pictures that its decoder was given
	Energy float64 `json:"energy"` // of the sound that it decoded
}

// Traffic returns what the page got until now, also after Stay.
func (g Guest) Traffic(ctx context.Context) (Traffic, error) {
	return Eval[Traffic](ctx, g.Page, `(async () => {
		const sum = { bytes: 0, frames: 0, energy: 0 };
		for (const pc of window.stayed ?? greenroomGuest.session.relay.peers)
			for (const s of (await pc.getStats()).values()) {
				if (s.type !== "inbound-rtp") continue;
				sum.bytes += s.bytesReceived ?? 0;
				sum.frames += s.framesDecoded ?? 0;
				sum.energy += s.totalAudioEnergy ?? 0;
			}
		return sum })()`)
}

// AwaitTraffic waits until what the page got is enough, and returns it. Errors: ctx ended before.
func (g Guest) AwaitTraffic(ctx context.Context, enough func(Traffic) bool) (Traffic, error) {
	for {
		got, err := g.Traffic(ctx)
		if err != nil || enough(got) {
			return got, err
		}
		select { // a browser's counters change without an event
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return got, fmt.Errorf("the guest's page got only %+v: %w", got, context.Cause(ctx))
		}
	}
}

// Stay makes the page one that does not go: whatever happens, it stays on the relay, and tells its worker no farewell.
func (g Guest) Stay(ctx context.Context) error {
	_, err := Eval[bool](ctx, g.Page, `(() => {
		const { relay, worker } = greenroomGuest.session;
		window.stayed = relay.peers;
		relay.stop = async () => undefined;
		const tell = worker.postMessage.bind(worker);
		worker.postMessage = (message) => message.do === "leave" || tell(message);
		return true })()`)
	return err
}

// Code returns the security code's 40 digits as the page shows them.
func (g Guest) Code(ctx context.Context) (string, error) { return Screen(g).Code(ctx) }
