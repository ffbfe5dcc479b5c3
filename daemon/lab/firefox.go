package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// FirefoxProgram is where Debian's package puts Firefox.
const FirefoxProgram = "/usr/bin/firefox-esr"

// Firefox is a headless Firefox with one page, led by WebDriver BiDi (w3c.github.io/webdriver-bidi): enough of it to open
// the guest page and to ask it things. It is used from one goroutine.
type Firefox struct {
	process *Process
	profile string
	bidi    *websocket.Conn
	page    string // the browsing context
	last    int    // the last command's number
}

// firefoxSettings: a camera and a microphone of Firefox's own making, given without a question; sound without a click; and
// peer connections over loopback, by plain addresses.
const firefoxSettings = `user_pref("media.navigator.streams.fake", true);
user_pref("media.navigator.permission.disabled", true);
user_pref("media.autoplay.default", 0);
user_pref("media.peerconnection.ice.loopback", true);
user_pref("media.peerconnection.ice.obfuscate_host_addresses", false);
user_pref("intl.accept_languages", "en");
user_pref("app.update.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("browser.safebrowsing.update.enabled", false);
user_pref("extensions.update.enabled", false);
user_pref("services.settings.server", "https://127.0.0.1:1");
user_pref("toolkit.telemetry.server", "");
`

// OpenFirefox starts a Firefox, whose profile lies in a new folder below dir, and opens a page that takes the hub's
// certificate as it is. ctx bounds the start.
func OpenFirefox(ctx context.Context, dir, url string) (*Firefox, error) {
	f := &Firefox{}
	if err := f.start(ctx, dir); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s did not start: %w", FirefoxProgram, err)
	}
	if err := f.open(ctx, url); err != nil {
		f.Close()
		return nil, fmt.Errorf("open %s in Firefox: %w", strings.SplitN(url, "#", 2)[0], err)
	}
	return f, nil
}

func (f *Firefox) start(ctx context.Context, dir string) error {
	var err error
	if f.profile, err = os.MkdirTemp(dir, "firefox-"); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(f.profile, "user.js"), []byte(firefoxSettings), 0o600); err != nil {
		return err
	}
	f.process, err = startProcess(dir, "firefox", []string{"HOME=" + f.profile, "MOZ_CRASHREPORTER_DISABLE=1"}, FirefoxProgram,
		"--headless", "--no-remote", "--profile", f.profile, "--remote-debugging-port", "0", "about:blank")
	if err != nil {
		return err
	}
	var address string
	err = f.process.poll(ctx, func() bool {
		said, err := os.ReadFile(f.process.Log)
		_, found, ok := strings.Cut(string(said), "WebDriver BiDi listening on ")
		if err != nil || !ok || !strings.Contains(found, "\n") {
			return false
		}
		address, _, _ = strings.Cut(found, "\n")
		return true
	})
	if err != nil {
		return err
	}
	if f.bidi, _, err = websocket.Dial(ctx, address+"/session", nil); err == nil {
		f.bidi.SetReadLimit(16 << 20) // a screenshot is the largest answer
	}
	return err
}

func (f *Firefox) open(ctx context.Context, url string) error {
	type object = map[string]any
	if _, err := f.call(ctx, "session.new", object{"capabilities": object{"alwaysMatch": object{"acceptInsecureCerts": true}}}); err != nil {
		return err
	}
	made, err := f.call(ctx, "browsingContext.create", object{"type": "tab"})
	if err != nil {
		return err
	}
	var tab struct{ Context string }
	if err := json.Unmarshal(made, &tab); err != nil {
		return err
	}
	f.page = tab.Context
	if _, err = f.call(ctx, "browsingContext.navigate", object{"context": f.page, "url": url, "wait": "complete"}); err != nil {
		return err
	}
	return f.prepare(ctx)
}

// prepare puts the lab's look-ups into the page.
func (f *Firefox) prepare(ctx context.Context) error {
	_, err := f.call(ctx, "script.evaluate", map[string]any{"expression": screenScript, "awaitPromise": false, "target": map[string]any{"context": f.page}})
	return err
}

