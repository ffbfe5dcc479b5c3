package wire

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// nameCase is one of testdata/names.json, which the pages' tests read too. Name is empty: there is nothing to read.
type nameCase struct {
	What, Typed, Name string
}

func nameCases(tb testing.TB) []nameCase {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "names.json"))
	if err != nil {
		tb.Fatal(err)
	}
	var cases []nameCase
	if err := json.Unmarshal(text, &cases); err != nil {
		tb.Fatal(err)
	}
	return cases
}

// What is typed is cleaned, and only what is clean is announced.
func TestNamesHideNothing(t *testing.T) {
	for _, c := range nameCases(t) {
		if got := CleanName(c.Typed); got != c.Name {
			t.Errorf("%s: %+q became %+q, want %+q", c.What, c.Typed, got, c.Name)
		}
		if got, want := ValidName(c.Typed), c.Typed == c.Name && c.Name != ""; got != want {
			t.Errorf("%s: ValidName(%+q) is %v, want %v", c.What, c.Typed, got, want)
		}
		if c.Name != "" && !ValidName(c.Name) {
			t.Errorf("%s: %+q may not be announced", c.What, c.Name)
		}
	}
}

func TestNamesThatAreNotUTF8OrTooLong(t *testing.T) {
	if got := CleanName("As\xffpen\xed\xa0\x80"); got != "Aspen" { // a stray byte, and a surrogate
		t.Errorf("became %+q", got)
	}
	for _, name := range []string{"Aspen\xff", strings.Repeat("n", MaxNameSize+1)} {
		if ValidName(name) {
			t.Errorf("%+q may be announced", name)
		}
	}
	if !ValidName(strings.Repeat("n", MaxNameSize)) {
		t.Error("a name of the longest size may not be announced")
	}
}

// FuzzCleanName: whatever is typed becomes a name that may be announced, if it is not too long, or nothing.
func FuzzCleanName(f *testing.F) {
	for _, c := range nameCases(f) {
		f.Add(c.Typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		name := CleanName(typed)
		if again := CleanName(name); again != name {
			t.Errorf("%+q became %+q, and then %+q", typed, name, again)
		}
		if ValidName(name) != (name != "" && len(name) <= MaxNameSize) {
			t.Errorf("%+q became %+q, which may not be announced", typed, name)
		}
		if !utf8.ValidString(name) || !norm.NFC.IsNormalString(name) || strings.Contains(name, "  ") || strings.TrimSpace(name) != name {
			t.Errorf("%+q became %+q", typed, name)
		}
		for _, c := range name {
			if c != ' ' && (unicode.IsSpace(c) || unicode.In(c, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Variation_Selector)) {
				t.Errorf("%+q became %+q, with %U", typed, name, c)
			}
		}
	})
}
