package keystore

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"greenroom/keystore/internal/generations"
)

// FileOptions says how to open a file store. A store is opened with what it was made with; a new one is made with the
// first of Credential, Passphrase and Unprotected that is set. OpenFile keeps neither secret: the caller may wipe them.
type FileOptions struct {
	Credential  []byte // at least 32 bytes that a machine made; nil: none
	Passphrase  []byte // nil: none
	Unprotected bool   // a store without any protection is wanted; for development

	CreateIfMissing bool     // make an identity if the folder never held one
	DeviceID        [16]byte // of a new identity that follows another one; zero: a random one

	Rand io.Reader        // nil: crypto/rand
	Now  func() time.Time // for Info.Created; nil: time.Now
	Wrap generations.Wrap // for tests whose folder fails
}

// OpenFile opens the store in the folder dir and keeps it locked until Close. Its errors hold an *Error (errors.As).
func OpenFile(dir string, opts FileOptions) (Store, error) {
	s, err := openFile(dir, opts, internals{cost: currentCost()})
	if err != nil {
		return nil, err // not s: a nil *fileStore in a Store would not be nil
	}
	return s, nil
}

// internals is what only this package's tests change.
type internals struct {
	cost argonCost
}

// fileStore is the file backend.
type fileStore struct {
	identity *identity
	sealer   *Sealer
	counter  *fileCounter
	dir      string
	info     Info

	close    sync.Once
	lock     *generations.Lock
	closeErr error
}

func (s *fileStore) Identity() Signer { return s.identity }

func (s *fileStore) Seal(purpose string, plaintext []byte) ([]byte, error) {
	return s.sealer.Seal(purpose, plaintext)
}

func (s *fileStore) Unseal(purpose string, sealed []byte) ([]byte, error) {
	return s.sealer.Unseal(purpose, sealed)
}

// Secrets returns what seals and unseals; package custody has it hand its key over to the next identity's.
func (s *fileStore) Secrets() *Sealer { return s.sealer }

func (s *fileStore) Counter() (uint64, error) { return s.counter.value() }

func (s *fileStore) Increment() (uint64, error) { return s.counter.increment(s.dir) }

func (s *fileStore) Attest([]byte) ([]byte, error) { return nil, s.notInTPM("attest") }

func (s *fileStore) Activate([]byte) ([]byte, error) { return nil, s.notInTPM("activate a credential") }

func (s *fileStore) notInTPM(op string) error {
	return &Error{
		Kind: ErrNotInTPM, Op: op, Path: s.dir, Why: "the identity key is in a file, and nothing can prove where it was copied to",
		Do: "Where the hub asks for a TPM, run greenroomctl keys move --to tpm.",
	}
}

func (s *fileStore) Info() Info {
	info := s.info
	info.Notices = append([]string(nil), s.info.Notices...)
	return info
}

func (s *fileStore) Close() error {
	s.close.Do(func() {
		s.counter.shut()
		s.identity.forget()
		s.sealer.Forget()
		s.closeErr = s.lock.Release()
	})
	return s.closeErr
}

func (o FileOptions) check() error {
	if o.Credential != nil && len(o.Credential) < minCredential {
		return fmt.Errorf("the credential has %d bytes; it needs at least %d random ones", len(o.Credential), minCredential)
	}
	if o.Passphrase != nil && len(o.Passphrase) == 0 {
		return errors.New("the passphrase is empty")
	}
	return nil
}

// secretFor returns the secret that opens a store with that protection.
func (o FileOptions) secretFor(p protection) (secret, error) {
	switch {
	case p == byCredential && o.Credential == nil:
		return secret{}, errors.New("it is protected by a credential, and none was given")
	case p == byCredential:
		return secret{p, o.Credential}, nil
	case p == byPassphrase && o.Passphrase == nil:
		return secret{}, errors.New("it is protected by a passphrase, and none was given")
	case p == byPassphrase:
		return secret{p, o.Passphrase}, nil
	case !o.Unprotected:
		return secret{}, errors.New("it is kept without protection, and that was not asked for")
	}
	return secret{p, nil}, nil
}

// secretForNew returns the best secret that was given.
func (o FileOptions) secretForNew() (secret, error) {
	switch {
	case o.Credential != nil:
		return secret{byCredential, o.Credential}, nil
	case o.Passphrase != nil:
		return secret{byPassphrase, o.Passphrase}, nil
	case o.Unprotected:
		return secret{byNothing, nil}, nil
	}
	return secret{}, errors.New("neither a credential nor a passphrase was given, and an unprotected identity was not asked for")
}
