package config

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

var listIndex = regexp.MustCompile(`\[\d+\]`)

// keysOf lists the keys that a configuration may have, in dotted form, with [] for the entries of a list.
func keysOf(t reflect.Type, prefix string) []string {
	var keys []string
	for i := range t.NumField() {
		field := t.Field(i)
		key := prefix + field.Tag.Get("mapstructure")
		keys = append(keys, key)
		switch inner := field.Type; {
		case inner.Kind() == reflect.Struct:
			keys = append(keys, keysOf(inner, key+".")...)
		case inner.Kind() == reflect.Slice && inner.Elem().Kind() == reflect.Struct:
			keys = append(keys, keysOf(inner.Elem(), key+"[].")...)
		}
	}
	return keys
}

// unknown lists the keys in settings, sorted, that are not known. Below an unknown one it does not look.
func unknown(settings any, prefix string, known []string) []string {
	var keys []string
	switch v := settings.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			key := strings.TrimPrefix(prefix+"."+name, ".")
			if !slices.Contains(known, listIndex.ReplaceAllString(key, "[]")) {
				keys = append(keys, key)
				continue
			}
			keys = append(keys, unknown(v[name], key, known)...)
		}
	case []any:
		for i, entry := range v {
			keys = append(keys, unknown(entry, fmt.Sprintf("%s[%d]", prefix, i), known)...)
		}
	}
	return keys
}

// nearest returns the known key that takes the fewest changed letters, looking at keys of the same section first.
func nearest(key string, known []string) string {
	key = listIndex.ReplaceAllString(key, "[]")
	best, bestCost := "", -1
	for _, k := range known {
		cost := 2 * distance(lastPart(key), lastPart(k))
		if section(k) != section(key) {
			cost++ // between two that are spelled alike, the one of the same section
		}
		if bestCost < 0 || cost < bestCost {
			best, bestCost = k, cost
		}
	}
	return best
}

func lastPart(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }

func section(key string) string { return key[:strings.LastIndexByte(key, '.')+1] }

// distance is Levenshtein's: how many letters have to be put in, left out or changed.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
