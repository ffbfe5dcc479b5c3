package custody

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"greenroom/keystore"
	"greenroom/keystore/internal/generations"
	"greenroom/keystore/tpm"
)

// The names of the identities' folders.
const (
	folderPrefix = "identity-"
	unused       = ".unused"
)

func folderName(number uint32) string { return folderPrefix + strconv.FormatUint(uint64(number), 10) }

func (v *Vault) path(number uint32) string { return filepath.Join(v.dir, folderName(number)) }

// number returns the identity that a folder's name stands for.
func number(name string) (uint32, bool) {
	digits, is := strings.CutPrefix(name, folderPrefix)
	n, err := strconv.ParseUint(digits, 10, 32)
	return uint32(n), is && err == nil && n > 0 && folderName(uint32(n)) == name
}

// identities returns the identities that have a folder with files in it, and in which backend they are.
func (v *Vault) identities() (map[uint32]Backend, error) {
	names, err := v.folder.Names()
	if err != nil {
		return nil, keystore.SystemError("open", v.dir, err)
	}
	found := make(map[uint32]Backend)
	for _, name := range names {
		if generations.KeyFile.Holds(name) || generations.TPMFile.Holds(name) {
			return nil, v.fail("open", keystore.ErrUnsupported, "the folder has the layout of an older greenroomd",
				fmt.Sprintf("Make the folder %s, and move everything into it. Nothing was changed.", v.path(1)))
		}
		n, ok := number(name)
		if !ok {
			continue
		}
		backend, err := v.holds(n)
		if err != nil {
			return nil, err
		}
		if backend != "" {
			found[n] = backend
		}
	}
	return found, nil
}

// holds returns the backend of the identity in a folder; empty: the folder holds none.
func (v *Vault) holds(n uint32) (Backend, error) {
	names, err := generations.OSFolder(v.path(n)).Names()
	if err != nil {
		return "", keystore.SystemError("open", v.path(n), err)
	}
	switch {
	case slices.ContainsFunc(names, generations.TPMFile.Holds):
		return TPM, nil
	case slices.ContainsFunc(names, generations.KeyFile.Holds):
		return File, nil
	}
	return "", nil
}

// freeNumber returns the number of a new identity: one that no folder had.
func (v *Vault) freeNumber() (uint32, error) {
	names, err := v.folder.Names()
	if err != nil {
		return 0, keystore.SystemError("rotate", v.dir, err)
	}
	free := v.current.number + 1
	for _, name := range names {
		live, _, _ := strings.Cut(name, ".")
		if n, ok := number(live); ok {
			free = max(free, n+1)
		}
	}
	return free, nil
}

// openStore opens an identity that must be there.
func (v *Vault) openStore(n uint32, backend Backend) (store, error) {
	return v.store(n, backend, false, [16]byte{})
}

// createStore makes an identity.
func (v *Vault) createStore(n uint32, backend Backend, device [16]byte) (store, error) {
	return v.store(n, backend, true, device)
}

func (v *Vault) store(n uint32, backend Backend, create bool, device [16]byte) (store, error) {
	if backend == TPM {
		opts := v.opts.TPM
		opts.CreateIfMissing, opts.DeviceID, opts.Now, opts.Rand, opts.Wrap = create, device, v.opts.Now, nil, v.opts.Wrap
		s, err := tpm.Open(v.path(n), opts)
		if err != nil {
			return nil, err // not s: a nil *tpm.Store in a store would not be nil
		}
		return s, nil
	}
	var opts keystore.FileOptions
	if v.opts.File != nil {
		var err error
		if opts, err = v.opts.File(); err != nil {
			return nil, err
		}
		defer clear(opts.Credential)
		defer clear(opts.Passphrase)
	}
	opts.CreateIfMissing, opts.DeviceID, opts.Now, opts.Rand, opts.Wrap = create, device, v.opts.Now, nil, v.opts.Wrap
	s, err := keystore.OpenFile(v.path(n), opts)
	if err != nil {
		return nil, err
	}
	return s.(store), nil
}

// tidy removes identities before the current one, which a Commit that was cut short left, and sets others aside that no
// roll names. What does not work now is tried at the next start.
func (v *Vault) tidy(found map[uint32]Backend) {
	for n, backend := range found {
		switch {
		case n < v.roll.current:
			v.discard(n, backend)
		case n != v.roll.current && n != v.roll.next:
			if err := v.folder.Rename(folderName(n), folderName(n)+unused); err == nil {
				v.notes = append(v.notes, folderName(n)+" is from a rotation that was cut short; it was set aside")
			}
		}
	}
}

// discard removes an identity: what it has in the TPM, then its files. Damaged files that were set aside stay. Where it
// fails, something stays, and the next start tries again.
func (v *Vault) discard(n uint32, backend Backend) {
	if backend == TPM && tpm.Discard(v.path(n), v.opts.TPM) != nil {
		return
	}
	folder := generations.OSFolder(v.path(n))
	names, err := folder.Names()
	if err != nil {
		return
	}
	for _, name := range names {
		if !strings.Contains(name, generations.AsideSuffix) {
			_ = folder.Remove(name)
		}
	}
	if err := os.Remove(v.path(n)); err == nil || errors.Is(err, fs.ErrNotExist) {
		_ = v.folder.Sync()
	}
}
