package room_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"greenroom/daemon/room"
)

// booked has the room booked for two meetings: one with a link to a meeting, in half an hour, and a private one later.
func booked(d *drive) *drive {
	d.t.Helper()
	return d.apply(room.BookingsChanged{Bookings: []room.Booked{
		{Booking: room.Booking{ID: "b2", Begin: d.now.Add(3 * time.Hour), End: d.now.Add(4 * time.Hour)}},
		{Booking: room.Booking{ID: "b1", Title: "Project review", Begin: d.now.Add(30 * time.Minute), End: d.now.Add(time.Hour), Number: "482913077"}, Passcode: "271828"},
	}})
}

func TestBookingsAreShownUntilTheyAreOver(t *testing.T) {
	d := booked(idleDrive(t))
	ids := func() string {
		var all []string
		for _, b := range d.state().Bookings {
			all = append(all, b.ID)
		}
		return strings.Join(all, " ")
	}
	if got := ids(); got != "b1 b2" {
		t.Errorf("booked: %q", got)
	}
	if next := d.r.Next(); !next.Equal(d.now.Add(20 * time.Minute)) {
		t.Errorf("a tick is due at %v", next)
	}
	d.after(time.Hour - 1).apply(room.Tick{})
	if got := ids(); got != "b1 b2" {
		t.Errorf("before its end: %q", got)
	}
	d.after(1).apply(room.Tick{})
	if got := ids(); got != "b2" {
		t.Errorf("after its end: %q", got)
	}
	d.apply(room.BookingsChanged{})
	if got := ids(); got != "" || d.state().Bookings == nil {
		t.Errorf("cancelled: %q", got)
	}
}

func TestABookingIsJoinedAtATouch(t *testing.T) {
	d := booked(idleDrive(t))
	text, err := json.Marshal(d.state())
	if err != nil || strings.Contains(string(text), "271828") {
		t.Errorf("the State tells the passcode (%v)", err)
	}
	if code := d.do(room.Command{Do: room.CommandBooked, Text: "b1"}); code != "" {
		t.Fatalf("refused: %s", code)
	}
	d.wantEffects(room.RequestTicket{Attempt: 1, Number: "482913077", Passcode: "271828"})
	d.do(room.Command{Do: room.CommandLeave})
	if code := d.do(room.Command{Do: room.CommandBooked, Text: "b2"}); code != "" {
		t.Fatalf("refused: %s", code)
	}
	d.wantEffects(room.RequestTicket{Attempt: 2, MeetNow: true})
	d.do(room.Command{Do: room.CommandLeave})
	d.after(2 * time.Hour)
	for _, id := range []string{"b1", "b3", ""} {
		if code := d.do(room.Command{Do: room.CommandBooked, Text: id}); code != room.CodeBookingUnknown {
			t.Errorf("%q: the code is %q", id, code)
		}
	}
}

// TestTheDisplayIsOnBeforeABooking: ten minutes before; and it goes off again when nobody came.
func TestTheDisplayIsOnBeforeABooking(t *testing.T) {
	d := booked(equippedDrive(t))
	d.after(20*time.Minute - 1).apply(room.Tick{})
	d.do(room.Command{Do: room.CommandDisplay})
	d.wantEffects(room.SetDisplayPower{})
	d.after(1).apply(room.Tick{})
	d.wantEffects(room.SetDisplayPower{On: true})
	d.after(time.Minute).apply(room.Tick{})
	d.wantEffects()
	d.do(room.Command{Do: room.CommandDisplay})
	d.after(time.Minute).apply(room.Tick{})
	d.wantEffects() // somebody wants it off: once is enough
	d.do(room.Command{Do: room.CommandDisplay, On: true})
	d.after(offAfter).apply(room.Tick{})
	d.wantEffects(room.SetDisplayPower{})

	d = booked(equippedDrive(t)).after(20 * time.Minute).apply(room.Tick{})
	d.after(10*time.Minute + offAfter - 1).apply(room.Tick{})
	d.wantEffects()
	d.after(1).apply(room.Tick{})
	d.wantEffects(room.SetDisplayPower{})
}
