package hub

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"
)

// systemd (Type=notify, WatchdogSec=) hears when the hub is ready, that it lives, and when it stops.
func TestSystemdIsTold(t *testing.T) {
	dir, err := os.MkdirTemp("", "notify") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "s"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	t.Setenv("NOTIFY_SOCKET", filepath.Join(dir, "s"))
	t.Setenv("WATCHDOG_USEC", strconv.FormatInt((60*time.Millisecond).Microseconds(), 10))
	t.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()))

	h := startHub(t)
	var heard []string
	hear := func(want string) {
		t.Helper()
		if err := socket.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		for buf := make([]byte, 256); !slices.Contains(heard, want); {
			n, err := socket.Read(buf)
			if err != nil {
				t.Fatalf("heard %q and not %q: %v", heard, want, err)
			}
			heard = append(heard, string(buf[:n]))
		}
	}
	hear("READY=1")
	hear("WATCHDOG=1")
	h.stop()
	hear("STOPPING=1")
}
