package pjlink

import (
	"bufio"
	"errors"
	"strings"
	"testing"

	"greenroom/devices/display"
)

// FuzzAnswer: whatever greets and answers, there is a value or an error that is named, and the password does not show.
func FuzzAnswer(f *testing.F) {
	f.Add("PJLINK 1 498e4a67", "%1POWR=1")
	f.Fuzz(func(t *testing.T, greeting, answer string) {
		const password = "JBMIAProjectorLink"
		named := []error{ErrPassword, ErrMalformed, display.ErrSilent, display.ErrUnsupported, display.ErrRefused, display.ErrBusy}
		check := func(err error) {
			for _, n := range named {
				if errors.Is(err, n) && !strings.Contains(err.Error(), password) {
					return
				}
			}
			t.Errorf("%q, %q: %v", greeting, answer, err)
		}
		lines := bufio.NewReader(strings.NewReader(greeting + "\r" + answer + "\r"))
		first, err := line(lines)
		if err != nil {
			check(err)
			return
		}
		digest, err := Display{Password: password}.digest(first)
		if err != nil {
			check(err)
			return
		}
		if len(digest) != 0 && len(digest) != 32 {
			t.Errorf("%q leads to %q", greeting, digest)
		}
		second, err := line(lines)
		if err != nil {
			check(err)
			return
		}
		if value, err := parse("POWR", second); err != nil {
			check(err)
		} else if !strings.HasSuffix(second, value) || len(value) > maxLine {
			t.Errorf("%q says %q", second, value)
		}
	})
}
