package systemd_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// services returns the paths of all service units.
func services(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("units/*.service")
	if err != nil || len(paths) < 4 {
		t.Fatalf("units %q, %v", paths, err)
	}
	return paths
}

// directive is one line Name=Value of a unit.
type directive struct {
	section, name, value string
	line                 int
	// under is the number of lines between it and its comment, or 0 if a blank line or the section's head is nearer.
	under int
}

func directives(t *testing.T, path string) []directive {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []directive
	section, under, number := "", 0, 0
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		number++
		name, value, isDirective := strings.Cut(line, "=")
		switch {
		case strings.HasPrefix(line, "#"):
			under = 1
		case line == "":
			under = 0
		case strings.HasPrefix(line, "["):
			section, under = line, 0
		case isDirective:
			all = append(all, directive{section, name, value, number, under})
			if under > 0 {
				under++
			}
		default:
			t.Errorf("%s:%d: neither a comment nor a directive: %s", path, number, line)
		}
	}
	return all
}

// TestEveryLineIsExplained: what is not obvious has a comment above it, and no comment stands for a long list.
func TestEveryLineIsExplained(t *testing.T) {
	obvious := []string{"Description", "Documentation", "Type", "ExecStart", "Restart", "WantedBy", "Before"}
	const longest = 11 // lines under one comment
	for _, path := range services(t) {
		for _, d := range directives(t, path) {
			if slices.Contains(obvious, d.name) {
				continue
			}
			if d.under == 0 || d.under > longest {
				t.Errorf("%s:%d: %s has no comment above it that is near enough", path, d.line, d.name)
			}
		}
	}
}

var exposure = regexp.MustCompile(`Overall exposure level for (\S+): (\d+\.\d)`)

// analyze returns the exposure of a unit, and what systemd-analyze said of the threshold of 2.0.
func analyze(t *testing.T, path string) (float64, error) {
	t.Helper()
	out, err := exec.Command("systemd-analyze", "security", "--offline=yes", "--no-pager", "--threshold=20", path).CombinedOutput()
	found := exposure.FindSubmatch(out)
	if found == nil {
		t.Fatalf("%s: %v\n%s", path, err, out)
	}
	level, perr := strconv.ParseFloat(string(found[2]), 64)
	if perr != nil {
		t.Fatal(perr)
	}
	t.Logf("%s: %.1f", found[1], level)
	return level, err
}

