package confine

import (
	"slices"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"golang.org/x/sys/unix"
)

// filter returns the system calls that fail with EPERM from now on. It names what is refused, and not what is allowed: the
// sound system and its plug-ins, the C library and Go change what they call with every version.
func filter(r Rules) seccomp.Filter {
	names := slices.Clone(never)
	var sockets []seccomp.NameWithConditions
	if !r.Programs {
		names = append(names, programs...)
	}
	switch r.Sockets {
	case NoSockets:
		names = append(names, "socket", "connect", "bind", "listen", "accept", "accept4")
	case UnixSockets:
		names = append(names, "bind", "listen", "accept", "accept4")
		sockets = append(sockets, seccomp.NameWithConditions{Name: "socket", Conditions: seccomp.ArgumentConditions{
			{Argument: 0, Operation: seccomp.NotEqual, Value: unix.AF_UNIX},
		}})
	case AllSockets:
	}
	return seccomp.Filter{
		Flag: seccomp.FilterFlagTSync,
		Policy: seccomp.Policy{
			DefaultAction: seccomp.ActionAllow,
			Syscalls: []seccomp.SyscallGroup{
				{Action: seccomp.ActionErrno, Names: names, NamesWithCondtions: sockets},
			},
		},
	}
}

// never is what no capture needs: other processes' memory, the kernel's settings and modules, name spaces and mounts, keys,
// and services of the kernel that have often been the way in.
var never = []string{
	"ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp",
	"mount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr",
	"unshare", "setns", "open_by_handle_at", "name_to_handle_at",
	"init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot", "swapon", "swapoff",
	"settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "sethostname", "setdomainname", "syslog", "acct", "quotactl",
	"add_key", "request_key", "keyctl",
	"bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register", "fanotify_init",
}

// programs is how programs are started, and how other processes are ended.
var programs = []string{"execve", "execveat", "fork", "vfork", "kill", "pidfd_send_signal", "rt_sigqueueinfo"}
