package keystore

import (
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/sys/unix"

	"greenroom/keystore/internal/generations"
)

// SystemError turns an error of the file system, or of reading a record, into one of this package. Backends use it.
func SystemError(op, path string, err error) *Error {
	e := &Error{Op: op, Path: path, Err: err}
	var held *generations.HeldError
	switch {
	case errors.As(err, &held):
		e.Kind, e.Err = ErrInUse, nil
		e.Do = "Stop the other one first, or give this one a state folder of its own."
		if held.PID != 0 {
			e.Why = fmt.Sprintf("another greenroomd (pid %d) uses this folder", held.PID)
		}
	case errors.Is(err, fs.ErrNotExist):
		e.Kind, e.Do = ErrMissing, "On a new room, let greenroomd create it. Otherwise bring the folder back from a backup."
	case errors.Is(err, generations.ErrTooOpen):
		e.Kind, e.Do = ErrTooOpen, "Check who could read it; then run: chmod -R go-rwx "+path
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		e.Kind, e.Do = ErrNoSpace, "Make room on the disk. Nothing was lost; it will be tried again at the next start."
	case errors.Is(err, generations.ErrNewer):
		e.Kind, e.Do = ErrUnsupported, "Install the newer greenroomd again. The files were left as they are."
	case errors.Is(err, generations.ErrOther):
		e.Kind, e.Do = ErrOtherBackend, "Set keystore.backend to the one that the room was set up with. Nothing was changed."
	default:
		e.Kind, e.Do = ErrUnreadable, "Check the disk, and that the folder belongs to the user that greenroomd runs as."
	}
	return e
}
