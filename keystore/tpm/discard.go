package tpm

import (
	"errors"

	"greenroom/keystore"
	"greenroom/keystore/internal/generations"
)

// Discard removes from the TPM what the identity in the folder dir has there, its counter, so that the folder can go too.
// The store must be one that nobody will open again. It changes no file. What another TPM holds stays there: without this
// record it is a counter that nobody reads.
func Discard(dir string, opts Options) error {
	opts = opts.complete()
	folder, err := generations.OpenFolder(dir, false)
	if err != nil {
		return keystore.SystemError("discard", dir, err)
	}
	gens, err := generations.Scan(folder, generations.TPMFile, parseRecord)
	if err != nil {
		return keystore.SystemError("discard", dir, err)
	}
	if len(gens.Valid) == 0 {
		return nil
	}
	r, c := gens.Valid[0], &chip{path: opts.Device, pause: opts.Pause}
	err = c.withSRK(func(k *srk) error {
		if err := r.sameTPM(k); err != nil {
			return err
		}
		return k.undefineCounter(r.counter)
	})
	if errors.Is(err, errCounter) || errors.Is(err, errOtherTPM) || errors.Is(err, errCleared) {
		return nil
	}
	return explain("discard", opts.Device, err)
}
