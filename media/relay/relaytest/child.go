package relaytest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// errExited means that the server ended before it answered, most often because its port was taken.
var errExited = errors.New("the server ended by itself")

// child is a started server process. One goroutine owns it: it starts the process, waits for it, and closes gone.
type child struct {
	cmd  *exec.Cmd
	gone chan struct{}
}

// startChild starts the server with its output going to a fresh log file.
func startChild(command []string, logFile string) (*child, error) {
	log, err := os.Create(logFile)
	if err != nil {
		return nil, fmt.Errorf("make LiveKit's log: %w", err)
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = log, log
	// A group of its own: Ctrl-C in the terminal reaches this process alone, which stops the server in its turn.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	c := &child{cmd: cmd, gone: make(chan struct{})}
	started := make(chan error, 1)
	go c.own(started, log)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", command[0], err)
	}
	return c, nil
}

// own holds its operating-system thread for the child's whole life: the kernel sends the parent-death signal when
// the thread that started the child ends, not when the process does.
func (c *child) own(started chan<- error, log *os.File) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(c.gone)
	defer log.Close()
	err := c.cmd.Start()
	started <- err
	if err == nil {
		_ = c.cmd.Wait() // how it ended does not matter: it was told to, or awaitReady says that it did
	}
}

// end sends sig, and SIGKILL after patience, and waits until the child is gone.
func (c *child) end(sig syscall.Signal, patience time.Duration) {
	_ = c.cmd.Process.Signal(sig) // fails only if it is gone already
	if sig != syscall.SIGKILL {
		select {
		case <-c.gone:
			return
		case <-time.After(patience):
			_ = c.cmd.Process.Kill()
		}
	}
	<-c.gone
}

// awaitReady polls url until it answers 200, the child ends or ctx does.
func awaitReady(ctx context.Context, c *child, url string) error {
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for {
		if answers(ctx, client, url) {
			return nil
		}
		select {
		case <-tick.C:
		case <-c.gone:
			return errExited
		case <-ctx.Done():
			return fmt.Errorf("wait for an answer: %w", ctx.Err())
		}
	}
}

func answers(ctx context.Context, client *http.Client, url string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}
