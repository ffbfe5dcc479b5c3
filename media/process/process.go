// Package process runs a child program that nobody trusts to end: greenroom-capture as the daemon's child, and an
// external command as greenroom-capture's.
//
// A child is told when its parent dies, whatever it started is killed with it, and nothing here waits for it without a limit.
// Linux only.
package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// killLimit is how long a killed child may take to be gone. A process that waits in a driver cannot be killed; it is
// then left behind.
const killLimit = 2 * time.Second

// Config says what is run.
type Config struct {
	Command []string // the program, which is looked for in PATH unless it has a slash, and its arguments
	Env     []string // nil: this process's own
	// Stdin gives the child an input, Process.Stdin; without it the child's input is empty.
	Stdin bool
	// Session makes the child lead a session, and everything in it is killed with the child. Without it the child
	// leads a process group, and that is killed.
	Session bool
	// DeathSignal is what the child gets when this process dies: SIGTERM for one that has children of its own to end,
	// SIGKILL for any other.
	DeathSignal syscall.Signal
	// PipeSize is how many bytes the pipe of its output holds; 0 leaves the system's choice.
	PipeSize int
}

// Process is a child that was started.
type Process struct {
	Stdin  *os.File // nil without Config.Stdin
	Stdout *os.File // the child's output; deadlines work on both

	cmd     *exec.Cmd
	session bool
	stderr  tail
	exited  chan struct{}
}

// Start starts a child. Stop must be called.
func Start(cfg Config) (*Process, error) {
	if len(cfg.Command) == 0 {
		return nil, errors.New("process: no command")
	}
	p := &Process{session: cfg.Session, exited: make(chan struct{})}
	p.cmd = exec.Command(cfg.Command[0], cfg.Command[1:]...)
	p.cmd.Env, p.cmd.Dir, p.cmd.Stderr, p.cmd.WaitDelay = cfg.Env, "/", &p.stderr, killLimit
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: cfg.Session, Setpgid: !cfg.Session, Pdeathsig: cfg.DeathSignal}

	theirs, err := p.pipes(cfg)
	if err == nil {
		started := make(chan error, 1)
		go p.own(started)
		err = <-started
	}
	for _, f := range theirs {
		_ = f.Close()
	}
	if err != nil {
		p.closePipes()
		return nil, err
	}
	return p, nil
}

// pipes makes the child's pipes, and returns its ends of them.
func (p *Process) pipes(cfg Config) (theirs []*os.File, err error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make a pipe: %w", err)
	}
	p.Stdout, p.cmd.Stdout, theirs = read, write, append(theirs, write)
	if cfg.PipeSize > 0 {
		// A wish: an unprivileged user's pipes are limited all together.
		_, _ = unix.FcntlInt(write.Fd(), unix.F_SETPIPE_SZ, cfg.PipeSize)
	}
	if cfg.Stdin {
		read, write, err := os.Pipe()
		if err != nil {
			return theirs, fmt.Errorf("make a pipe: %w", err)
		}
		p.Stdin, p.cmd.Stdin, theirs = write, read, append(theirs, read)
	}
	return theirs, nil
}

func (p *Process) closePipes() {
	for _, f := range []*os.File{p.Stdin, p.Stdout} {
		if f != nil {
			_ = f.Close()
		}
	}
}

// own starts the child and waits for its end. It keeps its thread for that time, because the child gets its death
// signal when the thread that started it ends (PR_SET_PDEATHSIG). It ends with the child; Stop waits for it.
func (p *Process) own(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(p.exited)
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	// While the child is not reaped, no other process can have its number.
	for {
		if err := unix.Waitid(unix.P_PID, p.Pid(), nil, unix.WEXITED|unix.WNOWAIT, nil); !errors.Is(err, unix.EINTR) {
			break
		}
	}
	_ = unix.Kill(-p.Pid(), unix.SIGKILL)
	if p.session {
		killSession(p.Pid())
	}
	_ = p.cmd.Wait() // how it ended is in ProcessState
}

// Pid returns the child's number.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Stop ends the child: it closes its input, kills it after grace (at once where grace is 0), and reports whether it is
// gone. What it has written can no longer be read.
func (p *Process) Stop(grace time.Duration) bool {
	defer p.closePipes()
	if p.Stdin != nil {
		_ = p.Stdin.Close()
	}
	if p.Gone(grace) {
		return true
	}
	_ = unix.Kill(-p.Pid(), unix.SIGKILL)
	return p.Gone(killLimit + time.Second)
}

// Gone waits for the child's own end, at most for limit, and reports whether it has come.
func (p *Process) Gone(limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-p.exited:
		return true
	case <-timer.C:
	}
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// Outcome says how the child ended, and what it said last: "exit status 1: no such file".
func (p *Process) Outcome() string {
	if !p.Gone(0) {
		return "it does not end"
	}
	text := p.cmd.ProcessState.String()
	if line := p.stderr.lastLine(); line != "" {
		text += ": " + line
	}
	return text
}
