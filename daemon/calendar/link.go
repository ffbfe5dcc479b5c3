package calendar

import (
	"net/url"
	"regexp"
	"strings"
)

var (
	address = regexp.MustCompile(`https://[^\s"'<>\\]+`)
	number  = regexp.MustCompile(`^[0-9]{9,10}$`)
	secret  = regexp.MustCompile(`^[0-9]{1,32}$`)
)

// link finds a meeting of the room's hub in a text.
func (r Reader) link(text string) (found, passcode string) {
	for _, each := range address.FindAllString(text, 100) {
		u, err := url.Parse(strings.TrimRight(each, ".,;)"))
		if err != nil || !strings.EqualFold(u.Host, r.Host) {
			continue
		}
		fields, err := url.ParseQuery(u.EscapedFragment())
		if err != nil {
			continue
		}
		n := strings.NewReplacer(" ", "", "-", "").Replace(fields.Get("n"))
		if n == "" {
			_, n, _ = strings.Cut(u.Path, "/join/")
		}
		if !number.MatchString(n) {
			continue
		}
		if p := fields.Get("p"); secret.MatchString(p) {
			passcode = p
		}
		return n, passcode
	}
	return "", ""
}
