package daemon

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"greenroom/daemon/calendar"
	"greenroom/daemon/config"
	"greenroom/daemon/room"
)

// newBookings prepares to read the room's calendar; nil: it has none. credential is systemd.Credential.
func newBookings(cfg config.Config, credential func(string) ([]byte, error), now func() time.Time, post func(room.Event), log *slog.Logger) (*calendar.Feed, error) {
	if cfg.Calendar.Credential == "" {
		return nil, nil
	}
	secret, err := credential(cfg.Calendar.Credential)
	if err != nil {
		return nil, fmt.Errorf("the calendar's address: %w; give the service the credential, or change calendar.credential", err)
	}
	address := string(bytes.TrimSpace(secret))
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" {
		return nil, fmt.Errorf("the credential %s holds no https address of a calendar", cfg.Calendar.Credential) // which one is a secret
	}
	trust, err := trusted("calendar.ca", cfg.Calendar.CA)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(cfg.Room.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("room.time_zone: %w", err)
	}
	hub, err := url.Parse(cfg.Hub.URL)
	if err != nil {
		return nil, fmt.Errorf("hub.url: %w", err)
	}
	t := &bookings{post: post, log: log}
	return &calendar.Feed{
		URL: address,
		HTTP: &http.Client{
			Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{RootCAs: trust, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true},
			CheckRedirect: securely,
		},
		Zone: zone, Host: hub.Host, Now: now, Tell: t.tell,
	}, nil
}

// maxRedirects is how often a calendar may say that it is somewhere else.
const maxRedirects = 5

// securely follows redirections to https alone.
func securely(request *http.Request, via []*http.Request) error {
	if request.URL.Scheme != "https" || len(via) > maxRedirects {
		return errors.New("it redirects too often, or to an address without https")
	}
	return nil
}

// bookings brings what the calendar says to the room, and says in the log what changes about the calendar itself.
type bookings struct {
	post func(room.Event)
	log  *slog.Logger

	told string // the last trouble
}

// tell keeps what was read last while the calendar does not answer.
func (b *bookings) tell(all []calendar.Booking, skipped int, err error) {
	trouble := ""
	switch {
	case err != nil:
		trouble = err.Error()
	case skipped > 0:
		trouble = fmt.Sprintf("%d of the calendar's entries are not understood, and left out", skipped)
	}
	if trouble != b.told {
		if b.told = trouble; trouble == "" {
			b.log.Info("the calendar is read again")
		} else {
			b.log.Warn("calendar", "trouble", trouble)
		}
	}
	if err != nil {
		return
	}
	booked := make([]room.Booked, len(all))
	for i, one := range all {
		booked[i] = room.Booked{
			Booking:  room.Booking{ID: one.ID, Title: one.Title, Begin: one.Begin, End: one.End, Number: one.Number},
			Passcode: one.Passcode,
		}
	}
	b.post(room.BookingsChanged{Bookings: booked})
}
