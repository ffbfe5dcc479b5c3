package systemd_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// kiosk returns the launcher as the unit runs it, with that address of the screen page. It is a process group of its
// own.
func kiosk(t *testing.T, address string, args ...string) *exec.Cmd {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "screen.url"), []byte(address+"\n"), 0o400); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("units/greenroom-kiosk", args...)
	cmd.Env = append(os.Environ(), "CREDENTIALS_DIRECTORY="+dir, "RUNTIME_DIRECTORY="+dir, "HOME="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// TestKiosk: real Chromium opens the page with its token, comes back with the strict cookie that it got for it, and the
// token stands on no command line.
func TestKiosk(t *testing.T) {
	const token = "kiosk-token-0123456789_abcdef~"
	opened := make(chan error, 1)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch cookie, err := r.Cookie("screen"); {
		case r.URL.Query().Get("token") == token:
			http.SetCookie(w, &http.Cookie{Name: "screen", Value: "1", Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
			http.Redirect(w, r, "/screen", http.StatusSeeOther)
		case r.URL.Path != "/screen":
			http.NotFound(w, r)
		case err != nil || cookie.Value != "1":
			trySend(opened, fmt.Errorf("the page was opened without its cookie: %w", err))
		default:
			trySend(opened, tokenOnCommandLine(token))
		}
	}))
	defer page.Close()

	// No display here; and the sandbox does not start as root, as which tests may run.
	cmd := kiosk(t, page.URL+"/screen?token="+token, "--headless=new", "--no-sandbox", "--disable-gpu")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.WaitDelay = 10 * time.Second // its children hold the pipe for a moment longer
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-opened:
		if err != nil {
			t.Error(err)
		}
	case err := <-ended:
		t.Fatalf("it ended: %v\n%s", err, &said)
	case <-time.After(2 * time.Minute):
		t.Error("Chromium did not open the page")
	}
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	<-ended
}

func trySend(to chan<- error, err error) {
	select {
	case to <- err:
	default:
	}
}

// tokenOnCommandLine looks at every process of the machine, as any other process could.
func tokenOnCommandLine(token string) error {
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil || len(lines) == 0 {
		return fmt.Errorf("no processes (%w)", err)
	}
	for _, path := range lines {
		line, err := os.ReadFile(path)
		if err == nil && bytes.Contains(line, []byte(token)) { // an error: it ended meanwhile
			return fmt.Errorf("the token is on a command line: %q", line)
		}
	}
	return nil
}

// TestKioskRefuses: an address that is not on this machine, or that would end the string it is put into, starts nothing.
func TestKioskRefuses(t *testing.T) {
	for _, address := range []string{
		"", "screen", "https://hub.example.org/", "http://hub.example.org/", "http://1270.0.0.1:80/", "http://127.0.0.1",
		"http://127.example.org:80/", "http://127.0.0.1:80@hub.example.org/", "http://[::1]hub.example.org:80/",
		"http://127.0.0.1:1/\",\"https://hub.example.org/", "http://127.0.0.1:1/a b", "http://127.0.0.1:1/\nhttp://127.0.0.1:2/",
		"file:///etc/passwd", "http://127.0.0.1:1/\\",
	} {
		out, err := kiosk(t, address, "--version").CombinedOutput()
		if err == nil || !strings.Contains(string(out), "greenroom-kiosk: the address of the screen page") {
			t.Errorf("%q: %v: %s", address, err, out)
		}
	}
	for _, address := range []string{"http://[::1]:7801/screen?token=x-_.~%20", "http://127.0.0.1:7801/screen?token=x&a=b"} {
		if out, err := kiosk(t, address, "--version").CombinedOutput(); err != nil {
			t.Errorf("%q: %v: %s", address, err, out)
		}
	}
}
