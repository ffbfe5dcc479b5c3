package confine

import (
	"errors"
	"fmt"
	"os"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"github.com/landlock-lsm/go-landlock/landlock"
	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// Rules say what a process goes on needing. Paths that do not exist are left out.
type Rules struct {
	Read    []string // files and folders that it may read; with Programs, also run
	Use     []string // files and folders that it may read, write and control: devices
	Keep    []string // folders in which it may make and remove files
	Sockets Sockets
	// Programs lets it start programs.
	Programs bool
}

// Sockets says which sockets a process may open.
type Sockets int

// The zero Sockets is none at all.
const (
	NoSockets Sockets = iota
	UnixSockets
	AllSockets
)

// Protection says what a kernel took away.
type Protection struct {
	Landlock int // the kernel's ABI version; 0: files and devices are not protected
	Seccomp  bool
}

// Missing says in words what this kernel does not protect; empty: nothing.
func (p Protection) Missing() string {
	switch {
	case p.Landlock == 0 && !p.Seccomp:
		return "this kernel has neither Landlock nor seccomp"
	case p.Landlock == 0:
		return "this kernel has no Landlock (or it is not in the lsm= list), so files and devices are as open as they are to the user"
	case !p.Seccomp:
		return "this kernel has no seccomp, so system calls are as open as they are to the user"
	}
	return ""
}

// Apply takes away what r does not name, from all threads and for good. A kernel that cannot is no error: Protection says
// so. The process must have forgone new privileges (PR_SET_NO_NEW_PRIVS). Errors: the kernel refused what it says it can.
func Apply(r Rules) (Protection, error) {
	var p Protection
	if version, err := ll.LandlockGetABIVersion(); err == nil {
		p.Landlock = version
		if err := restrictFiles(r); err != nil {
			return p, fmt.Errorf("landlock: %w", err)
		}
	}
	if p.Seccomp = seccomp.Supported(); p.Seccomp {
		if err := seccomp.LoadFilter(filter(r)); err != nil {
			return p, fmt.Errorf("seccomp: %w", err)
		}
	}
	return p, nil
}

// restrictFiles applies Landlock as far as the kernel knows it: version 5, or what it has of it.
func restrictFiles(r Rules) error {
	var rules []landlock.Rule
	add := func(paths []string, folder, file func(...string) landlock.FSRule) {
		for _, path := range paths {
			if info, err := os.Stat(path); err == nil && info.IsDir() {
				rules = append(rules, folder(path).IgnoreIfMissing())
			} else if err == nil {
				rules = append(rules, file(path).IgnoreIfMissing())
			}
		}
	}
	read, readFile := readOnly, readOnlyFile
	if r.Programs {
		read, readFile = landlock.RODirs, landlock.ROFiles
	}
	use := func(rule func(...string) landlock.FSRule) func(...string) landlock.FSRule {
		return func(paths ...string) landlock.FSRule { return rule(paths...).WithIoctlDev() }
	}
	add(r.Read, read, readFile)
	add(r.Use, use(useFolder), use(useFile))
	add(r.Keep, landlock.RWDirs, landlock.RWFiles)
	if r.Sockets == AllSockets {
		return landlock.V5.BestEffort().RestrictPaths(rules...)
	}
	return landlock.V5.BestEffort().Restrict(rules...) // and no TCP port
}

// The rights of Landlock that are given here; see linux/landlock.h.
const (
	readFile  = landlock.AccessFSSet(unix.LANDLOCK_ACCESS_FS_READ_FILE)
	readDir   = landlock.AccessFSSet(unix.LANDLOCK_ACCESS_FS_READ_DIR)
	writeFile = landlock.AccessFSSet(unix.LANDLOCK_ACCESS_FS_WRITE_FILE)
)

func readOnly(paths ...string) landlock.FSRule {
	return landlock.PathAccess(readFile|readDir, paths...)
}

func readOnlyFile(paths ...string) landlock.FSRule {
	return landlock.PathAccess(readFile, paths...)
}

func useFolder(paths ...string) landlock.FSRule {
	return landlock.PathAccess(readFile|readDir|writeFile, paths...)
}

func useFile(paths ...string) landlock.FSRule {
	return landlock.PathAccess(readFile|writeFile, paths...)
}

// Verify tries what the rules do not allow, and what would succeed without them. Errors: something did succeed, or failed for
// another reason.
func Verify(r Rules, p Protection) error {
	var errs []error
	if p.Landlock > 0 {
		errs = append(errs, mustFail("read the folder "+forbidden, unix.EACCES, func() error {
			f, err := os.Open(forbidden)
			if err == nil {
				_ = f.Close()
			}
			return err
		}))
	}
	if p.Seccomp {
		errs = append(errs, mustFail("leave the name spaces", unix.EPERM, func() error { return unix.Unshare(0) }))
		if r.Sockets != AllSockets {
			errs = append(errs, mustFail("open a network socket", unix.EPERM, func() error {
				fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
				if err == nil {
					_ = unix.Close(fd)
				}
				return err
			}))
		}
	}
	return errors.Join(errs...)
}

// forbidden is a folder that everybody may read, and that no rule names.
const forbidden = "/var/lib"

func mustFail(what string, how unix.Errno, try func() error) error {
	err := try()
	switch {
	case errors.Is(err, how):
		return nil
	case err == nil:
		return fmt.Errorf("it can still %s", what)
	}
	return fmt.Errorf("to %s fails otherwise than it should: %w", what, err)
}
