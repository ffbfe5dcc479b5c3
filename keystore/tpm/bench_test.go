package tpm_test

import (
	"testing"

	"greenroom/keystore/tpm"
)

// The times here are swtpm's and this package's own; a chip on a board takes ten to a hundred times as long.

func BenchmarkCreate(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		r := newRoom(b) // one TPM has room for a few counters only
		b.StartTimer()
		if err := open(b, r.dir, r.chip).Close(); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		r.chip.Stop(b)
		b.StartTimer()
	}
}

// BenchmarkOpen is the daemon's start: an existing store.
func BenchmarkOpen(b *testing.B) {
	r := newRoom(b)
	r.made(b)
	for b.Loop() {
		if err := open(b, r.dir, r.chip).Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	s := newRoom(b).open(b)
	for b.Loop() {
		if err := sign(s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSealAndUnseal(b *testing.B) {
	s, secret := newRoom(b).open(b), make([]byte, 256)
	for b.Loop() {
		sealed, err := s.Seal("hub token", secret)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.Unseal("hub token", sealed); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIncrement(b *testing.B) { count(b, (*tpm.Store).Increment) }
func BenchmarkCounter(b *testing.B)   { count(b, (*tpm.Store).Counter) }

func count(b *testing.B, op func(*tpm.Store) (uint64, error)) {
	s := newRoom(b).open(b)
	for b.Loop() {
		if _, err := op(s); err != nil {
			b.Fatal(err)
		}
	}
}
