package custody

import (
	"errors"

	"greenroom/keystore"
)

// create makes the first identity.
func (v *Vault) create() error {
	s, backend, err := v.createFirst()
	if err != nil {
		return err
	}
	v.current = entry{1, backend, s}
	return v.begin()
}

// createFirst chooses the backend (package doc, "Choice").
func (v *Vault) createFirst() (store, Backend, error) {
	backend := v.opts.Backend
	if backend == Auto {
		s, err := v.createStore(1, TPM, [16]byte{})
		if !v.noTPM(err) {
			return s, TPM, err
		}
		v.notes = append(v.notes, "the identity was made in a file, since there is no TPM that works: "+err.Error())
		backend = File
	}
	s, err := v.createStore(1, backend, [16]byte{})
	return s, backend, err
}

// noTPM reports whether an error says that there is no TPM that works here: not that it is occupied, and not that something
// is wrong with the folder.
func (v *Vault) noTPM(err error) bool {
	var e *keystore.Error
	if !errors.As(err, &e) || e.Path != v.opts.TPM.Device {
		return false
	}
	return errors.Is(err, keystore.ErrTPMGone) || errors.Is(err, keystore.ErrTPMRefused) || errors.Is(err, keystore.ErrUnreadable)
}

// begin writes the first roll, for the current identity.
func (v *Vault) begin() error {
	r := &roll{device: v.current.store.Info().DeviceID, current: v.current.number}
	copy(r.currentKey[:], v.current.store.Identity().PublicKeyBytes())
	if err := v.write(r, v.current.store); err != nil {
		return keystore.SystemError("create", v.dir, err)
	}
	v.become(func() {})
	v.mend()
	return nil
}

// write makes r the newest roll on the disk, authenticated by the store of the identity that it names as the current one.
func (v *Vault) write(r *roll, by store) error {
	return v.gens.Write(v.folder, func(number uint64) (*roll, error) {
		fresh := *r
		fresh.generation = number
		mac, err := by.Secrets().MAC(rollLabel, fresh.body())
		copy(fresh.mac[:], mac)
		return &fresh, err
	})
}

// become makes the newest roll on the disk the one that counts, together with what set changes.
func (v *Vault) become(set func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.roll = v.gens.Valid[0]
	set()
}

// mend writes the roll again until two copies say the same, so that damage to one never brings an earlier state back.
// The vault is good without the second, so a failure is no error; the next start tries again.
func (v *Vault) mend() {
	for len(v.gens.Valid) < 2 || !v.gens.Valid[0].same(v.gens.Valid[1]) {
		if v.write(v.gens.Valid[0], v.current.store) != nil {
			return
		}
	}
}

// same reports whether two rolls say the same.
func (r *roll) same(other *roll) bool {
	one, two := *r, *other
	one.generation, two.generation = 0, 0
	return string(one.body()) == string(two.body())
}
