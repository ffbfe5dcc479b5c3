package room

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// CommandName names a command.
type CommandName string

// The commands.
const (
	CommandJoin    CommandName = "join"         // Number, Passcode
	CommandBooked  CommandName = "join-booking" // Text: Booking.ID
	CommandMeetNow CommandName = "meet-now"     // starts a meeting of its own
	CommandLeave   CommandName = "leave"        // the meeting, or the join that is under way
	CommandMute    CommandName = "mute"         // On: muted
	CommandCamera  CommandName = "camera"       // On: camera on
	CommandVolume  CommandName = "volume"       // Volume: how loud the others are played
	CommandLayout  CommandName = "layout"       // Text: "grid" or "speaker", on the wall
	CommandShare   CommandName = "share"        // On: the picture of the computer that is connected is shared in the meeting
	CommandCompare CommandName = "compare"      // Matches: what the people in the room say of the security code; Code: which one
	CommandDismiss CommandName = "dismiss"      // takes State.Refusal away
	CommandChat    CommandName = "chat"         // Text, to everybody
	CommandHand    CommandName = "hand"         // On: raised
	CommandReact   CommandName = "react"        // Text: an emoji
	CommandUpgrade CommandName = "upgrade"      // from enhanced to end-to-end encryption, for everybody and for good

	// The commands of hosts (Meeting.Host).
	CommandAdmit    CommandName = "admit"     // Person (Waiting.ID)
	CommandDeny     CommandName = "deny"      // Person (Waiting.ID)
	CommandRemove   CommandName = "remove"    // Person
	CommandLock     CommandName = "lock"      // On: locked
	CommandHandOver CommandName = "hand-over" // Person, who leads from then on
	CommandEnd      CommandName = "end"       // the meeting, for everybody
	CommandAskMute  CommandName = "ask-mute"  // Person

	// Calls.
	CommandCall    CommandName = "call"    // Person (Callee.ID)
	CommandAnswer  CommandName = "answer"  // State.Ringing
	CommandDecline CommandName = "decline" // State.Ringing

	// What stands in the room.
	CommandTurn          CommandName = "camera-turn"    // Pan, Tilt, Zoom; all 0: stop. It ends after MoveTime
	CommandPreset        CommandName = "preset-recall"  // Preset
	CommandPresetStore   CommandName = "preset-store"   // Preset
	CommandDisplay       CommandName = "display-power"  // On
	CommandDisplayInput  CommandName = "display-input"  // Text: a name of Display.Inputs
	CommandDisplayVolume CommandName = "display-volume" // Volume
	CommandDisplayMute   CommandName = "display-mute"   // On: muted
	CommandPress         CommandName = "press"          // Text: Control.Name
	CommandTouch         CommandName = "touch"          // somebody is here: the display is switched on

	// Which camera the room has, and how its picture is.
	CommandUseCamera CommandName = "use-camera"    // Text: Camera.ID
	CommandAdjust    CommandName = "camera-adjust" // Text: Adjustment.Name; Value

	// The room's identity key.
	CommandKeyRotate CommandName = "key-rotate" // a new one, signed by the old one
	CommandKeyMove   CommandName = "key-move"   // the same, and Text says where it is to be: "tpm" or "file"
	CommandKeyReset  CommandName = "key-reset"  // a new one that nobody knows; Text: the room's name, typed by who wants this
)

// Command is one thing that may be asked of the room. Which fields count goes by Do; the others are ignored.
type Command struct {
	Do       CommandName `json:"do"`
	Number   string      `json:"number,omitempty"`
	Passcode string      `json:"passcode,omitempty"`
	On       bool        `json:"on,omitempty"`
	Matches  bool        `json:"matches,omitempty"`
	Person   string      `json:"person,omitempty"` // Person.ID, Waiting.ID or Callee.ID
	Code     string      `json:"code,omitempty"`   // 40 digits
	Text     string      `json:"text,omitempty"`
	Pan      int         `json:"pan,omitempty"`    // percent of the highest speed, -100 to 100; to the right is positive
	Tilt     int         `json:"tilt,omitempty"`   // the same; upwards is positive
	Zoom     int         `json:"zoom,omitempty"`   // the same; closer is positive
	Preset   int         `json:"preset,omitempty"` // Preset.Number
	Volume   int         `json:"volume,omitempty"` // 0 to 100
	Value    int         `json:"value,omitempty"`  // in the unit of Adjustment
}

