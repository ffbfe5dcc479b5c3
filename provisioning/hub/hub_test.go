package hub

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"greenroom/meeting/directory"
	"greenroom/provisioning/hub/config"
)

// The configured meeting of the tests.
const (
	number   = "123456789"
	passcode = "246810"
	secret   = "a secret of the relay's, 32 bytes or more"
)

// clock is a clock that the tests set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Now().Truncate(time.Millisecond)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// testHub is a hub on real TLS and a real database, with rooms Aspen and Birch of the organisation and Guesthouse,
// which is not.
type testHub struct {
	t         *testing.T
	cfg       config.Config
	clock     *clock
	keys      map[string]*ecdsa.PrivateKey
	log       *syncBuffer
	verifiers Verifiers

	url  string
	http *http.Client
	stop func()
}

// syncBuffer is a log that may be read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func publicBytes(t *testing.T, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	b, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// base64Key is a key as it stands in the configuration.
func base64Key(t *testing.T, key *ecdsa.PrivateKey) string {
	t.Helper()
	return base64.StdEncoding.EncodeToString(publicBytes(t, key))
}

func testConfig(t *testing.T, keys map[string]*ecdsa.PrivateKey) config.Config {
	t.Helper()
	dir := t.TempDir()
	cfg := config.Config{
		Name: "Test hub", StateDir: filepath.Join(dir, "state"),
		Listen: config.Listen{
			Address: "127.0.0.1:0", AddressFile: filepath.Join(dir, "address"), Connections: 100, ShutdownTimeout: 5 * time.Second,
		},
		TLS:        config.TLS{SelfSigned: true},
		Relay:      config.Relay{URL: "ws://127.0.0.1:7880", APIKey: "key", APISecret: secret},
		Log:        config.Log{Level: "debug"},
		Encryption: config.Encryption{Meetings: directory.EncryptionE2EE, Calls: directory.EncryptionEnhanced},
		Meetings:   []config.Meeting{{Number: number, Passcode: passcode, Title: "Monday round"}},
	}
	for _, name := range []string{"Aspen", "Birch", "Guesthouse"} {
		keys[name] = newKey(t)
		cfg.Rooms = append(cfg.Rooms, config.Room{
			Name: name, Key: base64Key(t, keys[name]), Organisation: name != "Guesthouse",
		})
	}
	return cfg
}

func startHub(t *testing.T) *testHub {
	t.Helper()
	keys := map[string]*ecdsa.PrivateKey{}
	h := &testHub{t: t, cfg: testConfig(t, keys), clock: newClock(), keys: keys, log: &syncBuffer{}, stop: func() {}, verifiers: Verifiers{Succession: readPlain}}
	h.start()
	t.Cleanup(func() { h.stop() })
	return h
}

// start starts the hub, or starts it again on the same state.
func (h *testHub) start() {
	h.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan net.Addr, 1), make(chan error, 1)
	go func() {
		done <- Run(ctx, h.cfg, Options{
			Version: "test", Log: slog.New(slog.NewJSONHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
			Now: h.clock.Now, Ready: func(a net.Addr) { ready <- a }, Verifiers: h.verifiers,
		})
	}()
	select {
	case address := <-ready:
		h.url = "https://" + address.String()
	case err := <-done:
		h.t.Fatalf("the hub did not start: %v", err)
	}
	h.http = trusting(h.t, filepath.Join(h.cfg.StateDir, "certificate.pem"))
	h.stop = sync.OnceFunc(func() {
		h.http.CloseIdleConnections()
		cancel()
		if err := <-done; err != nil {
			h.t.Errorf("the hub did not stop cleanly: %v", err)
		}
	})
}

func (h *testHub) restart() {
	h.t.Helper()
	h.stop()
	h.start()
}

// trusting returns an HTTP client that trusts one certificate and no other.
func trusting(t *testing.T, certificate string) *http.Client {
	t.Helper()
	data, err := os.ReadFile(certificate)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(data) {
		t.Fatalf("%s holds no certificate", certificate)
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
}

// room returns a client with the key of a configured room. off is how far its clock is off.
func (h *testHub) room(name string, off time.Duration) *directory.Client {
	h.t.Helper()
	return h.client(h.keys[name], off)
}

func (h *testHub) client(key *ecdsa.PrivateKey, off time.Duration) *directory.Client {
	h.t.Helper()
	c, err := directory.NewClient(directory.ClientConfig{
		URL: h.url, HTTP: h.http, Signer: key, Now: func() time.Time { return h.clock.Now().Add(off) },
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

func (h *testHub) join(name string) directory.Ticket {
	h.t.Helper()
	ticket, err := h.room(name, 0).Join(h.t.Context(), number, passcode)
	if err != nil {
		h.t.Fatalf("%s joins: %v", name, err)
	}
	return ticket
}

// refused checks that err is the hub's refusal with a code, and that its sentence holds some words.
func refused(t *testing.T, err error, code string, words ...string) *directory.Error {
	t.Helper()
	var refusal *directory.Error
	if !errors.As(err, &refusal) {
		t.Fatalf("got %v, want a refusal %s", err, code)
	}
	if refusal.Code != code {
		t.Fatalf("got the refusal %s (%s), want %s", refusal.Code, refusal.Message, code)
	}
	for _, w := range words {
		if !strings.Contains(refusal.Message, w) {
			t.Errorf("the sentence %q does not say %q", refusal.Message, w)
		}
	}
	return refusal
}
