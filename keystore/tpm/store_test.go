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

// TestConformanceWithPCRs: an identity that is bound to PCRs does all the same.
func TestConformanceWithPCRs(t *testing.T) {
	keystoretest.Run(t, func(t *testing.T) keystoretest.Backend {
		one, other, maker := tpmtest.Start(t), tpmtest.Start(t), tpmtest.NewMaker(t)
		maker.Endorse(t, one, nil)
		maker.Endorse(t, other, nil)
		dir := t.TempDir()
		bound := func(name string, chip *tpmtest.TPM) func(t *testing.T) keystore.Store {
			return func(t *testing.T) keystore.Store {
				s, err := tpm.Open(filepath.Join(dir, name), tpm.Options{Device: chip.Socket, CreateIfMissing: true, PCRs: []int{0, 7}})
				if err != nil {
					t.Fatal(err)
				}
				return s
			}
		}
		return keystoretest.Backend{Roots: maker.Roots, Open: bound("one", one), Other: bound("other", other)}
	})
}

func TestConformance(t *testing.T) {
	keystoretest.Run(t, func(t *testing.T) keystoretest.Backend {
		one, other, maker := tpmtest.Start(t), tpmtest.Start(t), tpmtest.NewMaker(t)
		maker.Endorse(t, one, nil)
		maker.Endorse(t, other, nil)
		dir := t.TempDir()
		return keystoretest.Backend{
			Roots: maker.Roots,
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
