package source

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What a command may do in the real capture process: see and reach what it needs, and change nothing that lasts. The state
// of the room and its credentials lie below /var/lib and /run.
func TestACommandIsConfined(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	outside := filepath.Join("/var/tmp", fmt.Sprintf("greenroom-test-%d", os.Getpid()))
	defer os.Remove(outside)
	tuning := quick()
	tuning.MinPause = time.Hour
	r := run(t, Config{Tuning: tuning, Spec: script(strings.Join([]string{
		"try() { if eval \"$2\" >/dev/null 2>&1; then may=\"$may $1\"; else not=\"$not $1\"; fi; }",
		"try programs 'cat /usr/lib/os-release'",
		"try hosts 'cat /etc/hosts'",
		"try device 'head -c 1 /dev/zero'",
		"try temporary 'f=$(mktemp) && rm $f'",
		"try network 'bash -c \"exec 3<>/dev/tcp/127.0.0.1/" + listener.Addr().String()[len("127.0.0.1:"):] + "\"'",
		"try state 'ls /var/lib'",
		"try packages 'cat /var/lib/dpkg/status'",
		"try run 'ls /run'",
		"try keep 'echo x >" + outside + "'",
		"try configuration 'echo x >>/etc/hostname'",
		"try namespaces 'unshare --user true'",
		"echo may:$may, not:$not >&2; exit 1",
	}, "\n"))})
	want := "may: programs hosts device temporary network, not: state packages run keep configuration namespaces"
	if s := r.state(Failed); !strings.HasSuffix(s.Reason, want) {
		t.Errorf("got %q, want %q", s.Reason, want)
	}
}
