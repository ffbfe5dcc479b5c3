package succession

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"time"
)

// Lengths in bytes.
const (
	Len      = bodyLen + 2*pairLen // of a statement
	bodyLen  = 8 + 1 + 16 + 8 + 2*PointLen
	PointLen = 65 // of a public key
	pairLen  = 64 // of a signature
)

const (
	magic   = "GREENSUC"
	version = 1
	label   = "greenroom-1 succession"
)

// What can be wrong with a statement (errors.Is).
var (
	// ErrMalformed: these bytes are no statement of this version.
	ErrMalformed = errors.New("no succession statement")
	// ErrForged: one of its signatures is wrong.
	ErrForged = errors.New("a signature of the succession statement is wrong")
	// ErrOtherKey: it is about another identity than the one that is known.
	ErrOtherKey = errors.New("the succession statement is about another identity")
)

// Signer is an identity key: keystore.Signer has its methods.
type Signer interface {
	crypto.Signer
	PublicKeyBytes() []byte
}

// Statement says that a device's new key follows its old one.
type Statement struct {
	Device   [16]byte
	Time     time.Time // whole seconds
	Old, New [PointLen]byte
}

// Make returns the statement that next follows old, signed by both.
func Make(device [16]byte, at time.Time, old, next Signer) ([]byte, error) {
	s := Statement{Device: device, Time: at}
	copy(s.Old[:], old.PublicKeyBytes())
	copy(s.New[:], next.PublicKeyBytes())
	statement := s.body()
	if err := s.check(); err != nil {
		return nil, err
	}
	digest := digestOf(statement)
	for _, key := range []Signer{old, next} {
		der, err := key.Sign(nil, digest, crypto.SHA256)
		if err != nil {
			return nil, fmt.Errorf("sign the succession: %w", err)
		}
		pair, err := fixed(der)
		if err != nil {
			return nil, fmt.Errorf("sign the succession: %w", err)
		}
		statement = append(statement, pair...)
	}
	return statement, nil
}

// Verify reads a statement about the identity whose old key (65 bytes) is known. The errors are ErrMalformed, ErrForged and
// ErrOtherKey.
func Verify(statement, known []byte) (Statement, error) {
	s, err := Parse(statement)
	if err != nil {
		return Statement{}, err
	}
	if !bytes.Equal(s.Old[:], known) {
		return Statement{}, ErrOtherKey
	}
	digest := digestOf(statement[:bodyLen])
	if !verify(s.Old, digest, statement[bodyLen:bodyLen+pairLen]) || !verify(s.New, digest, statement[bodyLen+pairLen:]) {
		return Statement{}, ErrForged
	}
	return s, nil
}

// Parse reads a statement and believes its signatures: for the device's own, and to show. ErrMalformed otherwise.
func Parse(statement []byte) (Statement, error) {
	if len(statement) != Len || string(statement[:len(magic)]) != magic || statement[len(magic)] != version {
		return Statement{}, fmt.Errorf("%w of version %d: %d bytes", ErrMalformed, version, len(statement))
	}
	var s Statement
	seconds := binary.BigEndian.Uint64(statement[25:])
	if seconds > math.MaxInt64 {
		return Statement{}, fmt.Errorf("%w: an impossible time", ErrMalformed)
	}
	s.Time = time.Unix(int64(seconds), 0).UTC()
	copy(s.Device[:], statement[9:])
	copy(s.Old[:], statement[33:])
	copy(s.New[:], statement[33+PointLen:])
	return s, s.check()
}

// check refuses keys that are none, and a key that follows itself.
func (s *Statement) check() error {
	for _, point := range [][PointLen]byte{s.Old, s.New} {
		if _, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point[:]); err != nil {
			return fmt.Errorf("%w: a public key: %w", ErrMalformed, err)
		}
	}
	if s.Old == s.New {
		return fmt.Errorf("%w: the key follows itself", ErrMalformed)
	}
	return nil
}

// body returns bytes 0 to 162.
func (s *Statement) body() []byte {
	b := make([]byte, 0, Len)
	b = append(b, magic...)
	b = append(b, version)
	b = append(b, s.Device[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(max(0, s.Time.Unix())))
	b = append(b, s.Old[:]...)
	return append(b, s.New[:]...)
}

func digestOf(body []byte) []byte {
	head, message := sha256.Sum256([]byte(label)), sha256.Sum256(body)
	digest := sha256.Sum256(append(head[:], message[:]...))
	return digest[:]
}

// fixed returns r and s of 32 bytes each.
func fixed(der []byte) ([]byte, error) {
	var pair struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &pair); err != nil || len(rest) != 0 {
		return nil, errors.New("the signature is not in ASN.1")
	}
	if pair.R.Sign() <= 0 || pair.S.Sign() <= 0 || pair.R.BitLen() > 256 || pair.S.BitLen() > 256 {
		return nil, errors.New("the signature is not a P-256 one")
	}
	both := make([]byte, pairLen)
	pair.R.FillBytes(both[:32])
	pair.S.FillBytes(both[32:])
	return both, nil
}

func verify(point [PointLen]byte, digest, pair []byte) bool {
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point[:])
	if err != nil {
		return false
	}
	r, s := new(big.Int).SetBytes(pair[:32]), new(big.Int).SetBytes(pair[32:])
	return ecdsa.Verify(key, digest, r, s)
}
