package request

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"greenroom/meeting/wire"
)

// MandateValidity is how long a request key may speak for the identity key. It bounds what a room can ask for whose
// identity key is gone, and what somebody can who read the daemon's memory once.
const MandateValidity = 24 * time.Hour

const mandateLabel wire.Label = "directory request key"

// Mandate says that a request key may sign a room's requests for some time. An identity key in a TPM signs slowly, and
// may be away for a while: so it signs one mandate a day, and not each request.
type Mandate struct {
	Key       []byte // the identity key, 65 bytes
	Request   [ed25519.PublicKeySize]byte
	Until     time.Time // to the millisecond
	Signature []byte    // ASN.1 ECDSA, by the identity key
}

// Digest is what the identity key signs: wire.Hash under the label "directory request key" of
//
//	opaque request_key[32];  uint64 until;
func (m Mandate) Digest() [sha256.Size]byte { return sha256.Sum256(m.Input()) }

// Input is what Digest is the SHA-256 of, for keys that hash by themselves.
func (m Mandate) Input() []byte {
	return wire.SigningInput(mandateLabel, binary.BigEndian.AppendUint64(append([]byte(nil), m.Request[:]...), uint64(m.Until.UnixMilli())))
}

// Verify reports whether the identity key signed the mandate. It says nothing about the time.
func (m Mandate) Verify() bool {
	public, err := wire.ParseIdentityKey(m.Key)
	if err != nil {
		return false
	}
	digest := m.Digest()
	return ecdsa.VerifyASN1(public, digest[:], m.Signature)
}

// Covers reports whether the mandate holds at a time. One that ends too far in the future was never given by a room that
// keeps to this protocol.
func (m Mandate) Covers(now time.Time) bool {
	left := m.Until.Sub(now)
	return left > -MaxClockSkew && left <= MandateValidity+MaxClockSkew
}

// setFields reads the header's fields of these names.
func (m *Mandate) setFields(key, request, until, mandate string) error {
	var err error
	if m.Key, err = decode("key", key); err != nil {
		return err
	}
	if _, err := wire.ParseIdentityKey(m.Key); err != nil {
		return fmt.Errorf("the Authorization header's %w", err)
	}
	if err := decodeExactly(m.Request[:], "request", request); err != nil {
		return err
	}
	if m.Until, err = parseMillis("until", until); err != nil {
		return err
	}
	if m.Signature, err = decode("mandate", mandate); err != nil {
		return err
	}
	if len(m.Signature) == 0 || len(m.Signature) > maxSignature {
		return errors.New("the Authorization header's mandate is not a P-256 signature")
	}
	return nil
}

// Key signs requests. It lives in memory only. Before it can sign, its mandate needs a signature by the identity key.
type Key struct {
	private ed25519.PrivateKey
	Mandate Mandate
}

// NewKey makes a request key for an identity key of 65 bytes, with a mandate that is not signed yet (see Mandate.Input).
func NewKey(identity []byte, now time.Time) (*Key, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("no random bytes for a request key: %w", err)
	}
	m := Mandate{Key: identity, Request: [ed25519.PublicKeySize]byte(public), Until: now.Add(MandateValidity).Truncate(time.Millisecond)}
	return &Key{private: private, Mandate: m}, nil
}

// Authorize makes the authorization of one request. body may be empty; path is the API's own, without the hub's address
// and any prefix of a proxy before it.
func (k *Key) Authorize(now time.Time, method, path string, body []byte) (Authorization, error) {
	a := Authorization{Mandate: k.Mandate, Time: now.Truncate(time.Millisecond)}
	if _, err := io.ReadFull(rand.Reader, a.Nonce[:]); err != nil {
		return Authorization{}, fmt.Errorf("no random bytes for a nonce: %w", err)
	}
	digest, err := a.Digest(method, path, body)
	if err != nil {
		return Authorization{}, err
	}
	copy(a.Signature[:], ed25519.Sign(k.private, digest[:]))
	return a, nil
}
