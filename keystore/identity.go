package keystore

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"fmt"
	"io"
	"sync"
)

// Lengths in bytes.
const (
	scalarLen = 32
	pointLen  = 65
)

// identity is a P-256 private key in memory. It is the file backend's Signer.
type identity struct {
	public *ecdsa.PublicKey
	point  []byte

	mu  sync.RWMutex
	key *ecdsa.PrivateKey // nil after forget
}

// maxScalarTries bounds the search for a valid scalar. A random one is invalid once in 2^32 times, so a longer search
// means that the source of randomness is broken.
const maxScalarTries = 16

// newScalar makes a private scalar. It reads the source of randomness itself, so that a test vector can be repeated.
func newScalar(rand io.Reader) ([]byte, error) {
	scalar := make([]byte, scalarLen)
	for range maxScalarTries {
		if _, err := io.ReadFull(rand, scalar); err != nil {
			return nil, fmt.Errorf("read randomness: %w", err)
		}
		if _, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar); err == nil {
			return scalar, nil
		}
	}
	return nil, fmt.Errorf("the source of randomness gave no valid key in %d tries", maxScalarTries)
}

// newIdentity returns the identity with that private scalar.
func newIdentity(scalar []byte) (*identity, error) {
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar)
	if err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	public := key.PublicKey
	return &identity{public: &public, point: point, key: key}, nil
}

// Public returns the *ecdsa.PublicKey.
func (id *identity) Public() crypto.PublicKey { return id.public }

// PublicKeyBytes returns a copy of the uncompressed point.
func (id *identity) PublicKeyBytes() []byte { return bytes.Clone(id.point) }

// Sign signs a SHA-256 digest. Go's ECDSA takes its randomness from the system, so rand is not used.
func (id *identity) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if opts == nil || opts.HashFunc() != crypto.SHA256 || len(digest) != sha256.Size {
		return nil, fmt.Errorf("keystore: sign: %w: the identity key signs SHA-256 digests of %d bytes, and got %d bytes",
			ErrRefused, sha256.Size, len(digest))
	}
	id.mu.RLock()
	defer id.mu.RUnlock()
	if id.key == nil {
		return nil, fmt.Errorf("keystore: sign: %w", ErrClosed)
	}
	return ecdsa.SignASN1(nil, id.key, digest)
}

// forget wipes the private key. Go gives no way to the copies that crypto/ecdsa made of it; they go with the garbage
// collector, and core dumps are off (ForbidCoreDumps).
func (id *identity) forget() {
	id.mu.Lock()
	defer id.mu.Unlock()
	if id.key != nil {
		//lint:ignore SA1019 there is no other way to the scalar, and the key is not used again
		clear(id.key.D.Bits())
	}
	id.key = nil
}
