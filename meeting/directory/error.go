package directory

import (
	"errors"
	"net/http"
	"time"
)

// The codes of an [Error]. They are part of the protocol; the sentences beside them are not.
const (
	CodeRoomUnknown    = "room-unknown"    // the hub does not know the room's identity key
	CodeMeetingUnknown = "meeting-unknown" // no meeting has this number
	CodePasscodeWrong  = "passcode-wrong"
	CodeClockWrong     = "clock-wrong"     // the room's clock is too far from the hub's; HubTime is set
	CodeSignatureWrong = "signature-wrong" // or the request was seen before
	CodeTooManyTries   = "too-many-tries"  // RetryAfter is set
	CodeMeetingOver    = "meeting-over"    // the meeting, or this participant's place in it, has ended
	CodeBadRequest     = "bad-request"
	CodeHubFault       = "hub-fault"

	CodeKeySucceeded = "key-succeeded" // the room has a newer identity key

	CodeGuestsOff = "guests-off" // the hub lets nobody in who is no room of its configuration

	CodeCallUnknown = "call-unknown" // there is no such room that could be called
	CodeCallOffline = "call-offline" // the room is not connected to the hub
	CodeCallBusy    = "call-busy"
	CodeCallOver    = "call-over" // the call has ended, or was never this room's
)

// ErrUnreachable is wrapped by the client's errors for a hub that did not answer: name not found, refused, timed out,
// TLS not trusted, or a proxy that answered in its place. Trying again later may help.
var ErrUnreachable = errors.New("the hub cannot be reached")

// Error is the hub's refusal.
type Error struct {
	Code    string // one of the codes above; unknown ones are treated as hub-fault
	Message string // a sentence for people: what was refused and what they can do
	Status  int    // the HTTP status
	HubTime time.Time
	// RetryAfter is how long to wait before the next try; 0 where waiting does not help.
	RetryAfter time.Duration
}

// Error returns the sentence for people.
func (e *Error) Error() string { return e.Message }

// refuse makes an Error with the status that belongs to its code.
func refuse(code, message string) *Error {
	return &Error{Code: code, Message: message, Status: statusOf(code)}
}

func statusOf(code string) int {
	switch code {
	case CodeClockWrong, CodeSignatureWrong:
		return http.StatusUnauthorized
	case CodeRoomUnknown, CodePasscodeWrong, CodeKeySucceeded, CodeGuestsOff:
		return http.StatusForbidden
	case CodeMeetingUnknown, CodeCallUnknown:
		return http.StatusNotFound
	case CodeCallOffline, CodeCallBusy:
		return http.StatusConflict
	case CodeTooManyTries:
		return http.StatusTooManyRequests
	case CodeMeetingOver, CodeCallOver:
		return http.StatusGone
	case CodeBadRequest:
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
}
