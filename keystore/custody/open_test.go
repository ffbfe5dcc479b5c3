package custody_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"greenroom/keystore"
	"greenroom/keystore/custody"
	"greenroom/keystore/tpm"
	"greenroom/keystore/tpm/tpmtest"
)

// device is a room's folder, and the TPM of its machine.
type device struct {
	dir  string
	chip string
}

func (d device) open(t *testing.T, backend custody.Backend) (*custody.Vault, error) {
	t.Helper()
	return custody.Open(d.dir, custody.Options{
		Backend: backend, CreateIfMissing: true,
		TPM:  tpm.Options{Device: d.chip, Pause: func(time.Duration) {}},
		File: func() (keystore.FileOptions, error) { return keystore.FileOptions{Unprotected: true}, nil },
	})
}

// made opens the store, closes it, and returns where the identity is and which it is.
func (d device) made(t *testing.T, backend custody.Backend) keystore.Info {
	t.Helper()
	s, err := d.open(t, backend)
	if err != nil {
		t.Fatalf("%s: %v", backend, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return s.Info()
}

// refuses opens a store that must not open.
func (d device) refuses(t *testing.T, backend custody.Backend, kind error) {
	t.Helper()
	s, err := d.open(t, backend)
	if err == nil {
		t.Errorf("%s opened; want: %v", backend, kind)
		s.Close()
		return
	}
	var e *keystore.Error
	if !errors.Is(err, kind) || !errors.As(err, &e) || e.Do == "" {
		t.Errorf("%s: got %v, want a *keystore.Error of the kind: %v", backend, err, kind)
	}
}

func newDevice(t *testing.T, chip string) device {
	t.Helper()
	return device{filepath.Join(t.TempDir(), "keystore"), chip}
}

// TestAutoTakesTheTPM: a new room's identity goes to a TPM that works, and stays there whatever becomes of the TPM.
func TestAutoTakesTheTPM(t *testing.T) {
	chip := tpmtest.Start(t)
	d := newDevice(t, chip.Socket)
	first := d.made(t, custody.Auto)
	if first.Backend != "tpm" || len(first.Notices) != 0 {
		t.Fatalf("%+v", first)
	}
	for _, backend := range []custody.Backend{custody.Auto, custody.TPM} {
		if again := d.made(t, backend); again.Fingerprint != first.Fingerprint {
			t.Errorf("%s: another identity", backend)
		}
	}
	d.refuses(t, custody.File, keystore.ErrOtherBackend)
	chip.Stop(t)
	d.refuses(t, custody.Auto, keystore.ErrTPMGone)
	d.refuses(t, custody.File, keystore.ErrOtherBackend)
	device{d.dir, tpmtest.Start(t).Socket}.refuses(t, custody.Auto, keystore.ErrTPMReplaced)
	chip.Start(t)
	if again := d.made(t, custody.Auto); again.Fingerprint != first.Fingerprint {
		t.Error("another identity after the TPM came back")
	}
}

// TestAutoTakesAFile: without a TPM a new room's identity goes to a file, says so, and stays there when a TPM comes.
func TestAutoTakesAFile(t *testing.T) {
	d := newDevice(t, filepath.Join(t.TempDir(), "no-tpm"))
	first := d.made(t, custody.Auto)
	if first.Backend != "file" || len(first.Notices) != 1 || !strings.Contains(first.Notices[0], "TPM") {
		t.Fatalf("%+v", first)
	}
	d.chip = tpmtest.Start(t).Socket
	for _, backend := range []custody.Backend{custody.Auto, custody.File} {
		if again := d.made(t, backend); again.Fingerprint != first.Fingerprint || len(again.Notices) != 0 {
			t.Errorf("%s: %+v", backend, again)
		}
	}
	d.refuses(t, custody.TPM, keystore.ErrOtherBackend)
}

// TestAutoWaitsForABusyTPM: a TPM that is occupied at the first start is no reason to choose a file for good.
func TestAutoWaitsForABusyTPM(t *testing.T) {
	chip := tpmtest.Start(t)
	release := tpmtest.Fill(t, chip.Wire(t))
	d := newDevice(t, chip.Socket)
	d.refuses(t, custody.Auto, keystore.ErrTPMBusy)
	release()
	if info := d.made(t, custody.Auto); info.Backend != "tpm" {
		t.Errorf("%+v", info)
	}
}

// TestDamagedFilesDecideToo: a folder whose identity is damaged is not taken for a new one.
func TestDamagedFilesDecideToo(t *testing.T) {
	chip := tpmtest.Start(t)
	d := newDevice(t, chip.Socket)
	d.made(t, custody.Auto)
	spoil(t, d.dir, ".tpm")
	for range 2 { // the second time they are set aside
		d.refuses(t, custody.Auto, keystore.ErrCorrupt)
	}
	d.chip = filepath.Join(t.TempDir(), "no-tpm")
	d.refuses(t, custody.Auto, keystore.ErrCorrupt)
}

// TestWithoutAFileItsSecretIsNotAsked: a room whose key is in the TPM needs no credential.
func TestWithoutAFileItsSecretIsNotAsked(t *testing.T) {
	d := newDevice(t, tpmtest.Start(t).Socket)
	s, err := custody.Open(d.dir, custody.Options{
		Backend: custody.Auto, CreateIfMissing: true, TPM: tpm.Options{Device: d.chip},
		File: func() (keystore.FileOptions, error) {
			t.Error("asked for the file's secret")
			return keystore.FileOptions{}, errors.New("no credential")
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
}

func TestUnknownBackend(t *testing.T) {
	if _, err := newDevice(t, "").open(t, "cloud"); err == nil || !strings.Contains(err.Error(), "auto, tpm or file") {
		t.Errorf("got %v", err)
	}
}

// spoil overwrites every identity file.
func spoil(t *testing.T, dir, suffix string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "identity-1", "identity-*"+suffix))
	if err != nil || len(files) == 0 {
		t.Fatalf("identity files: %q (%v)", files, err)
	}
	for _, f := range files {
		if err := os.WriteFile(f, []byte("spoilt"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
