package capture

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxFiles is how many files the process may have open: its pipes, a device, a command's pipes, and the sound
// server's.
const maxFiles = 128

// harden takes from the process what it needs not: it ends with the daemon, leaves no memory behind in a core file or
// for a debugger, gains no rights by what it starts, and cannot hoard files. A system without one of these is no
// reason not to capture, so the error is for the log.
func harden() error {
	return errors.Join(
		forgoPrivileges(),
		prctl("PR_SET_PDEATHSIG", unix.PR_SET_PDEATHSIG, uintptr(syscall.SIGTERM)),
		prctl("PR_SET_DUMPABLE", unix.PR_SET_DUMPABLE, 0),
		limit("RLIMIT_CORE", unix.RLIMIT_CORE, 0),
		limit("RLIMIT_NOFILE", unix.RLIMIT_NOFILE, maxFiles),
	)
}

// forgoPrivileges makes sure that nothing started from here gains rights by it. The kernel keeps that for each thread,
// and Go has started several by now, so the program starts over from one thread that has forgone them.
func forgoPrivileges() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if set, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); err != nil || set == 1 {
		return err
	}
	if err := prctl("PR_SET_NO_NEW_PRIVS", unix.PR_SET_NO_NEW_PRIVS, 1); err != nil {
		return err
	}
	return fmt.Errorf("start over: %w", syscall.Exec("/proc/self/exe", os.Args, os.Environ()))
}

func prctl(name string, option int, argument uintptr) error {
	if err := unix.Prctl(option, argument, 0, 0, 0); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func limit(name string, resource int, value uint64) error {
	if err := syscall.Setrlimit(resource, &syscall.Rlimit{Cur: value, Max: value}); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
