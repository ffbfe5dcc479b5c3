package hub

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"greenroom/meeting/directory"
	"greenroom/provisioning/hub/secrets"
	"greenroom/provisioning/hub/store"
)

// startFails starts a hub that must not start, and returns why.
func startFails(t *testing.T, h *testHub) error {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := Run(ctx, h.cfg, Options{Log: slog.New(slog.DiscardHandler), Now: h.clock.Now, Ready: func(net.Addr) {
		t.Error("the hub started")
		cancel()
	}})
	if err == nil {
		t.Fatal("no error")
	}
	return err
}

// health returns the status and the fault that /healthz tells.
func (h *testHub) health() (status int, fault string) {
	h.t.Helper()
	answer, err := h.http.Get(h.url + "/healthz")
	if err != nil {
		h.t.Fatal(err)
	}
	defer answer.Body.Close()
	var body struct{ Status, Version, Fault string }
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
		h.t.Fatal(err)
	}
	if body.Version != "test" {
		h.t.Errorf("the version is %q", body.Version)
	}
	return answer.StatusCode, body.Fault
}

func TestHealth(t *testing.T) {
	h := startHub(t)
	if status, fault := h.health(); status != http.StatusOK || fault != "" {
		t.Errorf("got %d %q", status, fault)
	}
}

// The disk refuses every write for a while (here: by a limit on the size of files). The hub says so, and goes on by
// itself afterwards with nothing lost.
func TestDiskRefusesWrites(t *testing.T) {
	h := startHub(t)
	aspen := h.join("Aspen")

	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	limit := func(l syscall.Rlimit) {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &l); err != nil {
			t.Fatal(err)
		}
	}
	limit(syscall.Rlimit{Cur: 1024, Max: before.Max})
	defer limit(before)
	_, err := h.room("Birch", 0).Join(t.Context(), number, passcode)
	status, fault := h.health()
	limit(before)

	refused(t, err, directory.CodeHubFault, "fault of its own", "the hub's log")
	if status != http.StatusServiceUnavailable || fault != store.ErrUnusable.Error() {
		t.Errorf("/healthz: %d %q", status, fault)
	}
	if !strings.Contains(h.log.String(), "full disk") || !strings.Contains(h.log.String(), store.FileName) {
		t.Error("the log does not say what to look for")
	}
	if h.join("Birch").Instance != aspen.Instance {
		t.Error("the fault split the meeting")
	}
	if status, fault := h.health(); status != http.StatusOK {
		t.Errorf("/healthz afterwards: %d %q", status, fault)
	}
}

func TestSecondHubOnTheSameState(t *testing.T) {
	h := startHub(t)
	second := *h
	second.cfg.Listen.AddressFile = ""
	if err := startFails(t, &second); !errors.Is(err, secrets.ErrInUse) || !strings.Contains(err.Error(), h.cfg.StateDir) {
		t.Errorf("got %v", err)
	}
	h.join("Aspen")
}

func TestStatementKeyGone(t *testing.T) {
	h := startHub(t)
	h.stop()
	key := filepath.Join(h.cfg.StateDir, "statement.pem")
	if err := os.Rename(key, key+".away"); err != nil {
		t.Fatal(err)
	}
	if err := startFails(t, h); !errors.Is(err, secrets.ErrGone) || !strings.Contains(err.Error(), "backup") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Lstat(key); !errors.Is(err, os.ErrNotExist) {
		t.Error("a new key was made silently")
	}
	if err := os.Rename(key+".away", key); err != nil {
		t.Fatal(err)
	}
	h.start()
}

