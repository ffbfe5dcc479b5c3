// Package secrets keeps what a hub must neither lose nor show, as files of its state folder:
//
//	lock             held while a hub runs: two hubs on one folder would undo each other's work
//	statement.pem    Ed25519 private key (PKCS #8) that signs statements; mode 0600
//	tls.pem          certificate and key that the hub made for itself (tls.self_signed); mode 0600
//	certificate.pem  the certificate of tls.pem alone, for rooms to trust; written anew at each start
//
// A key is made once, when there is none and never was. Anything else (gone, damaged, unreadable, open to others) is an
// error with a sentence, and the file stays as it is: a new key made silently would look to every room like another hub.
package secrets

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// What can be wrong with the folder or a file in it (errors.Is).
var (
	ErrInUse      = errors.New("another greenroom-hub uses this state folder")
	ErrUnusable   = errors.New("the state folder cannot be used")
	ErrUnreadable = errors.New("the file cannot be read")
	ErrTooOpen    = errors.New("other users may read the file")
	ErrCorrupt    = errors.New("the file is damaged")
	ErrGone       = errors.New("the file is gone")
)

const maxFile = 64 << 10 // bytes; far more than any of the files has

// Folder is a state folder that no other hub uses meanwhile.
type Folder struct {
	dir  string
	lock *os.File
}

// Open makes the folder if it is missing and locks it.
func Open(dir string) (*Folder, error) {
	unusable := func(err error) error {
		return fmt.Errorf("%w: %s: %w; see that it exists, has room, and belongs to the hub's user (state_dir in the configuration)", ErrUnusable, dir, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, unusable(err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, unusable(err)
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = lock.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("%w: %s; stop that one first, or give this one a state_dir of its own", ErrInUse, dir)
		}
		return nil, unusable(err)
	}
	return &Folder{dir: dir, lock: lock}, nil
}

// Close unlocks the folder.
func (f *Folder) Close() error { return f.lock.Close() }

// Path returns the path of a file in the folder.
func (f *Folder) Path(name string) string { return filepath.Join(f.dir, name) }

// read returns a private file, or fs.ErrNotExist as it is.
func (f *Folder) read(name string) ([]byte, error) {
	path := f.Path(name)
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w; see that it belongs to the hub's user", ErrUnreadable, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: %s is not a plain file", ErrUnreadable, path)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("%w: %s has mode %#o; if nobody else can have read it, run: chmod 600 %s", ErrTooOpen, path, mode, path)
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFile))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return data, nil
}

// write puts a file in place whole or not at all: temporary file, fsync, rename, fsync of the folder.
func (f *Folder) write(name string, data []byte, mode fs.FileMode) error {
	temporary, path := f.Path(name+".new"), f.Path(name)
	err := func() error {
		file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|unix.O_NOFOLLOW, mode)
		if err != nil {
			return err
		}
		_, err = file.Write(data)
		if err = errors.Join(err, file.Chmod(mode), file.Sync(), file.Close()); err != nil {
			return err
		}
		if err := os.Rename(temporary, path); err != nil {
			return err
		}
		dir, err := os.Open(f.dir)
		if err != nil {
			return err
		}
		return errors.Join(dir.Sync(), dir.Close())
	}()
	if err != nil {
		_ = os.Remove(temporary)
		return fmt.Errorf("%w: %s was not written: %w; see that the disk has room and the folder belongs to the hub's user", ErrUnusable, path, err)
	}
	return nil
}
