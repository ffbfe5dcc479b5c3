package config

import (
	"fmt"
	"strings"
)

// names are the keys and sections that exist.
type names struct {
	order    []string // keys, then sections
	keys     map[string]bool
	sections map[string]bool
}

func knownNames() names {
	n := names{keys: map[string]bool{}, sections: map[string]bool{}}
	var sections []string
	for _, k := range Keys() {
		n.keys[k.Name] = true
		n.order = append(n.order, k.Name)
		section, _, _ := strings.Cut(k.Name, ".")
		if !n.sections[section] {
			n.sections[section] = true
			sections = append(sections, section)
		}
	}
	n.order = append(n.order, sections...)
	return n
}

// unknown is what is wrong with a name that doesn't exist.
func (n names) unknown(name string) error {
	return fmt.Errorf("is not known; the nearest key is %s", n.nearest(name))
}

// nearest returns the known name that takes the fewest changes of a letter. A key that was written without its section,
// or in another one, is near.
func (n names) nearest(name string) string {
	name = strings.ToLower(name)
	best, least := "", -1
	for _, known := range n.order {
		changes := distance(name, known)
		// One more than nothing: the right section wins over another one.
		changes = min(changes, 1+distance(last(name), last(known)))
		if least < 0 || changes < least {
			best, least = known, changes
		}
	}
	return best
}

// last returns the part of a key after its section.
func last(name string) string {
	return name[strings.LastIndexByte(name, '.')+1:]
}

// distance is the Levenshtein distance of two words, in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
