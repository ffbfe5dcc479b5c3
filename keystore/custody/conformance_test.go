package custody_test

import (
	"crypto/x509"
	"fmt"
	"testing"

	"greenroom/keystore"
	"greenroom/keystore/custody"
	"greenroom/keystore/keystoretest"
	"greenroom/keystore/tpm/tpmtest"
)

// TestConformance: a vault is a store like its backends', before a rotation and after one.
func TestConformance(t *testing.T) {
	for _, backend := range []custody.Backend{custody.File, custody.TPM} {
		for _, rotated := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, rotated %v", backend, rotated), func(t *testing.T) {
				keystoretest.Run(t, func(t *testing.T) keystoretest.Backend { return conforming(t, backend, rotated) })
			})
		}
	}
}

func conforming(t *testing.T, backend custody.Backend, rotated bool) keystoretest.Backend {
	var roots *x509.CertPool
	maker, devices := tpmtest.NewMaker(t), [2]device{newDevice(t, ""), newDevice(t, "")}
	if backend == custody.TPM {
		roots = maker.Roots
		for i := range devices {
			chip := tpmtest.Start(t)
			maker.Endorse(t, chip, nil)
			devices[i].chip = chip.Socket
		}
	}
	open := func(d device) func(*testing.T) keystore.Store {
		first := true
		return func(t *testing.T) keystore.Store {
			v, err := d.open(t, backend)
			if err != nil {
				t.Fatal(err)
			}
			if rotated && first {
				mustRotate(t, v, "")
			}
			first = false
			return v
		}
	}
	return keystoretest.Backend{Open: open(devices[0]), Other: open(devices[1]), Roots: roots}
}
