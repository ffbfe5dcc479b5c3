package tpm

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"golang.org/x/sys/unix"

	"greenroom/keystore"
)

// TestDeviceErrors: what the system says of a device. Tests run as root, and swtpm has no device.
func TestDeviceErrors(t *testing.T) {
	for _, test := range []struct {
		err  unix.Errno
		kind error
	}{
		{unix.EBUSY, keystore.ErrTPMBusy},
		{unix.EACCES, keystore.ErrUnreadable},
		{unix.EPERM, keystore.ErrUnreadable},
		{unix.ENOENT, keystore.ErrTPMGone},
		{unix.ENODEV, keystore.ErrTPMGone},
		{unix.EIO, keystore.ErrTPMGone},
		{unix.ETIMEDOUT, keystore.ErrTPMGone},
	} {
		cause := fmt.Errorf("make the storage key: %w", &linkError{&fs.PathError{Op: "open", Path: DefaultDevice, Err: test.err}})
		if err := explain("sign", DefaultDevice, cause); !errors.Is(err, test.kind) || !errors.Is(err, test.err) {
			t.Errorf("%v: got %v, want %v", test.err, err, test.kind)
		}
	}
}
