// Package room is the room as a pure state machine: State, Command and Event go in, State and Effects come out.
//
// It has no clock, socket or goroutine: the daemon feeds it and carries out what it asks for, so that every flow is a
// table test.
//
//	            Commanded                      RequestTicket, EnterMeeting,
//	panel,  ------------->  +------------+     LeaveMeeting, SetMuted ...
//	screen, <-------------  |    Room    |  ------------------------------->  the daemon:
//	console     State       +------------+  <-------------------------------  hub, relay, core, devices
//	                                           TicketGranted, RelayUp,
//	                                           CoreChanged, DeviceChanged ...
//
// The caller owns one Room and calls it from one goroutine:
//
//	for _, effect := range r.Apply(now, event) {
//		carryOut(effect) // its outcome comes back as another event, later
//	}
//	publish(r.State())
//	setTimer(r.Next()) // when it fires: r.Apply(now, room.Tick{})
//
// A try to join carries an Attempt number from its first Effect on. Every event about it brings the number back, and
// events of an earlier attempt are ignored: what arrives late, after somebody pressed "leave", does no harm.
//
// Where to look: state.go is what everybody sees, commands.go what may be asked and by whom, events.go and effects.go
// the daemon's side, faults.go and refusals.go every sentence that says what went wrong.
package room
