package room

import (
	"slices"
	"time"
)

// wakeBefore is how long before a booking the display is switched on.
const wakeBefore = 10 * time.Minute

// maxBookings is how many bookings State has.
const maxBookings = 50

// Booking is one thing that the room is booked for: now, or later today or tomorrow.
type Booking struct {
	ID    string    `json:"id"`
	Title string    `json:"title"` // empty: its owner tells nobody
	Begin time.Time `json:"begin"`
	End   time.Time `json:"end"`
	// Number is the meeting's that it links to; empty: of none, and who joins starts one.
	Number string `json:"number"`
}

// BookingsChanged: these, and no others, are what the room is booked for.
type BookingsChanged struct{ Bookings []Booked }

// Booked is a Booking with what only the room needs to know.
type Booked struct {
	Booking
	Passcode string // of Number
}

func (e BookingsChanged) apply(r *Room, now time.Time) []Effect {
	n := min(len(e.Bookings), maxBookings)
	r.booked = make([]Booked, n)
	for i, b := range e.Bookings[:n] {
		b.Title, b.Number = cleanName(b.Title), clean(b.Number, maxNumberLen)
		b.Begin, b.End = b.Begin.UTC(), b.End.UTC()
		r.booked[i] = b
	}
	slices.SortStableFunc(r.booked, func(a, b Booked) int { return a.Begin.Compare(b.Begin) })
	return nil
}

// bookings returns what State shows of them: those that are not over.
func (r *Room) bookings(now time.Time) []Booking {
	all := []Booking{}
	for _, b := range r.booked {
		if b.End.After(now) {
			all = append(all, b.Booking)
		}
	}
	return all
}

// joinBooking joins the meeting that a booking links to; where it links to none, it starts one.
func (r *Room) joinBooking(now time.Time, id string) ([]Effect, string) {
	for _, b := range r.booked {
		if b.ID != id || !b.End.After(now) {
			continue
		}
		if b.Number == "" {
			return r.join(now, Command{Do: CommandMeetNow})
		}
		return r.join(now, Command{Do: CommandJoin, Number: b.Number, Passcode: b.Passcode})
	}
	return nil, CodeBookingUnknown
}

// bookingsNext is when the next booking ends, or has the display switched on; zero: none does.
func (r *Room) bookingsNext(now time.Time) (next time.Time) {
	for _, b := range r.booked {
		for _, at := range []time.Time{b.Begin.Add(-wakeBefore), b.End} {
			if at.After(now) {
				next = earliest(next, at)
			}
		}
	}
	return next
}

// awaited returns the booking that begins soon; nil: none.
func (r *Room) awaited(now time.Time) *Booked {
	for i, b := range r.booked {
		if !now.Before(b.Begin.Add(-wakeBefore)) && now.Before(b.Begin) {
			return &r.booked[i]
		}
	}
	return nil
}
