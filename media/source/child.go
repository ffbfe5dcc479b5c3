package source

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// killLimit is how long a killed child may take to be gone. A process that waits in a driver cannot be killed; it is
// then left behind.
const killLimit = 2 * time.Second

// child is a running greenroom-capture. It leads a session of its own, so that whatever it started can be found and
// ended with it.
type child struct {
	cmd    *exec.Cmd
	stdin  *os.File // our ends of its pipes
	stdout *os.File
	stderr *tail
	exited chan struct{} // closed when the child and its session are gone
}

// startChild starts the program.
func startChild(program string, args []string) (*child, error) {
	inRead, inWrite, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make a pipe: %w", err)
	}
	outRead, outWrite, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make a pipe: %w", err), inRead.Close(), inWrite.Close())
	}
	c := &child{stdin: inWrite, stdout: outRead, stderr: new(tail), exited: make(chan struct{})}
	c.cmd = exec.Command(program, args...)
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = inRead, outWrite, c.stderr
	c.cmd.Env = childEnv(os.Environ())
	c.cmd.Dir = "/"
	c.cmd.WaitDelay = killLimit
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}

	started := make(chan error, 1)
	go c.own(started)
	err = <-started
	_ = inRead.Close()
	_ = outWrite.Close()
	if err != nil {
		return nil, errors.Join(err, inWrite.Close(), outRead.Close())
	}
	return c, nil
}

// own starts the child and waits for its end. It keeps its thread for that time, because the child is killed when the
// thread that started it ends (PR_SET_PDEATHSIG). It ends with the child; stop waits for it.
func (c *child) own(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(c.exited)
	err := c.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	pid := c.cmd.Process.Pid
	// While the child is not reaped, no other process can have its number.
	for {
		if err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil); !errors.Is(err, unix.EINTR) {
			break
		}
	}
	killSession(pid)
	_ = c.cmd.Wait() // how it ended is in ProcessState
}

// stop asks the child to end by closing its input, kills it after grace, and reports whether it is gone.
func (c *child) stop(grace time.Duration) bool {
	_ = c.stdin.Close()
	defer c.stdout.Close()
	if c.gone(grace) {
		return true
	}
	_ = unix.Kill(-c.cmd.Process.Pid, unix.SIGKILL)
	return c.gone(killLimit + time.Second)
}

// gone waits for the child's end, at most for limit.
func (c *child) gone(limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-c.exited:
		return true
	case <-timer.C:
		return false
	}
}

// outcome says how the child ended.
func (c *child) outcome() string {
	select {
	case <-c.exited:
		return c.cmd.ProcessState.String()
	default:
		return "it cannot be killed"
	}
}

// childEnv returns the variables that a capture child needs to find programs and the sound server. The daemon's own
// configuration and credentials are not among them.
func childEnv(env []string) []string {
	passed := []string{
		"PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "XDG_RUNTIME_DIR",
		"PULSE_SERVER", "PIPEWIRE_REMOTE", "PIPEWIRE_RUNTIME_DIR", "ALSA_CONFIG_PATH",
	}
	return slices.DeleteFunc(slices.Clone(env), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return !slices.Contains(passed, name)
	})
}

// tail keeps the end of what is written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

const tailLen = 4096

// Write keeps the last 4 KiB. It always takes everything.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p[max(0, len(p)-tailLen):]...)
	if extra := len(t.buf) - tailLen; extra > 0 {
		t.buf = append(t.buf[:0], t.buf[extra:]...)
	}
	return len(p), nil
}

// lastLine returns the most telling line: the head of a Go panic, or else the last line that is not empty.
func (t *tail) lastLine() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	last := ""
	for line := range bytes.Lines(t.buf) {
		line = bytes.TrimSpace(line)
		if bytes.HasPrefix(line, []byte("panic: ")) {
			return string(line)
		}
		if len(line) > 0 {
			last = string(line)
		}
	}
	return last
}
