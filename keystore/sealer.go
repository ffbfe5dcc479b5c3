package keystore

import (
	"bytes"
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
// backends share: they differ in where the data key comes from. Nothing of it gives key bytes away.
type Sealer struct {
	device [16]byte
	rand   io.Reader

	mu     sync.RWMutex
	key    []byte      // the data key; nil after Forget
	aead   cipher.AEAD // under the data key
	former []formerKey // data keys of identities before this one, the latest first
}

// NewSealer returns the sealer of a device. The data key has 32 bytes; the caller may wipe them afterwards.
func NewSealer(dataKey []byte, device [16]byte, rand io.Reader) (*Sealer, error) {
	aead, err := chacha20poly1305.NewX(dataKey)
	if err != nil {
		return nil, fmt.Errorf("data key: %w", err)
	}
	return &Sealer{device: device, rand: rand, key: bytes.Clone(dataKey), aead: aead}, nil
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
	if s.key == nil {
		return nil, fmt.Errorf("keystore: seal %q: %w", purpose, ErrClosed)
	}
	sealed, err := s.seal(plaintext, s.associated(secretLabel, purpose))
	if err != nil {
		return nil, fmt.Errorf("keystore: seal %q: %w", purpose, err)
	}
	return sealed, nil
}

// seal runs with the lock held.
func (s *Sealer) seal(plaintext, associated []byte) ([]byte, error) {
	sealed := make([]byte, 1+nonceLen, 1+nonceLen+len(plaintext)+tagLen)
	sealed[0] = secretVersion
	nonce := sealed[1:]
	if _, err := io.ReadFull(s.rand, nonce); err != nil {
		return nil, fmt.Errorf("read randomness: %w", err)
	}
	return s.aead.Seal(sealed, nonce, plaintext, associated), nil
}

// Unseal is Store.Unseal. It opens what was sealed under a former data key too.
func (s *Sealer) Unseal(purpose string, sealed []byte) ([]byte, error) {
	plaintext, _, err := s.unseal(purpose, sealed)
	return plaintext, err
}

// Reseal returns a secret that was sealed under a former data key sealed under today's, and any other as it is.
func (s *Sealer) Reseal(purpose string, sealed []byte) ([]byte, error) {
	plaintext, today, err := s.unseal(purpose, sealed)
	if err != nil || today {
		return sealed, err
	}
	defer clear(plaintext)
	return s.Seal(purpose, plaintext)
}

// unseal also reports whether it was today's data key that opened it.
func (s *Sealer) unseal(purpose string, sealed []byte) (plaintext []byte, today bool, err error) {
	if err := checkPurpose(purpose); err != nil {
		return nil, false, fmt.Errorf("keystore: unseal: %w", err)
	}
	if n := len(sealed); n < 1+nonceLen+tagLen || n > 1+nonceLen+MaxSecret+tagLen || sealed[0] != secretVersion {
		return nil, false, fmt.Errorf("keystore: unseal %q: %w: %d bytes that no keystore of this version made", purpose, ErrSealed, n)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.key == nil {
		return nil, false, fmt.Errorf("keystore: unseal %q: %w", purpose, ErrClosed)
	}
	nonce, box, associated := sealed[1:1+nonceLen], sealed[1+nonceLen:], s.associated(secretLabel, purpose)
	if plaintext, err = s.aead.Open(nil, nonce, box, associated); err == nil {
		return plaintext, true, nil
	}
	for _, f := range s.former {
		if plaintext, err = f.aead.Open(nil, nonce, box, associated); err == nil {
			return plaintext, false, nil
		}
	}
	return nil, false, fmt.Errorf("keystore: unseal %q: %w: it was changed, or made for another purpose or by another device",
		purpose, ErrSealed)
}

// associated binds label, device and purpose. The device id has a fixed length and no label is the beginning of another,
// so no two of them give the same bytes.
func (s *Sealer) associated(label, purpose string) []byte {
	ad := make([]byte, 0, len(label)+len(s.device)+len(purpose))
	ad = append(ad, label...)
	ad = append(ad, s.device[:]...)
	return append(ad, purpose...)
}

// Forget wipes the keys; afterwards nothing opens or is sealed (ErrClosed). The cipher's own copy goes with the garbage
// collector: Go's library gives no way to wipe it.
func (s *Sealer) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.key)
	for _, f := range s.former {
		clear(f.key)
	}
	s.key, s.aead, s.former = nil, nil, nil
}

func checkPurpose(purpose string) error {
	if purpose == "" || len(purpose) > MaxPurpose {
		return fmt.Errorf("%w: a purpose has 1 to %d bytes, and this one has %d", ErrRefused, MaxPurpose, len(purpose))
	}
	return nil
}
