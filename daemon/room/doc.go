// Package room is the room as a pure state machine: State, Command and Event go in, State and Effects come out.
//
// It has no clock, socket or goroutine: the daemon feeds it and carries out what it asks for, so that every flow is a
// table test.
package room
