package custody

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"greenroom/keystore/internal/generations"
	"greenroom/keystore/succession"
)

// The roll, version 1 (package doc has the layout). Lengths in bytes.
const (
	rollMagic   = "GREENROL"
	rollVersion = 1
	pointLen    = succession.PointLen
	fixedLen    = 8 + 1 + 8 + 16 + 4 + 4 + 8 + 2*pointLen
	maxPart     = 4 << 10
	macLen      = sha256.Size
	sumLen      = generations.SumLen
)

// rollLabel is the info of the key that authenticates rolls.
const rollLabel = "greenroom keystore 1 roll"

// roll says which identity is the device's, and which is to follow it.
type roll struct {
	generation uint64
	device     [16]byte
	current    uint32 // number of the identity's folder
	next       uint32 // 0: no rotation is under way
	offset     uint64 // added to the current store's counter, modulo 2^64
	currentKey [pointLen]byte
	nextKey    [pointLen]byte // zero without a next
	statement  []byte         // empty without a next
	former     []byte         // handed-over data keys, sealed for the current identity; empty: the first one
	nextFormer []byte         // sealed for the next one
	mac        [macLen]byte
}

// Number returns the generation.
func (r *roll) Number() uint64 { return r.generation }

// body returns everything that the MAC covers.
func (r *roll) body() []byte {
	b := make([]byte, 0, fixedLen+3*2+len(r.statement)+len(r.former)+len(r.nextFormer)+macLen+sumLen)
	b = append(b, rollMagic...)
	b = append(b, rollVersion)
	b = binary.BigEndian.AppendUint64(b, r.generation)
	b = append(b, r.device[:]...)
	b = binary.BigEndian.AppendUint32(b, r.current)
	b = binary.BigEndian.AppendUint32(b, r.next)
	b = binary.BigEndian.AppendUint64(b, r.offset)
	b = append(b, r.currentKey[:]...)
	b = append(b, r.nextKey[:]...)
	for _, part := range [][]byte{r.statement, r.former, r.nextFormer} {
		b = binary.BigEndian.AppendUint16(b, uint16(len(part)))
		b = append(b, part...)
	}
	return b
}

// Marshal returns the whole file.
func (r *roll) Marshal() []byte {
	return generations.Sum(append(r.body(), r.mac[:]...))
}

// parseRoll reads a file. The error is generations.ErrDamaged or ErrNewer. What it accepts, Marshal gives back byte for byte.
func parseRoll(file []byte) (*roll, error) {
	body, err := generations.Body(file, rollMagic, rollVersion)
	if err != nil {
		return nil, err
	}
	r, err := readFields(body)
	if err == nil {
		err = r.check()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", generations.ErrDamaged, err)
	}
	return r, nil
}

// readFields cuts a body into its fields.
func readFields(body []byte) (*roll, error) {
	if len(body) < fixedLen+3*2+macLen {
		return nil, errors.New("too short")
	}
	rest := body[9:]
	take := func(n int) []byte {
		field := rest[:n]
		rest = rest[n:]
		return field
	}
	r := &roll{generation: binary.BigEndian.Uint64(take(8))}
	copy(r.device[:], take(16))
	r.current = binary.BigEndian.Uint32(take(4))
	r.next = binary.BigEndian.Uint32(take(4))
	r.offset = binary.BigEndian.Uint64(take(8))
	copy(r.currentKey[:], take(pointLen))
	copy(r.nextKey[:], take(pointLen))
	for _, part := range []*[]byte{&r.statement, &r.former, &r.nextFormer} {
		if len(rest) < 2 {
			return nil, errors.New("too short")
		}
		n := int(binary.BigEndian.Uint16(take(2)))
		if n > maxPart || n > len(rest) {
			return nil, fmt.Errorf("a part of %d bytes", n)
		}
		*part = bytes.Clone(take(n))
	}
	if len(rest) != macLen {
		return nil, fmt.Errorf("%d bytes for the MAC, where %d are needed", len(rest), macLen)
	}
	copy(r.mac[:], rest)
	return r, nil
}

// check refuses values that no vault writes.
func (r *roll) check() error {
	if r.generation == 0 || r.current == 0 || r.current == r.next {
		return fmt.Errorf("generation %d, identities %d and %d", r.generation, r.current, r.next)
	}
	if _, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), r.currentKey[:]); err != nil {
		return fmt.Errorf("public key: %w", err)
	}
	if r.next == 0 {
		if len(r.statement)+len(r.nextFormer) > 0 || r.nextKey != [pointLen]byte{} {
			return errors.New("parts of a next identity, and there is none")
		}
		return nil
	}
	s, err := succession.Parse(r.statement)
	if err != nil {
		return err
	}
	if s.Old != r.currentKey || s.New != r.nextKey || s.Device != r.device {
		return errors.New("a succession of other keys")
	}
	return nil
}
