package keystore

import (
	"crypto/cipher"
	"fmt"
	"io"
	"sync"

	"golang.org/x/crypto/chacha20poly1305"
)

// Lengths in bytes.
const (
	keyLen   = chacha20poly1305.KeySize
	nonceLen = chacha20poly1305.NonceSizeX
	tagLen   = chacha20poly1305.Overhead
)

// secretVersion is the first byte of a sealed secret.
const secretVersion = 1

// secretLabel begins the associated data of every sealed secret.
const secretLabel = "greenroom keystore 1 secret"

// Sealer seals a device's secrets under its data key (package doc, "Sealed secrets"). It is the part of a Store that all
// backends share: they differ in where the data key comes from.
type Sealer struct {
	device [16]byte
	rand   io.Reader

	mu   sync.RWMutex
	aead cipher.AEAD // nil after Forget
}

// NewSealer returns the sealer of a device. The data key has 32 bytes; the caller may wipe them afterwards.
func NewSealer(dataKey []byte, device [16]byte, rand io.Reader) (*Sealer, error) {
	aead, err := chacha20poly1305.NewX(dataKey)
	if err != nil {
		return nil, fmt.Errorf("data key: %w", err)
	}
	return &Sealer{device: device, rand: rand, aead: aead}, nil
}

// Seal is Store.Seal.
func (s *Sealer) Seal(purpose string, plaintext []byte) ([]byte, error) {
	if err := checkPurpose(purpose); err != nil {
		return nil, fmt.Errorf("keystore: seal: %w", err)
	}
	if len(plaintext) > MaxSecret {
		return nil, fmt.Errorf("keystore: seal %q: %w: the secret has %d bytes; at most %d can be sealed",
			purpose, ErrRefused, len(plaintext), MaxSecret)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.aead == nil {
		return nil, fmt.Errorf("keystore: seal %q: %w", purpose, ErrClosed)
	}
	sealed := make([]byte, 1+nonceLen, 1+nonceLen+len(plaintext)+tagLen)
	sealed[0] = secretVersion
	nonce := sealed[1:]
	if _, err := io.ReadFull(s.rand, nonce); err != nil {
		return nil, fmt.Errorf("keystore: seal %q: read randomness: %w", purpose, err)
	}
	return s.aead.Seal(sealed, nonce, plaintext, s.associated(purpose)), nil
}

// Unseal is Store.Unseal.
func (s *Sealer) Unseal(purpose string, sealed []byte) ([]byte, error) {
	if err := checkPurpose(purpose); err != nil {
		return nil, fmt.Errorf("keystore: unseal: %w", err)
	}
	if n := len(sealed); n < 1+nonceLen+tagLen || n > 1+nonceLen+MaxSecret+tagLen || sealed[0] != secretVersion {
		return nil, fmt.Errorf("keystore: unseal %q: %w: %d bytes that no keystore of this version made", purpose, ErrSealed, n)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.aead == nil {
		return nil, fmt.Errorf("keystore: unseal %q: %w", purpose, ErrClosed)
	}
	nonce, box := sealed[1:1+nonceLen], sealed[1+nonceLen:]
	plaintext, err := s.aead.Open(nil, nonce, box, s.associated(purpose))
	if err != nil {
		return nil, fmt.Errorf("keystore: unseal %q: %w: it was changed, or made for another purpose or by another device",
			purpose, ErrSealed)
	}
	return plaintext, nil
}

// associated binds the purpose and the device. The device id has a fixed length, so no two pairs give the same bytes.
func (s *Sealer) associated(purpose string) []byte {
	ad := make([]byte, 0, len(secretLabel)+len(s.device)+len(purpose))
	ad = append(ad, secretLabel...)
	ad = append(ad, s.device[:]...)
	return append(ad, purpose...)
}

// Forget drops the key; afterwards Seal and Unseal give ErrClosed.
func (s *Sealer) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.aead = nil
}

func checkPurpose(purpose string) error {
	if purpose == "" || len(purpose) > MaxPurpose {
		return fmt.Errorf("%w: a purpose has 1 to %d bytes, and this one has %d", ErrRefused, MaxPurpose, len(purpose))
	}
	return nil
}
