package directory

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// RingTime is how long a call rings before it counts as not answered.
const RingTime = 45 * time.Second

// Call is one call from a room to another. It has a meeting of its own, which nobody joins by number, and of that one
// instance.
type Call struct {
	ID             string
	Number         string // of its meeting
	Caller, Callee []byte // identity keys
	State          CallState
	Since          time.Time // when it began to ring
	// CallerUntil is until when the caller of a call that rings counts as being there: it ends soon after the caller has
	// stopped watching the call.
	CallerUntil time.Time
}

// CallState is how a call stands.
//
//	             answer                one of the two leaves
//	ringing ----------------> answered ---------------------> over
//	   |
//	   +-- decline: declined, busy    +-- RingTime: no-answer    +-- the caller leaves, or is gone: over
type CallState string

// The states. All but ringing and answered are final.
const (
	CallRinging  CallState = "ringing"
	CallAnswered CallState = "answered"
	CallDeclined CallState = "declined"
	CallBusy     CallState = "busy"
	CallNoAnswer CallState = "no-answer"
	CallOver     CallState = "over"
)

// Valid reports whether s is one of the states.
func (s CallState) Valid() bool {
	switch s {
	case CallRinging, CallAnswered, CallDeclined, CallBusy, CallNoAnswer, CallOver:
		return true
	}
	return false
}

// Final reports whether nothing comes after s.
func (s CallState) Final() bool {
	switch s {
	case CallDeclined, CallBusy, CallNoAnswer, CallOver:
		return true
	case CallRinging, CallAnswered:
	}
	return false
}

// at returns the call as it stands at a time: nobody has to write down that it rang for too long.
func (c Call) at(now time.Time) Call {
	if c.State != CallRinging {
		return c
	}
	switch {
	case !now.Before(c.Since.Add(RingTime)):
		c.State = CallNoAnswer
	case !now.Before(c.CallerUntil):
		c.State = CallOver
	}
	return c
}

// has reports whether the room with that identity key takes part.
func (c Call) has(key []byte) bool { return slices.Equal(c.Caller, key) || slices.Equal(c.Callee, key) }

// The number of a call's meeting: no number that can be typed, so that nobody joins by it.
const callPrefix = "call-"

func callNumber(id string) string { return callPrefix + id }

func callID(number string) string { return strings.TrimPrefix(number, callPrefix) }

// RoomID names a room to call: the first 32 hexadecimal digits of the SHA-256 of its identity key, the same ones as in
// its fingerprint.
func RoomID(key []byte) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:16])
}

// Callee is a room that can be called.
type Callee struct {
	ID   string `json:"id"` // RoomID
	Name string `json:"name"`
}

// callees returns whom a room can call: rooms of the organisation call each other. A room from outside neither sees
// them nor is seen.
func (s *Service) callees(c Room) []Callee {
	if !c.Organisation {
		return nil
	}
	var all []Callee
	for _, r := range s.roster.all() {
		if r.Organisation && !slices.Equal(r.Key, c.Key) {
			all = append(all, Callee{ID: RoomID(r.Key), Name: r.Name})
		}
	}
	slices.SortFunc(all, func(a, b Callee) int { return strings.Compare(a.Name, b.Name) })
	return all
}

func (s *Service) listCallees(ctx context.Context, c caller) (Callees, error) {
	if err := s.transact(ctx, c, nil); err != nil {
		return Callees{}, err
	}
	rooms := s.callees(c.Room)
	return Callees{Rooms: rooms, Version: calleesVersion(rooms)}, nil
}

// calleesVersion names a list of callees: another list has another one.
func calleesVersion(all []Callee) string {
	h := sha256.New()
	for _, c := range all {
		h.Write([]byte(c.ID + c.Name + "\x00"))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// callee finds a room that the caller can call.
func (s *Service) callee(c Room, id string) (Room, bool) {
	for _, r := range s.roster.all() {
		if c.Organisation && r.Organisation && RoomID(r.Key) == id && !slices.Equal(r.Key, c.Key) {
			return r, true
		}
	}
	return Room{}, false
}
