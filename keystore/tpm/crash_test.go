package tpm

import (
	"errors"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"greenroom/keystore"
	"greenroom/keystore/internal/generations"
	"greenroom/keystore/internal/generations/generationstest"
	"greenroom/keystore/tpm/tpmtest"
)

// tryOpen opens and closes a store through a faulty folder. The public key is empty if it did not open.
func tryOpen(t *testing.T, dir string, chip *tpmtest.TPM, faults *generationstest.Faulty) (string, error) {
	t.Helper()
	wrap := func(d generations.Folder) generations.Folder { faults.Folder = d; return faults }
	s, err := Open(dir, Options{Device: chip.Socket, CreateIfMissing: true, Wrap: wrap})
	if err != nil {
		return "", err
	}
	if _, err := s.Counter(); err != nil {
		t.Errorf("the counter: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	return string(s.Identity().PublicKeyBytes()), nil
}

// eachStep makes an identity again and again, with the fault at the first step of writing it, at the second, and so on,
// until a run has no such step.
func eachStep(t *testing.T, faults generationstest.Faulty, check func(dir, got string, chip *tpmtest.TPM, err error)) {
	t.Helper()
	for step := 1; ; step++ {
		chip, dir, run := tpmtest.Start(t), filepath.Join(t.TempDir(), "keystore"), faults
		run.FailAt = step
		got, err := tryOpen(t, dir, chip, &run)
		if len(run.Done) < step {
			if err != nil || step < 12 {
				t.Fatalf("a run of %d steps without a fault gave %v; two writes have at least 12", len(run.Done), err)
			}
			return
		}
		t.Logf("step %d, %s: %v", step, run.Done[step-1], err)
		check(dir, got, chip, err)
	}
}

// TestCrashAtEveryStep: whatever the step at which a new identity's machine stops, the next start has the identity that
// was handed out or, if none was, any good one; and the one after has the same.
func TestCrashAtEveryStep(t *testing.T) {
	for name, faults := range map[string]generationstest.Faulty{
		"what was written is kept":         {Crash: true},
		"data that was not synced is lost": {Crash: true, LoseData: true},
		"what was not synced is lost":      {Crash: true, LoseData: true, LoseNames: true},
	} {
		t.Run(name, func(t *testing.T) {
			eachStep(t, faults, func(dir, got string, chip *tpmtest.TPM, err error) {
				if got == "" && !errors.Is(err, generationstest.ErrCrashed) {
					t.Fatalf("got %v, want the crash", err)
				}
				after, err := tryOpen(t, dir, chip, &generationstest.Faulty{})
				if err != nil || got != "" && after != got {
					t.Fatalf("the identity that was handed out is gone (%v)", err)
				}
				if again, err := tryOpen(t, dir, chip, &generationstest.Faulty{}); err != nil || again != after {
					t.Errorf("the identity changed at the start after (%v)", err)
				}
			})
		})
	}
}

// TestFullDiskAtEveryStep: an identity that can't be written is refused and leaves no counter in the TPM; where only its
// second copy can't, it is good.
func TestFullDiskAtEveryStep(t *testing.T) {
	refused := 0
	eachStep(t, generationstest.Faulty{Err: unix.ENOSPC}, func(dir, got string, chip *tpmtest.TPM, err error) {
		if err != nil {
			refused++
			if !errors.Is(err, keystore.ErrNoSpace) {
				t.Fatalf("got %v, want ErrNoSpace", err)
			}
		}
		after, err := tryOpen(t, dir, chip, &generationstest.Faulty{})
		if err != nil || got != "" && after != got {
			t.Errorf("the identity changed (%v)", err)
		}
		if n := len(chip.Indices(t)); n != 1 {
			t.Errorf("%d counters are in the TPM, want 1", n)
		}
	})
	if refused == 0 {
		t.Error("no step was refused")
	}
}
