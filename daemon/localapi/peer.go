package localapi

import (
	"context"
	"errors"
	"net"
	"os"
	"os/user"
	"slices"
	"strconv"
	"syscall"
)

// peer is who is at the other end of the socket, as the kernel says.
type peer struct {
	uid, gid uint32
	err      error // the kernel did not say
}

type peerKey struct{}

// withPeer notes who opened a connection of the socket (http.Server.ConnContext).
func withPeer(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, peerKey{}, readPeer(conn))
}

func readPeer(conn net.Conn) peer {
	if counted, ok := conn.(*countedConn); ok {
		conn = counted.Conn
	}
	unix, ok := conn.(*net.UnixConn)
	if !ok {
		return peer{err: errors.New("not a unix socket")}
	}
	raw, err := unix.SyscallConn()
	if err != nil {
		return peer{err: err}
	}
	var cred *syscall.Ucred
	var credErr error
	err = raw.Control(func(fd uintptr) {
		cred, credErr = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	if err = errors.Join(err, credErr); err != nil {
		return peer{err: err}
	}
	return peer{uid: cred.Uid, gid: cred.Gid}
}

// welcome reports whether the peer may use the socket: root, the daemon's own user, a member of the group.
func (p peer) welcome(group string) bool {
	switch {
	case p.err != nil:
		return false
	case p.uid == 0, int(p.uid) == os.Geteuid():
		return true
	case group == "":
		return false
	}
	g, err := user.LookupGroup(group)
	if err != nil {
		return false
	}
	if strconv.FormatUint(uint64(p.gid), 10) == g.Gid {
		return true
	}
	u, err := user.LookupId(strconv.FormatUint(uint64(p.uid), 10))
	if err != nil {
		return false
	}
	groups, err := u.GroupIds()
	return err == nil && slices.Contains(groups, g.Gid)
}