// String returns the command for logs: without its passcode, and without what people write to each other.
func (c Command) String() string {
	switch c.Do {
	case CommandJoin:
		return fmt.Sprintf("%s %q", c.Do, c.Number)
	case CommandMute, CommandCamera, CommandShare, CommandLock, CommandHand:
		return fmt.Sprintf("%s on=%t", c.Do, c.On)
	case CommandVolume:
		return fmt.Sprintf("%s %d", c.Do, c.Volume)
	case CommandCompare:
		return fmt.Sprintf("%s matches=%t", c.Do, c.Matches)
	case CommandAdmit, CommandDeny, CommandRemove, CommandHandOver, CommandAskMute, CommandCall:
		return fmt.Sprintf("%s %q", c.Do, c.Person)
	case CommandChat, CommandReact:
		return fmt.Sprintf("%s (%d bytes)", c.Do, len(c.Text))
	case CommandKeyMove, CommandDisplayInput, CommandPress, CommandLayout, CommandUseCamera, CommandBooked:
		return fmt.Sprintf("%s %q", c.Do, c.Text)
	case CommandDisplay, CommandDisplayMute:
		return fmt.Sprintf("%s on=%t", c.Do, c.On)
	case CommandAdjust:
		return fmt.Sprintf("%s %q %d", c.Do, c.Text, c.Value)
	case CommandTurn:
		return fmt.Sprintf("%s pan=%d tilt=%d zoom=%d", c.Do, c.Pan, c.Tilt, c.Zoom)
	case CommandPreset, CommandPresetStore:
		return fmt.Sprintf("%s %d", c.Do, c.Preset)
	case CommandDisplayVolume:
		return fmt.Sprintf("%s %d", c.Do, c.Volume)
	case CommandMeetNow, CommandLeave, CommandDismiss, CommandUpgrade, CommandEnd, CommandAnswer, CommandDecline,
		CommandKeyRotate, CommandKeyReset, CommandTouch:
		return string(c.Do)
	}
	return fmt.Sprintf("unknown command %q", string(c.Do))
}

// GoString keeps them out of %#v too.
func (c Command) GoString() string { return "room.Command(" + c.String() + ")" }

// The longest fields of a command, in bytes. Nothing that a person would type comes near them.
const (
	maxNumberLen   = 32
	maxPasscodeLen = 64
	maxGuestPage   = 200
	maxPersonLen   = 64
	maxCodeLen     = 64
	maxWrittenLen  = 2000 // as the meeting core has it
)

// ParseCommand reads one command in JSON, as it comes from a view. Unknown fields, unknown commands, trailing data and
// overlong fields are errors; the error is written for the person who made the request and holds no passcode.
func ParseCommand(data []byte) (Command, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var c Command
	if err := dec.Decode(&c); err != nil {
		return Command{}, fmt.Errorf("read command: not a JSON object with known fields of the right kind: %w", withoutValues(err))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Command{}, errors.New("read command: something follows the JSON object")
	}
	if !known(c.Do) {
		return Command{}, fmt.Errorf("read command: there is no command %q", clean(string(c.Do), 20))
	}
	if len(c.Number) > maxNumberLen || len(c.Passcode) > maxPasscodeLen || len(c.Person) > maxPersonLen || len(c.Code) > maxCodeLen {
		return Command{}, errors.New("read command: the number, passcode, person or code is too long")
	}
	if c.Volume < 0 || c.Volume > 100 {
		return Command{}, fmt.Errorf("read command: the volume %d is not between 0 and 100", c.Volume)
	}
	if len(c.Text) > maxWrittenLen {
		return Command{}, fmt.Errorf("read command: the text has %d bytes, and at most %d can be sent", len(c.Text), maxWrittenLen)
	}
	return c, nil
}

// withoutValues reduces a JSON error to what quotes nothing of the input but field names: the input may hold a passcode.
func withoutValues(err error) error {
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &kind):
		return fmt.Errorf("field %q has the wrong kind", kind.Field)
	case errors.As(err, &syntax):
		return fmt.Errorf("syntax error at byte %d", syntax.Offset)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it ends too early")
	case strings.HasPrefix(err.Error(), "json: unknown field"):
		return errors.New("unknown field")
	}
	return errors.New("not understood")
}

func known(c CommandName) bool {
	switch c {
	case CommandJoin, CommandBooked, CommandMeetNow, CommandLeave, CommandMute, CommandCamera, CommandVolume, CommandLayout, CommandShare, CommandCompare, CommandDismiss,
		CommandChat, CommandHand, CommandReact, CommandUpgrade,
		CommandAdmit, CommandDeny, CommandRemove, CommandLock, CommandHandOver, CommandEnd, CommandAskMute,
		CommandCall, CommandAnswer, CommandDecline:
		return true
	}
	return aboutCamera(c) || aboutEquipment(c) || aboutKey(c)
}

// aboutEquipment reports whether a command is about what stands in the room.
func aboutEquipment(c CommandName) bool {
	switch c {
	case CommandTurn, CommandPreset, CommandPresetStore, CommandDisplay, CommandDisplayInput, CommandDisplayVolume,
		CommandDisplayMute, CommandPress, CommandTouch:
		return true
	}
	return false
}

// aboutCamera reports whether a command is about which camera the room has, or how its picture is.
func aboutCamera(c CommandName) bool { return c == CommandUseCamera || c == CommandAdjust }

// aboutKey reports whether a command is about the room's identity key.
func aboutKey(c CommandName) bool {
	switch c {
	case CommandKeyRotate, CommandKeyMove, CommandKeyReset:
		return true
	}
	return false
}
