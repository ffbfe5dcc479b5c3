package systemd_test

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"greenroom/systemd"
)

// manager listens where a service manager would, on a real datagram socket.
type manager struct{ conn *net.UnixConn }

func newManager(t *testing.T) *manager {
	t.Helper()
	// Not t.TempDir: its path may be longer than a socket's may be.
	dir, err := os.MkdirTemp("", "notify")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "socket")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	t.Setenv("NOTIFY_SOCKET", path)
	return &manager{conn}
}

// next returns the next message. Sending is synchronous, so it is there already.
func (m *manager) next(t *testing.T) string {
	t.Helper()
	if err := m.conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 4096)
	n, err := m.conn.Read(b)
	if err != nil {
		t.Fatalf("no message: %v", err)
	}
	return string(b[:n])
}

func newNotifier(t *testing.T) *systemd.Notifier {
	t.Helper()
	n, err := systemd.NewNotifier()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNotifier(t *testing.T) {
	m, n := newManager(t), newNotifier(t)
	for _, test := range []struct {
		send func() error
		want string
	}{
		{func() error { return n.Ready("idle") }, "READY=1\nSTATUS=idle"},
		{func() error { return n.Ready("") }, "READY=1"},
		{func() error { return n.Status("in a meeting, 3 people") }, "STATUS=in a meeting, 3 people"},
		{n.Alive, "WATCHDOG=1"},
		{func() error { return n.Stopping("asked to") }, "STOPPING=1\nSTATUS=asked to"},
		// A title with line breaks must not become an assignment of its own.
		{func() error { return n.Status("a\nMAINPID=1\r\x00\xff") }, "STATUS=a MAINPID=1  ?"},
	} {
		if err := test.send(); err != nil {
			t.Fatalf("send %q: %v", test.want, err)
		}
		if got := m.next(t); got != test.want {
			t.Errorf("the manager got %q, want %q", got, test.want)
		}
	}
}

func TestNobodyToTell(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	t.Setenv("WATCHDOG_USEC", "")
	n := newNotifier(t)
	if every := n.WatchdogEvery(); every != 0 {
		t.Errorf("watchdog every %v, want none", every)
	}
	for _, send := range []func() error{
		func() error { return n.Ready("x") }, func() error { return n.Status("x") },
		func() error { return n.Stopping("x") }, n.Alive,
	} {
		if err := send(); err != nil {
			t.Error(err)
		}
	}
}

func TestManagerGone(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "nobody"))
	if err := newNotifier(t).Ready(""); err == nil || !strings.Contains(err.Error(), "READY=1") {
		t.Errorf("got %v, want an error that says what was sent", err)
	}
}

func TestWatchdog(t *testing.T) {
	self := strconv.Itoa(os.Getpid())
	for _, test := range []struct {
		usec, pid string
		want      time.Duration
	}{
		{"30000000", self, 10 * time.Second},
		{"30000000", "", 10 * time.Second},
		{"30000000", "1", 0}, // meant for another process
		{"", self, 0},
	} {
		t.Setenv("WATCHDOG_USEC", test.usec)
		t.Setenv("WATCHDOG_PID", test.pid)
		if got := newNotifier(t).WatchdogEvery(); got != test.want {
			t.Errorf("usec %q, pid %q: every %v, want %v", test.usec, test.pid, got, test.want)
		}
	}
	for _, bad := range []string{"soon", "-1", "0"} {
		t.Setenv("WATCHDOG_USEC", bad)
		if _, err := systemd.NewNotifier(); err == nil {
			t.Errorf("usec %q was taken", bad)
		}
	}
}