func TestDatabaseDamaged(t *testing.T) {
	h := startHub(t)
	h.stop()
	file := filepath.Join(h.cfg.StateDir, store.FileName)
	if err := os.WriteFile(file, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := startFails(t, h); !errors.Is(err, store.ErrCorrupt) || !strings.Contains(err.Error(), "backup") {
		t.Errorf("got %v", err)
	}
}

func TestPortInUse(t *testing.T) {
	h := startHub(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	h.stop()
	h.cfg.Listen.Address = l.Addr().String()
	if err := startFails(t, h); !strings.Contains(err.Error(), "listen.address") {
		t.Errorf("got %v", err)
	}
}

func TestCertificateFromFiles(t *testing.T) {
	h := startHub(t)
	h.stop()
	h.cfg.TLS.SelfSigned = false
	own := filepath.Join(h.cfg.StateDir, "tls.pem")
	h.cfg.TLS.Certificate, h.cfg.TLS.Key = own, own
	h.start()
	h.join("Aspen")
	h.stop()
	h.cfg.TLS.Key = filepath.Join(h.cfg.StateDir, "no such file")
	if err := startFails(t, h); !strings.Contains(err.Error(), "tls.key") {
		t.Errorf("got %v", err)
	}
}

func TestAddressFile(t *testing.T) {
	h := startHub(t)
	data, err := os.ReadFile(h.cfg.Listen.AddressFile)
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.TrimPrefix(h.url, "https://") + "\n"; string(data) != want {
		t.Errorf("the file holds %q, want %q", data, want)
	}
	h.stop()
	if _, err := os.Stat(h.cfg.Listen.AddressFile); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is still there: %v", err)
	}
}

// Stopping waits for a request that has begun.
func TestStopFinishesRequests(t *testing.T) {
	h := startHub(t)
	r := h.signed("POST", "/v1/meetings/join", joinBody)
	body := newSlowBody(string(r.body))
	// The body is asked for when the hub's handler reads it: only then is the request one that has begun.
	h.http.Transport.(*http.Transport).ExpectContinueTimeout = time.Minute
	req, err := http.NewRequestWithContext(t.Context(), r.method, h.url+r.path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = int64(len(r.body))
	req.Header.Set("Authorization", r.authorization)
	req.Header.Set("Expect", "100-continue")
	answered := make(chan error, 1)
	go func() {
		answer, err := h.http.Do(req)
		if err == nil {
			err = answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				err = errors.New(answer.Status)
			}
		}
		answered <- err
	}()
	select {
	case <-body.begun:
	case err := <-answered:
		t.Fatalf("answered before its body was sent: %v", err)
	}
	stopped := make(chan struct{})
	go func() { h.stop(); close(stopped) }()
	for !strings.Contains(h.log.String(), "the hub is stopping") {
		select {
		case <-stopped:
			t.Fatal("the hub stopped without finishing the request")
		case <-time.After(time.Millisecond):
		}
	}
	close(body.goOn)
	if err := <-answered; err != nil {
		t.Errorf("the request was cut off: %v", err)
	}
	<-stopped
}

// slowBody waits at its first byte to be told to go on.
type slowBody struct {
	text        io.Reader
	once        sync.Once
	begun, goOn chan struct{}
}

func newSlowBody(text string) *slowBody {
	return &slowBody{text: strings.NewReader(text), begun: make(chan struct{}), goOn: make(chan struct{})}
}

func (b *slowBody) Read(p []byte) (int, error) {
	b.once.Do(func() { close(b.begun) })
	<-b.goOn
	return b.text.Read(p)
}

func (b *slowBody) Close() error { return nil }

// A client that sends nothing, or never ends its header, is cut off, and the limit on connections holds.
func TestConnectionsAreLimited(t *testing.T) {
	h := startHub(t)
	h.stop()
	h.cfg.Listen.Connections = 1
	h.start()
	idle, err := net.Dial("tcp", strings.TrimPrefix(h.url, "https://"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := h.room("Aspen", 0).Hello(ctx); !errors.Is(err, directory.ErrUnreachable) {
		t.Errorf("a second connection was served: %v", err)
	}
	if err := idle.Close(); err != nil {
		t.Fatal(err)
	}
	h.join("Aspen")
}

func TestHubGone(t *testing.T) {
	h := startHub(t)
	aspen := h.join("Aspen")
	client := h.room("Aspen", 0)
	h.stop()
	for what, call := range map[string]func() error{
		"join":  func() error { _, err := client.Join(t.Context(), number, passcode); return err },
		"renew": func() error { _, err := client.Renew(t.Context(), aspen); return err },
		"leave": func() error { return client.Leave(t.Context(), aspen) },
	} {
		if err := call(); !errors.Is(err, directory.ErrUnreachable) || !strings.Contains(err.Error(), "greenroom-hub runs") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
