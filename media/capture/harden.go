package capture

import (
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxFiles is how many files the process may have open: its pipes, a device, a command's pipes, and the sound
// server's.
const maxFiles = 128

// harden takes from the process what it needs not: it dies with the daemon, leaves no memory behind in a core file or
// for a debugger, gains no rights by what it starts, and cannot hoard files. A system without one of these is no
// reason not to capture, so the error is for the log.
func harden() error {
	var errs []error
	for _, call := range []struct {
		name     string
		option   int
		argument uintptr
	}{
		{"PR_SET_PDEATHSIG", unix.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL)},
		{"PR_SET_DUMPABLE", unix.PR_SET_DUMPABLE, 0},
		{"PR_SET_NO_NEW_PRIVS", unix.PR_SET_NO_NEW_PRIVS, 1},
	} {
		if err := unix.Prctl(call.option, call.argument, 0, 0, 0); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", call.name, err))
		}
	}
	for _, limit := range []struct {
		name     string
		resource int
		value    uint64
	}{
		{"RLIMIT_CORE", unix.RLIMIT_CORE, 0},
		{"RLIMIT_NOFILE", unix.RLIMIT_NOFILE, maxFiles},
	} {
		if err := syscall.Setrlimit(limit.resource, &syscall.Rlimit{Cur: limit.value, Max: limit.value}); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", limit.name, err))
		}
	}
	return errors.Join(errs...)
}
