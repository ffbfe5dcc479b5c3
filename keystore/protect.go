package keystore

import (
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"io"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"
)

// minCredential is the length of the shortest credential, in bytes: it is a key, not something a person thought of.
const minCredential = 32

// The labels of the key-encryption key and of the identity file's associated data.
const (
	kekLabel      = "greenroom keystore 1 "
	identityLabel = "greenroom keystore 1 identity"
)

// argonCost is what a guess at the passphrase costs (RFC 9106).
type argonCost struct {
	passes uint32
	memory uint32 // KiB
	lanes  uint8
}

// currentCost is what new files get: 64 MiB, 0.4 s on the room's hardware (RFC 9106, section 4, second choice).
func currentCost() argonCost { return argonCost{passes: 3, memory: 64 << 10, lanes: 4} }

// The most that a file may ask for. A file is read before it is authenticated, so it must not be able to take the
// machine down.
const (
	maxPasses = 64
	maxMemory = 1 << 20 // KiB: 1 GiB
	maxLanes  = 64
)

func (c argonCost) check() error {
	if c.passes == 0 || c.lanes == 0 || c.memory < 8*uint32(c.lanes) {
		return fmt.Errorf("argon2 parameters too small: %d passes, %d KiB, %d lanes", c.passes, c.memory, c.lanes)
	}
	if c.passes > maxPasses || c.memory > maxMemory || c.lanes > maxLanes {
		return fmt.Errorf("argon2 parameters too large: %d passes, %d KiB, %d lanes", c.passes, c.memory, c.lanes)
	}
	return nil
}

// weaker reports whether a file with this cost should be written again with the other one.
func (c argonCost) weaker(other argonCost) bool {
	return c.passes < other.passes || c.memory < other.memory
}

// secret is what a person or systemd gave to open a store with.
type secret struct {
	protection protection
	bytes      []byte
}

// kek derives the key-encryption key for a record's salt and cost (package doc, "The key-encryption key").
func (s secret) kek(r *record) ([]byte, error) {
	input := s.bytes
	if s.protection == byPassphrase {
		input = argon2.IDKey(s.bytes, r.salt[:], r.cost.passes, r.cost.memory, r.cost.lanes, keyLen)
		defer clear(input)
	}
	return hkdf.Key(sha256.New, input, r.salt[:], kekLabel+s.protection.String(), keyLen)
}

// contents are the secrets of an identity file.
type contents struct {
	scalar  []byte // the identity's private scalar
	dataKey []byte
}

// wipe overwrites the secrets.
func (c *contents) wipe() {
	clear(c.scalar)
	clear(c.dataKey)
}

// lock seals the contents into the record, with a fresh nonce. Everything else in the record must be set.
func (r *record) lock(kek []byte, c *contents, rand io.Reader) error {
	aead, err := chacha20poly1305.NewX(kek)
	if err != nil {
		return fmt.Errorf("key-encryption key: %w", err)
	}
	if _, err := io.ReadFull(rand, r.nonce[:]); err != nil {
		return fmt.Errorf("read randomness: %w", err)
	}
	plain := make([]byte, 0, scalarLen+keyLen)
	plain = append(append(plain, c.scalar...), c.dataKey...)
	defer clear(plain)
	copy(r.box[:], aead.Seal(nil, r.nonce[:], plain, r.associated()))
	return nil
}

// unlock opens the record's contents. It reports false when the key is the wrong one.
func (r *record) unlock(kek []byte) (*contents, bool) {
	aead, err := chacha20poly1305.NewX(kek)
	if err != nil {
		return nil, false
	}
	plain, err := aead.Open(nil, r.nonce[:], r.box[:], r.associated())
	if err != nil {
		return nil, false
	}
	return &contents{scalar: plain[:scalarLen:scalarLen], dataKey: plain[scalarLen:]}, true
}

func (r *record) associated() []byte { return append([]byte(identityLabel), r.header()...) }
