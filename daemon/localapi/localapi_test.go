package localapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"greenroom/daemon/localapi"
	"greenroom/daemon/localapi/localapitest"
	"greenroom/daemon/room"
)

var pages = fstest.MapFS{
	"screen.html":      {Data: []byte("<title>the screen</title>")},
	"panel.html":       {Data: []byte("<title>the panel</title>")},
	"assets/screen.js": {Data: []byte("export {}")},
}

// running is a server under test.
type running struct {
	*localapi.Server
	t      *testing.T
	loop   *localapitest.Loop
	socket string
	log    *buffer
	base   string // "http://127.0.0.1:port"
	stop   func() // ends it, once
}

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// serve runs a server with a socket and a loopback listener until the test ends, and checks that it ends cleanly.
func serve(t *testing.T, change func(*localapi.Config)) *running {
	t.Helper()
	dir, err := os.MkdirTemp("", "gr") // a socket's path may have 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	r := &running{t: t, loop: localapitest.New(), socket: filepath.Join(dir, "api.sock"), log: &buffer{}}
	cfg := localapi.Config{
		Room: r.loop, Socket: r.socket, Listen: "127.0.0.1:0", Pages: pages,
		Answer: func(_ context.Context, offer string) (string, error) { return "answer to " + offer, nil },
		Log:    slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if change != nil {
		change(&cfg)
	}
	if r.Server, err = localapi.New(cfg); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(r.URLs().Screen)
	if err != nil {
		t.Fatal(err)
	}
	r.base = "http://" + u.Host
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		r.loop.Wait()
	})
	t.Cleanup(r.stop)
	return r
}

// browser is an HTTP client with cookies that sends what a browser sends.
type browser struct {
	*http.Client
	r *running
}

func (r *running) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		r.t.Fatal(err)
	}
	transport := &http.Transport{}
	r.t.Cleanup(transport.CloseIdleConnections)
	return &browser{&http.Client{Jar: jar, Transport: transport}, r}
}

// open opens a page by its first address.
func (r *running) open(address string) *browser {
	r.t.Helper()
	b := r.browser()
	if status, body := b.get(address); status != http.StatusOK {
		r.t.Fatalf("open the page: %d %s", status, body)
	}
	return b
}

func (b *browser) request(method, path, kind, body string) *http.Request {
	b.r.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.r.base + path
	}
	req, err := http.NewRequestWithContext(b.r.t.Context(), method, path, strings.NewReader(body))
	if err != nil {
		b.r.t.Fatal(err)
	}
	if method != http.MethodGet {
		req.Header.Set("Origin", "http://"+req.URL.Host)
		req.Header.Set("Content-Type", kind)
	}
	return req
}

