package calendar

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-ical"
)

// Booking is one thing that the room is booked for.
type Booking struct {
	// ID is the same each time the file is read, for as long as the booking is in it and begins at the same time.
	ID         string
	Title      string // empty: its owner tells nobody
	Begin, End time.Time
	// Number and Passcode are those of the meeting that it links to; empty: of none.
	Number, Passcode string
}

// MaxFile is the largest file that is read, in bytes.
const MaxFile = 4 << 20

// maxEntries is how many entries of a file are looked at, and maxBookings how many bookings come of it at most.
const (
	maxEntries  = 10_000
	maxBookings = 100
)

// Reader says how a file is to be understood.
type Reader struct {
	From, To time.Time      // bookings that end after From and begin before To
	Zone     *time.Location // of times without one that is known here
	Host     string         // of the hub: links to others are not followed
}

// Read makes the bookings of a file, the earliest first. Entries that are not understood are left out and counted. Days
// that are booked as a whole (holidays, say) and cancelled meetings are no bookings.
func (r Reader) Read(from io.Reader) (bookings []Booking, skipped int, err error) {
	defer func() {
		if recover() != nil { // the decoder panics at some lines that are cut short
			bookings, skipped, err = nil, 0, errors.New("the calendar is no iCalendar file: a line ends too early")
		}
	}()
	file, err := ical.NewDecoder(io.LimitReader(from, MaxFile)).Decode()
	switch {
	case errors.Is(err, io.EOF):
		return nil, 0, errors.New("the calendar is empty, where an iCalendar file is expected")
	case err != nil:
		return nil, 0, fmt.Errorf("the calendar is no iCalendar file: %w", err)
	}
	events := file.Events()
	if len(events) > maxEntries {
		return nil, 0, fmt.Errorf("the calendar has %d entries, and at most %d are read", len(events), maxEntries)
	}
	moved := r.moved(events)
	for _, e := range events {
		found, err := r.bookings(e, moved)
		if err != nil {
			skipped++
		}
		bookings = append(bookings, found...)
	}
	slices.SortFunc(bookings, func(a, b Booking) int {
		if c := a.Begin.Compare(b.Begin); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return bookings[:min(len(bookings), maxBookings)], skipped, nil
}

// instance is one of a series.
type instance struct {
	uid string
	at  int64 // Unix time of its place in the series
}

// moved returns the instances that have an entry of their own ("RECURRENCE-ID").
func (r Reader) moved(events []ical.Event) map[instance]bool {
	all := map[instance]bool{}
	for _, e := range events {
		if own := e.Props.Get(ical.PropRecurrenceID); own != nil {
			if at, err := r.time(own); err == nil {
				all[instance{textOf(e, ical.PropUID), at.Unix()}] = true
			}
		}
	}
	return all
}

// bookings returns what comes of one entry within the span.
func (r Reader) bookings(e ical.Event, moved map[instance]bool) ([]Booking, error) {
	start := e.Props.Get(ical.PropDateTimeStart)
	switch {
	case start == nil:
		return nil, errors.New("no start")
	case strings.EqualFold(textOf(e, ical.PropStatus), "CANCELLED"):
		return nil, nil
	case start.ValueType() == ical.ValueDate || len(start.Value) == len("20060102"):
		return nil, nil
	}
	begin, err := r.time(start)
	if err != nil {
		return nil, err
	}
	length, err := r.length(e, begin)
	if err != nil {
		return nil, err
	}
	begins, err := r.begins(e, begin, length)
	if err != nil {
		return nil, err
	}
	uid, series := textOf(e, ical.PropUID), e.Props.Get(ical.PropRecurrenceID) == nil
	var all []Booking
	for _, at := range begins {
		if series && moved[instance{uid, at.Unix()}] {
			continue
		}
		if end := at.Add(length); end.After(r.From) && at.Before(r.To) {
			all = append(all, r.booking(e, uid, at, end))
		}
	}
	return all, nil
}

func (r Reader) booking(e ical.Event, uid string, begin, end time.Time) Booking {
	id := sha256.Sum256(fmt.Appendf(nil, "%s\n%d", uid, begin.Unix()))
	b := Booking{ID: hex.EncodeToString(id[:8]), Begin: begin, End: end}
	if class := textOf(e, ical.PropClass); class == "" || strings.EqualFold(class, "PUBLIC") {
		b.Title = textOf(e, ical.PropSummary)
	}
	// The conference's own address counts before what somebody wrote.
	for _, name := range []string{ical.PropConference, ical.PropURL, ical.PropLocation, ical.PropDescription} {
		if b.Number, b.Passcode = r.link(textOf(e, name)); b.Number != "" {
			break
		}
	}
	return b
}

// length is how long an entry lasts: until DTEND, for DURATION, or not at all.
func (r Reader) length(e ical.Event, begin time.Time) (time.Duration, error) {
	length := time.Duration(0)
	if end := e.Props.Get(ical.PropDateTimeEnd); end != nil {
		at, err := r.time(end)
		if err != nil {
			return 0, err
		}
		length = at.Sub(begin)
	} else if lasts := e.Props.Get(ical.PropDuration); lasts != nil {
		var err error
		if length, err = lasts.Duration(); err != nil {
			return 0, err
		}
	}
	if length <= 0 || length > 31*24*time.Hour {
		return 0, errors.New("it ends before it begins, or a month later")
	}
	return length, nil
}

// time reads a time. Zones that go by a name of the file's own (as Exchange writes them) are taken for the room's.
func (r Reader) time(p *ical.Prop) (time.Time, error) {
	at, err := p.DateTime(r.Zone)
	if err != nil && p.Params.Get(ical.PropTimezoneID) != "" {
		unnamed := *p
		unnamed.Params = nil
		at, err = unnamed.DateTime(r.Zone)
	}
	if err == nil && (at.Year() < 1970 || at.Year() > 2200) {
		err = errors.New("a time that no meeting has")
	}
	return at, err
}

// textOf returns a property as text; what cannot be read is empty.
func textOf(e ical.Event, name string) string {
	p := e.Props.Get(name)
	if p == nil {
		return ""
	}
	// Not everybody escapes the commas of a text, which then reads as a list.
	if texts, err := p.TextList(); err == nil {
		return strings.Join(texts, ",")
	}
	return p.Value
}
