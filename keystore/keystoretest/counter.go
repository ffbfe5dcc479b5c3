package keystoretest

import (
	"bytes"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"testing"

	"greenroom/keystore"
	"greenroom/keystore/attest"
)

func mustIncrement(t *testing.T, s keystore.Store) uint64 {
	t.Helper()
	value, err := s.Increment()
	if err != nil {
		t.Fatalf("count: %v", err)
	}
	return value
}

func mustCounter(t *testing.T, s keystore.Store) uint64 {
	t.Helper()
	value, err := s.Counter()
	if err != nil {
		t.Fatalf("read the counter: %v", err)
	}
	return value
}

func counts(t *testing.T, b Backend) {
	s := b.Open(t)
	first := mustCounter(t, s)
	for i := range uint64(3) {
		if got := mustIncrement(t, s); got != first+i+1 {
			t.Errorf("count gives %d, want %d", got, first+i+1)
		}
		if got := mustCounter(t, s); got != first+i+1 {
			t.Errorf("the counter is %d, want %d", got, first+i+1)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = opened(t, b.Open)
	if got := mustCounter(t, s); got != first+3 {
		t.Errorf("after a restart the counter is %d, want %d", got, first+3)
	}
	if got := mustIncrement(t, s); got != first+4 {
		t.Errorf("count gives %d, want %d", got, first+4)
	}
}

func countsTogether(t *testing.T, b Backend) {
	const each, together = 5, 4
	s := opened(t, b.Open)
	first := mustCounter(t, s)
	var mu sync.Mutex
	var values []uint64
	var done sync.WaitGroup
	for range together {
		done.Go(func() {
			for range each {
				value, err := s.Increment()
				if err != nil {
					t.Errorf("count: %v", err)
				}
				mu.Lock()
				values = append(values, value)
				mu.Unlock()
			}
		})
	}
	done.Wait()
	slices.Sort(values)
	if n := len(slices.Compact(slices.Clone(values))); n != len(values) {
		t.Errorf("%d counts gave %d values: one was given twice, and only a store's own count may be its answer", len(values), n)
	}
	if got := mustCounter(t, s); got != first+each*together || values[len(values)-1] != got {
		t.Errorf("the counter is %d, and %d counts before it was %d", got, each*together, first)
	}
}

// attests: either the whole attestation works, or the store says that it is no TPM's.
func attests(t *testing.T, b Backend) {
	s, nonce := opened(t, b.Open), bytes.Repeat([]byte("n"), 32)
	evidence, err := s.Attest(nonce)
	if b.Roots == nil {
		var e *keystore.Error
		if !errors.Is(err, keystore.ErrNotInTPM) || !errors.As(err, &e) || e.Do == "" {
			t.Errorf("attest: got %v, want a *keystore.Error around ErrNotInTPM", err)
		}
		if _, err := s.Activate([]byte{0, 1, 1, 0, 1, 1}); !errors.Is(err, keystore.ErrNotInTPM) {
			t.Errorf("activate: got %v, want ErrNotInTPM", err)
		}
		return
	}
	if err != nil {
		t.Fatalf("attest: %v", err)
	}
	claim, err := attest.Verify(evidence, attest.Options{Roots: b.Roots, Nonce: nonce})
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	if !bytes.Equal(claim.Identity[:], s.Identity().PublicKeyBytes()) {
		t.Errorf("it is about %x", claim.Identity)
	}
	challenge, answer, err := claim.Challenge(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Activate(challenge); err != nil || !bytes.Equal(got, answer) {
		t.Errorf("the answer is %x, want %x (%v)", got, answer, err)
	}
	if _, err := opened(t, b.Other).Activate(challenge); !errors.Is(err, keystore.ErrSealed) {
		t.Errorf("another device's challenge: %v, want ErrSealed", err)
	}
}
