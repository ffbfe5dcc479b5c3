package config

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a machine without zone files knows the zones too
	"unicode"
	"unicode/utf8"
)

// The checks of single values. Their errors finish the sentence "room.name ...".

func checkName(name string) error {
	switch n := utf8.RuneCountInString(name); {
	case name == "":
		return errors.New("is missing: give the room a name")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return fmt.Errorf("is %q: it has characters that can't be shown", name)
	case n > 64:
		return fmt.Errorf("has %d characters: at most 64 fit the screen", n)
	case strings.TrimSpace(name) != name:
		return fmt.Errorf("is %q: leave out the space around it", name)
	}
	return nil
}

func checkZone(zone string) error {
	if zone == "" {
		return nil
	}
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
		return fmt.Errorf("is %q: that is no IANA time zone such as Europe/Zurich", zone)
	}
	return nil
}

func checkOneOf(value string, allowed []string) error {
	if !slices.Contains(allowed, value) {
		return fmt.Errorf("is %q: it can be %s", value, strings.Join(allowed, ", "))
	}
	return nil
}

func checkHub(address string) error {
	if address == "" {
		return errors.New("is missing: give the hub's address, such as https://hub.example.org")
	}
	u, err := url.Parse(address)
	switch {
	case strings.Contains(address, "@"): // before anything that repeats the address: it may hold a password
		return errors.New("holds a user name: the room signs in with its identity key, so leave it out")
	case err != nil || u.Hostname() == "":
		return fmt.Errorf("is %q: that is no address such as https://hub.example.org", address)
	case u.Scheme != "https":
		return fmt.Errorf("is %q: it must begin with https://", address)
	case u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("is %q: leave out what follows ? or #", address)
	}
	return nil
}

func checkPath(path string) error {
	if path != "" && !filepath.IsAbs(path) {
		return fmt.Errorf("is %q: it must be an absolute path", path)
	}
	return nil
}

func checkFolder(path string) error {
	if path == "" {
		return errors.New("is empty: give an absolute path")
	}
	return checkPath(path)
}

// The names that systemd takes for a credential, and those that Debian takes for a group.
var (
	credentialName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	groupName      = regexp.MustCompile(`^[a-z_][a-z0-9_-]{0,31}$`)
)

func checkCredential(name string) error {
	if !credentialName.MatchString(name) {
		// Not the value: somebody may have written the secret itself here.
		return errors.New("is no name of a systemd credential: letters, digits, dots, dashes; the secret itself does not belong here")
	}
	return nil
}

func checkGroup(name string) error {
	if name != "" && !groupName.MatchString(name) {
		return fmt.Errorf("is %q: that is no name of a group", name)
	}
	return nil
}

func checkLoopback(address string) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("is %q: it must be a loopback address and a port, such as 127.0.0.1:7801", address)
	}
	if !a.Addr().IsLoopback() {
		return fmt.Errorf("is %q: the screen page shows decrypted pictures, so it is served on a loopback address only", address)
	}
	return nil
}

func checkNumber(n, least, most int, unit string, further func(int) error) error {
	if n < least || n > most {
		return fmt.Errorf("is %d: it can be %d to %d (%s)", n, least, most, unit)
	}
	if further != nil {
		return further(n)
	}
	return nil
}

func checkNumbers(all []int, least, most int) error {
	for i, n := range all {
		if n < least || n > most {
			return fmt.Errorf("has %d in it: each can be %d to %d", n, least, most)
		}
		if slices.Contains(all[:i], n) {
			return fmt.Errorf("has %d in it twice", n)
		}
	}
	return nil
}

func checkEven(n int) error {
	if n%2 != 0 {
		return fmt.Errorf("is %d: it must be even", n)
	}
	return nil
}

// checkTogether returns what is wrong between values that are right alone: the key and the rest of the sentence.
func checkTogether(c Config) map[string]error {
	wrong := map[string]error{}
	if len(c.Keystore.PCRs) > 0 && c.Keystore.Backend == BackendFile {
		wrong["keystore.pcrs"] = errors.New("is set, and keystore.backend is file: PCRs belong to a TPM")
	}
	if c.Content.Source == SourceCamera && c.Content.Device == "" {
		wrong["content.device"] = errors.New("is missing: with content.source camera it says which HDMI input is shared, and must not be the room's camera")
	}
	for name, device := range map[string]struct {
		source  string
		command []string
	}{
		"camera":     {c.Camera.Source, c.Camera.Command},
		"microphone": {c.Microphone.Source, c.Microphone.Command},
		"content":    {c.Content.Source, c.Content.Command},
	} {
		switch has := len(device.command) > 0; {
		case device.source == SourcePipe && !has:
			wrong[name+".command"] = fmt.Errorf("is missing: with %s.source pipe it is the program that is run", name)
		case device.source != SourcePipe && has:
			wrong[name+".command"] = fmt.Errorf("is set, and %s.source is %s: only pipe runs a command", name, device.source)
		case has && device.command[0] == "":
			wrong[name+".command"] = errors.New("begins with an empty word: the first one is the program")
		}
	}
	maps.Copy(wrong, checkEquipment(c))
	return wrong
}
