package custody

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"greenroom/keystore"
	"greenroom/keystore/internal/generations"
	"greenroom/keystore/succession"
)

// Rotate makes the identity that will follow the current one, in the backend to (empty or Auto: the one it is in now), and
// returns the succession statement for the hub. Until Commit nothing else changes. A rotation that is pending already is
// not made again: its statement comes back, or ErrPending if it goes to another backend. Errors hold a *keystore.Error.
func (v *Vault) Rotate(to Backend) (statement []byte, err error) {
	v.change.Lock()
	defer v.change.Unlock()
	asked := to
	if to == "" || to == Auto {
		to = v.current.backend
	}
	switch {
	case v.closed:
		return nil, fmt.Errorf("keystore: rotate: %w", keystore.ErrClosed)
	case to != TPM && to != File:
		return nil, v.fail("rotate", keystore.ErrRefused, fmt.Sprintf("there is no backend %q", to), "Ask for tpm or file.")
	case v.roll.next != 0 && (asked == "" || asked == Auto || to == v.next.backend):
		return slices.Clone(v.roll.statement), nil
	case v.roll.next != 0:
		return nil, v.fail("rotate", keystore.ErrPending, fmt.Sprintf("a rotation to the %s backend is under way", v.next.backend),
			"Wait until the hub has acknowledged it, or give it up, and ask again.")
	}
	number, err := v.freeNumber()
	if err != nil {
		return nil, err
	}
	s, err := v.createStore(number, to, v.roll.device)
	if err != nil {
		return nil, err
	}
	next := entry{number, to, s}
	if err := v.announce(next); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return slices.Clone(v.roll.statement), nil
}

// announce writes the roll that names the next identity.
func (v *Vault) announce(next entry) error {
	r := *v.roll
	r.next = next.number
	copy(r.nextKey[:], next.store.Identity().PublicKeyBytes())
	var err error
	if r.nextFormer, err = v.current.store.Secrets().HandOver(next.store.Secrets()); err == nil {
		err = next.store.Secrets().TakeOver(r.nextFormer)
	}
	if err == nil {
		r.statement, err = succession.Make(r.device, v.opts.Now(), v.current.store.Identity(), next.store.Identity())
	}
	if err != nil {
		v.discard(next.number, next.backend)
		return err
	}
	if err := v.write(&r, v.current.store); err != nil {
		if !v.written() { // or else it may be what the next start finds
			v.discard(next.number, next.backend)
		}
		return keystore.SystemError("rotate", v.dir, err)
	}
	v.become(func() { v.next = next })
	v.mend()
	return nil
}

// written reports whether the roll whose writing failed has its name nevertheless, or may have it.
func (v *Vault) written() bool {
	names, err := v.folder.Names()
	return err != nil || slices.Contains(names, generations.RollFile.Name(v.gens.Highest()+1))
}

// Pending returns the succession statement of the rotation that is under way, if one is: what the hub has still to be told.
func (v *Vault) Pending() (statement []byte, ok bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return slices.Clone(v.roll.statement), v.roll.next != 0
}

// Commit makes the next identity the current one. The argument is the new public key, 65 bytes, as the hub acknowledged it:
// another one than the next identity's is refused (ErrRefused), and the current one's has been committed already. The
// old identity's key is removed; a Signer of it that somebody still has works until Close.
func (v *Vault) Commit(acknowledged []byte) error {
	v.change.Lock()
	defer v.change.Unlock()
	switch {
	case v.closed:
		return fmt.Errorf("keystore: commit: %w", keystore.ErrClosed)
	case bytes.Equal(acknowledged, v.roll.currentKey[:]):
		return nil
	case v.roll.next == 0 || !bytes.Equal(acknowledged, v.roll.nextKey[:]):
		return v.fail("commit", keystore.ErrRefused, "the hub acknowledged a key that is not the next identity's", "Look at the hub's records of this room; begin the rotation again.")
	}
	if err := v.ensureNext(); err != nil {
		return err
	}
	begins, err := v.next.store.Counter()
	if err != nil {
		return err
	}
	old, err := v.succeed(begins)
	if err != nil {
		return err
	}
	v.mend()
	v.discard(old.number, old.backend)
	return nil
}

// succeed puts the next identity, whose counter begins with a value, in the place of the current one, which it returns.
// Nobody may count meanwhile, so everybody waits: for one reading of the counter, and one write.
func (v *Vault) succeed(begins uint64) (old entry, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	value, err := v.current.store.Counter()
	if err != nil {
		return entry{}, err
	}
	r := roll{
		device: v.roll.device, current: v.next.number, currentKey: v.roll.nextKey,
		offset: v.roll.offset + value - begins, former: v.roll.nextFormer,
	}
	if err := v.write(&r, v.next.store); err != nil {
		return entry{}, keystore.SystemError("commit", v.dir, err)
	}
	old = v.current
	v.roll, v.former = v.gens.Valid[0], append(v.former, old.store)
	v.current, v.next = v.next, entry{}
	return old, nil
}

// Abandon gives the rotation that is under way up: the current identity stays, and the next one is removed. Without one it
// does nothing.
func (v *Vault) Abandon() error {
	v.change.Lock()
	defer v.change.Unlock()
	switch {
	case v.closed:
		return fmt.Errorf("keystore: abandon: %w", keystore.ErrClosed)
	case v.roll.next == 0:
		return nil
	}
	r := *v.roll
	r.next, r.nextKey, r.statement, r.nextFormer = 0, [pointLen]byte{}, nil, nil
	if err := v.write(&r, v.current.store); err != nil {
		return keystore.SystemError("abandon", v.dir, err)
	}
	gone := v.next
	v.become(func() { v.next = entry{} })
	v.mend()
	var err error
	if gone.store != nil {
		err = gone.store.Close()
	}
	v.discard(gone.number, gone.backend)
	return err
}
