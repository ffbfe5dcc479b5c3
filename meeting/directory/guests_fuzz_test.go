package directory

import (
	"strings"
	"testing"

	"greenroom/meeting/wire"
)

// FuzzParseGuest: whatever anybody posts is a request whose fields keep their bounds, or a clear no. What is taken is
// taken again as the same after it was written down.
func FuzzParseGuest(f *testing.F) {
	f.Add([]byte(`{"number":"482 913 077","passcode":"271828","name":"Mika"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := parseGuest(data)
		if err != nil {
			if text := err.Error(); text == "" || len(text) > 1000 {
				t.Errorf("an error of %d bytes", len(text))
			}
			return
		}
		if digits := strings.Trim(r.Number, "0123456789"); digits != "" || len(r.Number) < 9 || len(r.Number) > 10 {
			t.Errorf("the number is %q", r.Number)
		}
		if len(r.Passcode) > maxPasscode {
			t.Errorf("a passcode of %d bytes", len(r.Passcode))
		}
		if !wire.ValidName(r.Name) || len(r.Name) > wire.MaxNameSize || strings.ContainsAny(r.Name, "\n\r\u202E\u200B\u200D") {
			t.Errorf("the name is %q", r.Name)
		}
		if again, err := cleanName(r.Name); err != nil || again != r.Name {
			t.Errorf("the name %q is cleaned again to %q, %v", r.Name, again, err)
		}
	})
}
