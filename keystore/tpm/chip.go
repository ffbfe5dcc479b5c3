package tpm

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/go-tpm/tpm2"

	"greenroom/keystore"
)

// chip is the TPM at a path. One operation runs at a time: two could need four of the three slots.
type chip struct {
	path  string
	pause func(time.Duration)

	mu     sync.Mutex
	closed bool
}

// srk is the storage primary (storage root key), as long as the function runs that withSRK gives it to.
type srk struct {
	tpm    *device
	handle tpm2.NamedHandle
	public tpm2.TPMTPublic
}

// with runs fn on the open device.
func (c *chip) with(fn func(*device) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return keystore.ErrClosed
	}
	d, err := openDevice(c.path, c.pause)
	if err != nil {
		return err
	}
	return errors.Join(fn(d), d.close())
}

// withSRK runs fn on the storage primary, and flushes it afterwards. The primary is made afresh each time from the
// owner hierarchy's seed by the TCG's ECC template, so it is the same key until the TPM is cleared, and nothing of it
// has to be kept. Everything that fn loads, it loads through withLoaded or withPrimary.
func (c *chip) withSRK(fn func(*srk) error) error {
	return c.with(func(d *device) error {
		k, err := newSRK(d)
		if err != nil {
			return err
		}
		return errors.Join(fn(k), flush(d, k.handle.Handle))
	})
}

// withPrimary runs fn on a primary key of the endorsement hierarchy and its public area, and flushes it afterwards.
func withPrimary(d *device, template tpm2.TPMTPublic, fn func(tpm2.NamedHandle, []byte) error) error {
	rsp, err := tpm2.CreatePrimary{
		PrimaryHandle: tpm2.AuthHandle{Handle: tpm2.TPMRHEndorsement, Auth: tpm2.PasswordAuth(nil)},
		InPublic:      tpm2.New2B(template),
	}.Execute(d)
	if err != nil {
		return err
	}
	err = fn(tpm2.NamedHandle{Handle: rsp.ObjectHandle, Name: rsp.Name}, bytes.Clone(rsp.OutPublic.Bytes()))
	return errors.Join(err, flush(d, rsp.ObjectHandle))
}

// shut waits for the operation that is under way; later ones give ErrClosed.
func (c *chip) shut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
}

func newSRK(d *device) (*srk, error) {
	rsp, err := tpm2.CreatePrimary{
		PrimaryHandle: tpm2.AuthHandle{Handle: tpm2.TPMRHOwner, Auth: tpm2.PasswordAuth(nil)},
		InPublic:      tpm2.New2B(tpm2.ECCSRKTemplate),
	}.Execute(d)
	if err != nil {
		return nil, fmt.Errorf("make the storage key: %w", err)
	}
	k := &srk{tpm: d, handle: tpm2.NamedHandle{Handle: rsp.ObjectHandle, Name: rsp.Name}}
	if err := k.learn(rsp.OutPublic); err != nil {
		return nil, errors.Join(err, flush(d, rsp.ObjectHandle))
	}
	return k, nil
}

// learn takes the primary's public area. The name is computed and not believed: sessions are encrypted to that key, and
// a name that is known from the record then proves that they are encrypted to the TPM and not to a chip in between.
func (k *srk) learn(public tpm2.TPM2BPublic) error {
	area, err := public.Contents()
	if err != nil {
		return fmt.Errorf("%w: storage key: %w", errNonsense, err)
	}
	name, err := tpm2.ObjectName(area)
	if err != nil || !bytes.Equal(name.Buffer, k.handle.Name.Buffer) {
		return fmt.Errorf("%w: the storage key and its name don't belong together", errNonsense)
	}
	k.public = *area
	return nil
}

// name returns the storage primary's name: 2 bytes for SHA-256, and the hash of its public area.
func (k *srk) name() []byte { return k.handle.Name.Buffer }

// auth authorises the use of the primary or of an object under it; all have an empty password.
func (k *srk) auth(h tpm2.NamedHandle, session tpm2.Session) tpm2.AuthHandle {
	return tpm2.AuthHandle{Handle: h.Handle, Name: h.Name, Auth: session}
}

// session is a session for one command. Its key is encrypted to the storage primary, and it encrypts the first
// parameter of the command and of the answer: what travels between processor and TPM can be listened to.
func (k *srk) session(password []byte, options ...tpm2.AuthOption) tpm2.Session {
	options = append(options, tpm2.Auth(password), tpm2.Salted(k.handle.Handle, k.public))
	return tpm2.HMAC(tpm2.TPMAlgSHA256, 16, options...)
}

// blob is an object that only this TPM can load: public area and encrypted private area.
type blob struct {
	public  []byte // TPMT_PUBLIC
	private []byte
}

// create makes an object under the storage primary. secret is what is sealed in it; nil for a key that the TPM makes.
func (k *srk) create(template tpm2.TPMTPublic, secret []byte) (blob, error) {
	sensitive := &tpm2.TPMSSensitiveCreate{}
	if secret != nil {
		sensitive.Data = tpm2.NewTPMUSensitiveCreate(&tpm2.TPM2BSensitiveData{Buffer: secret})
	}
	rsp, err := tpm2.Create{
		ParentHandle: k.auth(k.handle, k.session(nil, tpm2.AESEncryption(128, tpm2.EncryptIn))),
		InSensitive:  tpm2.TPM2BSensitiveCreate{Sensitive: sensitive},
		InPublic:     tpm2.New2B(template),
	}.Execute(k.tpm)
	if err != nil {
		return blob{}, fmt.Errorf("make a key: %w", err)
	}
	return blob{public: bytes.Clone(rsp.OutPublic.Bytes()), private: rsp.OutPrivate.Buffer}, nil
}

// withLoaded runs fn on an object, and flushes it afterwards.
func (k *srk) withLoaded(b blob, fn func(tpm2.NamedHandle) error) error {
	rsp, err := tpm2.Load{
		ParentHandle: k.auth(k.handle, tpm2.PasswordAuth(nil)),
		InPrivate:    tpm2.TPM2BPrivate{Buffer: b.private},
		InPublic:     tpm2.BytesAs2B[tpm2.TPMTPublic](b.public),
	}.Execute(k.tpm)
	switch {
	case refusesBlob(err):
		return fmt.Errorf("%w: %w", errBlob, err)
	case err != nil:
		return fmt.Errorf("load a key: %w", err)
	}
	err = fn(tpm2.NamedHandle{Handle: rsp.ObjectHandle, Name: rsp.Name})
	return errors.Join(err, flush(k.tpm, rsp.ObjectHandle))
}

func flush(d *device, handle tpm2.TPMHandle) error {
	if _, err := (tpm2.FlushContext{FlushHandle: handle}).Execute(d); err != nil {
		return fmt.Errorf("flush a handle: %w", err)
	}
	return nil
}