func TestExposure(t *testing.T) {
	for _, name := range []string{"greenroomd", "greenroom-hub"} {
		if level, err := analyze(t, "units/"+name+".service"); err != nil || level > 2.0 {
			t.Errorf("%s: exposure %.1f (%v), want 2.0 or less", name, level, err)
		}
	}
	// That the measure measures: a unit without any protection.
	bare := filepath.Join(t.TempDir(), "bare.service")
	if err := os.WriteFile(bare, []byte("[Service]\nExecStart=/bin/true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if level, err := analyze(t, bare); err == nil || level < 9 {
		t.Errorf("a bare unit has the exposure %.1f (%v)", level, err)
	}
}

// stubbed copies the units to a folder, with their programs replaced by one that is there.
func stubbed(t *testing.T, change func(string) string) []string {
	t.Helper()
	dir := t.TempDir()
	var paths []string
	for _, path := range services(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, program := range []string{"/usr/bin/greenroomd", "/usr/bin/greenroom-hub", "/usr/bin/cage"} {
			text = bytes.ReplaceAll(text, []byte("ExecStart="+program+" "), []byte("ExecStart=/bin/true "))
		}
		to := filepath.Join(dir, filepath.Base(path))
		if err := os.WriteFile(to, []byte(change(string(text))), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, to)
	}
	return paths
}

// verify returns what systemd-analyze has to say about units.
func verify(t *testing.T, paths []string) string {
	t.Helper()
	cmd := exec.Command("systemd-analyze", append([]string{"verify", "--man=no", "--recursive-errors=no"}, paths...)...)
	// The units find each other here, and the rest of the system in its own place (the empty entry at the end).
	cmd.Env = append(os.Environ(), "SYSTEMD_UNIT_PATH="+filepath.Dir(paths[0])+":")
	out, err := cmd.CombinedOutput()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return string(out)
}

func TestVerify(t *testing.T) {
	if said := verify(t, stubbed(t, func(text string) string { return text })); said != "" {
		t.Errorf("systemd-analyze verify:\n%s", said)
	}
	// That it would say something.
	misspelt := func(text string) string { return strings.ReplaceAll(text, "NoNewPrivileges=", "NoNewPrivilege=") }
	if said := verify(t, stubbed(t, misspelt)); !strings.Contains(said, "NoNewPrivilege") {
		t.Errorf("a misspelt directive passes: %s", said)
	}
}

// TestUsers: sysusers.d makes every user and group that a unit names, and nobody with a login.
func TestUsers(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	config, err := filepath.Abs("units/sysusers.d/greenroom.conf")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("systemd-sysusers", "--root="+root, config).CombinedOutput(); err != nil {
		t.Fatalf("systemd-sysusers: %v\n%s", err, out)
	}
	passwd, group := read(t, root+"/etc/passwd"), read(t, root+"/etc/group")
	for line := range strings.Lines(passwd) {
		if !strings.HasSuffix(strings.TrimSpace(line), "/nologin") {
			t.Errorf("this user can log in: %s", line)
		}
	}
	fromDebian := []string{"video", "audio", "dialout"}
	for _, path := range services(t) {
		for _, d := range directives(t, path) {
			switch d.name {
			case "User":
				if !strings.Contains("\n"+passwd, "\n"+d.value+":") {
					t.Errorf("%s:%d: nobody makes the user %s", path, d.line, d.value)
				}
			case "Group", "SupplementaryGroups":
				for _, name := range strings.Fields(d.value) {
					if !strings.Contains("\n"+group, "\n"+name+":") && !slices.Contains(fromDebian, name) {
						t.Errorf("%s:%d: nobody makes the group %s", path, d.line, name)
					}
				}
			}
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestRoomHasNoPower: what the design promises of the room's unit, whatever the exposure says.
func TestRoomHasNoPower(t *testing.T) {
	has := map[string][]string{}
	for _, d := range directives(t, "units/greenroomd.service") {
		has[d.name] = append(has[d.name], d.value)
	}
	for name, want := range map[string][]string{
		"Type":                    {"notify"},
		"User":                    {"greenroom"},
		"WatchdogSec":             {"30s"},
		"NotifyAccess":            {"main"},
		"DevicePolicy":            {"closed"},
		"DeviceAllow":             {"char-video4linux rw", "char-alsa rw", "char-hidraw rw", "char-ttyS rw", "char-ttyUSB rw", "char-ttyACM rw", "char-cec rw", "/dev/tpmrm0 rw"},
		"CapabilityBoundingSet":   {""},
		"NoNewPrivileges":         {"yes"},
		"MemorySwapMax":           {"0"},
		"LimitCORE":               {"0"},
		"StateDirectoryMode":      {"0700"},
		"LoadCredentialEncrypted": {"greenroom.keystore-key"},
	} {
		if !slices.Equal(has[name], want) {
			t.Errorf("%s is %q, want %q", name, has[name], want)
		}
	}
}

// TestNothingWrittenRuns: systemd leaves folders that can be written out of NoExecPaths=/, so each is named.
func TestNothingWrittenRuns(t *testing.T) {
	for _, path := range []string{"units/greenroomd.service", "units/greenroom-hub.service"} {
		var noExec []string
		writable := []string{"/", "/tmp", "/var/tmp", "/dev/shm"}
		for _, d := range directives(t, path) {
			switch d.name {
			case "NoExecPaths":
				noExec = append(noExec, strings.Fields(d.value)...)
			case "StateDirectory":
				writable = append(writable, "/var/lib/"+d.value)
			case "RuntimeDirectory":
				writable = append(writable, "/run/"+d.value)
			case "ReadWritePaths", "CacheDirectory", "LogsDirectory", "ConfigurationDirectory":
				t.Errorf("%s:%d: this test does not know %s", path, d.line, d.name)
			}
		}
		for _, folder := range writable {
			if !slices.Contains(noExec, folder) {
				t.Errorf("%s: programs in %s may run", path, folder)
			}
		}
	}
}

// TestFilesAreListed: the package doc is the list of what to install.
func TestFilesAreListed(t *testing.T) {
	doc := read(t, "doc.go")
	err := filepath.WalkDir("units", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name := entry.Name()
		if folder := filepath.Base(filepath.Dir(path)); folder != "units" {
			name = folder + "/"
		}
		if !strings.Contains(doc, name) {
			t.Errorf("the package doc does not name %s", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
