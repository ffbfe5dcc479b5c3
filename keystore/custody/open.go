package custody

import (
	"errors"
	"fmt"
	"io/fs"

	"greenroom/keystore"
	"greenroom/keystore/internal/generations"
	"greenroom/keystore/tpm"
)

// Backend says where an identity is.
type Backend string

// The backends.
const (
	Auto Backend = "auto" // package doc, "Choice"
	TPM  Backend = "tpm"
	File Backend = "file"
)

// Options says how to open a store. CreateIfMissing of the parts is set from here.
type Options struct {
	Backend         Backend
	CreateIfMissing bool // make an identity if the folder never held one
	TPM             tpm.Options
	// File returns how to open the file backend. It is asked only if that is the one, since the credential may not be
	// there otherwise; its secrets are wiped after use.
	File func() (keystore.FileOptions, error)
}

// Open opens the device's store in the folder dir. Its errors hold a *keystore.Error, unless the options make no sense.
func Open(dir string, o Options) (keystore.Store, error) {
	if o.TPM.Device == "" {
		o.TPM.Device = tpm.DefaultDevice
	}
	backend, err := o.choose(dir)
	if err != nil {
		return nil, err
	}
	switch backend {
	case TPM:
		return o.openTPM(dir)
	case File:
		return o.openFile(dir)
	case Auto:
	}
	return o.first(dir)
}

// choose returns the backend to open, or Auto for a folder that leaves the choice.
func (o Options) choose(dir string) (Backend, error) {
	switch o.Backend {
	case TPM, File:
		return o.Backend, nil // which refuses the folder of the other
	case Auto:
	default:
		return "", fmt.Errorf("the keystore's backend is %q: it can be auto, tpm or file", o.Backend)
	}
	held, err := holds(dir)
	switch {
	case err != nil:
		return "", err
	case held[generations.TPMFile]:
		return TPM, nil
	case held[generations.KeyFile]:
		return File, nil
	}
	return Auto, nil
}

// holds says whose identities the folder holds. One that is not there holds none.
func holds(dir string) (map[generations.Suffix]bool, error) {
	folder, err := generations.OpenFolder(dir, false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var held map[generations.Suffix]bool
	if err == nil {
		held, err = generations.Holds(folder)
	}
	if err != nil {
		return nil, keystore.SystemError("open", dir, err)
	}
	return held, nil
}

// first opens a folder that never held an identity: in the TPM if it works.
func (o Options) first(dir string) (keystore.Store, error) {
	if !o.CreateIfMissing {
		return nil, keystore.SystemError("open", dir, fs.ErrNotExist)
	}
	store, err := o.openTPM(dir)
	if err == nil || !o.without(err) {
		return store, err
	}
	file, ferr := o.openFile(dir)
	if ferr != nil {
		return nil, ferr
	}
	return noticed{file, "the identity was made in a file, since there is no TPM that works: " + err.Error()}, nil
}

// without reports whether an error says that there is no TPM that works here: not that it is occupied, and not that
// something is wrong with the folder.
func (o Options) without(err error) bool {
	var e *keystore.Error
	if !errors.As(err, &e) || e.Path != o.TPM.Device {
		return false
	}
	return errors.Is(err, keystore.ErrTPMGone) || errors.Is(err, keystore.ErrTPMRefused) || errors.Is(err, keystore.ErrUnreadable)
}

func (o Options) openTPM(dir string) (keystore.Store, error) {
	options := o.TPM
	options.CreateIfMissing = o.CreateIfMissing
	s, err := tpm.Open(dir, options)
	if err != nil {
		return nil, err // not s: a nil *tpm.Store in a Store would not be nil
	}
	return s, nil
}

func (o Options) openFile(dir string) (keystore.Store, error) {
	options, err := o.File()
	if err != nil {
		return nil, err
	}
	defer clear(options.Credential)
	defer clear(options.Passphrase)
	options.CreateIfMissing = o.CreateIfMissing
	return keystore.OpenFile(dir, options)
}

// noticed is a store with one notice more.
type noticed struct {
	keystore.Store
	notice string
}

// Info adds the notice.
func (n noticed) Info() keystore.Info {
	info := n.Store.Info()
	info.Notices = append(info.Notices, n.notice)
	return info
}
