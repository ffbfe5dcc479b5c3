package tpm_test

import (
	"path/filepath"
	"testing"

	"greenroom/keystore"
	"greenroom/keystore/keystoretest"
	"greenroom/keystore/tpm"
	"greenroom/keystore/tpm/tpmtest"
)

func open(t testing.TB, dir string, chip *tpmtest.TPM) *tpm.Store {
	t.Helper()
	s, err := tpm.Open(dir, tpm.Options{Device: chip.Socket, CreateIfMissing: true})
	if err != nil {
		t.Fatalf("open %s: %v", dir, err)
	}
	return s
}

func TestConformance(t *testing.T) {
	keystoretest.Run(t, func(t *testing.T) keystoretest.Backend {
		one, other := tpmtest.Start(t), tpmtest.Start(t)
		dir := t.TempDir()
		return keystoretest.Backend{
			Open:  func(t *testing.T) keystore.Store { return open(t, filepath.Join(dir, "one"), one) },
			Other: func(t *testing.T) keystore.Store { return open(t, filepath.Join(dir, "other"), other) },
		}
	})
}

// TestInUse: a second process is refused while the store is open.
func TestInUse(t *testing.T) {
	r := newRoom(t)
	r.open(t)
	r.refused(t, keystore.ErrInUse)
}
