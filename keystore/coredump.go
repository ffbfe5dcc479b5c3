package keystore

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// ForbidCoreDumps keeps the process's memory, and so its keys, out of core dumps and away from debuggers of other
// processes of the same user. Call it first in main: it holds for the process, and programs that it starts later are
// not affected by the second part.
func ForbidCoreDumps() error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("keystore: forbid core dumps: set RLIMIT_CORE: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("keystore: forbid core dumps: clear PR_SET_DUMPABLE: %w", err)
	}
	return nil
}
