package keystore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// lockName is the file that a process holds locked while it has the store open.
const lockName = "lock"

// lock is held until release; the system releases it when the process ends, however it ends.
type lock struct{ file *os.File }

// takeLock locks the folder dir for this process, or gives errHeld. The lock file is never removed: a second process
// could otherwise lock a file that no longer has a name.
func takeLock(dir string) (*lock, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		held := &heldError{pid: readPID(f)}
		if cerr := f.Close(); !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("lock %s: %w", f.Name(), err), cerr)
		}
		return nil, held
	}
	writePID(f)
	return &lock{file: f}, nil
}

func (l *lock) release() error { return l.file.Close() }

// heldError says which process holds the lock.
type heldError struct{ pid int } // 0: not known

func (e *heldError) Error() string {
	if e.pid == 0 {
		return "another process holds the lock"
	}
	return fmt.Sprintf("process %d holds the lock", e.pid)
}

// readPID returns the process id in the lock file, or 0.
func readPID(f *os.File) int {
	b := make([]byte, 32)
	n, _ := f.ReadAt(b, 0) // io.EOF is the normal case, and a number that can't be read is 0
	pid, err := strconv.Atoi(strings.TrimSpace(string(b[:n])))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}

// writePID leaves this process's id for the message of another one. On a full disk the lock holds without it.
func writePID(f *os.File) {
	if err := f.Truncate(0); err != nil {
		return
	}
	_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
}
