package tpm_test

import (
	"encoding/binary"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-tpm/tpm2"

	"greenroom/keystore"
	"greenroom/keystore/tpm"
	"greenroom/keystore/tpm/tpmtest"
)

// between stands in front of a TPM: it passes commands on, or answers in the TPM's place what a real one answers too
// rarely for a test.
type between struct {
	path string
	real string

	mu     sync.Mutex
	answer []byte // nil: the TPM's own
	times  int    // how often it is still given
}

func newBetween(t *testing.T, chip *tpmtest.TPM) *between {
	t.Helper()
	dir, err := os.MkdirTemp("", "between")
	if err != nil {
		t.Fatal(err)
	}
	b := &between{path: filepath.Join(dir, "tpm.sock"), real: chip.Socket}
	wire, err := net.Listen("unix", b.path)
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	done.Go(func() { b.serve(t, wire) })
	t.Cleanup(func() {
		err := errors.Join(wire.Close(), os.RemoveAll(dir))
		done.Wait()
		if err != nil {
			t.Error(err)
		}
	})
	return b
}

// serve answers one command a connection, until the listener is closed.
func (b *between) serve(t *testing.T, wire net.Listener) {
	for {
		conn, err := wire.Accept()
		if err != nil {
			return
		}
		if err := errors.Join(b.one(conn), conn.Close()); err != nil {
			t.Errorf("between: %v", err)
		}
	}
}

func (b *between) one(conn net.Conn) error {
	command := make([]byte, 4096)
	n, err := conn.Read(command)
	if err != nil {
		return err
	}
	if answer, ok := b.instead(); ok {
		_, err := conn.Write(answer)
		return err
	}
	chip, err := net.Dial("unix", b.real)
	if err != nil {
		return err
	}
	defer chip.Close()
	if _, err := chip.Write(command[:n]); err != nil {
		return err
	}
	answer := make([]byte, 4096)
	if n, err = chip.Read(answer); err != nil {
		return err
	}
	// In pieces, as a socket may deliver it.
	for _, piece := range [][]byte{answer[:3], answer[3:n]} {
		if _, err := conn.Write(piece); err != nil {
			return err
		}
	}
	return nil
}

func (b *between) instead() ([]byte, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.times == 0 {
		return nil, false
	}
	b.times--
	return b.answer, true
}

// say gives an answer to the next commands.
func (b *between) say(answer []byte, times int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answer, b.times = answer, times
}

// code is a response that holds a response code and nothing else.
func code(rc tpm2.TPMRC) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(tpm2.TPMSTNoSessions))
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, 10), uint32(rc))
}

// TestBusy: a busy TPM is asked eight times with growing pauses, and then the error says that it is busy.
func TestBusy(t *testing.T) {
	front := newBetween(t, tpmtest.Start(t))
	var pauses []time.Duration
	s, err := tpm.Open(filepath.Join(t.TempDir(), "keystore"), tpm.Options{
		Device: front.path, CreateIfMissing: true, Pause: func(d time.Duration) { pauses = append(pauses, d) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if len(pauses) != 0 {
		t.Errorf("it waited for a TPM that was not busy: %v", pauses)
	}
	front.say(code(tpm2.TPMRCRetry), 7)
	if err := sign(s); err != nil {
		t.Errorf("busy seven times: %v", err)
	}
	ms := time.Millisecond
	if want := []time.Duration{10 * ms, 20 * ms, 40 * ms, 80 * ms, 160 * ms, 320 * ms, 640 * ms}; !slices.Equal(pauses, want) {
		t.Errorf("pauses %v, want %v", pauses, want)
	}
	for _, rc := range []tpm2.TPMRC{tpm2.TPMRCRetry, tpm2.TPMRCYielded, tpm2.TPMRCTesting} {
		front.say(code(rc), 8)
		wantKind(t, sign(s), keystore.ErrTPMBusy)
	}
	front.say(nil, 0)
	if err := sign(s); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestAnswers: what a TPM may answer, and what cannot be an answer, each with its own kind of error. None of them
// changes the files.
func TestAnswers(t *testing.T) {
	r := newRoom(t)
	point := r.made(t)
	front := newBetween(t, r.chip)
	for name, test := range map[string]struct {
		answer []byte
		want   error
	}{
		"lockout":               {code(tpm2.TPMRCLockout), keystore.ErrTPMLockout},
		"failure mode":          {code(tpm2.TPMRCFailure), keystore.ErrTPMGone},
		"not started":           {code(tpm2.TPMRCInitialize), keystore.ErrTPMGone},
		"an upgrade under way":  {code(tpm2.TPMRCUpgrade), keystore.ErrTPMGone},
		"memory written a lot":  {code(tpm2.TPMRCNVRate), keystore.ErrTPMBusy},
		"no slot":               {code(tpm2.TPMRCObjectMemory), keystore.ErrTPMBusy},
		"no session":            {code(tpm2.TPMRCSessionHandles), keystore.ErrTPMBusy},
		"a curve it has not":    {code(tpm2.TPMRCCurve | 0x1C0), keystore.ErrTPMRefused},
		"an unknown code":       {code(0x17F), keystore.ErrTPMRefused},
		"success without a key": {code(tpm2.TPMRCSuccess), keystore.ErrTPMRefused},
		"nothing":               {nil, keystore.ErrTPMGone},
		"half a header":         {code(0)[:7], keystore.ErrTPMGone},
		"too large a size":      {[]byte{0x80, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0}, keystore.ErrTPMGone},
		"too small a size":      {[]byte{0x80, 1, 0, 0, 0, 9, 0, 0, 0, 0}, keystore.ErrTPMGone},
		"more than it says":     {append(code(0), 1), keystore.ErrTPMGone},
	} {
		t.Run(name, func(t *testing.T) {
			front.say(test.answer, 1)
			room{&tpmtest.TPM{Socket: front.path}, r.dir}.refused(t, test.want)
		})
	}
	if r.made(t) != point {
		t.Error("the identity changed")
	}
}

// TestNoDevice: what is not a TPM, and one that may not be used.
func TestNoDevice(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, t.TempDir(), file + "-that-is-not-there", "/dev/null"} {
		room{&tpmtest.TPM{Socket: path}, filepath.Join(t.TempDir(), "keystore")}.refused(t, keystore.ErrTPMGone)
	}
}
