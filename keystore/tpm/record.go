package tpm

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/google/go-tpm/tpm2"

	"greenroom/keystore/attest"
	"greenroom/keystore/internal/generations"
)

// The identity file, version 1 (package doc has the layout). Lengths in bytes.
const (
	fileMagic   = "GREENTPM"
	fileVersion = 1
	nameLen     = 2 + sha256.Size
	pointLen    = 65
	fixedLen    = 181 // what comes before the blobs
	maxBlob     = 1024
	tagLen      = sha256.Size
	sumLen      = generations.SumLen
)

// The labels of the keys that are derived from the data key.
const (
	recordLabel  = "greenroom keystore 1 tpm record"
	counterLabel = "greenroom keystore 1 tpm counter"
)

// record is an identity file.
type record struct {
	generation uint64
	device     [16]byte
	created    uint64 // seconds since 1970-01-01 UTC
	counter    tpm2.TPMHandle
	bound      pcrs
	ek         [nameLen]byte // the endorsement key's name
	srk        [nameLen]byte // the storage primary's name
	public     [pointLen]byte
	identity   blob
	dataKey    blob
	tag        [tagLen]byte
}

// Number returns the generation.
func (r *record) Number() uint64 { return r.generation }

// body returns everything that the tag covers.
func (r *record) body() []byte {
	b := make([]byte, 0, fixedLen+4*(2+maxBlob)+tagLen+sumLen)
	b = append(b, fileMagic...)
	b = append(b, fileVersion)
	b = binary.BigEndian.AppendUint64(b, r.generation)
	b = append(b, r.device[:]...)
	b = binary.BigEndian.AppendUint64(b, r.created)
	b = binary.BigEndian.AppendUint32(b, uint32(r.counter))
	b = append(b, r.bound[:]...)
	b = append(b, r.ek[:]...)
	b = append(b, r.srk[:]...)
	b = append(b, r.public[:]...)
	for _, part := range [][]byte{r.identity.public, r.identity.private, r.dataKey.public, r.dataKey.private} {
		b = binary.BigEndian.AppendUint16(b, uint16(len(part)))
		b = append(b, part...)
	}
	return b
}

// Marshal returns the whole file.
func (r *record) Marshal() []byte {
	return generations.Sum(append(r.body(), r.tag[:]...))
}

// seal sets the tag. Everything else must be set.
func (r *record) seal(dataKey []byte) error {
	tag, err := r.computeTag(dataKey)
	copy(r.tag[:], tag)
	return err
}

// genuine reports whether the tag is right.
func (r *record) genuine(dataKey []byte) bool {
	tag, err := r.computeTag(dataKey)
	return err == nil && hmac.Equal(tag, r.tag[:])
}

func (r *record) computeTag(dataKey []byte) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, dataKey, nil, recordLabel, sha256.Size)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	mac := hmac.New(sha256.New, key)
	mac.Write(r.body())
	return mac.Sum(nil), nil
}

// parseRecord reads a file. The error is generations.ErrDamaged or ErrNewer. What it accepts, Marshal gives back byte
// for byte.
func parseRecord(file []byte) (*record, error) {
	body, err := generations.Body(file, fileMagic, fileVersion)
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
func readFields(body []byte) (*record, error) {
	if len(body) < fixedLen+4*2+tagLen {
		return nil, errors.New("too short")
	}
	rest := body[9:]
	take := func(n int) []byte {
		field := rest[:n]
		rest = rest[n:]
		return field
	}
	r := &record{generation: binary.BigEndian.Uint64(take(8))}
	copy(r.device[:], take(16))
	r.created = binary.BigEndian.Uint64(take(8))
	r.counter = tpm2.TPMHandle(binary.BigEndian.Uint32(take(4)))
	copy(r.bound[:], take(len(r.bound)))
	copy(r.ek[:], take(nameLen))
	copy(r.srk[:], take(nameLen))
	copy(r.public[:], take(pointLen))
	for _, part := range []*[]byte{&r.identity.public, &r.identity.private, &r.dataKey.public, &r.dataKey.private} {
		if len(rest) < 2 {
			return nil, errors.New("too short")
		}
		n := int(binary.BigEndian.Uint16(take(2)))
		if n == 0 || n > maxBlob || n > len(rest) {
			return nil, fmt.Errorf("a part of %d bytes", n)
		}
		*part = bytes.Clone(take(n))
	}
	if len(rest) != tagLen {
		return nil, fmt.Errorf("%d bytes for the tag, where %d are needed", len(rest), tagLen)
	}
	copy(r.tag[:], rest)
	return r, nil
}

// check refuses values that no keystore writes.
func (r *record) check() error {
	if r.generation == 0 {
		return errors.New("generation 0")
	}
	if r.created > math.MaxInt64 {
		return errors.New("impossible time of creation")
	}
	if r.counter < firstIndex || r.counter > lastIndex {
		return fmt.Errorf("a counter at %#x", uint32(r.counter))
	}
	_, err := r.key()
	return err
}

// key returns the identity's public key, which the file holds twice: once as the TPM wants it.
func (r *record) key() (*ecdsa.PublicKey, error) {
	key, policy, err := attest.ParseIdentity(r.identity.public)
	if err != nil {
		return nil, err
	}
	if (len(policy) > 0) != (r.bound != pcrs{}) {
		return nil, errors.New("the identity's policy and the PCRs don't belong together")
	}
	point, err := key.Bytes()
	if err != nil || !bytes.Equal(point, r.public[:]) {
		return nil, errors.New("the two public keys differ")
	}
	return key, nil
}
