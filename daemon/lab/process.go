package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// stopGrace is how long a program may take to stop by itself.
const stopGrace = 10 * time.Second

// Process is one program of the lab. It writes its output to a log file, and never outlives the lab's own process.
type Process struct {
	Name string
	Log  string // the log file's path

	cmd  *exec.Cmd
	done chan struct{}
	err  error // how it ended; read after done
}

// startProcess starts a program with its output appended to <dir>/<name>.log.
func startProcess(dir, name string, env []string, program string, args ...string) (*Process, error) {
	path := filepath.Join(dir, name+".log")
	log, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	defer log.Close()
	p := &Process{Name: name, Log: path, cmd: exec.Command(program, args...), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	// A group of its own: Ctrl-C in the terminal reaches the lab alone, which stops its programs in order.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	go p.own(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("%s did not start: %w", name, err)
	}
	return p, nil
}

// own starts the program and waits for its end, all on one thread: the kernel sends the parent-death signal when the
// thread that started the child ends.
func (p *Process) own(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(p.done)
	err := p.cmd.Start()
	started <- err
	if err == nil {
		p.err = p.cmd.Wait()
	}
}

// PID returns the process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Signal sends the program a signal.
func (p *Process) Signal(s syscall.Signal) error { return p.cmd.Process.Signal(s) }

// Kill ends the program at once, as a power cut would, and waits for its end.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// Stop asks the program to end, waits, and kills it when it does not. The error tells of an end that was not clean.
func (p *Process) Stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(stopGrace):
		p.Kill()
		return fmt.Errorf("%s did not stop within %s and was killed", p.Name, stopGrace)
	}
	if p.err != nil {
		return fmt.Errorf("%s: %w (its log: %s)", p.Name, p.err, p.Log)
	}
	return nil
}

// poll waits until try reports true. The error says that ctx or the program ended first.
func (p *Process) poll(ctx context.Context, try func() bool) error {
	err := poll(ctx, p.done, try)
	if errors.Is(err, errEnded) {
		return fmt.Errorf("%s ended: %w (its log: %s)", p.Name, errors.Join(p.err, lastLine(p.Log)), p.Log)
	}
	if err != nil {
		return fmt.Errorf("%s is not ready: %w (its log: %s)", p.Name, err, p.Log)
	}
	return nil
}

// errEnded: what should have become ready is done instead.
var errEnded = errors.New("it has ended")

// poll calls try until it reports true, ctx ends, or done is closed. It is for programs that answer by a file or a
// socket that appears: there is no event to wait for.
func poll(ctx context.Context, done <-chan struct{}, try func() bool) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if try() {
			return nil
		}
		select {
		case <-done:
			return errEnded
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// lastLine returns the last line of a log file as an error, to stand in a message.
func lastLine(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text = bytes.TrimSpace(text)
	return errors.New(string(text[bytes.LastIndexByte(text, '\n')+1:]))
}
