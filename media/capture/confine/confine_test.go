package confine

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// attempts are what a confined process tries, and what Linux answers where it may.
var attempts = map[string]func(dir string) error{
	"read a secret":      func(dir string) error { return open(filepath.Join(dir, "secret"), os.O_RDONLY) },
	"read the device":    func(string) error { return open("/dev/zero", os.O_RDWR) },
	"use another device": func(string) error { return open("/dev/full", os.O_RDWR) },
	"list devices":       func(string) error { _, err := os.ReadDir("/dev"); return err },
	"read what is named": func(dir string) error { return open(filepath.Join(dir, "named"), os.O_RDONLY) },
	"write what is named": func(dir string) error {
		return open(filepath.Join(dir, "named"), os.O_WRONLY)
	},
	"make a file":   func(dir string) error { return os.WriteFile(filepath.Join(dir, "new"), nil, 0o600) },
	"keep a file":   func(dir string) error { return os.WriteFile(filepath.Join(dir, "keep", "new"), nil, 0o600) },
	"unlink":        func(dir string) error { return os.Remove(filepath.Join(dir, "doomed")) },
	"open IP":       func(string) error { return socket(unix.AF_INET) },
	"open IPv6":     func(string) error { return socket(unix.AF_INET6) },
	"open netlink":  func(string) error { return socket(unix.AF_NETLINK) },
	"open unix":     func(string) error { return socket(unix.AF_UNIX) },
	"listen":        func(string) error { l, err := net.Listen("tcp", "127.0.0.1:0"); closeIf(l, err); return err },
	"run a program": func(string) error { return exec.Command("/bin/true").Run() },
	"end others":    func(string) error { return syscall.Kill(os.Getppid(), 0) },
	"trace others": func(string) error {
		_, _, errno := syscall.Syscall6(unix.SYS_PTRACE, unix.PTRACE_TRACEME, 0, 0, 0, 0, 0)
		return errnoOrNil(errno)
	},
	"mount":       func(dir string) error { return unix.Mount("none", dir, "tmpfs", 0, "") },
	"leave names": func(string) error { return unix.Unshare(0) },
}

func open(path string, flag int) error {
	f, err := os.OpenFile(path, flag, 0)
	if err == nil {
		_ = f.Close()
	}
	return err
}

func socket(family int) error {
	fd, err := unix.Socket(family, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		_ = unix.Close(fd)
	}
	if family != unix.AF_NETLINK && errors.Is(err, unix.EPROTONOSUPPORT) || errors.Is(err, unix.EPROTOTYPE) {
		return nil // it got as far as the network
	}
	return err
}

func closeIf(l net.Listener, err error) {
	if err == nil {
		_ = l.Close()
	}
}

func errnoOrNil(errno syscall.Errno) error {
	if errno == 0 {
		return nil
	}
	return errno
}

// helperRules are those of a kind of capture, as far as a test can have them. The environment asks for it.
func helperRules(kind, dir string) Rules {
	r := Rules{Read: []string{filepath.Join(dir, "named")}, Use: []string{"/dev/zero"}, Keep: []string{filepath.Join(dir, "keep")}}
	switch kind {
	case "microphone":
		r.Sockets = UnixSockets
	case "command":
		r.Sockets, r.Programs = AllSockets, true
		r.Read = append(r.Read, "/bin", "/usr", "/lib", "/lib64")
		r.Use = append(r.Use, "/dev/null")
	}
	return r
}

// TestMain makes this program the process that is confined, when a test starts it so.
func TestMain(m *testing.M) {
	kind, dir := os.Getenv("CONFINE_KIND"), os.Getenv("CONFINE_DIR")
	if kind == "" {
		os.Exit(m.Run())
	}
	if err := confined(kind, dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// confined applies the rules while several threads run, and tries everything on one of them that was there before.
func confined(kind, dir string) error {
	old, proceed := make(chan map[string]string, 1), make(chan struct{})
	var ready sync.WaitGroup
	ready.Add(1)
	go func() {
		runtime.LockOSThread()
		ready.Done()
		<-proceed
		outcome := map[string]string{}
		for name, try := range attempts {
			outcome[name] = ""
			if err := try(dir); err != nil {
				outcome[name] = err.Error()
				if errno := syscall.Errno(0); errors.As(err, &errno) {
					outcome[name] = unix.ErrnoName(errno)
				}
			}
		}
		old <- outcome
	}()
	ready.Wait()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	r := helperRules(kind, dir)
	p, err := Apply(r)
	if err != nil {
		return err
	}
	if p.Missing() != "" {
		return errors.New(p.Missing())
	}
	if err := Verify(r, p); err != nil {
		return err
	}
	close(proceed)
	return json.NewEncoder(os.Stdout).Encode(<-old)
}

func TestWhatIsRefused(t *testing.T) {
	for kind, allowed := range map[string][]string{
		"camera":     {"read the device", "read what is named", "keep a file"},
		"microphone": {"read the device", "read what is named", "keep a file", "open unix"},
		"command": {
			"read the device", "read what is named", "keep a file", "open unix", "open IP", "open IPv6", "open netlink",
			"listen", "run a program", "end others",
		},
	} {
		t.Run(kind, func(t *testing.T) {
			dir := t.TempDir()
			for _, name := range []string{"secret", "named", "doomed"} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Mkdir(filepath.Join(dir, "keep"), 0o755); err != nil {
				t.Fatal(err)
			}
			may := map[string]bool{}
			for _, name := range allowed {
				may[name] = true
			}
			for name, errno := range tried(t, kind, dir) {
				switch {
				case may[name] && errno != "":
					t.Errorf("%s: %s, and it should work", name, errno)
				case !may[name] && errno != "EACCES" && errno != "EPERM":
					t.Errorf("%s: %q, and it should be refused", name, errno)
				}
			}
		})
	}
}

func tried(t *testing.T, kind, dir string) map[string]string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "CONFINE_KIND="+kind, "CONFINE_DIR="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var outcome map[string]string
	if err := json.Unmarshal(out, &outcome); err != nil || len(outcome) != len(attempts) {
		t.Fatalf("%d attempts of %d: %v", len(outcome), len(attempts), err)
	}
	return outcome
}

// A process that was not confined is found.
func TestVerifyFindsWhatIsOpen(t *testing.T) {
	err := Verify(Rules{}, Protection{Landlock: 1, Seccomp: true})
	if err == nil {
		t.Fatal("an open process passes")
	}
	t.Log(err)
	if Verify(Rules{}, Protection{}) != nil {
		t.Error("a kernel that can nothing is asked for something")
	}
}

func TestMissing(t *testing.T) {
	for _, p := range []Protection{{}, {Landlock: 2}, {Seccomp: true}} {
		if p.Missing() == "" {
			t.Errorf("%+v lacks nothing", p)
		}
	}
	if m := (Protection{Landlock: 2, Seccomp: true}).Missing(); m != "" {
		t.Errorf("all is there, but %q", m)
	}
}
