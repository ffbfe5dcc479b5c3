package custody_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"greenroom/keystore"
	"greenroom/keystore/custody"
	"greenroom/keystore/internal/generations"
	"greenroom/keystore/internal/generations/generationstest"
	"greenroom/keystore/succession"
	"greenroom/keystore/tpm"
	"greenroom/keystore/tpm/tpmtest"
)

// faultily opens the device's keystore on a machine that fails.
func (d device) faultily(backend custody.Backend, faults *generationstest.Faulty) (*custody.Vault, error) {
	return custody.Open(d.dir, custody.Options{
		Backend: backend, CreateIfMissing: true, TPM: tpm.Options{Device: d.chip},
		File: func() (keystore.FileOptions, error) { return keystore.FileOptions{Unprotected: true}, nil },
		Wrap: func(folder generations.Folder) generations.Folder {
			if faults.Folder == nil {
				faults.Folder = folder
				return faults
			}
			return faults.Beside(folder)
		},
	})
}

// life is what was seen of a device until its machine failed.
type life struct {
	keys      [][]byte // its identities, in their order
	committed bool     // Commit returned without an error
	statement []byte   // Rotate returned it
	sealed    []byte
	counter   uint64
}

// live makes an identity, rotates, commits, and seals and counts before; it ends with the first error.
func live(v *custody.Vault, to custody.Backend) (l life, err error) {
	l.keys = append(l.keys, v.Identity().PublicKeyBytes())
	if l.sealed, err = v.Seal("hub token", []byte("secret")); err != nil {
		return l, err
	}
	if l.counter, err = v.Increment(); err != nil {
		return l, err
	}
	statement, err := v.Rotate(to)
	if err != nil {
		return l, err
	}
	l.statement = statement
	s, err := succession.Parse(l.statement)
	if err != nil {
		return l, err
	}
	l.keys = append(l.keys, s.New[:])
	if err := v.Commit(s.New[:]); err != nil {
		return l, err
	}
	l.committed = true
	return l, nil
}

// TestCrashAtEveryStep: whatever the step of the first start, of a rotation or of a move at which the machine stops: the next
// start has the old identity or the new one; what was returned lasts; and the rotation can be brought to its end.
func TestCrashAtEveryStep(t *testing.T) {
	for name, faults := range map[string]generationstest.Faulty{
		"what was written is kept":    {Crash: true},
		"what was not synced is lost": {Crash: true, LoseData: true, LoseNames: true},
		"the disk is full":            {Err: unix.ENOSPC},
	} {
		ways := [][2]custody.Backend{{custody.File, custody.File}}
		if faults.LoseNames { // the hardest of them, with what is slow
			ways = append(ways, [2]custody.Backend{custody.File, custody.TPM}, [2]custody.Backend{custody.TPM, custody.File})
		}
		for _, way := range ways {
			t.Run(name+", "+string(way[0])+" to "+string(way[1]), func(t *testing.T) { crashEverywhere(t, faults, way[0], way[1]) })
		}
	}
}

func crashEverywhere(t *testing.T, faults generationstest.Faulty, from, to custody.Backend) {
	t.Parallel()
	chip := tpmtest.Start(t)
	for step := 1; ; step++ {
		d := device{filepath.Join(t.TempDir(), "keystore"), chip.Socket}
		run := faults
		run.FailAt = step
		v, err := d.faultily(from, &run)
		var l life
		if err == nil {
			l, err = live(v, to)
			if cerr := v.Close(); cerr != nil {
				t.Fatal(cerr)
			}
		}
		if err != nil && run.Err != nil && !errors.Is(err, keystore.ErrNoSpace) {
			t.Errorf("step %d: %v, want ErrNoSpace", step, err)
		}
		if len(run.Done) < step {
			if err != nil || step < 40 {
				t.Fatalf("a life of %d steps without a fault ended with %v", len(run.Done), err)
			}
			deleteCounters(t, chip)
			return
		}
		afterCrash(t, d, l, to, run.Done[step-1])
		deleteCounters(t, chip) // a TPM has room for a few, and a crash may leave one
	}
}

// afterCrash starts again, and ends what was begun.
func afterCrash(t *testing.T, d device, l life, to custody.Backend, what string) {
	t.Helper()
	v, err := d.open(t, custody.Auto)
	if err != nil {
		t.Fatalf("%s: the next start: %v", what, err)
	}
	defer v.Close()
	key := v.Identity().PublicKeyBytes()
	switch {
	case l.committed && !bytes.Equal(key, l.keys[1]), len(l.keys) == 1 && !bytes.Equal(key, l.keys[0]),
		len(l.keys) == 2 && !bytes.Equal(key, l.keys[0]) && !bytes.Equal(key, l.keys[1]):
		t.Errorf("%s: it has another identity than those that were seen", what)
	}
	mustSign(t, v.Identity())
	if l.counter != 0 && counter(t, v) != l.counter {
		t.Errorf("%s: the counter is %d, and was %d", what, counter(t, v), l.counter)
	}
	if l.statement != nil && bytes.Equal(key, l.keys[0]) {
		if pending, ok := v.Pending(); !ok || !bytes.Equal(pending, l.statement) {
			t.Errorf("%s: the statement that the hub was given is gone", what)
		}
		if err := v.Commit(l.keys[1]); err != nil {
			t.Errorf("%s: commit: %v", what, err)
		}
		mustSign(t, v.Identity())
	}
	if l.sealed != nil {
		if got, err := v.Unseal("hub token", l.sealed); err != nil || string(got) != "secret" {
			t.Errorf("%s: what was sealed gives %q, %v", what, got, err)
		}
	}
	if _, pending := v.Pending(); !pending && !l.committed && l.statement == nil {
		mustRotate(t, v, to)
		mustSign(t, v.Identity())
	}
}

// deleteCounters removes all that the owner of the TPM defined.
func deleteCounters(t *testing.T, chip *tpmtest.TPM) {
	t.Helper()
	for _, index := range chip.Indices(t) {
		chip.Undefine(t, index)
	}
}
