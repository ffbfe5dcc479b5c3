package localapi_test

import (
	"errors"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"greenroom/daemon/localapi"
	"greenroom/daemon/localapi/localapitest"
)

func TestListenRefuses(t *testing.T) {
	r := serve(t, nil)
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, cfg := range map[string]localapi.Config{
		"another daemon":   {Socket: r.socket},
		"a file":           {Socket: file},
		"no folder":        {Socket: filepath.Join(dir, "nowhere", "api.sock")},
		"no such group":    {Socket: filepath.Join(dir, "s1"), Group: "no-such-group"},
		"all addresses":    {Listen: ":0"},
		"0.0.0.0":          {Listen: "0.0.0.0:0"},
		"a name":           {Listen: "localhost:0"}, // could be any address
		"another machine":  {Listen: "192.0.2.1:0"},
		"no port":          {Listen: "127.0.0.1"},
		"a port in use":    {Listen: strings.TrimPrefix(r.base, "http://")},
		"not both of them": {Socket: filepath.Join(dir, "s2"), Listen: "0.0.0.0:0"},
	} {
		cfg.Room = localapitest.New()
		s, err := localapi.New(cfg)
		if err == nil {
			s.Close()
			t.Errorf("%s: no error", name)
		} else if errors.Is(err, localapi.ErrSocketInUse) != (name == "another daemon") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if data, _ := os.ReadFile(file); string(data) != "precious" {
		t.Errorf("the file holds %q now", data)
	}
	for _, left := range []string{"s1", "s2"} {
		if _, err := os.Lstat(filepath.Join(dir, left)); err == nil {
			t.Errorf("the socket %s was left behind", left)
		}
	}
	if _, err := localapi.New(localapi.Config{}); err == nil {
		t.Error("a server without a room: no error")
	}
}

func TestStaleSocketIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "api.sock")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false) // as a daemon that was killed
	l.Close()
	s, err := localapi.New(localapi.Config{Room: localapitest.New(), Socket: path})
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket's mode is %v (%v), want 0600 without a group", info.Mode(), err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); err == nil {
		t.Error("the socket is still there after Close")
	}
}

func TestSocketIsTheGroups(t *testing.T) {
	path := filepath.Join(t.TempDir(), "api.sock")
	group := ownGroup(t)
	s, err := localapi.New(localapi.Config{Room: localapitest.New(), Socket: path, Group: group.Name})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("the socket's mode is %v (%v), want 0660 with a group", info.Mode(), err)
	}
	if gid := info.Sys().(*syscall.Stat_t).Gid; int(gid) != os.Getegid() {
		t.Errorf("the socket belongs to the group %d, want %d", gid, os.Getegid())
	}
}

func ownGroup(t *testing.T) *user.Group {
	t.Helper()
	g, err := user.LookupGroupId(strconv.Itoa(os.Getegid()))
	if err != nil {
		t.Fatal(err)
	}
	return g
}
