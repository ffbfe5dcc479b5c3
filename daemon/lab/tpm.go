package lab

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// tpmSocket is where the room's TPM in software answers. A room without one has nothing there, so that its daemon does
// not use a TPM of this machine.
func (r *Room) tpmSocket() string { return filepath.Join(r.dir, "tpm.sock") }

// StartTPM starts the room's TPM 2.0 in software (swtpm), with the state that it had, and waits until it answers.
func (r *Room) StartTPM(ctx context.Context) error {
	state := filepath.Join(r.dir, "tpm")
	if err := os.MkdirAll(state, 0o700); err != nil {
		return fmt.Errorf("a folder for the TPM: %w", err)
	}
	if err := os.RemoveAll(r.tpmSocket()); err != nil { // of a TPM that was killed
		return fmt.Errorf("the TPM's socket: %w", err)
	}
	p, err := startProcess(r.lab.Dir, r.name()+"-tpm", nil, "swtpm", "socket", "--tpm2",
		"--tpmstate", "dir="+state, "--server", "type=unixio,path="+r.tpmSocket(), "--flags", "not-need-init,startup-clear")
	if err != nil {
		return err
	}
	r.tpm = p
	return p.poll(ctx, func() bool {
		conn, err := net.Dial("unix", r.tpmSocket())
		if err != nil {
			return false
		}
		return conn.Close() == nil
	})
}

// KillTPM ends the room's TPM at once, as a board does whose TPM fails.
func (r *Room) KillTPM() {
	if r.tpm != nil {
		r.tpm.Kill()
		r.tpm = nil
	}
}
