package keystore

import (
	"crypto"
	"crypto/sha256"
	"path/filepath"
	"testing"
)

func benchStore(b *testing.B) *fileStore {
	b.Helper()
	s, err := openFile(filepath.Join(b.TempDir(), "keystore"), vectorOptions(), internals{cost: cheap()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}

func BenchmarkSign(b *testing.B) {
	s, digest := benchStore(b), sha256.Sum256(nil)
	for b.Loop() {
		if _, err := s.Identity().Sign(nil, digest[:], crypto.SHA256); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSealAndUnseal(b *testing.B) {
	s, secret := benchStore(b), make([]byte, 256)
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

// BenchmarkOpen is the daemon's start: an existing store.
func BenchmarkOpen(b *testing.B) {
	for name, opts := range map[string]FileOptions{"credential": withKey(), "passphrase": testOptions()} {
		b.Run(name, func(b *testing.B) {
			dir := filepath.Join(b.TempDir(), "keystore")
			for b.Loop() {
				s, err := openFile(dir, opts, internals{cost: currentCost()})
				if err != nil {
					b.Fatal(err)
				}
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func withKey() FileOptions {
	opts := vectorOptions()
	opts.Rand = nil
	return opts
}
