package relay

import (
	"errors"
	"fmt"

	"greenroom/media/relay/livekit"
)

// Refusal is why a relay does not want us.
type Refusal string

// The refusals. Trying again with the same ticket is of no use.
const (
	// RefusedToken: the token is not valid (any more), or it does not allow to join.
	RefusedToken Refusal = "token-invalid"
	// RefusedDuplicate: somebody joined with the same identity, which pushed us out.
	RefusedDuplicate Refusal = "duplicate-identity"
	// RefusedRemoved: an administrator removed us from the room.
	RefusedRemoved Refusal = "removed"
	// RefusedRoomClosed: the room was closed for everybody.
	RefusedRoomClosed Refusal = "room-closed"
)

// RefusedError is the relay's final word: Run returns it and does not try again.
type RefusedError struct {
	Reason Refusal
	Relay  string // its URL
}

// Error says what was refused and what can be done.
func (e *RefusedError) Error() string {
	switch e.Reason {
	case RefusedToken:
		return fmt.Sprintf("the relay %s does not accept our token: check both clocks, and that hub and relay share the same key", e.Relay)
	case RefusedDuplicate:
		return fmt.Sprintf("the relay %s dropped us because somebody joined with our identity: look for a second device with the same keys", e.Relay)
	case RefusedRemoved:
		return fmt.Sprintf("the relay %s removed us from the room: ask who administers the meeting", e.Relay)
	case RefusedRoomClosed:
		return fmt.Sprintf("the relay %s closed the room: start a new meeting", e.Relay)
	}
	return fmt.Sprintf("the relay %s refused us: %s", e.Relay, e.Reason)
}

// Errors of Send and WriteFrame.
var (
	// ErrNotConnected: there is no connection to the relay now; it is being retried.
	ErrNotConnected = errors.New("not connected to the relay")
	// ErrTooLarge: the message is larger than MaxData.
	ErrTooLarge = fmt.Errorf("the message is larger than %d bytes", MaxData)
	// ErrBusy: too much data waits to be sent.
	ErrBusy = errors.New("the relay does not take our data as fast as we send it")
	// ErrNotPublished: the stream is not among Config.Publish, or has another codec.
	ErrNotPublished = errors.New("the stream is not published")
)

// Why a session or a link ended.
var (
	// errRejoin: the session is over; join afresh.
	errRejoin = errors.New("the session is over")
	errSilent = errors.New("the relay does not answer")
	errMedia  = errors.New("the media connection broke")
)

// leaveError tells what to do when the relay sends Leave.
func leaveError(relay string, l *livekit.Leave) error {
	switch l.GetReason() {
	case livekit.DisconnectReason_DUPLICATE_IDENTITY:
		return &RefusedError{RefusedDuplicate, relay}
	case livekit.DisconnectReason_PARTICIPANT_REMOVED:
		return &RefusedError{RefusedRemoved, relay}
	case livekit.DisconnectReason_ROOM_DELETED, livekit.DisconnectReason_ROOM_CLOSED:
		return &RefusedError{RefusedRoomClosed, relay}
	}
	if l.GetAction() == livekit.Leave_RESUME {
		return fmt.Errorf("the relay wants us to resume (%s)", l.GetReason())
	}
	return fmt.Errorf("%w: the relay ended it (%s)", errRejoin, l.GetReason())
}
