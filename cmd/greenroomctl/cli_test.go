package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestExitCodes: done, refused or failed, used wrongly.
func TestExitCodes(t *testing.T) {
	d := begin(t.Fatal, t.Cleanup)
	for line, want := range map[string]int{
		"status":                   exitDone,
		"help":                     exitDone,
		"-h":                       exitDone,
		"mute on":                  exitDone,
		"leave":                    exitFailed,
		"join 12345":               exitFailed,
		"status --socket /nowhere": exitFailed,
		"":                         exitUsage,
		"reboot":                   exitUsage,
		"mute loud":                exitUsage,
		"status --loud":            exitUsage,
		"compare":                  exitUsage,
	} {
		var out, errs bytes.Buffer
		env := func(name string) string { return map[string]string{"GREENROOM_SOCKET": d.socket}[name] }
		p := program{stdin: strings.NewReader(""), stdout: &out, stderr: &errs, env: env}
		if got := p.run(t.Context(), strings.Fields(line)); got != want {
			t.Errorf("%q: exit code %d, want %d\n%s%s", line, got, want, &out, &errs)
		}
		if said := errs.Len() > 0; said != (want != exitDone) {
			t.Errorf("%q: exit code %d, and on standard error: %q", line, want, &errs)
		}
	}
}

// TestNoGreenroomThere: what else may be behind a socket's name.
func TestNoGreenroomThere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, socket := range map[string]string{"a file": file, "nothing": file + "2", "a long name": strings.Repeat("/x", 100)} {
		var errs bytes.Buffer
		p := program{stdin: strings.NewReader(""), stdout: &errs, stderr: &errs, env: func(string) string { return "" }}
		if got := p.run(t.Context(), []string{"status", "--socket", socket}); got != exitFailed || !strings.Contains(errs.String(), socket) {
			t.Errorf("%s: exit code %d and %q, want a failure that names the socket", name, got, &errs)
		}
	}
}
