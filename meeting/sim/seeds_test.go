package sim

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// regression is a meeting that failed once.
type regression struct {
	profile Profile
	seed    uint64
	shown   string // what it showed
}

// TestSeeds runs the meetings that failed once. Each line of testdata/seeds.txt is a profile, a seed, and what it showed.
func TestSeeds(t *testing.T) {
	cast := NewCast()
	for _, r := range regressions(t) {
		t.Run(fmt.Sprintf("%s-%d", r.profile.Name, r.seed), func(t *testing.T) {
			t.Parallel()
			if err := Run(cast, r.profile, r.seed, nil).Violation; err != nil {
				t.Errorf("%v\nIt showed once: %s\nTo repeat it, with all that happens:\n\t%s", err, r.shown, command(r.profile, r.seed))
			}
		})
	}
}

func regressions(t *testing.T) []regression {
	t.Helper()
	file, err := os.Open("testdata/seeds.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all []regression
	for lines, n := bufio.NewScanner(file), 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.SplitN(line, " ", 3)
		if len(parts) < 3 {
			t.Fatalf("testdata/seeds.txt:%d: want a profile, a seed, and what it showed", n)
		}
		seed, err := strconv.ParseUint(parts[1], 10, 64)
		p := profileNamed(parts[0])
		if err != nil || p.Name == "" {
			t.Fatalf("testdata/seeds.txt:%d: no profile %q, or no seed %q", n, parts[0], parts[1])
		}
		all = append(all, regression{p, seed, strings.TrimSpace(parts[2])})
	}
	if len(all) < 20 {
		t.Fatalf("testdata/seeds.txt has %d seeds: where are the others?", len(all))
	}
	return all
}
