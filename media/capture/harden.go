package capture

import (
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"

	_ "greenroom/media/capture/early" // forgoes new privileges
)

// maxFiles is how many files the process may have open: its pipes, a device, a command's pipes, and the sound
// server's.
const maxFiles = 128

// harden takes from the process what it needs not: it ends with the daemon, leaves no memory behind in a core file or
// for a debugger, gains no rights by what it starts, and cannot hoard files. A system without one of these is no
// reason not to capture, so the error is for the log.
func harden() error {
	return errors.Join(
		forgone(),
		prctl("PR_SET_PDEATHSIG", unix.PR_SET_PDEATHSIG, uintptr(syscall.SIGTERM)),
		prctl("PR_SET_DUMPABLE", unix.PR_SET_DUMPABLE, 0),
		limit("RLIMIT_CORE", unix.RLIMIT_CORE, 0),
		limit("RLIMIT_NOFILE", unix.RLIMIT_NOFILE, maxFiles),
	)
}

// forgone checks that nothing started from here can gain rights by it, which package early has seen to.
func forgone() error {
	if set, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); err != nil || set != 1 {
		return fmt.Errorf("new privileges were not forgone: %d, %w", set, err)
	}
	return nil
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
