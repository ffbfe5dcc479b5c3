package custody_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"greenroom/keystore"
	"greenroom/keystore/custody"
	"greenroom/keystore/succession"
	"greenroom/keystore/tpm/tpmtest"
)

// vault opens the device's keystore until the end of the test.
func (d device) vault(t *testing.T) *custody.Vault {
	t.Helper()
	v, err := d.open(t, custody.Auto)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return v
}

// again closes a vault and opens it again.
func (d device) again(t *testing.T, v *custody.Vault) *custody.Vault {
	t.Helper()
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	return d.vault(t)
}

func mustSign(t *testing.T, s keystore.Signer) {
	t.Helper()
	digest := sha256.Sum256([]byte("announcement"))
	signature, err := s.Sign(nil, digest[:], crypto.SHA256)
	if err != nil || !ecdsa.VerifyASN1(s.Public().(*ecdsa.PublicKey), digest[:], signature) {
		t.Errorf("sign: %v", err)
	}
}

func counter(t *testing.T, v *custody.Vault) uint64 {
	t.Helper()
	value, err := v.Counter()
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// TestRotate: each way from one backend to another, with a restart at each step: the old identity signs until Commit, and
// afterwards the new one; device, sealed secrets and counter go on.
func TestRotate(t *testing.T) {
	for _, from := range []custody.Backend{custody.File, custody.TPM} {
		for _, to := range []custody.Backend{custody.File, custody.TPM, ""} {
			for _, restart := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s to %q, restart %v", from, to, restart), func(t *testing.T) { rotate(t, from, to, restart) })
			}
		}
	}
}

func rotate(t *testing.T, from, to custody.Backend, restart bool) {
	chip := tpmtest.Start(t)
	d := newDevice(t, chip.Socket)
	d.made(t, from)
	v := d.vault(t)
	step := func() {
		if restart {
			v = d.again(t, v)
		}
	}
	old, oldInfo, oldKey := v.Identity(), v.Info(), v.Identity().PublicKeyBytes()
	sealed, err := v.Seal("hub token", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := v.Increment(); err != nil {
			t.Fatal(err)
		}
	}
	statement, err := v.Rotate(to)
	if err != nil {
		t.Fatal(err)
	}
	s, err := succession.Verify(statement, oldKey)
	if err != nil || s.Device != oldInfo.DeviceID {
		t.Fatalf("the statement says %+v (%v)", s, err)
	}
	step()
	if again, ok := v.Pending(); !ok || !bytes.Equal(again, statement) {
		t.Error("the statement is not there any more")
	}
	if again, err := v.Rotate(to); err != nil || !bytes.Equal(again, statement) {
		t.Errorf("rotating again: %v", err)
	}
	if !bytes.Equal(v.Identity().PublicKeyBytes(), oldKey) || v.Info().NextFingerprint != keystore.Fingerprint(s.New[:]) {
		t.Errorf("while it is pending: %+v", v.Info())
	}
	mustSign(t, v.Identity())
	value, err := v.Increment()
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Commit(oldKey[:64]); !errors.Is(err, keystore.ErrRefused) {
		t.Errorf("a key that is none was committed: %v", err)
	}
	if err := v.Commit(s.New[:]); err != nil {
		t.Fatal(err)
	}
	if !restart {
		mustSign(t, old)
	}
	step()
	if err := v.Commit(s.New[:]); err != nil {
		t.Errorf("committing again: %v", err)
	}
	if _, ok := v.Pending(); ok {
		t.Error("it is still pending")
	}
	info, want := v.Info(), to
	if want == "" {
		want = from
	}
	if !bytes.Equal(v.Identity().PublicKeyBytes(), s.New[:]) || info.DeviceID != oldInfo.DeviceID ||
		info.Backend != string(want) || info.NextFingerprint != "" || len(info.Notices) != 0 {
		t.Errorf("afterwards: %+v", info)
	}
	mustSign(t, v.Identity())
	if got := counter(t, v); got != value {
		t.Errorf("the counter is %d, and was %d", got, value)
	}
	if got, err := v.Increment(); err != nil || got != value+1 {
		t.Errorf("count: %d, %v; want %d", got, err, value+1)
	}
	if got, err := v.Unseal("hub token", sealed); err != nil || string(got) != "secret" {
		t.Errorf("what was sealed before gives %q, %v", got, err)
	}
	fresh, err := v.Reseal("hub token", sealed)
	if err != nil || bytes.Equal(fresh, sealed) {
		t.Errorf("sealed again: %v", err)
	}
	if same, err := v.Reseal("hub token", fresh); err != nil || !bytes.Equal(same, fresh) {
		t.Errorf("sealed once more: %v", err)
	}
	if _, err := os.Stat(filepath.Join(d.dir, "identity-1")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the old identity is still there (%v)", err)
	}
	if n, want := len(chip.Indices(t)), map[custody.Backend]int{custody.TPM: 1}[want]; n != want {
		t.Errorf("%d counters are in the TPM, want %d", n, want)
	}
}

