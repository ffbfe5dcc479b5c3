package room

import (
	"strings"
	"unicode"

	"greenroom/meeting/wire"
)

// The longest texts in State that come from outside, in characters.
const (
	maxNameLen = 64
	maxTextLen = 300
)

// clean makes a text that somebody else wrote fit to be shown: no control characters, no invisible ones (zero width,
// right-to-left overrides), no line breaks, at most limit characters.
func clean(s string, limit int) string {
	shown := make([]rune, 0, min(len(s), limit+1))
	space := false
	for _, c := range s {
		if unicode.IsSpace(c) {
			space = len(shown) > 0
			continue
		}
		if unicode.In(c, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs) {
			continue
		}
		if space {
			shown = append(shown, ' ')
			space = false
		}
		shown = append(shown, c)
		if len(shown) > limit {
			return string(shown[:limit-1]) + "…"
		}
	}
	return string(shown)
}

// cleanName makes what somebody called a person, a meeting or a thing fit to be shown, by the rule that names in meetings
// keep: here come names too that no statement carried, as from a calendar or a camera.
func cleanName(s string) string { return clean(wire.CleanName(s), maxNameLen) }

// digits returns the digits of a meeting number as people write it, with spaces or dashes between groups; ok is false
// when there is anything else in it, or nothing at all.
func digits(s string) (number string, ok bool) {
	var b strings.Builder
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9':
			b.WriteRune(c)
		case c == '-' || unicode.IsSpace(c):
		default:
			return "", false
		}
	}
	return b.String(), b.Len() > 0 && b.Len() <= maxNumberLen
}
