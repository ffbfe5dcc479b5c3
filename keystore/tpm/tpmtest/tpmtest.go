// Package tpmtest starts a TPM 2.0 in software (swtpm) for a test. It is a whole TPM with its own state, seeds and three
// slots for transient objects; what a chip on a board has on top of it is time.
package tpmtest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport/linuxudstpm"
)

// TPM is a running swtpm, or a stopped one whose state is kept.
type TPM struct {
	Socket string // where it answers

	dir  string
	wire net.Listener
	cmd  *exec.Cmd
}

// Start starts a new TPM. It ends with the test.
func Start(t testing.TB) *TPM {
	t.Helper()
	chip := newTPM(t)
	chip.Start(t)
	return chip
}

// newTPM returns a TPM that is not started yet.
func newTPM(t testing.TB) *TPM {
	t.Helper()
	// Not t.TempDir: the path of a unix socket has at most 107 bytes.
	dir, err := os.MkdirTemp("", "swtpm")
	if err != nil {
		t.Fatal(err)
	}
	chip := &TPM{Socket: filepath.Join(dir, "tpm.sock"), dir: dir}
	t.Cleanup(func() {
		if err := errors.Join(chip.stop(), os.RemoveAll(dir)); err != nil {
			t.Errorf("swtpm: %v", err)
		}
	})
	return chip
}

// Start starts a stopped TPM with the state that it had.
func (c *TPM) Start(t testing.TB) {
	t.Helper()
	if err := c.start(); err != nil {
		t.Fatalf("start swtpm (Debian: swtpm): %v", err)
	}
}

// start gives swtpm a socket that listens already, so that nobody has to wait for it.
func (c *TPM) start() error {
	wire, err := net.ListenUnix("unix", &net.UnixAddr{Name: c.Socket, Net: "unix"})
	if err != nil {
		return err
	}
	file, err := wire.File()
	if err != nil {
		return errors.Join(err, wire.Close())
	}
	defer file.Close()
	c.wire = wire
	c.cmd = exec.Command("swtpm", "socket", "--tpm2", "--tpmstate", "dir="+c.dir,
		"--server", "type=unixio,fd=3", "--flags", "not-need-init,startup-clear",
		"--log", "file="+filepath.Join(c.dir, "log"))
	c.cmd.ExtraFiles = []*os.File{file}
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return c.cmd.Start()
}

// Indices returns what the TPM's owner has defined in its memory (NV indices), such as counters.
func (c *TPM) Indices(t testing.TB) []tpm2.TPMHandle {
	t.Helper()
	wire, err := linuxudstpm.Open(c.Socket)
	if err != nil {
		t.Fatal(err)
	}
	defer wire.Close()
	rsp, err := tpm2.GetCapability{Capability: tpm2.TPMCapHandles, Property: 0x01800000, PropertyCount: 64}.Execute(wire)
	if err != nil {
		t.Fatal(err)
	}
	list, err := rsp.CapabilityData.Data.Handles()
	if err != nil {
		t.Fatal(err)
	}
	return list.Handle
}

// Stop ends the TPM, as a board does that loses its power, and waits for its end.
func (c *TPM) Stop(t testing.TB) {
	t.Helper()
	if err := c.stop(); err != nil {
		t.Fatalf("stop swtpm: %v", err)
	}
}

func (c *TPM) stop() error {
	if c.cmd == nil {
		return nil
	}
	killed := c.cmd.Process.Kill()
	_ = c.cmd.Wait() // says that it was killed
	c.cmd = nil
	if err := errors.Join(killed, c.wire.Close()); err != nil {
		return fmt.Errorf("end swtpm: %w", err)
	}
	return nil
}
