package wire

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/cryptobyte"
)

// IdentityKeySize is the length of an identity public key: an uncompressed P-256 point.
const IdentityKeySize = 65

// MaxNameSize is the longest display name, in bytes of UTF-8.
const MaxNameSize = 128

// MaxStatementSize is the longest signed statement, in bytes.
const MaxStatementSize = 1 + 2*idSize + IdentityKeySize + 2 + 2 + MaxNameSize + 16 + ed25519.SignatureSize

// ErrSignature is wrapped by the error for a signature that does not fit.
var ErrSignature = errors.New("signature does not fit")

// Statement is the hub's word that the holder of an identity key may take part in one instance of a meeting, with this
// role and this name, between two times. It is all that the hub vouches for, and it gives no key to anybody.
//
//	uint8  version = 1
//	opaque meeting[16]
//	opaque instance[16]
//	opaque identity_key[65]     uncompressed P-256 point
//	uint8  role                 1 participant, 2 co-host, 3 host
//	uint8  organisation         1: a device or a person of the hub's own organisation
//	opaque name<1..128>         UTF-8, length in two bytes; see ValidName
//	uint64 not_before           seconds since 1970-01-01 UTC
//	uint64 not_after
//	opaque signature[64]        Ed25519 by the hub over SigningInput(LabelStatement, all of the above)
type Statement struct {
	Meeting      MeetingID
	Instance     InstanceID
	IdentityKey  []byte
	Role         Role
	Name         string
	Organisation bool
	// NotBefore and NotAfter bound the statement's validity, in whole seconds.
	NotBefore, NotAfter time.Time
}

// SignStatement returns s as signed by the hub's key. It fails if a field is out of its bounds.
func SignStatement(hub ed25519.PrivateKey, s Statement) ([]byte, error) {
	if len(hub) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("sign statement: the hub's key has %d bytes, want %d", len(hub), ed25519.PrivateKeySize)
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("sign statement: %w", err)
	}
	body := s.body()
	return append(body, ed25519.Sign(hub, SigningInput(LabelStatement, body))...), nil
}

// OpenStatement parses raw and verifies the hub's signature. It does not look at the time: the caller decides what an
// expired statement means. Errors wrap ErrMalformed or ErrSignature.
func OpenStatement(hub ed25519.PublicKey, raw []byte) (Statement, error) {
	s, signature, err := parseStatement(raw)
	if err != nil {
		return Statement{}, err
	}
	body := raw[:len(raw)-len(signature)]
	if len(hub) != ed25519.PublicKeySize || !ed25519.Verify(hub, SigningInput(LabelStatement, body), signature) {
		return Statement{}, fmt.Errorf("the hub's statement: %w", ErrSignature)
	}
	return s, nil
}

// Covers reports whether t lies in the statement's time, both ends included.
func (s Statement) Covers(t time.Time) bool {
	return t.Unix() >= s.NotBefore.Unix() && t.Unix() <= s.NotAfter.Unix()
}

func (s Statement) body() []byte {
	b := cryptobyte.NewBuilder(nil)
	b.AddUint8(Version)
	b.AddBytes(s.Meeting[:])
	b.AddBytes(s.Instance[:])
	b.AddBytes(s.IdentityKey)
	b.AddUint8(uint8(s.Role))
	addBool(b, s.Organisation)
	addVector(b, []byte(s.Name))
	b.AddUint64(uint64(s.NotBefore.Unix()))
	b.AddUint64(uint64(s.NotAfter.Unix()))
	return b.BytesOrPanic() // can't fail: every field has been checked
}

func parseStatement(raw []byte) (s Statement, signature []byte, err error) {
	r := reader{s: raw}
	r.ok(r.u8() == Version)
	r.fixed(s.Meeting[:])
	r.fixed(s.Instance[:])
	s.IdentityKey = r.bytes(IdentityKeySize)
	s.Role = Role(r.u8())
	s.Organisation = r.boolean()
	s.Name = string(r.vector(1, MaxNameSize))
	before, after := r.u64(), r.u64()
	signature = r.bytes(ed25519.SignatureSize)
	if !r.done() || before > maxUnix || after > maxUnix {
		return Statement{}, nil, malformed("statement")
	}
	s.NotBefore, s.NotAfter = time.Unix(int64(before), 0).UTC(), time.Unix(int64(after), 0).UTC()
	if err := s.check(); err != nil {
		return Statement{}, nil, fmt.Errorf("%w: %w", malformed("statement"), err)
	}
	return s, signature, nil
}

// maxUnix is the last second of the year 9999.
const maxUnix = 253402300799

func (s Statement) check() error {
	switch {
	case !validIdentityKey(s.IdentityKey):
		return errors.New("the identity key is not an uncompressed P-256 point")
	case !s.Role.Valid():
		return fmt.Errorf("%v is no role", s.Role)
	case !ValidName(s.Name):
		return fmt.Errorf("the name %+.140q must have 1 to %d bytes, and be as CleanName returns it", s.Name, MaxNameSize)
	case s.NotBefore.Unix() < 0 || s.NotAfter.Unix() > maxUnix || s.NotAfter.Unix() < s.NotBefore.Unix():
		return errors.New("the times are out of order or out of range")
	}
	return nil
}

func validIdentityKey(key []byte) bool {
	_, err := ParseIdentityKey(key)
	return err == nil
}

// ParseIdentityKey reads an identity public key: the 65 bytes of an uncompressed P-256 point.
func ParseIdentityKey(key []byte) (*ecdsa.PublicKey, error) {
	if len(key) != IdentityKeySize {
		return nil, fmt.Errorf("identity key: %d bytes, want %d", len(key), IdentityKeySize)
	}
	pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), key)
	if err != nil {
		return nil, fmt.Errorf("identity key: %w", err)
	}
	return pub, nil
}