// Reload loads the page afresh, and waits until it is there.
func (f *Firefox) Reload(ctx context.Context) error {
	if _, err := f.call(ctx, "browsingContext.reload", map[string]any{"context": f.page, "wait": "complete"}); err != nil {
		return err
	}
	return f.prepare(ctx)
}

// call sends one command and returns its result. Events that come meanwhile are left aside: none is asked for.
func (f *Firefox) call(ctx context.Context, method string, params any) (json.RawMessage, error) {
	f.last++
	text, err := json.Marshal(map[string]any{"id": f.last, "method": method, "params": params})
	if err != nil {
		return nil, err
	}
	if err := f.bidi.Write(ctx, websocket.MessageText, text); err != nil {
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	for {
		_, text, err := f.bidi.Read(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", method, err)
		}
		var answer struct {
			ID      int
			Type    string
			Result  json.RawMessage
			Error   string
			Message string
		}
		if err := json.Unmarshal(text, &answer); err != nil {
			return nil, fmt.Errorf("%s: %w", method, err)
		}
		if answer.ID != f.last {
			continue
		}
		if answer.Error != "" {
			return nil, fmt.Errorf("%s: %s: %s", method, answer.Error, answer.Message)
		}
		return answer.Result, nil
	}
}

// Eval evaluates a JavaScript expression in the page, waits for it where it is a promise, and decodes its value.
func (f *Firefox) Eval(ctx context.Context, js string, into any) error {
	result, err := f.call(ctx, "script.evaluate", map[string]any{
		"expression": "(async () => JSON.stringify(await (" + js + ")) ?? 'null')()", "awaitPromise": true,
		"target": map[string]any{"context": f.page},
	})
	if err != nil {
		return err
	}
	var answer struct {
		Result           struct{ Value string }
		ExceptionDetails struct{ Text string }
	}
	if err := json.Unmarshal(result, &answer); err != nil {
		return err
	}
	if answer.ExceptionDetails.Text != "" {
		return errors.New(answer.ExceptionDetails.Text)
	}
	return json.Unmarshal([]byte(answer.Result.Value), into)
}

// Await waits for so long until a JavaScript expression is true. Errors: it was not, with what the page reads then; ctx
// ended, which ends the connection to Firefox, too.
func (f *Firefox) Await(ctx context.Context, patience time.Duration, js string) error {
	var reads *string // what the page reads, where it did not become true
	err := f.Eval(ctx, fmt.Sprintf(`new Promise(done => {
		const end = performance.now() + %d;
		const look = () => {
			let ok = false;
			try { ok = !!(%s) } catch {}
			if (ok) done(null);
			else if (performance.now() > end) done(document.body.innerText.replace(/\s+/g, " "));
			else setTimeout(look, 50);
		};
		look() })`, patience.Milliseconds(), js), &reads)
	if err == nil && reads != nil {
		err = fmt.Errorf("it is not so after %v; the page reads: %s", patience, *reads)
	}
	if err != nil {
		return fmt.Errorf("waiting in Firefox for %s: %w", js, err)
	}
	return nil
}

// Screenshot writes the page as a PNG file.
func (f *Firefox) Screenshot(ctx context.Context, path string) error {
	result, err := f.call(ctx, "browsingContext.captureScreenshot", map[string]any{"context": f.page})
	if err != nil {
		return err
	}
	var picture struct{ Data []byte } // base64, as encoding/json has it
	if err := json.Unmarshal(result, &picture); err != nil {
		return fmt.Errorf("screenshot: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, picture.Data, 0o644)
}

// Close ends the browser, with all its processes, and removes its profile.
func (f *Firefox) Close() {
	if f.bidi != nil {
		ctx, cancel := context.WithTimeout(context.Background(), stopGrace)
		defer cancel()
		if _, err := f.call(ctx, "browser.close", map[string]any{}); err == nil {
			select { // its processes end in an order of their own; what hangs is killed
			case <-f.process.Done():
			case <-ctx.Done():
			}
		}
		_ = f.bidi.CloseNow()
	}
	if f.process != nil {
		f.process.Kill()
	}
	_ = os.RemoveAll(f.profile)
}
