package keystore

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"greenroom/keystore/internal/generations"
)

// The identity file, version 1 (package doc has the layout). Lengths in bytes.
const (
	fileMagic   = "GREENKEY"
	fileVersion = 1
	saltLen     = 16
	headerLen   = 132 // what the associated data covers
	boxLen      = scalarLen + keyLen + tagLen
	sumLen      = generations.SumLen
	fileLen     = headerLen + nonceLen + boxLen + sumLen
)

// protection says what the key-encryption key is made of. It is a byte of the file.
type protection uint8

const (
	byCredential protection = 1
	byPassphrase protection = 2
	byNothing    protection = 3
)

// String returns the Protection constant.
func (p protection) String() string {
	switch p {
	case byCredential:
		return ProtectionCredential
	case byPassphrase:
		return ProtectionPassphrase
	case byNothing:
		return ProtectionNone
	}
	return fmt.Sprintf("protection-%d", uint8(p))
}

// record is an identity file, its sealed part still sealed.
type record struct {
	protection protection
	generation uint64
	device     [16]byte
	created    uint64 // seconds since 1970-01-01 UTC
	public     [pointLen]byte
	salt       [saltLen]byte
	cost       argonCost // zero unless protection is byPassphrase
	nonce      [nonceLen]byte
	box        [boxLen]byte
}

// header returns bytes 0 to 131.
func (r *record) header() []byte {
	b := make([]byte, 0, fileLen)
	b = append(b, fileMagic...)
	b = append(b, fileVersion, byte(r.protection))
	b = binary.BigEndian.AppendUint64(b, r.generation)
	b = append(b, r.device[:]...)
	b = binary.BigEndian.AppendUint64(b, r.created)
	b = append(b, r.public[:]...)
	b = append(b, r.salt[:]...)
	b = binary.BigEndian.AppendUint32(b, r.cost.passes)
	b = binary.BigEndian.AppendUint32(b, r.cost.memory)
	return append(b, r.cost.lanes)
}

// Number returns the generation.
func (r *record) Number() uint64 { return r.generation }

// Marshal returns the whole file.
func (r *record) Marshal() []byte {
	b := append(r.header(), r.nonce[:]...)
	return generations.Sum(append(b, r.box[:]...))
}

// parseRecord reads a file. The error is generations.ErrDamaged or ErrNewer. What it accepts, Marshal gives back byte for byte.
func parseRecord(file []byte) (*record, error) {
	body, err := generations.Body(file, fileMagic, fileVersion)
	if err != nil {
		return nil, err
	}
	if len(file) != fileLen {
		return nil, fmt.Errorf("%w: %d bytes, where %d are needed", generations.ErrDamaged, len(file), fileLen)
	}
	r := readFields(body)
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", generations.ErrDamaged, err)
	}
	return r, nil
}

// readFields cuts a body of the right length into its fields.
func readFields(body []byte) *record {
	r := &record{protection: protection(body[9])}
	rest := body[10:]
	take := func(n int) []byte {
		field := rest[:n]
		rest = rest[n:]
		return field
	}
	r.generation = binary.BigEndian.Uint64(take(8))
	copy(r.device[:], take(16))
	r.created = binary.BigEndian.Uint64(take(8))
	copy(r.public[:], take(pointLen))
	copy(r.salt[:], take(saltLen))
	r.cost.passes = binary.BigEndian.Uint32(take(4))
	r.cost.memory = binary.BigEndian.Uint32(take(4))
	r.cost.lanes = take(1)[0]
	copy(r.nonce[:], take(nonceLen))
	copy(r.box[:], take(boxLen))
	return r
}

// check refuses values that no keystore writes, before anything is computed from them.
func (r *record) check() error {
	switch r.protection {
	case byCredential, byNothing:
		if r.cost != (argonCost{}) {
			return errors.New("argon2 parameters without a passphrase")
		}
	case byPassphrase:
		if err := r.cost.check(); err != nil {
			return err
		}
	default:
		return fmt.Errorf("unknown protection %d", uint8(r.protection))
	}
	if r.generation == 0 {
		return errors.New("generation 0")
	}
	if r.created > math.MaxInt64 {
		return errors.New("impossible time of creation")
	}
	if _, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), r.public[:]); err != nil {
		return fmt.Errorf("public key: %w", err)
	}
	return nil
}
