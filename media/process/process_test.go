package process

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func start(t *testing.T, cfg Config) *Process {
	t.Helper()
	p, err := Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Stop(0) })
	return p
}

func shell(script string) Config { return Config{Command: []string{"sh", "-c", script}, Stdin: true} }

func TestAChildEndsByItself(t *testing.T) {
	p := start(t, shell("cat; echo one >&2; echo ' rtsp://user:pass@wall/1: refused' >&2; exit 3"))
	if _, err := p.Stdin.WriteString("hello"); err != nil {
		t.Fatal(err)
	}
	_ = p.Stdin.Close()
	out, err := io.ReadAll(p.Stdout)
	if err != nil || string(out) != "hello" {
		t.Errorf("read %q, %v", out, err)
	}
	if !p.Gone(10 * time.Second) {
		t.Fatal("it does not end")
	}
	if got, want := p.Outcome(), "exit status 3: rtsp://…@wall/1: refused"; got != want {
		t.Errorf("outcome %q, want %q", got, want)
	}
}

func TestAMissingProgram(t *testing.T) {
	if _, err := Start(Config{Command: []string{"/nowhere/program"}}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := Start(Config{}); err == nil {
		t.Error("no command is not refused")
	}
}

func TestTheInputsEndIsAChanceToEnd(t *testing.T) {
	p := start(t, shell("cat >/dev/null; exit 7"))
	if !p.Stop(10*time.Second) || p.Outcome() != "exit status 7" {
		t.Errorf("outcome %q", p.Outcome())
	}
}

// A child that ignores everything is killed with what it has started, in whatever process group that is.
func TestAStubbornFamilyIsKilled(t *testing.T) {
	script := `trap "" TERM HUP INT; set -m; sh -c 'echo $$; exec sleep 1000' & wait; sleep 1000`
	p := start(t, Config{Command: []string{"bash", "-c", script}, Stdin: true, Session: true})
	line, err := bufio.NewReader(p.Stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	grandchild, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	if group, err := unix.Getpgid(grandchild); err != nil || group != grandchild {
		t.Fatalf("the grandchild is in the process group %d, %v; this test wants it to lead one", group, err)
	}
	if !p.Stop(0) {
		t.Fatal("it is not gone")
	}
	if p.Outcome() != "signal: killed" {
		t.Errorf("outcome %q", p.Outcome())
	}
	waitGone(t, grandchild)
}

// waitGone waits until a process that is not our child has ended; it may stay as a zombie of another parent.
func waitGone(t *testing.T, pid int) {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return
	} else if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	n, err := 0, error(unix.EINTR)
	for err == unix.EINTR {
		n, err = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 10_000)
	}
	if err != nil || n != 1 {
		t.Errorf("process %d lives on (%v)", pid, err)
	}
}

// A grandchild that keeps the error output open must not keep the child from being over.
func TestAnOpenErrorOutputDoesNotDelayTheEnd(t *testing.T) {
	p := start(t, Config{Command: []string{"sh", "-c", "sleep 1000 & exit 0"}, Session: true})
	if !p.Gone(10 * time.Second) {
		t.Error("it does not end")
	}
}

func TestSessionOf(t *testing.T) {
	for line, want := range map[string]int{
		"12 (sh) S 1 12 99 0 -1":          99,
		"12 (a) b) (c)) S 1 12 7 0 -1":    7,
		"12 (sh) S":                       -1,
		"":                                -1,
		"12 (sh) S 1 12 x 0":              -1,
		fmt.Sprintf("1 (x) R 0 1 %d", -5): -5,
	} {
		if got := sessionOf(line); got != want {
			t.Errorf("%q: %d, want %d", line, got, want)
		}
	}
}

func TestTheTailIsBounded(t *testing.T) {
	var tl tail
	for i := range 10_000 {
		fmt.Fprintf(&tl, "line %d\n\n", i)
	}
	if got := tl.lastLine(); got != "line 9999" || len(tl.buf) > tailLen {
		t.Errorf("%q, %d bytes", got, len(tl.buf))
	}
	fmt.Fprint(&tl, strings.Repeat("x", 3*tailLen))
	if len(tl.buf) != tailLen {
		t.Errorf("%d bytes", len(tl.buf))
	}
	fmt.Fprint(&tl, "\npanic: out of tea\n\ngoroutine 1 [running]:\nmain.main()\n")
	if got := tl.lastLine(); got != "panic: out of tea" {
		t.Errorf("%q", got)
	}
}
