package tpm

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"sync"

	"greenroom/keystore"
	"greenroom/keystore/internal/generations"
)

// Store is a keystore.Store whose identity key is in a TPM, and whose counter nobody can turn back.
type Store struct {
	chip     *chip
	record   *record
	identity *identity
	sealer   *keystore.Sealer
	password []byte // of the counter
	info     keystore.Info

	close    sync.Once
	lock     *generations.Lock
	closeErr error
}

var _ keystore.Store = (*Store)(nil)

// Identity returns the key in the TPM.
func (s *Store) Identity() keystore.Signer { return s.identity }

// Seal is keystore.Store's. It does not need the TPM, so it works while the TPM is away.
func (s *Store) Seal(purpose string, plaintext []byte) ([]byte, error) {
	return s.sealer.Seal(purpose, plaintext)
}

// Unseal is keystore.Store's. It does not need the TPM either.
func (s *Store) Unseal(purpose string, sealed []byte) ([]byte, error) {
	return s.sealer.Unseal(purpose, sealed)
}

// Secrets returns what seals and unseals; package custody has it hand its key over to the next identity's.
func (s *Store) Secrets() *keystore.Sealer { return s.sealer }

// Info says where the identity is.
func (s *Store) Info() keystore.Info {
	info := s.info
	info.Notices, info.PCRs = slices.Clone(s.info.Notices), slices.Clone(s.info.PCRs)
	return info
}

// Counter returns the counter's value. It never goes down, and it says nothing until it is compared with what was sealed
// at an earlier value. Its errors are those of Sign.
func (s *Store) Counter() (uint64, error) {
	return s.count("read the counter", func(*srk) error { return nil })
}

// Increment counts up by one and returns the new value. A TPM's memory wears out after some hundred thousand writes:
// count when the configuration changes, not at each start. After an error it may have counted or not: ask Counter.
func (s *Store) Increment() (uint64, error) {
	return s.count("count", func(k *srk) error { return k.increment(s.record.counter, s.password) })
}

func (s *Store) count(op string, first func(*srk) error) (value uint64, err error) {
	err = s.chip.withSRK(func(k *srk) error {
		if err := s.record.sameTPM(k); err != nil {
			return err
		}
		if err := first(k); err != nil {
			return err
		}
		value, err = k.read(s.record.counter, s.password)
		return err
	})
	if err != nil {
		return 0, explain(op, s.chip.path, err)
	}
	return value, nil
}

// Close waits for the operation that is under way, forgets the data key and lets another process open the store. The
// identity key was never here.
func (s *Store) Close() error {
	s.close.Do(func() {
		s.chip.shut()
		s.sealer.Forget()
		clear(s.password)
		s.closeErr = s.lock.Release()
	})
	return s.closeErr
}

// identity is the Signer.
type identity struct {
	chip   *chip
	record *record
	public *ecdsa.PublicKey
}

// Public returns the *ecdsa.PublicKey.
func (id *identity) Public() crypto.PublicKey { return id.public }

// PublicKeyBytes returns a copy of the uncompressed point.
func (id *identity) PublicKeyBytes() []byte { return bytes.Clone(id.record.public[:]) }

// Sign has the TPM sign a SHA-256 digest. It takes milliseconds to a second, so keep it off what people wait for. The
// errors, beside ErrRefused and ErrClosed, are a *keystore.Error around one of its ErrTPM values or ErrUnreadable.
func (id *identity) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if opts == nil || opts.HashFunc() != crypto.SHA256 || len(digest) != sha256.Size {
		return nil, fmt.Errorf("keystore: sign: %w: the identity key signs SHA-256 digests of %d bytes, and got %d bytes",
			keystore.ErrRefused, sha256.Size, len(digest))
	}
	var signature []byte
	err := id.chip.withSRK(func(k *srk) (err error) {
		if err := id.record.sameTPM(k); err != nil {
			return err
		}
		signature, err = k.sign(id.record.identity, id.record.bound, digest)
		return err
	})
	// The way to the TPM is not encrypted for this: what comes back counts if it is a signature of this digest.
	if err == nil && !ecdsa.VerifyASN1(id.public, digest, signature) {
		err = fmt.Errorf("%w: the signature is wrong", errNonsense)
	}
	if err != nil {
		return nil, explain("sign", id.chip.path, err)
	}
	return signature, nil
}

// sameTPM says whether this is the TPM that the record was made with, and that it was not cleared since. A clear changes
// the seed of the storage primary and leaves the endorsement key's, which is therefore asked for only to tell why.
func (r *record) sameTPM(k *srk) error {
	if bytes.Equal(k.name(), r.srk[:]) {
		return nil
	}
	ek, err := k.tpm.endorsementName()
	switch {
	case err != nil:
		return err
	case bytes.Equal(ek, r.ek[:]):
		return errCleared
	}
	return errOtherTPM
}
