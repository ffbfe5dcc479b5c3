package generations

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// LockName is the file that a process holds locked while it has the store open.
const LockName = "lock"

// Lock is held until Release; the system releases it when the process ends, however it ends.
type Lock struct{ file *os.File }

// TakeLock locks the folder dir for this process, or gives a *HeldError. The lock file is never removed: a second process
// could otherwise lock a file that no longer has a name.
func TakeLock(dir string) (*Lock, error) {
	f, err := os.OpenFile(filepath.Join(dir, LockName), os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		held := &HeldError{PID: readPID(f)}
		if cerr := f.Close(); !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("lock %s: %w", f.Name(), err), cerr)
		}
		return nil, held
	}
	writePID(f)
	return &Lock{file: f}, nil
}

// Release lets another process take the lock.
func (l *Lock) Release() error { return l.file.Close() }

// HeldError says which process holds the lock.
type HeldError struct{ PID int } // 0: not known

// Error names the process.
func (e *HeldError) Error() string {
	if e.PID == 0 {
		return "another process holds the lock"
	}
	return fmt.Sprintf("process %d holds the lock", e.PID)
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
