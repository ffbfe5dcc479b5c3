package lab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Chromium is where Debian's package puts the browser.
const Chromium = "/usr/bin/chromium"

// Browser is a headless Chromium with a profile of its own.
type Browser struct {
	tab     context.Context // chromedp speaks of a browser and of its tabs as contexts
	close   context.CancelFunc
	profile string
}

// OpenBrowser starts a browser whose profile lies in a new folder below dir. ctx bounds the start; the browser runs until
// Close.
func OpenBrowser(ctx context.Context, dir string) (*Browser, error) { return startBrowser(ctx, dir) }

func startBrowser(ctx context.Context, dir string, more ...chromedp.ExecAllocatorOption) (*Browser, error) {
	profile, err := os.MkdirTemp(dir, "chromium-")
	if err != nil {
		return nil, fmt.Errorf("a folder for Chromium's profile: %w", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(Chromium), chromedp.NoSandbox, chromedp.UserDataDir(profile),
		// Without a GPU, Chromium's own drawing is many times faster than a GPU in software.
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		// As in the kiosk: the room's sound begins without a click, and pictures come over loopback without a network.
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
		chromedp.Flag("allow-loopback-in-peer-connection", true),
		chromedp.Flag("disable-features", "WebRtcHideLocalIpsWithMdns"),
	)
	options = append(options, more...)
	// Not derived from ctx, as chromedp ties the browser to the context of its first action.
	own, cancel := context.WithCancel(context.Background())
	allocator, closeAllocator := chromedp.NewExecAllocator(own, options...)
	tab, closeTab := chromedp.NewContext(allocator)
	b := &Browser{tab: tab, profile: profile, close: func() { closeTab(); closeAllocator(); cancel() }}
	defer context.AfterFunc(ctx, cancel)()
	if err := chromedp.Do(tab); err != nil {
		b.Close()
		return nil, fmt.Errorf("%s did not start: %w", Chromium, endOf(ctx, err))
	}
	return b, nil
}

// Close ends the browser and removes its profile.
func (b *Browser) Close() {
	b.close()
	_ = os.RemoveAll(b.profile)
}

// Page is one open page.
type Page struct {
	tab   context.Context
	close context.CancelFunc

	mu       sync.Mutex
	problems []string
}

// endOf returns why ctx ended, where its end is what made err.
func endOf(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// Open opens a URL in a tab of the given size in CSS pixels. ctx bounds the opening; the tab stays until Close.
func (b *Browser) Open(ctx context.Context, url string, width, height int) (*Page, error) {
	// A window of its own: a tab in the background draws nothing, and decodes little.
	parent, cancel := context.WithCancel(b.tab)
	tab, closeTab := chromedp.NewContext(parent, chromedp.WithNewBrowserContext())
	p := &Page{tab: tab, close: func() { closeTab(); cancel() }}
	defer context.AfterFunc(ctx, cancel)()
	err := chromedp.Do(tab, chromedp.EmulateViewport(int64(width), int64(height)))
	if err == nil {
		// As if it were in front: Chromium composes what nobody sees about once a second.
		_, err = chromedp.Call(tab, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	}
	if err == nil {
		err = chromedp.Listen(tab, p.listen)
	}
	if err == nil {
		err = chromedp.Do(tab, chromedp.Navigate(url))
	}
	if err != nil {
		p.Close()
		// The URL may carry a token.
		return nil, fmt.Errorf("open %s: %w", strings.SplitN(url, "?", 2)[0], endOf(ctx, err))
	}
	return p, nil
}

func (p *Page) listen(event any) {
	var text string
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text = e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type != runtime.ConsoleAPICalledTypeError {
			return
		}
		for _, a := range e.Args {
			text += string(a.Value) + a.Description + " "
		}
	default:
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.problems = append(p.problems, text)
}

// Problems returns the uncaught exceptions and console errors of the page so far.
func (p *Page) Problems() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.problems...)
}

// Close closes the tab.
func (p *Page) Close() { p.close() }

// run does something with a page; it ends when ctx does.
func run[T any](ctx context.Context, p *Page, a chromedp.Action[T]) (T, error) {
	tab, cancel := context.WithCancel(p.tab)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	v, err := chromedp.Run(tab, a)
	return v, endOf(ctx, err)
}

// Eval evaluates a JavaScript expression in the page, waits for it where it is a promise, and returns its value.
func Eval[T any](ctx context.Context, p *Page, js string) (T, error) {
	return run(ctx, p, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
}

// Await waits until a JavaScript expression is true, looking at each of the page's animation frames.
func (p *Page) Await(ctx context.Context, js string) error {
	_, err := Eval[bool](ctx, p, `new Promise(done => {
		const look = () => { let ok = false; try { ok = !!(`+js+`) } catch {} ; ok ? done(true) : setTimeout(look, 20) };
		look() })`)
	if err != nil {
		return fmt.Errorf("waiting for %s: %w", js, err)
	}
	return nil
}

// Screenshot writes the page as a PNG file.
func (p *Page) Screenshot(ctx context.Context, path string) error {
	png, err := run(ctx, p, chromedp.CaptureScreenshot())
	if err != nil {
		return fmt.Errorf("screenshot: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, png, 0o644)
}
