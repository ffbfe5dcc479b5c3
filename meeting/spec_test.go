package meeting

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"greenroom/meeting/wire"
)

func specification(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("SPEC.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Every test that SPEC.md names is there, every attack names one, and so is every profile of the simulator.
func TestSpecNamesTestsThatExist(t *testing.T) {
	tests := make(map[string]bool)
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	for _, dir := range []string{".", "../media/sframe", "../daemon/conference"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
				tests[m[1]] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	profiles, err := os.ReadFile("sim/profile.go")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(specification(t), "## 12. Known attacks")
	table, _, _ = strings.Cut(table, "## 13.")
	named, profile := regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w+`), regexp.MustCompile("`sim`: ([a-z-]+)")
	rows := 0
	for line := range strings.Lines(table) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| ---") || strings.HasPrefix(line, "| attack") {
			continue
		}
		rows++
		names := named.FindAllString(line, -1)
		if len(names) == 0 {
			t.Errorf("no test: %s", line)
		}
		for _, name := range names {
			if !tests[name] {
				t.Errorf("there is no %s: %s", name, line)
			}
		}
		for _, m := range profile.FindAllStringSubmatch(line, -1) {
			if !strings.Contains(string(profiles), fmt.Sprintf("Name: %q", m[1])) {
				t.Errorf("the simulator has no profile %q: %s", m[1], line)
			}
		}
	}
	if rows < 30 {
		t.Errorf("only %d attacks were found", rows)
	}
}

// Every kind of message, every label and every content stands in SPEC.md, under its number.
func TestSpecNamesEveryMessage(t *testing.T) {
	spec := specification(t)
	for k := wire.Kind(1); k < wire.Kinds; k++ {
		name := regexp.MustCompile(fmt.Sprintf(`(?m)^\| (\w+) \| %d \|`, k)).FindStringSubmatch(spec)
		if name == nil || !strings.EqualFold(name[1], strings.ReplaceAll(k.String(), "-", "")) {
			t.Errorf("message %d, %v: SPEC.md has %q", k, k, name)
		}
	}
	labels, err := os.ReadFile("wire/label.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`Label = ("[a-z ]+")`).FindAllStringSubmatch(string(labels), -1) {
		if !strings.Contains(spec, "`"+strings.Trim(m[1], `"`)+"`") {
			t.Errorf("label %s is not in SPEC.md", m[1])
		}
	}
}
