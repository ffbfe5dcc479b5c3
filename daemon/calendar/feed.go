package calendar

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// How often the file is asked for, and how soon again after a failure.
const (
	every = 5 * time.Minute
	soon  = time.Minute
	// patience is how long one answer may take.
	patience = 30 * time.Second
)

// Feed asks for a calendar's file again and again.
type Feed struct {
	URL  string // a secret: who knows it can read the calendar
	HTTP *http.Client
	Zone *time.Location
	Host string // of the hub, as Reader.Host
	Now  func() time.Time

	// Tell is given what the room is booked for today and tomorrow, each time it was read, and how many entries were not
	// understood; or the error, in words without the address.
	Tell func([]Booking, int, error)
}

// Run asks until ctx ends.
func (f *Feed) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		bookings, skipped, err := f.read(ctx)
		if ctx.Err() != nil {
			return
		}
		f.Tell(bookings, skipped, err)
		if timer.Reset(every); err != nil {
			timer.Reset(soon)
		}
	}
}

// read asks once.
func (f *Feed) read(ctx context.Context) ([]Booking, int, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, f.URL, nil)
	if err != nil {
		return nil, 0, errors.New("the calendar's address cannot be used")
	}
	request.Header.Set("Accept", "text/calendar")
	answer, err := f.HTTP.Do(request)
	if err != nil {
		return nil, 0, fmt.Errorf("the calendar does not answer: %w", withoutAddress(err))
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, MaxFile))
		return nil, 0, fmt.Errorf("the calendar's server answers %s: is its address still the right one?", answer.Status)
	}
	now := f.Now().In(f.Zone)
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, f.Zone)
	r := Reader{From: now, To: midnight.AddDate(0, 0, 2), Zone: f.Zone, Host: f.Host}
	return r.Read(answer.Body)
}

// withoutAddress takes the address, which is a secret, out of an error of net/http.
func withoutAddress(err error) error {
	var at *url.Error
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
