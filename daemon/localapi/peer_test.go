package localapi

import (
	"errors"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"testing"
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
