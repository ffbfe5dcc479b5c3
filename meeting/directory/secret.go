package directory

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"log/slog"
)

// EnhancedSize is the length of the secret of an instance that may begin with enhanced encryption, in bytes.
const EnhancedSize = 32

// Secret is an instance's secret, or none. Whoever has it can read the meeting while its encryption is enhanced. It
// does not show itself in logs, errors and encoders; only a Ticket's own JSON holds it.
type Secret []byte

const redacted = "(secret)"

// String hides the secret from fmt.
func (Secret) String() string { return redacted }

// GoString hides the secret from %#v.
func (Secret) GoString() string { return redacted }

// Format hides the secret from every other verb, such as %x.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue hides the secret from slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the secret from encoders.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// vault makes the secrets of instances, and seals them for the store: a copy of the database alone opens nothing.
//
//	sealed = nonce[12] || AES-256-GCM(key, nonce, secret[32], associated data: the instance's id)
//	key    = HKDF-SHA256(the statement key's seed, no salt, "greenroom-1 instance secrets")
//
// It has no key of its own, so there is none that could be lost apart from the hub's identity.
type vault struct{ aead cipher.AEAD }

func newVault(statement ed25519.PrivateKey) (vault, error) {
	key, err := hkdf.Key(sha256.New, statement.Seed(), nil, "greenroom-1 instance secrets", 32)
	if err != nil {
		return vault{}, fmt.Errorf("directory: a key for the secrets of instances: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return vault{}, fmt.Errorf("directory: a key for the secrets of instances: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return vault{}, fmt.Errorf("directory: a key for the secrets of instances: %w", err)
	}
	return vault{aead}, nil
}

// make returns a new secret for an instance, sealed.
func (v vault) make(instance string) []byte {
	var secret [EnhancedSize]byte
	_, _ = rand.Read(secret[:]) // crypto/rand never fails
	defer clear(secret[:])
	return v.aead.Seal(nil, nil, secret[:], []byte(instance))
}

// open returns the secret of an instance; none for one that has none.
func (v vault) open(i Instance) (Secret, error) {
	if i.Sealed == nil {
		return nil, nil
	}
	secret, err := v.aead.Open(nil, nil, i.Sealed, []byte(i.ID))
	if err != nil || len(secret) != EnhancedSize {
		return nil, fmt.Errorf("the secret of instance %s in the store does not open: it was changed, or sealed by another hub", i.ID)
	}
	return secret, nil
}
