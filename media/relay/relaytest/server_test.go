package relaytest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func startServer(t *testing.T) *Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	s, err := Start(ctx, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// validate asks the server whether it would take a token.
func validate(t *testing.T, s *Server, token string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.address()+"/rtc/validate", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

func TestTokens(t *testing.T) {
	s := startServer(t)
	for name, c := range map[string]struct {
		o    TokenOptions
		want int
	}{
		"good":         {TokenOptions{}, http.StatusOK},
		"expired":      {TokenOptions{Expires: time.Now().Add(-2 * time.Hour)}, http.StatusUnauthorized},
		"wrong secret": {TokenOptions{Secret: strings.Repeat("0", 32)}, http.StatusUnauthorized},
	} {
		token, err := s.Token("somebody", "room", c.o)
		if err != nil {
			t.Fatal(err)
		}
		if got := validate(t, s, token); got != c.want {
			t.Errorf("%s token: status %d, want %d", name, got, c.want)
		}
	}
}

func TestKillAndRestart(t *testing.T) {
	s := startServer(t)
	url := s.URL()
	token, err := s.Token("somebody", "room", TokenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if c, err := net.Dial("tcp", s.address()); err == nil {
		c.Close()
		t.Fatal("a killed server still listens")
	}
	if err := s.Kill(); err != nil {
		t.Errorf("second Kill: %v", err)
	}
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.URL() != url {
		t.Errorf("URL changed from %s to %s", url, s.URL())
	}
	if got := validate(t, s, token); got != http.StatusOK {
		t.Errorf("the old token after a restart: status %d", got)
	}
}

func TestStopRemovesItsFolder(t *testing.T) {
	s := startServer(t)
	if _, err := os.Stat(s.configFile()); err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
}

func TestMissingBinarySaysWhatToDo(t *testing.T) {
	_, err := Start(t.Context(), Options{Binary: filepath.Join(t.TempDir(), "livekit-server")})
	if err == nil || !strings.Contains(err.Error(), "make livekit") {
		t.Errorf("got %v, want a sentence with `make livekit`", err)
	}
}

func TestTakenPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = Start(t.Context(), Options{Port: l.Addr().(*net.TCPAddr).Port})
	if !errors.Is(err, errExited) {
		t.Errorf("got %v, want errExited", err)
	}
}

func TestOnlyLoopbackListens(t *testing.T) {
	s := startServer(t)
	seen := 0
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
		for _, socket := range openSockets(t, s.child.cmd.Process.Pid, table) {
			seen++
			if !socket.IP.IsLoopback() {
				t.Errorf("%s socket is bound to %s", table, socket)
			}
		}
	}
	if seen < 2 {
		t.Errorf("saw %d sockets, want signalling and media", seen)
	}
}
