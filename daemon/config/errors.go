package config

import (
	"cmp"
	"slices"
	"strings"
)

// Problem is one mistake in the configuration.
type Problem struct {
	Place string // "/etc/greenroom/greenroomd.yaml:12", the name of a variable, or the file alone; empty: no file
	Key   string // as it was written; empty: the file as a whole
	Text  string // finishes the sentence that Key begins
}

// String returns the problem as one line.
func (p Problem) String() string {
	line := p.Text
	if p.Key != "" {
		line = p.Key + " " + line
	}
	if p.Place != "" && p.Place != p.Key {
		line = p.Place + ": " + line
	}
	return line
}

// Error is a configuration with mistakes: all of them, in the order of their places.
type Error struct{ Problems []Problem }

// Error returns a line for each problem.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return "config: " + strings.Join(lines, "\nconfig: ")
}

// problems collects.
type problems struct{ list []Problem }

func (p *problems) add(place, key string, err error) {
	p.list = append(p.list, Problem{Place: place, Key: key, Text: err.Error()})
}

func (p *problems) error() error {
	slices.SortStableFunc(p.list, func(a, b Problem) int {
		return cmp.Or(naturally(a.Place, b.Place), cmp.Compare(a.Key, b.Key))
	})
	return &Error{Problems: p.list}
}

// naturally compares places so that line 9 comes before line 10: of two places in one file, the shorter is the earlier.
func naturally(a, b string) int {
	fileA, _, _ := strings.Cut(a, ":")
	fileB, _, _ := strings.Cut(b, ":")
	return cmp.Or(cmp.Compare(fileA, fileB), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}
