package localapi

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"greenroom/daemon/localapi/localapitest"
	"greenroom/daemon/room"
)

func TestWelcome(t *testing.T) {
	me, stranger := uint32(os.Geteuid()), uint32(os.Geteuid()+54321)
	g, err := user.LookupGroupId(strconv.Itoa(os.Getegid()))
	if err != nil {
		t.Fatal(err)
	}
	gid := uint32(os.Getegid())
	for name, c := range map[string]struct {
		peer  peer
		group string
		want  bool
	}{
		"root":                   {peer{uid: 0, gid: 99}, "", true},
		"the daemon's own user":  {peer{uid: me, gid: 99}, "", true},
		"a stranger":             {peer{uid: stranger, gid: gid}, "", false},
		"in the group":           {peer{uid: stranger, gid: gid}, g.Name, true},
		"in another group":       {peer{uid: stranger, gid: gid + 54321}, g.Name, false},
		"a group that is gone":   {peer{uid: stranger, gid: gid}, "no-such-group", false},
		"the kernel says nobody": {peer{err: errors.New("no")}, g.Name, false},
	} {
		if got := c.peer.welcome(c.group); got != c.want {
			t.Errorf("%s: %t, want %t", name, got, c.want)
		}
	}
}

func TestReadPeer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	conn, err := newCrowdLimit(l, 1).Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	p := readPeer(conn)
	if p.err != nil || int(p.uid) != os.Geteuid() || int(p.gid) != os.Getegid() {
		t.Errorf("the peer is %+v, want user %d and group %d", p, os.Geteuid(), os.Getegid())
	}
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if p := readPeer(a); p.err == nil || p.welcome("root") {
		t.Errorf("the peer of a pipe is %+v, want nobody", p)
	}
}

// TestStrangerOnTheSocket: the file's mode may let somebody in whom the credentials do not.
func TestStrangerOnTheSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{room: localapitest.New(), log: slog.New(slog.DiscardHandler)}
	nobody := func(ctx context.Context, _ net.Conn) context.Context {
		return context.WithValue(ctx, peerKey{}, peer{uid: 54321, gid: 54321})
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	var serving sync.WaitGroup
	serving.Go(func() { s.serve(ctx, l, s.socketHandler(), nobody, cancel) })
	defer serving.Wait()
	defer cancel(nil)
	c := NewClient(path)
	defer c.Close()
	if _, err := c.State(t.Context()); !errors.Is(err, ErrDenied) {
		t.Errorf("State: %v, want ErrDenied", err)
	}
	for _, err := range c.Watch(t.Context()) {
		if !errors.Is(err, ErrDenied) {
			t.Errorf("Watch: %v, want ErrDenied", err)
		}
	}
	if _, err := c.Do(t.Context(), room.Command{Do: room.CommandMute}); !errors.Is(err, ErrDenied) {
		t.Errorf("Do: %v, want ErrDenied", err)
	}
}

// TestWhoIsAdmin: members of the one group may ask for what is not about the key; members of the other for that too.
func TestWhoIsAdmin(t *testing.T) {
	g, err := user.LookupGroupId(strconv.Itoa(os.Getegid()))
	if err != nil {
		t.Fatal(err)
	}
	stranger := peer{uid: uint32(os.Geteuid() + 54321), gid: uint32(os.Getegid())}
	for name, c := range map[string]struct {
		peer         peer
		group, admin string
		want         room.Origin // 0: turned away
	}{
		"root":                  {peer{uid: 0}, "", "", room.OriginAdmin},
		"the daemon's own user": {peer{uid: uint32(os.Geteuid())}, "", "", room.OriginAdmin},
		"in the first group":    {stranger, g.Name, "", room.OriginControl},
		"in the second group":   {stranger, "", g.Name, room.OriginAdmin},
		"in both":               {stranger, g.Name, g.Name, room.OriginAdmin},
		"in none":               {stranger, "", "", 0},
	} {
		s := &Server{group: c.group, adminGroup: c.admin, log: slog.New(slog.DiscardHandler)}
		var got room.Origin
		gate := s.socketGate(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got, _ = callerOf(r).origin() }))
		r := httptest.NewRequest(http.MethodGet, "/v1/state", nil)
		gate.ServeHTTP(httptest.NewRecorder(), r.WithContext(context.WithValue(r.Context(), peerKey{}, c.peer)))
		if got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestKernelSaysWho connects as another user: the kernel's word counts, for each connection. Only root can become
// somebody else.
func TestKernelSaysWho(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	want := os.Geteuid()
	if want == 0 {
		want = 54321
	}
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := openTo(path); err != nil {
		t.Fatal(err)
	}
	if err := as(want, func() error { return syscall.Connect(fd, &syscall.SockaddrUnix{Name: path}) }); err != nil {
		t.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	p := readPeer(conn)
	if int(p.uid) != want || p.welcome("") != (want == os.Geteuid()) {
		t.Errorf("the peer is %+v, welcome: %t; want user %d", p, p.welcome(""), want)
	}
}

// openTo lets every user reach a path in a test's folder.
func openTo(path string) error {
	errs := []error{os.Chmod(path, 0o666)}
	for dir := filepath.Dir(path); dir != filepath.Clean(os.TempDir()) && dir != "/"; dir = filepath.Dir(dir) {
		errs = append(errs, os.Chmod(dir, 0o755))
	}
	return errors.Join(errs...)
}

// as does something as another user, on one thread of its own.
func as(uid int, do func() error) error {
	set := func(uid int) error {
		const keep = ^uintptr(0)
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, keep, uintptr(uid), keep); errno != 0 {
			return errno
		}
		return nil
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	self := os.Geteuid()
	if err := set(uid); err != nil {
		return err
	}
	err := do()
	return errors.Join(err, set(self))
}
