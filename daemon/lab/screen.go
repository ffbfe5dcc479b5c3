package lab

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"time"

	"github.com/chromedp/chromedp"
)

//go:embed screen.js
var screenScript string

// Screen is a room's screen page, open in a browser.
type Screen struct{ *Page }

// OpenScreen opens a room's screen at its design size and waits until it shows a State.
func (b *Browser) OpenScreen(ctx context.Context, url string) (Screen, error) {
	page, err := b.Open(ctx, url, 1920, 1080)
	if err != nil {
		return Screen{}, err
	}
	s := Screen{page}
	if err := s.prepare(ctx); err != nil {
		page.Close()
		return Screen{}, err
	}
	return s, nil
}

// Reload loads the page afresh and waits until it shows a State. A script's own location.reload() would return while the
// old page still answers.
func (s Screen) Reload(ctx context.Context) error {
	if _, err := run(ctx, s.Page, chromedp.Reload()); err != nil {
		return fmt.Errorf("reload the screen page: %w", err)
	}
	return s.prepare(ctx)
}

func (s Screen) prepare(ctx context.Context) error {
	if _, err := Eval[bool](ctx, s.Page, screenScript+";true"); err != nil {
		return fmt.Errorf("prepare the screen page: %w", err)
	}
	return s.Await(ctx, "document.body.dataset.phase")
}

// Code returns the security code's 40 digits as the screen shows them.
func (s Screen) Code(ctx context.Context) (string, error) {
	if err := s.Await(ctx, `lab.one('[data-testid="security-code"]').dataset.code.length === 40`); err != nil {
		return "", err
	}
	return Eval[string](ctx, s.Page, `lab.one('[data-testid="security-code"]').dataset.code`)
}

// Watched is what a look at one person's tile has shown.
type Watched struct {
	Frames int       `json:"frames"` // pictures that the page decoded
	Shown  int       `json:"shown"`  // those of them that it drew: a machine without a GPU draws fewer
	Ages   []float64 `json:"ages"`   // how old they were when they were drawn, in milliseconds, by their time code
	Energy float64   `json:"energy"` // of the sound that the page played, RMS squared times seconds
}

// MedianAge returns the median age of the pictures in milliseconds, or 0 if none had a time code.
func (w Watched) MedianAge() float64 {
	if len(w.Ages) == 0 {
		return 0
	}
	slices.Sort(w.Ages)
	return w.Ages[len(w.Ages)/2]
}

// AwaitPicture waits until the person's picture is decoded and drawn.
func (s Screen) AwaitPicture(ctx context.Context, person string) error {
	return s.Await(ctx, fmt.Sprintf("lab.video(%q).getVideoPlaybackQuality().totalVideoFrames > 0", person))
}

// timeCode tells the page where the time code of the test pictures is.
func timeCode() string {
	return fmt.Sprintf("{bits: %d, square: %d, x: %d, y: %d}", TimeCodeBits, TimeCodeSquare, TimeCodeX, TimeCodeY)
}

// Watch looks at one person's tile for a while.
func (s Screen) Watch(ctx context.Context, person string, d time.Duration) (Watched, error) {
	return Eval[Watched](ctx, s.Page, fmt.Sprintf("lab.watchFor(%q, %s, %d)", person, timeCode(), d.Milliseconds()))
}

// AwaitMedia looks at one person's tile until the page decoded so many further pictures and some sound, and knows how old
// some of the pictures were.
func (s Screen) AwaitMedia(ctx context.Context, person string, frames, ages int) (Watched, error) {
	return Eval[Watched](ctx, s.Page, fmt.Sprintf("lab.watchUntil(%q, %s, %d, %d)", person, timeCode(), frames, ages))
}
