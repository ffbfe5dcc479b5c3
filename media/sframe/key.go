package sframe

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
	"hash"
)

// suiteID numbers a cipher suite as in RFC 9605, section 8.1.
type suiteID uint16

const (
	aes128GCM suiteID = 4 // AES_128_GCM_SHA256_128; known for the RFC's figures alone
	aes256GCM suiteID = 5 // AES_256_GCM_SHA512_128
)

const (
	nonceLen   = 12
	tagLen     = 16
	minBaseKey = 16
)

// suite is what differs between the AES-GCM suites.
type suite struct {
	hash   func() hash.Hash
	keyLen int
}

func (id suiteID) suite() suite {
	if id == aes128GCM {
		return suite{hash: sha256.New, keyLen: 16}
	}
	return suite{hash: sha512.New, keyLen: 32}
}

// secrets are a base key's derived values (RFC 9605, section 4.4.2).
type secrets struct {
	key  []byte
	salt [nonceLen]byte
}

func deriveSecrets(id suiteID, kid uint64, baseKey []byte) (secrets, error) {
	if len(baseKey) < minBaseKey {
		return secrets{}, ErrBaseKey
	}
	s := id.suite()
	secret, err := hkdf.Extract(s.hash, baseKey, nil)
	if err != nil {
		return secrets{}, fmt.Errorf("sframe: extract from the base key: %w", err)
	}
	defer clear(secret)
	key, err := hkdf.Expand(s.hash, secret, label(keyLabel, kid, id), s.keyLen)
	if err != nil {
		return secrets{}, fmt.Errorf("sframe: derive the key: %w", err)
	}
	salt, err := hkdf.Expand(s.hash, secret, label(saltLabel, kid, id), nonceLen)
	if err != nil {
		return secrets{}, fmt.Errorf("sframe: derive the salt: %w", err)
	}
	return secrets{key: key, salt: [nonceLen]byte(salt)}, nil
}

// The texts of the labels.
const (
	keyLabel  = "SFrame 1.0 Secret key "
	saltLabel = "SFrame 1.0 Secret salt "
)

// label is a text, the key id in 8 bytes, and the suite in 2.
func label(text string, kid uint64, id suiteID) string {
	b := binary.BigEndian.AppendUint64([]byte(text), kid)
	return string(binary.BigEndian.AppendUint16(b, uint16(id)))
}

// key seals and opens under one key id. It keeps the buffers that would otherwise be allocated for every frame, so
// its user must hold a lock.
type key struct {
	aead  cipher.AEAD
	salt  [nonceLen]byte
	nonce [nonceLen]byte
	aad   []byte
}

func newKey(id suiteID, kid uint64, baseKey []byte) (*key, error) {
	s, err := deriveSecrets(id, kid, baseKey)
	if err != nil {
		return nil, err
	}
	defer clear(s.key)
	block, err := aes.NewCipher(s.key)
	if err != nil {
		return nil, fmt.Errorf("sframe: prepare AES: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("sframe: prepare GCM: %w", err)
	}
	return &key{aead: aead, salt: s.salt}, nil
}

// prepare sets nonce and aad for one frame (RFC 9605, section 4.4.3).
func (k *key) prepare(ctr uint64, head, clear, extra []byte) {
	k.nonce = k.salt
	low := k.nonce[nonceLen-8:]
	binary.BigEndian.PutUint64(low, binary.BigEndian.Uint64(low)^ctr)
	k.aad = append(k.aad[:0], head...)
	k.aad = append(k.aad, clear...)
	k.aad = append(k.aad, extra...)
}
