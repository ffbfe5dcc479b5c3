package wire

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// ValidName reports whether a name may stand in a statement, SPEC.md section 5: 1 to MaxNameSize bytes, and nothing in
// them that CleanName would change, so that names that differ do not look the same for want of what can't be seen.
func ValidName(name string) bool {
	return name != "" && len(name) <= MaxNameSize && CleanName(name) == name
}

// CleanName returns what somebody typed as ValidName allows it, but for its length: UTF-8 in Unicode's normalisation form
// C, single spaces between words and none around them, and no character that hides, reorders others, or shows nothing.
// An emoji that joins several becomes those several side by side. Characters that Unicode has not assigned stay: they show
// as boxes, and not every program knows the same ones. The name may be empty afterwards.
func CleanName(typed string) string {
	name := strings.Map(func(c rune) rune {
		switch {
		case unicode.IsSpace(c) || c == blank:
			return ' '
		case hides(c) || unicode.In(c, unicode.Cs, unicode.Noncharacter_Code_Point, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
			return -1
		}
		return c
	}, strings.ToValidUTF8(typed, ""))
	name = norm.NFC.String(strings.Join(strings.Fields(name), " "))
	if !strings.ContainsFunc(name, shows) {
		return ""
	}
	return name
}

// blank is the Braille pattern without dots: a space, though Unicode calls it a symbol.
const blank = '\u2800'

// shows reports whether a character is something to read by itself. Marks alone are not, nor are letters that only fill,
// such as Hangul's.
func shows(c rune) bool {
	return unicode.In(c, unicode.L, unicode.N, unicode.S, unicode.P) && c != blank && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, c)
}
