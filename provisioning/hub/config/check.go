package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"greenroom/meeting/directory"
)

// The shortest API secret that LiveKit takes without a warning, in bytes: a key for HMAC-SHA256.
const minSecret = 32

// The longest wait for requests in progress: the unit's TimeoutStopSec=30s leaves the rest to closing the database.
const maxShutdown = 25 * time.Second

// complete reads what the configuration keeps in other files.
func (c *Config) complete() error {
	if c.Relay.APISecretFile == "" {
		return nil
	}
	if c.Relay.APISecret != "" {
		return errors.New("- relay.api_secret and relay.api_secret_file are both set; keep one")
	}
	data, err := os.ReadFile(c.Relay.APISecretFile)
	if err != nil {
		return fmt.Errorf("- relay.api_secret_file cannot be read: %w", err)
	}
	c.Relay.APISecret = Secret(strings.TrimSpace(string(data)))
	return nil
}

// check reports everything that is out of range, a line each.
func (c Config) check() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("- "+format, args...)) }

	if strings.TrimSpace(c.Name) == "" {
		bad("name is empty: give the name that rooms show for this hub")
	}
	if !filepath.IsAbs(c.StateDir) {
		bad("state_dir is %q: give an absolute path", c.StateDir)
	}
	c.checkListen(bad)
	c.checkTLS(bad)
	c.checkRelay(bad)
	if _, err := c.Log.slogLevel(); err != nil {
		bad("log.level is %q: use debug, info, warn or error", c.Log.Level)
	}
	c.checkEncryption(bad)
	if u := c.Guests.RelayURL; u != "" && !relayURL(u) {
		bad("guests.relay_url is %q: give LiveKit's address as browsers reach it, such as wss://relay.example.org", u)
	}
	if u := c.Guests.PageURL; u != "" && !pageURL(u) {
		bad("guests.page_url is %q: give the address at which browsers find this hub's guest page, such as https://meet.example.org/guest/", u)
	}
	c.checkRooms(bad)
	c.checkMeetings(bad)
	return errors.Join(errs...)
}

type report func(format string, args ...any)

func (c Config) checkListen(bad report) {
	if _, port, err := net.SplitHostPort(c.Listen.Address); err != nil {
		bad("listen.address is %q: give host:port, such as 127.0.0.1:8443 or [::]:8443", c.Listen.Address)
	} else if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		bad("listen.address has the port %q: use 0 to 65535", port)
	} else if n == 0 && c.Listen.AddressFile == "" {
		bad("listen.address has port 0 (any that is free): name a file in listen.address_file that gets the address")
	}
	if n := c.Listen.Connections; n < 1 || n > 100_000 {
		bad("listen.connections is %d: use 1 to 100000", n)
	}
	if d := c.Listen.ShutdownTimeout; d < time.Second || d > maxShutdown {
		bad("listen.shutdown_timeout is %v: use 1s to 25s", d)
	}
}

func (c Config) checkTLS(bad report) {
	files := c.TLS.Certificate != "" || c.TLS.Key != ""
	switch {
	case files && c.TLS.SelfSigned:
		bad("tls.self_signed is true and tls.certificate or tls.key is set: keep one of the two ways")
	case files && (c.TLS.Certificate == "" || c.TLS.Key == ""):
		bad("tls.certificate and tls.key go together: set both")
	case !files && !c.TLS.SelfSigned:
		bad("no certificate: set tls.certificate and tls.key, or tls.self_signed: true to have the hub make one")
	}
	if len(c.TLS.Names) > 0 && !c.TLS.SelfSigned {
		bad("tls.names is for tls.self_signed: true only; a certificate from a file has its names already")
	}
}

func relayURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "ws" || u.Scheme == "wss")
}

// pageURL reports whether an address can stand in a QR code, with digits behind its #.
func pageURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && u.Scheme == "https" && u.User == nil && u.RawQuery == "" && u.Fragment == "" && len(s) <= 200
}

func (c Config) checkRelay(bad report) {
	if !relayURL(c.Relay.URL) {
		bad("relay.url is %q: give LiveKit's address as rooms reach it, such as wss://relay.example.org", c.Relay.URL)
	}
	if c.Relay.APIKey == "" {
		bad("relay.api_key is empty: give the name of a key in LiveKit's configuration (keys)")
	}
	if n := len(c.Relay.APISecret); n < minSecret {
		bad("relay.api_secret has %d characters: LiveKit's secret for relay.api_key should have at least %d", n, minSecret)
	}
}

func (c Config) checkEncryption(bad report) {
	for key, value := range map[string]directory.Encryption{"meetings": c.Encryption.Meetings, "calls": c.Encryption.Calls} {
		if value.Check() != nil {
			bad("encryption.%s is %q: use e2ee or enhanced", key, value)
		}
	}
}

func (c Config) checkRooms(bad report) {
	rooms, err := c.DirectoryRooms()
	if err == nil {
		err = directory.CheckRooms(rooms)
	}
	if err != nil {
		for line := range strings.Lines(err.Error()) {
			bad("rooms: %s", strings.TrimSpace(line))
		}
	}
}

func (c Config) checkMeetings(bad report) {
	seen := map[string]bool{}
	for i, m := range c.Meetings {
		made, err := m.directory(time.Time{})
		if err != nil {
			bad("meetings[%d]: %v", i, err)
			continue
		}
		if seen[made.Number] {
			bad("meetings[%d]: the number %s is taken by an earlier meeting", i, made.Number)
		}
		seen[made.Number] = true
		for _, host := range m.Hosts {
			if !slices.ContainsFunc(c.Rooms, func(r Room) bool { return r.Name == host }) {
				bad("meetings[%d]: the host %q is not the name of a room in rooms", i, host)
			}
		}
	}
}

// DirectoryRooms returns the rooms as the directory wants them.
func (c Config) DirectoryRooms() ([]directory.Room, error) {
	rooms := make([]directory.Room, 0, len(c.Rooms))
	var errs []error
	for _, r := range c.Rooms {
		key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(r.Key))
		if err != nil {
			errs = append(errs, fmt.Errorf("the key of room %q is not in base64", r.Name))
		}
		rooms = append(rooms, directory.Room{Name: r.Name, Key: key, Organisation: r.Organisation})
	}
	return rooms, errors.Join(errs...)
}

// DirectoryMeetings returns the meetings as the directory wants them, with fresh ids.
func (c Config) DirectoryMeetings(now time.Time) ([]directory.Meeting, error) {
	meetings := make([]directory.Meeting, 0, len(c.Meetings))
	for _, m := range c.Meetings {
		made, err := m.directory(now)
		if err != nil {
			return nil, err
		}
		meetings = append(meetings, made)
	}
	return meetings, nil
}

func (m Meeting) directory(now time.Time) (directory.Meeting, error) {
	hosts := slices.Clone(m.Hosts)
	slices.Sort(hosts)
	return directory.NewConfigured(m.Number, string(m.Passcode), m.Title, slices.Compact(hosts), now)
}
