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
		return fmt.Errorf("%+.140q cannot be a meeting's title: %s", s, nameAdvice(s))
	}
	return nil
}

// nameAdvice says what a name that wire.ValidName refuses should be. What can't be seen stands there as \u and its
// number, which a file in YAML takes as well.
func nameAdvice(s string) string {
	rule := fmt.Sprintf("it needs 1 to %d bytes in Unicode's form C, with single spaces and no character that is invisible or turns others", wire.MaxNameSize)
	if better := wire.CleanName(s); wire.ValidName(better) && better != s {
		return fmt.Sprintf("%s; write %+q", rule, better)
	}
	return rule
}
