package custody

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"greenroom/keystore"
	"greenroom/keystore/internal/generations"
	"greenroom/keystore/tpm"
)

// Backend is where an identity is kept.
type Backend string

// The backends, and the choice between them.
const (
	Auto Backend = "auto"
	TPM  Backend = "tpm"
	File Backend = "file"
)

// Options says how to open a keystore.
type Options struct {
	Backend Backend // what the configuration asks for; empty: Auto
	// File returns the secret of the file backend, whenever a file is opened or made: at Open, Rotate and Commit. The vault
	// wipes it afterwards. CreateIfMissing, DeviceID, Now and Rand in it are not used. nil: there is no secret.
	File func() (keystore.FileOptions, error)
	TPM  tpm.Options // its CreateIfMissing, DeviceID, Now and Rand are not used

	CreateIfMissing bool             // make an identity if the folder never held one
	Now             func() time.Time // for Info.Created and successions; nil: time.Now
	Wrap            generations.Wrap // for tests whose folders fail
}

// Vault is a device's keystore. All methods may be called from several goroutines.
type Vault struct {
	dir  string
	opts Options

	folder generations.Folder
	lock   *generations.Lock
	notes  []string // does not change after Open

	change sync.Mutex // held by whatever changes the roll, before mu; a TPM may take seconds to make a key
	gens   *generations.Set[*roll]

	mu      sync.RWMutex // held only for moments: whoever signs or seals waits for it
	roll    *roll
	current entry
	next    entry   // its store is nil if it could not be opened yet
	former  []store // usable until Close by whoever has their signers
	closed  bool
}

var _ keystore.Store = (*Vault)(nil)

// store is what both backends are.
type store interface {
	keystore.Store
	Secrets() *keystore.Sealer
}

// entry is one identity.
type entry struct {
	number  uint32 // 0: there is none
	backend Backend
	store   store
}

// held runs fn on the current store. No Commit puts another in its place meanwhile.
func held[T any](v *Vault, op string, fn func(s store, offset uint64) (T, error)) (T, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.closed {
		var none T
		return none, fmt.Errorf("keystore: %s: %w", op, keystore.ErrClosed)
	}
	return fn(v.current.store, v.roll.offset)
}

// Identity returns the identity key: the old one until Commit. One that was got earlier stays usable until Close.
func (v *Vault) Identity() keystore.Signer {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.current.store.Identity()
}

// Seal is keystore.Store's.
func (v *Vault) Seal(purpose string, plaintext []byte) ([]byte, error) {
	return held(v, "seal", func(s store, _ uint64) ([]byte, error) { return s.Seal(purpose, plaintext) })
}

// Unseal is keystore.Store's. It opens what was sealed with an earlier identity too.
func (v *Vault) Unseal(purpose string, sealed []byte) ([]byte, error) {
	return held(v, "unseal", func(s store, _ uint64) ([]byte, error) { return s.Unseal(purpose, sealed) })
}

// Reseal returns what was sealed with an earlier identity sealed with today's, and anything else as it is. After a rotation
// because of a key that somebody copied, keep what it returns in place of the old bytes.
func (v *Vault) Reseal(purpose string, sealed []byte) ([]byte, error) {
	return held(v, "seal", func(s store, _ uint64) ([]byte, error) { return s.Secrets().Reseal(purpose, sealed) })
}

// Counter is keystore.Store's. It goes on over rotations.
func (v *Vault) Counter() (uint64, error) {
	return held(v, "read the counter", func(s store, offset uint64) (uint64, error) {
		value, err := s.Counter()
		return counted(value, offset, err)
	})
}

// Increment is keystore.Store's.
func (v *Vault) Increment() (uint64, error) {
	return held(v, "count", func(s store, offset uint64) (uint64, error) {
		value, err := s.Increment()
		return counted(value, offset, err)
	})
}

func counted(value, offset uint64, err error) (uint64, error) {
	if err != nil {
		return 0, err
	}
	return value + offset, nil
}

// Attest is keystore.Store's.
func (v *Vault) Attest(nonce []byte) ([]byte, error) {
	return held(v, "attest", func(s store, _ uint64) ([]byte, error) { return s.Attest(nonce) })
}

// Activate is keystore.Store's.
func (v *Vault) Activate(challenge []byte) ([]byte, error) {
	return held(v, "activate a credential", func(s store, _ uint64) ([]byte, error) { return s.Activate(challenge) })
}

// Info is keystore.Store's.
func (v *Vault) Info() keystore.Info {
	v.mu.RLock()
	defer v.mu.RUnlock()
	info := v.current.store.Info()
	info.Notices = append(slices.Clone(v.notes), info.Notices...)
	if v.roll.next != 0 {
		info.NextFingerprint = keystore.Fingerprint(v.roll.nextKey[:])
		info.NextBackend = string(v.next.backend)
	}
	return info
}

// Close is keystore.Store's.
func (v *Vault) Close() error {
	v.change.Lock()
	defer v.change.Unlock()
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return nil
	}
	v.closed = true
	return errors.Join(v.closeStores(), v.lock.Release())
}

func (v *Vault) closeStores() error {
	var errs []error
	for _, s := range append(v.former, v.current.store, v.next.store) {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	return errors.Join(errs...)
}
