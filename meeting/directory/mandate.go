package directory

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
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

// digest is what the identity key signs: wire.Hash under the label "directory request key" of
//
//	opaque request_key[32];  uint64 until;
func (m Mandate) digest() [sha256.Size]byte {
	return wire.Hash(mandateLabel, binary.BigEndian.AppendUint64(append([]byte(nil), m.Request[:]...), uint64(m.Until.UnixMilli())))
}

// Verify reports whether the identity key signed the mandate. It says nothing about the time.
func (m Mandate) Verify() bool {
	public, err := wire.ParseIdentityKey(m.Key)
	if err != nil {
		return false
	}
	digest := m.digest()
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

// requestKey signs requests. It lives in memory only.
type requestKey struct {
	private ed25519.PrivateKey
	mandate Mandate
}

// newRequestKey makes a request key, and has the identity key give it its mandate.
func newRequestKey(signer crypto.Signer, now time.Time) (*requestKey, error) {
	public, ok := signer.Public().(*ecdsa.PublicKey)
	if !ok || public.Curve != elliptic.P256() {
		return nil, errors.New("the identity key is not an ECDSA P-256 key")
	}
	key, err := public.Bytes()
	if err != nil {
		return nil, fmt.Errorf("the identity key cannot be encoded: %w", err)
	}
	request, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("no random bytes for a request key: %w", err)
	}
	m := Mandate{Key: key, Request: [ed25519.PublicKeySize]byte(request), Until: now.Add(MandateValidity).Truncate(time.Millisecond)}
	digest := m.digest()
	if m.Signature, err = signer.Sign(rand.Reader, digest[:], crypto.SHA256); err != nil {
		return nil, fmt.Errorf("the identity key did not sign: %w", err)
	}
	return &requestKey{private: private, mandate: m}, nil
}

// requestKeys keeps a client's request key fresh.
type requestKeys struct {
	signer crypto.Signer

	mu      sync.Mutex
	current *requestKey
}

// at returns a request key whose mandate holds at that time. It is renewed after half of its time; if the identity key
// does not sign then, the old one serves as long as it holds.
func (k *requestKeys) at(now time.Time) (*requestKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.current != nil {
		if left := k.current.mandate.Until.Sub(now); left > MandateValidity/2 && left <= MandateValidity {
			return k.current, nil
		}
	}
	fresh, err := newRequestKey(k.signer, now)
	switch {
	case err == nil:
		k.current = fresh
	case k.current == nil || !k.current.mandate.Covers(now):
		return nil, err
	}
	return k.current, nil
}
