// Package calendar reads what a room is booked for from a calendar that somebody else keeps: an iCalendar file (RFC 5545)
// behind an https address, as Exchange, Google, Nextcloud and others give one out for a room. [Read] makes the bookings of
// a span of time of a file, and a [Feed] asks for the file again and again.
//
// What is booked can be joined when its text holds a link to a meeting of the room's own hub: the address of the guest
// page with #n=NUMBER&p=PASSCODE, or /join/NUMBER.
package calendar
