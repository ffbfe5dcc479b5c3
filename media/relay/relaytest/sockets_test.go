package relaytest

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// openSockets returns the local addresses of a process's listening TCP or bound UDP sockets, from /proc.
func openSockets(t *testing.T, pid int, table string) []*net.TCPAddr {
	t.Helper()
	inodes := socketInodes(t, pid)
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
	if err != nil {
		t.Fatal(err)
	}
	var found []*net.TCPAddr
	for _, line := range strings.Split(string(raw), "\n")[1:] {
		f := strings.Fields(line) // sl, local, remote, state, queues, timer, retransmits, uid, time-out, inode
		if len(f) < 10 || !inodes[f[9]] {
			continue
		}
		const listening, unconnected = "0A", "07"
		if f[3] == listening || f[3] == unconnected {
			found = append(found, parseProcAddr(t, f[1]))
		}
	}
	return found
}

func socketInodes(t *testing.T, pid int) map[string]bool {
	t.Helper()
	links, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil || len(links) == 0 {
		t.Fatalf("no open files of process %d: %v", pid, err)
	}
	inodes := map[string]bool{}
	for _, link := range links {
		if to, err := os.Readlink(link); err == nil && strings.HasPrefix(to, "socket:[") {
			inodes[strings.TrimSuffix(strings.TrimPrefix(to, "socket:["), "]")] = true
		}
	}
	return inodes
}

// parseProcAddr reads "0100007F:1F90": 32-bit words in the host's byte order, and the port.
func parseProcAddr(t *testing.T, s string) *net.TCPAddr {
	t.Helper()
	host, port, ok := strings.Cut(s, ":")
	raw, err := hex.DecodeString(host)
	if !ok || err != nil {
		t.Fatalf("strange address %q", s)
	}
	for i := 0; i+4 <= len(raw); i += 4 {
		binary.NativeEndian.PutUint32(raw[i:], binary.BigEndian.Uint32(raw[i:]))
	}
	n, err := strconv.ParseUint(port, 16, 16)
	if err != nil {
		t.Fatalf("strange address %q", s)
	}
	return &net.TCPAddr{IP: raw, Port: int(n)}
}
