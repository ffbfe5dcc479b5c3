package config_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"greenroom/daemon/config"
)

// update writes the generated files again instead of comparing them.
const update = "UPDATE_REFERENCE"

// TestGenerated holds the reference and the example equal to the table.
func TestGenerated(t *testing.T) {
	for path, want := range map[string]string{
		"REFERENCE.md":                        config.Reference(),
		"../../systemd/units/greenroomd.yaml": config.Example(),
	} {
		if os.Getenv(update) != "" {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s is not what the table says; run: %s=1 go test ./daemon/config", path, update)
		}
	}
}

// TestExampleLoads: as it is, and with every default written out, which must change nothing.
func TestExampleLoads(t *testing.T) {
	plain := load(t, config.Example())
	full := regexp.MustCompile(`(?m)^  #([a-z0-9_]+:)`).ReplaceAllString(config.Example(), "  $1")
	if n := strings.Count(full, "\n  #"); n != strings.Count(full, "\n  # ") {
		t.Errorf("%d lines were left as comments", n)
	}
	written := load(t, full)
	// A list that is empty because it was written and one that was not are the same.
	if len(plain.Camera.Command)+len(written.Camera.Command) != 0 {
		t.Error("the example has a camera command")
	}
	plain.Camera.Command, written.Camera.Command = nil, nil
	plain.Microphone.Command, written.Microphone.Command = nil, nil
	if a, b := dump(plain), dump(written); a != b {
		t.Errorf("the defaults are\n%s\nand written out they are\n%s", a, b)
	}
}

// TestKeys: every key is documented, and no two share a name or a variable.
func TestKeys(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range config.Keys() {
		if k.Doc == "" || k.Takes() == "" || k.Kind == "" || !strings.HasSuffix(k.Doc, ".") {
			t.Errorf("%s is not documented: %+v", k.Name, k)
		}
		if seen[k.Name] || seen[k.Variable()] {
			t.Errorf("%s or %s is there twice", k.Name, k.Variable())
		}
		seen[k.Name], seen[k.Variable()] = true, true
	}
	if len(seen) < 60 {
		t.Errorf("there are %d names", len(seen))
	}
}

func dump(c config.Config) string { return fmt.Sprintf("%+v", c) }
