package localapi

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"strconv"
	"sync"
	"syscall"
)

// ErrSocketInUse: another daemon answers on the socket.
var ErrSocketInUse = errors.New("another daemon answers on this socket")

// listenSocket makes the unix socket. A socket that a daemon left behind when it died is replaced. The file's mode is
// the first lock, the peer's credentials the second.
func listenSocket(path, group string) (*net.UnixListener, error) {
	fail := func(err error) error { return fmt.Errorf("local API: listen on the socket %s: %w", path, err) }
	if err := removeStale(path); err != nil {
		return nil, fail(err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fail(err)
	}
	if err := giveTo(path, group); err != nil {
		return nil, fail(errors.Join(err, l.Close()))
	}
	return l, nil
}

// removeStale removes a socket on which nobody listens.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return errors.New("there is a file of this name that is no socket; move it away, or set another path")
	}
	conn, err := net.Dial("unix", path)
	if err == nil {
		conn.Close()
		return fmt.Errorf("%w; stop it, or give this one a socket of its own", ErrSocketInUse)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return err
	}
	return os.Remove(path)
}

func giveTo(path, group string) error {
	if group == "" {
		return os.Chmod(path, 0o600)
	}
	g, err := user.LookupGroup(group)
	if err != nil {
		return fmt.Errorf("find the group that may use it: %w", err)
	}
	gid, err := strconv.Atoi(g.Gid)
	if err != nil {
		return fmt.Errorf("the group %s has the id %q, which is no number", group, g.Gid)
	}
	if err := os.Chown(path, -1, gid); err != nil {
		return fmt.Errorf("give it to the group %s (the daemon's user must be a member): %w", group, err)
	}
	return os.Chmod(path, 0o660)
}

// listenLoopback refuses every address that another machine could reach.
func listenLoopback(address string) (net.Listener, error) {
	fail := func(err error) error { return fmt.Errorf("local API: listen on %s: %w", address, err) }
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fail(err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fail(errors.New("the pages are served on a loopback address only, such as 127.0.0.1:8480"))
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fail(err)
	}
	return l, nil
}

// crowdLimit bounds how many connections are open at once. Who is too many is turned away at once: waiting in line
// behind a crowd would let the crowd shut everybody out unseen.
type crowdLimit struct {
	net.Listener
	free chan struct{}
}

func newCrowdLimit(l net.Listener, n int) *crowdLimit {
	return &crowdLimit{Listener: l, free: make(chan struct{}, n)}
}

// Accept waits for the next connection there is room for.
func (l *crowdLimit) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case l.free <- struct{}{}:
			return &countedConn{Conn: conn, done: sync.OnceFunc(func() { <-l.free })}, nil
		default:
			conn.Close()
		}
	}
}

type countedConn struct {
	net.Conn
	done func()
}

func (c *countedConn) Close() error {
	err := c.Conn.Close()
	c.done()
	return err
}
