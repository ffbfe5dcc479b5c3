package generations

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Folder is the little that a backend needs of a file system. The tests put one in between that fails and
// crashes where it is told to.
type Folder interface {
	// Names lists the folder.
	Names() ([]string, error)
	// Read returns a whole file. ErrTooOpen if others have access to it.
	Read(name string) ([]byte, error)
	// Create makes an empty file with mode 0600, over whatever has that name.
	Create(name string) (File, error)
	Rename(oldName, newName string) error
	Remove(name string) error
	// Sync makes creations, renames and removals last.
	Sync() error
}

// File is a file that is being written.
type File interface {
	io.WriteCloser
	Sync() error
}

// Wrap puts something between a store and its folder; nil: nothing. It is for the tests of this tree.
type Wrap func(Folder) Folder

// Folder returns the wrapped folder.
func (w Wrap) Folder(d Folder) Folder {
	if w == nil {
		return d
	}
	return w(d)
}

// ErrTooOpen is why a folder or a file is refused.
var ErrTooOpen = errors.New("too open")

// maxFile bounds what is read of a file, in bytes: enough for any later version of the format.
const maxFile = 64 << 10

// OSFolder is a folder of the machine.
type OSFolder string

// OpenFolder returns the folder dir, which it makes if asked to. The errors are fs.ErrNotExist, ErrTooOpen, and the
// system's.
func OpenFolder(dir string, create bool) (OSFolder, error) {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) && create {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return "", err
		}
		if err := OSFolder(filepath.Dir(dir)).Sync(); err != nil {
			return "", err
		}
		info, err = os.Stat(dir)
	}
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		return "", &fs.PathError{Op: "open", Path: dir, Err: unix.ENOTDIR}
	}
	return OSFolder(dir), checkPrivate(info, 0o700)
}

// checkPrivate refuses what anybody but the owner may touch.
func checkPrivate(info fs.FileInfo, want fs.FileMode) error {
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("%w: %s has mode %#o, and %#o is needed", ErrTooOpen, info.Name(), mode, want)
	}
	return nil
}

func (d OSFolder) path(name string) string { return filepath.Join(string(d), name) }

func (d OSFolder) Names() ([]string, error) {
	entries, err := os.ReadDir(string(d))
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

func (d OSFolder) Read(name string) ([]byte, error) {
	// Not following a link, and not waiting for a pipe's writer: only a plain file is an identity.
	f, err := os.OpenFile(d.path(name), os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: d.path(name), Err: errors.New("not a plain file")}
	}
	if err := checkPrivate(info, 0o600); err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(f, maxFile))
}

func (d OSFolder) Create(name string) (File, error) {
	f, err := os.OpenFile(d.path(name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	// A file that was there already keeps its mode unless told otherwise.
	if err := f.Chmod(0o600); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (d OSFolder) Rename(oldName, newName string) error {
	return os.Rename(d.path(oldName), d.path(newName))
}

func (d OSFolder) Remove(name string) error { return os.Remove(d.path(name)) }

func (d OSFolder) Sync() error {
	f, err := os.Open(string(d))
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