func (b *browser) send(req *http.Request) (status int, body string) {
	b.r.t.Helper()
	resp, err := b.Do(req)
	if err != nil {
		b.r.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		b.r.t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

func (b *browser) get(path string) (int, string) {
	b.r.t.Helper()
	return b.send(b.request(http.MethodGet, path, "", ""))
}

func (b *browser) command(body string) (int, room.Refusal) {
	b.r.t.Helper()
	status, answer := b.send(b.request(http.MethodPost, "/v1/commands", "application/json", body))
	var refusal room.Refusal
	if err := json.Unmarshal([]byte(answer), &refusal); err != nil {
		b.r.t.Fatalf("the answer %q is no JSON: %v", answer, err)
	}
	return status, refusal
}

func (r *running) client() *localapi.Client {
	c := localapi.NewClient(r.socket)
	r.t.Cleanup(c.Close)
	return c
}

func TestHostAndOrigin(t *testing.T) {
	r := serve(t, nil)
	port := strings.TrimPrefix(r.base, "http://127.0.0.1:")
	panel := r.open(r.URLs().Panel)
	const mute = `{"do":"mute","on":true}`
	post := func(h map[string]string) *http.Request {
		req := panel.request(http.MethodPost, "/v1/commands", "application/json", mute)
		for k, v := range h {
			req.Header.Set(k, v)
			if v == "" {
				req.Header.Del(k)
			}
		}
		return req
	}
	get := func(path string, h map[string]string) *http.Request {
		req := panel.request(http.MethodGet, path, "", "")
		for k, v := range h {
			req.Header.Set(k, v)
		}
		return req
	}
	host := func(h string) *http.Request {
		req := get("/v1/state", nil)
		req.Host = h
		return req
	}
	for name, c := range map[string]struct {
		req    *http.Request
		status int
	}{
		"own origin":               {post(nil), 200},
		"no origin":                {post(map[string]string{"Origin": ""}), 403},
		"no origin, same site":     {post(map[string]string{"Origin": "", "Sec-Fetch-Site": "same-origin"}), 200},
		"no origin, another port":  {post(map[string]string{"Origin": "", "Sec-Fetch-Site": "same-site"}), 403},
		"another page":             {post(map[string]string{"Origin": "http://evil.example"}), 403},
		"another port":             {post(map[string]string{"Origin": "http://127.0.0.1:1"}), 403},
		"https":                    {post(map[string]string{"Origin": "https://127.0.0.1:" + port}), 403},
		"null":                     {post(map[string]string{"Origin": "null"}), 403},
		"localhost for 127":        {post(map[string]string{"Origin": "http://localhost:" + port}), 403},
		"host localhost":           {host("LOCALHOST:" + port), 401}, // let in; that name has no cookie yet
		"host rebound":             {host("evil.example:" + port), 403},
		"host without port":        {host("127.0.0.1"), 403},
		"host with another port":   {host("127.0.0.1:1"), 403},
		"state by address":         {get("/v1/state", map[string]string{"Sec-Fetch-Site": "none"}), 200},
		"state for another page":   {get("/v1/state", map[string]string{"Sec-Fetch-Site": "cross-site"}), 403},
		"events for another page":  {get("/v1/events", map[string]string{"Sec-Fetch-Site": "same-site"}), 403},
		"state shown by a link":    {get("/v1/state", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}), 403},
		"page by a link":           {get("/panel", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}), 200},
		"page in a frame":          {get("/panel", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}), 403},
		"script for another page":  {get("/assets/screen.js", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"}), 403},
		"state with alien origin":  {get("/v1/state", map[string]string{"Origin": "http://evil.example"}), 403},
		"assets with alien origin": {get("/assets/screen.js", map[string]string{"Origin": "http://evil.example"}), 403},
	} {
		if status, body := panel.send(c.req); status != c.status {
			t.Errorf("%s: %d %q, want %d", name, status, body, c.status)
		}
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	r := serve(t, nil)
	screen, panel := r.open(r.URLs().Screen), r.open(r.URLs().Panel)
	if status, refusal := screen.command(`{"do":"meet-now"}`); status != 403 || refusal.Code != room.CodeNotAllowed {
		t.Errorf("the screen commands: %d %+v", status, refusal)
	}
	if status, refusal := panel.command(`{"do":"leave"}`); status != 409 || refusal.Code != room.CodeNotInMeeting || refusal.Command != "leave" || refusal.Text == "" {
		t.Errorf("the panel leaves nothing: %d %+v", status, refusal)
	}
	if status, refusal := r.browser().command(`{"do":"leave"}`); status != 401 || refusal.Code != "no-token" {
		t.Errorf("a stranger commands: %d %+v", status, refusal)
	}
	if status, refusal := panel.command(`{"do":"meet-now"}`); status != 200 {
		t.Errorf("the panel meets now: %d %+v", status, refusal)
	}
	if _, body := panel.get("/v1/state"); !strings.Contains(body, localapitest.Passcode) {
		t.Errorf("the panel's State has no passcode: %s", body)
	}
	_, body := screen.get("/v1/state")
	if strings.Contains(body, localapitest.Passcode) || !strings.Contains(body, localapitest.Number) {
		t.Errorf("the screen's State has a passcode, or no number: %s", body)
	}
	if got := r.loop.State().Meeting.Passcode; got != localapitest.Passcode {
		t.Errorf("the room's own passcode is %q now", got)
	}
}

func TestPlayout(t *testing.T) {
	r := serve(t, nil)
	screen, panel := r.open(r.URLs().Screen), r.open(r.URLs().Panel)
	offer := func(b *browser, kind, body string) (int, string) {
		return b.send(b.request(http.MethodPost, "/v1/playout", kind, body))
	}
	if status, body := offer(screen, "application/sdp", "v=0"); status != 200 || body != "answer to v=0" {
		t.Errorf("the screen: %d %q", status, body)
	}
	if status, body := offer(screen, "application/sdp", strings.Repeat("x", 200_000)); status != 200 {
		t.Errorf("a long offer: %d %.50q", status, body)
	}
	refusesOffers(t, offer, screen, panel, r.browser())
	for name, change := range map[string]func(*localapi.Config){
		"no playout": func(c *localapi.Config) { c.Answer = nil },
		"no answer": func(c *localapi.Config) {
			c.Answer = func(context.Context, string) (string, error) { return "", errors.New("no codecs") }
		},
	} {
		r := serve(t, change)
		if status, body := offer(r.open(r.URLs().Screen), "application/sdp", "v=0"); status != 503 || !strings.Contains(body, "no-playout") {
			t.Errorf("%s: %d %q", name, status, body)
		}
	}
}

// refusesOffers: only one page may offer, in the right form and within the limit; another page and strangers may not.
func refusesOffers(t *testing.T, offer func(b *browser, kind, body string) (int, string), allowed, other, stranger *browser) {
	t.Helper()
	for name, c := range map[string]struct {
		b          *browser
		kind, body string
		status     int
	}{
		"the other page": {other, "application/sdp", "v=0", 403},
		"a stranger":     {stranger, "application/sdp", "v=0", 401},
		"a form":         {allowed, "text/plain", "v=0", 415},
		"too big":        {allowed, "application/sdp", strings.Repeat("x", 600_000), 413},
	} {
		if status, body := offer(c.b, c.kind, c.body); status != c.status {
			t.Errorf("%s: %d %q, want %d", name, status, body, c.status)
		}
	}
}

// TestPreviewIsForPanels: the panel is shown the room's own picture; the wall and strangers get nothing by this way.
func TestPreviewIsForPanels(t *testing.T) {
	r := serve(t, func(c *localapi.Config) {
		c.Preview = func(_ context.Context, offer string) (string, error) { return "own picture for " + offer, nil }
	})
	offer := func(b *browser, kind, body string) (int, string) {
		return b.send(b.request(http.MethodPost, "/v1/preview", kind, body))
	}
	screen, panel := r.open(r.URLs().Screen), r.open(r.URLs().Panel)
	if status, body := offer(panel, "application/sdp", "v=0"); status != 200 || body != "own picture for v=0" {
		t.Errorf("the panel: %d %q", status, body)
	}
	refusesOffers(t, offer, panel, screen, r.browser())
	r = serve(t, nil)
	if status, body := offer(r.open(r.URLs().Panel), "application/sdp", "v=0"); status != 503 {
		t.Errorf("a room without a preview: %d %q", status, body)
	}
}

func TestBadCommands(t *testing.T) {
	r := serve(t, nil)
	panel := r.open(r.URLs().Panel)
	for name, c := range map[string]struct {
		kind, body string
		status     int
		code       string
	}{
		"no JSON":     {"application/json", "mute", 400, "bad-request"},
		"unknown":     {"application/json", `{"do":"reboot"}`, 400, "bad-request"},
		"a form":      {"application/x-www-form-urlencoded", `{"do":"mute"}`, 415, "wrong-content-type"},
		"no kind":     {"", `{"do":"mute"}`, 415, "wrong-content-type"},
		"too big":     {"application/json", `{"do":"join","number":"` + strings.Repeat("1", 20_000) + `"}`, 413, "too-big"},
		"big enough":  {"application/json", `{"do":"chat","text":"` + strings.Repeat(`\u003c`, 2000) + `"}`, 409, "not-in-meeting"},
		"bad number":  {"application/json", `{"do":"join","number":"x"}`, 400, "number-wrong"},
		"with utf-8":  {"application/json; charset=utf-8", `{"do":"mute"}`, 200, ""},
		"not in time": {"application/json", `{"do":"remove"}`, 409, "not-in-meeting"},
	} {
		status, body := panel.send(panel.request(http.MethodPost, "/v1/commands", c.kind, c.body))
		var refusal room.Refusal
		if err := json.Unmarshal([]byte(body), &refusal); err != nil || status != c.status || refusal.Code != c.code {
			t.Errorf("%s: %d %q (%v), want %d %s", name, status, body, err, c.status, c.code)
		}
	}
	if status, _ := panel.send(panel.request(http.MethodPut, "/v1/commands", "application/json", "{}")); status != 405 {
		t.Errorf("PUT: %d, want 405", status)
	}
}
