package main

import (
	"cmp"
	"fmt"
	"strings"

	"greenroom/daemon/room"
)

// booking says in a line what the room is booked for, with the id by which join-booking names it.
func booking(b room.Booking) string {
	return fmt.Sprintf("%s-%s  %s  %s", b.Begin.Local().Format("Mon 15:04"), b.End.Local().Format("15:04"), b.ID, cmp.Or(b.Title, "(private)"))
}

// findBooking returns the id of the booking that is meant by its id, its title, or the word next.
func findBooking(st room.State, meant string) (string, error) {
	if meant == "next" && len(st.Bookings) > 0 {
		return st.Bookings[0].ID, nil
	}
	for _, b := range st.Bookings {
		if b.ID == meant || strings.EqualFold(b.Title, meant) {
			return b.ID, nil
		}
	}
	return "", fmt.Errorf("the room is not booked for %q; greenroomctl status lists what it is booked for", meant)
}
