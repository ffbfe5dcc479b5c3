package keystore

import (
	"errors"
	"fmt"
)

// What can be wrong with a store (errors.Is). Every error of OpenFile is an *Error around one of these.
var (
	// ErrMissing: there is no identity yet.
	ErrMissing = errors.New("no identity is there yet")
	// ErrCorrupt: there was an identity and it can't be read back. The files are set aside, never deleted.
	ErrCorrupt = errors.New("the identity is damaged")
	// ErrUnsupported: the identity was written by a newer version of the program.
	ErrUnsupported = errors.New("the identity was written by a newer version")
	// ErrUnreadable: the system refused to read or write the files (rights, I/O errors, read-only file system).
	ErrUnreadable = errors.New("the files can't be used")
	// ErrTooOpen: other users may read or change the files.
	ErrTooOpen = errors.New("other users have access")
	// ErrInUse: another process has the store open.
	ErrInUse = errors.New("another greenroomd uses this folder")
	// ErrNoSecret: the secret that the store is protected with was not given.
	ErrNoSecret = errors.New("the secret that opens it was not given")
	// ErrWrongSecret: the credential or the passphrase is not the one the store was made with.
	ErrWrongSecret = errors.New("wrong secret")
	// ErrOtherBackend: the folder belongs to another backend. It is never taken over.
	ErrOtherBackend = errors.New("the identity is in another backend")
	// ErrNoSpace: the disk or the quota is full.
	ErrNoSpace = errors.New("no space left")
	// ErrRefused: the arguments make no sense (an empty purpose, too long a secret, a weak credential).
	ErrRefused = errors.New("refused")
	// ErrSealed: sealed bytes that don't open: damaged, or made for another purpose or by another device.
	ErrSealed = errors.New("the sealed secret doesn't open")
	// ErrNotInTPM: the identity is in a file, and what was asked for needs a TPM.
	ErrNotInTPM = errors.New("the identity key is not in a TPM")
	// ErrPending: a rotation to another backend is under way.
	ErrPending = errors.New("another rotation is under way")
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("the store is closed")
)

// What can be wrong with a TPM (package tpm), beside the above. ErrTPMBusy and ErrTPMGone may pass by themselves.
var (
	// ErrTPMGone: there is no TPM, or it does not answer.
	ErrTPMGone = errors.New("the TPM does not answer")
	// ErrTPMBusy: the TPM is occupied and stayed so for all tries.
	ErrTPMBusy = errors.New("the TPM is busy")
	// ErrTPMLockout: the TPM refuses because of wrong passwords, whoever gave them.
	ErrTPMLockout = errors.New("the TPM is locked")
	// ErrTPMReplaced: this is not the TPM that the identity is in.
	ErrTPMReplaced = errors.New("the TPM was replaced")
	// ErrTPMCleared: this is the TPM that the identity was in, and what it knew was cleared since.
	ErrTPMCleared = errors.New("the TPM was cleared")
	// ErrTPMPolicy: the identity is bound to the machine's measured state (PCRs), and that is another one now.
	ErrTPMPolicy = errors.New("the machine's measured state is another one")
	// ErrNoEndorsement: the TPM has no certificate of its maker.
	ErrNoEndorsement = errors.New("the TPM has no endorsement certificate")
	// ErrTPMRefused: the TPM does not do what was asked of it.
	ErrTPMRefused = errors.New("the TPM refused")
)

// Error says what was tried, on what, why it failed and what a person can do.
type Error struct {
	Kind error  // one of the Err values of this package
	Op   string // what was tried: "open", "create", "write"
	Path string // the folder or file
	Why  string // what is wrong, where that says more than Kind; may be empty
	Do   string // what a person can do, as a sentence; may be empty
	Err  error  // the cause, if there is one
}

// Error returns all of it on one line.
func (e *Error) Error() string {
	text := fmt.Sprintf("keystore: %s %s: %s", e.Op, e.Path, e.Text())
	if e.Err != nil {
		text += fmt.Sprintf(" (%v)", e.Err)
	}
	if e.Do != "" {
		text += ". " + e.Do
	}
	return text
}

// Text returns what is wrong, without path and advice.
func (e *Error) Text() string {
	if e.Why != "" {
		return e.Why
	}
	return e.Kind.Error()
}

// Unwrap returns the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}
