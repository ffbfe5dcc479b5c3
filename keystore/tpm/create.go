package tpm

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/google/go-tpm/tpm2"

	"greenroom/keystore"
	"greenroom/keystore/attest"
	"greenroom/keystore/internal/generations"
)

// ignore is for an object that only has to load.
func ignore(tpm2.NamedHandle) error { return nil }

// create makes an identity, a data key and a counter in the TPM, and writes the record twice. A machine that stops in
// between has no identity yet; a counter without a record may then stay in the TPM, and does no harm.
func (o *opening) create() error {
	bound, err := selectPCRs(o.opts.PCRs)
	if err != nil {
		return &keystore.Error{Kind: keystore.ErrRefused, Op: "create", Path: o.dir, Err: err, Do: "Check the PCRs in the configuration."}
	}
	r := &record{bound: bound, device: o.opts.DeviceID, created: uint64(max(0, o.opts.Now().Unix()))}
	dataKey := make([]byte, dataKeyLen)
	defer clear(dataKey)
	wanted := [][]byte{dataKey}
	if r.device == [16]byte{} {
		wanted = append(wanted, r.device[:])
	}
	for _, b := range wanted {
		if _, err := io.ReadFull(o.opts.Rand, b); err != nil {
			return &keystore.Error{Kind: keystore.ErrUnreadable, Op: "create", Path: o.dir, Why: "no randomness", Err: err}
		}
	}
	if err := o.chip.withSRK(func(k *srk) error { return r.make(k, dataKey, o.opts.Rand) }); err != nil {
		return explain("create", o.opts.Device, err)
	}
	if err := o.write(*r, dataKey); err != nil {
		return keystore.SystemError("create", o.dir, errors.Join(err, o.undo(r.counter)))
	}
	return nil // load writes the second copy
}

// undo removes the counter of a record that was not written. A record that has its name already is the identity at the
// next start, although nobody knows yet whether it lasts: then the counter stays.
func (o *opening) undo(counter tpm2.TPMHandle) error {
	names, err := o.folder.Names()
	if err != nil || slices.Contains(names, generations.TPMFile.Name(1)) {
		return err
	}
	return o.chip.withSRK(func(k *srk) error { return k.undefineCounter(counter) })
}

// make makes what is in the TPM, and sets the record's fields for it.
func (r *record) make(k *srk, dataKey []byte, rand io.Reader) (err error) {
	copy(r.srk[:], k.name())
	ek, err := k.tpm.endorsementName()
	if err != nil {
		return err
	}
	copy(r.ek[:], ek)
	policy, err := k.policy(r.bound)
	if err != nil {
		return err
	}
	if r.identity, err = k.create(attest.IdentityTemplate(policy), nil); err != nil {
		return err
	}
	if r.dataKey, err = k.create(sealedTemplate(policy), dataKey); err != nil {
		return err
	}
	key, _, err := attest.ParseIdentity(r.identity.public)
	if err != nil {
		return fmt.Errorf("%w: %w", errNonsense, err)
	}
	point, err := key.Bytes()
	if err != nil {
		return fmt.Errorf("%w: %w", errNonsense, err)
	}
	copy(r.public[:], point)
	password, err := counterPassword(dataKey)
	if err != nil {
		return err
	}
	defer clear(password)
	r.counter, err = k.defineCounter(password, rand)
	return err
}
