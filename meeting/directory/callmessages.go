package directory

import (
	"errors"
	"fmt"

	"greenroom/meeting/wire"
)

// maxVersion bounds the name of a list's version, in bytes.
const maxVersion = 64

// Callees is the list of rooms that a room can call.
type Callees struct {
	Rooms   []Callee `json:"rooms"` // sorted by name
	Version string   `json:"version"`
}

// PlacedCall is a call that rings at another room, and the caller's place in it.
type PlacedCall struct {
	Call   string `json:"call"`
	Ticket Ticket `json:"ticket"`
}

// Waiting is what a room waits for.
type Waiting struct {
	Ringing *Ringing `json:"ringing,omitempty"` // nil: nobody calls
	Rooms   string   `json:"rooms"`             // Callees.Version as it is now
}

// ringing returns the id of the call that rings, or "".
func (w Waiting) ringing() string {
	if w.Ringing == nil {
		return ""
	}
	return w.Ringing.Call
}

// Ringing is a call that rings at a room.
type Ringing struct {
	Call       string     `json:"call"`
	From       string     `json:"from"` // the caller's name
	Encryption Encryption `json:"encryption"`
}

// placeCallRequest calls a room.
type placeCallRequest struct {
	Room string `json:"room"` // Callee.ID
}

// callRequest names a call: to answer it.
type callRequest struct {
	Call string `json:"call"`
}

// declineRequest refuses a call.
type declineRequest struct {
	Call string `json:"call"`
	Busy bool   `json:"busy"` // the room is in a meeting or a call
}

// waitRequest says what the room knows.
type waitRequest struct {
	Ringing string `json:"ringing"` // Ringing.Call, or ""
	Rooms   string `json:"rooms"`   // Callees.Version, or ""
}

// watchRequest says how a call stands as far as the room knows.
type watchRequest struct {
	Call  string    `json:"call"`
	State CallState `json:"state"` // "": it does not know
}

type watchAnswer struct {
	State CallState `json:"state"`
}

// checkID refuses what is no id of a room or a call.
func checkID(id string) error {
	if _, err := wire.ParseInstanceID(id); err != nil { // all ids have one form
		return errors.New("an id has 32 lower-case hexadecimal digits")
	}
	return nil
}

func parsePlaceCall(data []byte) (placeCallRequest, error) {
	var r placeCallRequest
	if err := parseBody(data, &r); err != nil {
		return placeCallRequest{}, err
	}
	return r, checkID(r.Room)
}

func parseCall(data []byte) (callRequest, error) {
	var r callRequest
	if err := parseBody(data, &r); err != nil {
		return callRequest{}, err
	}
	return r, checkID(r.Call)
}

func parseDecline(data []byte) (declineRequest, error) {
	var r declineRequest
	if err := parseBody(data, &r); err != nil {
		return declineRequest{}, err
	}
	return r, checkID(r.Call)
}

func parseWait(data []byte) (waitRequest, error) {
	var r waitRequest
	if err := parseBody(data, &r); err != nil {
		return waitRequest{}, err
	}
	if len(r.Rooms) > maxVersion {
		return waitRequest{}, fmt.Errorf("the version of the list of rooms has more than %d characters", maxVersion)
	}
	if r.Ringing == "" {
		return r, nil
	}
	return r, checkID(r.Ringing)
}

func parseWatch(data []byte) (watchRequest, error) {
	var r watchRequest
	if err := parseBody(data, &r); err != nil {
		return watchRequest{}, err
	}
	if r.State != "" && !r.State.Valid() {
		return watchRequest{}, fmt.Errorf("there is no state of a call %.40q", string(r.State))
	}
	return r, checkID(r.Call)
}
