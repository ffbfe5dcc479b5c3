package directory

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"greenroom/meeting/wire"
)

// NewConfigured makes a meeting of the hub's configuration, with a fresh id. The passcode has 6 to 10 digits, because
// a room's panel has digits only and fewer are soon guessed. hosts are names of rooms; none makes every room of the
// organisation a host.
func NewConfigured(number, passcode, title string, hosts []string, now time.Time) (Meeting, error) {
	digits, err := ParseNumber(number)
	if err != nil {
		return Meeting{}, err
	}
	if len(passcode) < passcodeDigits || len(passcode) > 10 || strings.Trim(passcode, "0123456789") != "" {
		return Meeting{}, fmt.Errorf("a passcode has %d to 10 digits", passcodeDigits)
	}
	if err := checkTitle(title); err != nil {
		return Meeting{}, err
	}
	return Meeting{ID: newID(), Kind: KindMeeting, Number: digits, Passcode: passcode, Title: title, Hosts: hosts, LastUsed: now}, nil
}

// ParseNumber reads a meeting number as people write it: 9 or 10 digits, the first of them not 0, with spaces or
// hyphens between them. It returns the digits alone.
func ParseNumber(s string) (string, error) {
	digits := strings.NewReplacer(" ", "", "-", "").Replace(s)
	if len(digits) < 9 || len(digits) > 10 {
		return "", errors.New("a meeting number has 9 or 10 digits")
	}
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return "", errors.New("a meeting number has digits only")
		}
	}
	if digits[0] == '0' {
		return "", errors.New("a meeting number does not begin with 0")
	}
	return digits, nil
}

// checkTitle refuses a title that would not show as it is on every screen; none at all is fine. The bounds are those
// of names in the protocol.
func checkTitle(s string) error {
	if s != "" && !wire.ValidName(s) {
		return fmt.Errorf("a meeting's title has at most %d bytes of UTF-8, none of them invisible", wire.MaxNameSize)
	}
	return nil
}
