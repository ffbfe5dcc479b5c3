package custody

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"greenroom/keystore"
	"greenroom/keystore/internal/generations"
)

// Reset sets the whole folder aside, under its name with the time behind it, and returns the new name. It deletes nothing,
// there or in a TPM: giving the folder its name back brings the identity back. The next Open with CreateIfMissing then
// makes a new identity, so ask the person for the device's name first. ErrInUse: a process has the vault open.
func Reset(dir string, now time.Time) (aside string, err error) {
	folder, err := generations.OpenFolder(dir, false)
	if err != nil {
		return "", keystore.SystemError("reset", dir, err)
	}
	lock, err := generations.TakeLock(string(folder))
	if err != nil {
		return "", keystore.SystemError("reset", dir, err)
	}
	dir = filepath.Clean(dir)
	base := dir + ".aside-" + now.UTC().Format("20060102T150405Z")
	aside = base
	for n := 2; ; n++ {
		if _, err := os.Lstat(aside); errors.Is(err, os.ErrNotExist) {
			break
		}
		aside = base + "-" + strconv.Itoa(n)
	}
	err = os.Rename(dir, aside)
	if err == nil {
		err = generations.OSFolder(filepath.Dir(dir)).Sync()
	}
	if err = errors.Join(err, lock.Release()); err != nil {
		return "", keystore.SystemError("reset", dir, err)
	}
	return aside, nil
}
