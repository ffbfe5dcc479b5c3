package wire

import (
	"encoding/hex"
	"fmt"
)

// idSize is the length of every identifier, in bytes.
const idSize = 16

// MeetingID names a meeting, as often as it may run.
type MeetingID [idSize]byte

// InstanceID names one run of a meeting: 16 random bytes from the hub.
type InstanceID [idSize]byte

// ParticipantID names one participation: a device that joins again has another one. Its String is the participant's
// identity on the relay.
type ParticipantID [idSize]byte

// DeviceID names a device for as long as it keeps its identity key.
type DeviceID [idSize]byte

// String returns the identifier as 32 hexadecimal digits.
func (id MeetingID) String() string { return hex.EncodeToString(id[:]) }

// String returns the identifier as 32 hexadecimal digits.
func (id InstanceID) String() string { return hex.EncodeToString(id[:]) }

// String returns the identifier as 32 hexadecimal digits.
func (id ParticipantID) String() string { return hex.EncodeToString(id[:]) }

// String returns the identifier as 32 hexadecimal digits.
func (id DeviceID) String() string { return hex.EncodeToString(id[:]) }

// ParseMeetingID reads what MeetingID.String wrote.
func ParseMeetingID(s string) (MeetingID, error) { return parseID[MeetingID](s, "meeting") }

// ParseInstanceID reads what InstanceID.String wrote.
func ParseInstanceID(s string) (InstanceID, error) { return parseID[InstanceID](s, "instance") }

// ParseParticipantID reads what ParticipantID.String wrote.
func ParseParticipantID(s string) (ParticipantID, error) {
	return parseID[ParticipantID](s, "participant")
}

func parseID[T ~[idSize]byte](s, what string) (T, error) {
	var id T
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != idSize || hex.EncodeToString(raw) != s {
		return id, fmt.Errorf("%s id %.40q: want 32 lower-case hexadecimal digits", what, s)
	}
	copy(id[:], raw)
	return id, nil
}

// Role is what a participant may do in a meeting. The hub states it.
type Role uint8

// The roles. A higher one may do all that a lower one may.
const (
	RoleParticipant Role = 1
	RoleCoHost      Role = 2
	RoleHost        Role = 3
)

// String returns the role's name as it stands in State and in the hub's tables.
func (r Role) String() string {
	switch r {
	case RoleParticipant:
		return "participant"
	case RoleCoHost:
		return "co-host"
	case RoleHost:
		return "host"
	}
	return fmt.Sprintf("role-%d", uint8(r))
}

// Valid reports whether r is one of the three roles.
func (r Role) Valid() bool { return r >= RoleParticipant && r <= RoleHost }
