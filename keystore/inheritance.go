package keystore

import (
	"bytes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"
)

// When an identity is followed by another one, the new one has a data key of its own: whoever has a copy of the old
// identity's file shall not read what is sealed from then on. What was sealed before must still open, so the old data
// keys go over to the new identity, sealed under its data key (package doc, "Handed-over data keys").

// handoverLabel begins the associated data of handed-over data keys.
const handoverLabel = "greenroom keystore 1 former data keys"

// maxFormer is how many former data keys a device may have: more rotations than any device lives through.
const maxFormer = 64

// formerKey is a data key of an identity before this one. It only opens.
type formerKey struct {
	key  []byte
	aead cipher.AEAD
}

// HandOver seals this sealer's data key, and the former ones that it has, for the sealer of the same device's next
// identity; its TakeOver takes them. ErrRefused after 64 identities.
func (s *Sealer) HandOver(next *Sealer) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.key == nil {
		return nil, fmt.Errorf("keystore: hand over: %w", ErrClosed)
	}
	if len(s.former) >= maxFormer {
		return nil, fmt.Errorf("keystore: hand over: %w: this device has %d former data keys already", ErrRefused, len(s.former))
	}
	keys := bytes.Clone(s.key)
	for _, f := range s.former {
		keys = append(keys, f.key...)
	}
	defer clear(keys)
	next.mu.RLock()
	defer next.mu.RUnlock()
	if next.key == nil {
		return nil, fmt.Errorf("keystore: hand over: %w", ErrClosed)
	}
	return next.seal(keys, next.associated(handoverLabel, ""))
}

// TakeOver takes what HandOver gave for this sealer; ErrSealed if it gave it for another one. Afterwards Unseal opens what
// was sealed before. It replaces what was taken over earlier.
func (s *Sealer) TakeOver(handed []byte) error {
	if len(handed) < 1+nonceLen+tagLen || handed[0] != secretVersion {
		return fmt.Errorf("keystore: take over: %w", ErrSealed)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.key == nil {
		return fmt.Errorf("keystore: take over: %w", ErrClosed)
	}
	keys, err := s.aead.Open(nil, handed[1:1+nonceLen], handed[1+nonceLen:], s.associated(handoverLabel, ""))
	if err != nil || len(keys)%keyLen != 0 || len(keys) > maxFormer*keyLen {
		return fmt.Errorf("keystore: take over: %w", ErrSealed)
	}
	defer clear(keys)
	former := make([]formerKey, 0, len(keys)/keyLen)
	for rest := keys; len(rest) > 0; rest = rest[keyLen:] {
		key := bytes.Clone(rest[:keyLen])
		aead, err := chacha20poly1305.NewX(key)
		if err != nil {
			return fmt.Errorf("keystore: take over: %w", err)
		}
		former = append(former, formerKey{key, aead})
	}
	s.former = former
	return nil
}

// MAC returns HMAC-SHA256 of a message under a key that HKDF-SHA256 derives from the data key with the label as its info.
// What has the right one was made by this device with this identity.
func (s *Sealer) MAC(label string, message []byte) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.key == nil {
		return nil, fmt.Errorf("keystore: authenticate: %w", ErrClosed)
	}
	key, err := hkdf.Key(sha256.New, s.key, nil, label, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("keystore: authenticate: %w", err)
	}
	defer clear(key)
	mac := hmac.New(sha256.New, key)
	mac.Write(message)
	return mac.Sum(nil), nil
}