// TestAbandon: a rotation that is given up leaves nothing, and another one may begin.
func TestAbandon(t *testing.T) {
	chip := tpmtest.Start(t)
	d := newDevice(t, chip.Socket)
	key := d.made(t, custody.File).Fingerprint
	v := d.vault(t)
	if err := v.Abandon(); err != nil {
		t.Errorf("without a rotation: %v", err)
	}
	for _, to := range []custody.Backend{custody.TPM, custody.File} {
		statement, err := v.Rotate(to)
		if err != nil {
			t.Fatal(err)
		}
		if to == custody.TPM {
			if _, err := v.Rotate(custody.File); !errors.Is(err, keystore.ErrPending) {
				t.Errorf("another rotation: %v", err)
			}
		}
		s, err := succession.Parse(statement)
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Abandon(); err != nil {
			t.Fatal(err)
		}
		if err := v.Commit(s.New[:]); !errors.Is(err, keystore.ErrRefused) {
			t.Errorf("a key that was given up was committed: %v", err)
		}
		v = d.again(t, v)
		info := v.Info()
		if info.Fingerprint != key || info.NextBackend != "" || len(info.Notices) != 0 || len(chip.Indices(t)) != 0 {
			t.Errorf("%+v, and in the TPM %#x", info, chip.Indices(t))
		}
	}
	if folders, err := filepath.Glob(filepath.Join(d.dir, "identity-*")); err != nil || len(folders) != 1 {
		t.Errorf("the folder holds %q", folders)
	}
}

// mustRotate rotates and commits.
func mustRotate(t *testing.T, v *custody.Vault, to custody.Backend) {
	t.Helper()
	statement, err := v.Rotate(to)
	if err != nil {
		t.Fatal(err)
	}
	s, err := succession.Parse(statement)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Commit(s.New[:]); err != nil {
		t.Fatal(err)
	}
}

// TestUseDuringRotations: whoever signs, seals and counts meanwhile notices nothing, and no count is lost or given twice.
func TestUseDuringRotations(t *testing.T) {
	d := newDevice(t, "")
	d.made(t, custody.File)
	v := d.vault(t)
	first := counter(t, v)
	stop := make(chan struct{})
	var users sync.WaitGroup
	counts := make([]uint64, 3)
	for i := range counts {
		users.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				sealed, err := v.Seal("p", []byte("secret"))
				if err == nil {
					_, err = v.Unseal("p", sealed)
				}
				if err == nil {
					_, err = v.Increment()
					counts[i]++
				}
				if err != nil {
					t.Errorf("during a rotation: %v", err)
					return
				}
				mustSign(t, v.Identity())
				_ = v.Info()
			}
		})
	}
	for range 5 {
		mustRotate(t, v, "")
	}
	close(stop)
	users.Wait()
	if got, want := counter(t, v), first+counts[0]+counts[1]+counts[2]; got != want {
		t.Errorf("the counter is %d, want %d", got, want)
	}
	v = d.again(t, v)
	if got, want := counter(t, v), first+counts[0]+counts[1]+counts[2]; got != want {
		t.Errorf("after a restart the counter is %d, want %d", got, want)
	}
}
