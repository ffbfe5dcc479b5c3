package room

import "time"

// State is all that anyone may see of the room: the screen, the panel, the local API, D-Bus and the console are views
// on it. It holds no key, no token and no passcode of somebody else's meeting. A State is a value: the slices of one
// that was handed out are never changed.
type State struct {
	// Revision grows by one with each change.
	Revision uint64 `json:"revision"`
	// Time is the room's clock when the State was made.
	Time time.Time `json:"time"`

	Room    Info     `json:"room"`
	Phase   Phase    `json:"phase"`
	Joining *Joining `json:"joining,omitempty"` // in PhaseJoining
	Meeting *Meeting `json:"meeting,omitempty"` // in PhaseMeeting
	Ringing *Ringing `json:"ringing,omitempty"` // somebody calls this room
	Callees []Callee `json:"callees"`           // whom this room can call
	// Bookings are what the room is booked for today and tomorrow, without what is over, the earliest first.
	Bookings []Booking `json:"bookings"`
	Devices  Devices   `json:"devices"`
	Counters Counters  `json:"counters"`
	Hub      Hub       `json:"hub"`
	Identity Identity  `json:"identity"`
	// Faults are what is wrong now, the gravest first. In PhaseFault the first one is the reason.
	Faults []Fault `json:"faults"`
	// Refusal is why the last command was not carried out; it stays until the next command or CommandDismiss.
	Refusal *Refusal `json:"refusal,omitempty"`
}

// Info is what the room is.
type Info struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	HubName  string `json:"hubName"`
	TimeZone string `json:"timeZone"` // IANA name
	Clock24h bool   `json:"clock24h"`
	Language string `json:"language"` // "en"
}

// Phase is what the room is doing.
//
//	starting -> idle -> joining -> meeting -> idle
//	    |         ^        |          |
//	    v         +--------+----------+   (refused, left, removed, ended)
//	  fault
type Phase string

// The phases.
const (
	PhaseStarting Phase = "starting"
	PhaseIdle     Phase = "idle"
	PhaseJoining  Phase = "joining"
	PhaseMeeting  Phase = "meeting"
	// PhaseFault: the room can't do its work until somebody helps (a corrupt keystore, say).
	PhaseFault Phase = "fault"
)

// Joining is a join that is under way.
type Joining struct {
	Number string    `json:"number"` // empty for "meet now" until the hub has given one
	Title  string    `json:"title"`
	Step   Step      `json:"step"`
	Since  time.Time `json:"since"` // of the step
}

// Step is what a join waits for.
type Step string

// The steps of a join, in their order.
const (
	StepHub       Step = "hub"       // the hub's answer
	StepRinging   Step = "ringing"   // whom this room calls (Joining.Title) to answer
	StepRelay     Step = "relay"     // the connection to the relay
	StepHost      Step = "host"      // nobody gets a key before a host is there
	StepAdmission Step = "admission" // the leader's welcome
	StepKeys      Step = "keys"      // the first certified key
)

// Meeting is the meeting the room is in.
type Meeting struct {
	Kind     MeetingKind `json:"kind"`
	Title    string      `json:"title"`
	Number   string      `json:"number"`
	Passcode string      `json:"passcode,omitempty"` // only of a meeting that this room started, so that it can tell others
	// GuestPage is where a browser joins, as an address of https; empty: guests do not join. The number and the security
	// code go behind its #.
	GuestPage string `json:"guestPage,omitempty"`
	// Since is when the room came in.
	Since      time.Time  `json:"since"`
	Encryption Encryption `json:"encryption"`
	Link       Link       `json:"link"`
	People     []Person   `json:"people"` // in the order of their roster index
	Tiles      []Tile     `json:"tiles"`  // in the order in which they are shown; it changes as little as can be
	Layout     Layout     `json:"layout"`
	Notices    []Notice   `json:"notices"`
	// Locked is set while only those come in who were in the meeting before.
	Locked bool `json:"locked"`
	// Host is set while this room may use the commands of hosts: admit, deny, remove, lock, hand over, end, ask to mute.
	Host    bool       `json:"host"`
	Waiting []Waiting  `json:"waiting"` // who waits to be admitted, in the order they came; at most 100
	Chat    []ChatLine `json:"chat"`    // the last 100 lines, the oldest first
}

// MeetingKind is what kind of meeting the room is in.
type MeetingKind string

// The kinds of meetings.
const (
	MeetingMany MeetingKind = "meeting"
	MeetingCall MeetingKind = "call" // two parties; the security code is the call's own
)

// Waiting is somebody who waits for a host to let them in. The name is the hub's word.
type Waiting struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	Organisation bool   `json:"organisation"` // of the hub's own organisation
}

// ChatLine is what somebody wrote to everybody.
type ChatLine struct {
	ID     uint64    `json:"id"` // counts up within the meeting
	Person string    `json:"person"`
	Name   string    `json:"name"` // as it was then: the person may have left
	Self   bool      `json:"self"`
	Text   string    `json:"text"`
	Time   time.Time `json:"time"`
}

// Shield is what the shield on screen and panel shows: how far the meeting's encryption can be trusted.
type Shield string

// The shields. Unknown is never shown as off, and nothing is shown as E2EE that is not.
const (
	ShieldChecking  Shield = "checking"
	ShieldEncrypted Shield = "encrypted" // enhanced: the organisation's server has the key
	ShieldE2EE      Shield = "e2ee"
	ShieldVerified  Shield = "verified"
	ShieldNotSecure Shield = "not-secure"
)

// Encryption is how the meeting is encrypted, and what was checked about it.
type Encryption struct {
	Kind   Kind   `json:"kind"`
	Shield Shield `json:"shield"`
	// Code is the security code, 8 groups of 5 digits; empty while there is none.
	Code []string `json:"code"`
	// Leader is the name of the participant whose key the code stands for.
	Leader      string     `json:"leader"`
	Compared    Comparison `json:"compared"`
	JoinedSince int        `json:"joinedSince"` // newcomers since the code was marked as matching
	Epoch       uint64     `json:"epoch"`
}

// Kind is how a meeting is encrypted.
type Kind string

// The kinds of encryption.
const (
	KindUnknown  Kind = "unknown"
	KindEnhanced Kind = "enhanced" // the organisation's server has the key
	KindE2EE     Kind = "e2ee"     // the participants alone have it
)

// Comparison is what the people in a room said of the code.
type Comparison string

// The comparisons.
const (
	NotCompared Comparison = "none"
	Matches     Comparison = "match"
	Differs     Comparison = "mismatch"
)

// Link is the connection to the relay.
type Link struct {
	Up    bool      `json:"up"`
	Since time.Time `json:"since"`
	// Quiet is set while the leader's heartbeat has been missing for 6 s or more.
	Quiet bool `json:"quiet"`
}

// Person is one participant.
type Person struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Self     bool   `json:"self"`
	Leader   bool   `json:"leader"`
	Role     string `json:"role"`     // "host", "co-host", "participant"
	Verified bool   `json:"verified"` // the name is vouched for by more than the hub alone
	Muted    bool   `json:"muted"`
	CameraOn bool   `json:"cameraOn"`
	Speaking bool   `json:"speaking"`
	Level    int    `json:"level"` // 0 (silence) to 100
	Hand     bool   `json:"hand"`  // the hand is raised
	// Compared is what the people there told of the security code; of this room, what was said here.
	Compared Comparison `json:"compared"`
	// Reaction is an emoji that the person showed within the last 5 seconds.
	Reaction string `json:"reaction"`
	// Trouble is the worst of why the person's frames do not open, of picture and sound alike: TileWrongKey, TileReplay,
	// TileNotEncrypted, TileWaitingKey; empty: they do, or none come.
	Trouble TileReason `json:"trouble"`
}

// Tile is one picture on the screen. The page finds its picture in video slot Slot of the playout connection, and its
// sound in the audio slot of the same number.
type Tile struct {
	Person string `json:"person"` // Person.ID
	Stream string `json:"stream"` // "camera" or "content"
	Slot   int    `json:"slot"`   // from 0; -1: no slot (the room's own camera, or more people than slots)
	Large  bool   `json:"large"`  // drawn large, with the others beside it
	// Show is "picture" while pictures come; else Reason says why there is none.
	Show   TileShow   `json:"show"`
	Reason TileReason `json:"reason,omitempty"`
}

// TileShow is what a tile shows.
type TileShow string

// What a tile shows.
const (
	ShowPicture     TileShow = "picture"
	ShowPlaceholder TileShow = "placeholder"
)

// TileReason is why a tile shows no picture.
type TileReason string

// The reasons. Of the last four, frames came and did not open: they are never shown (fail silent).
const (
	TileConnecting   TileReason = "connecting"
	TileCameraOff    TileReason = "camera-off"
	TileNoCamera     TileReason = "no-camera"
	TileNoFrames     TileReason = "no-frames"
	TileNoSlot       TileReason = "no-slot" // there are more people than slots
	TileWaitingKey   TileReason = "waiting-for-key"
	TileWrongKey     TileReason = "wrong-key"
	TileReplay       TileReason = "replay"
	TileNotEncrypted TileReason = "not-encrypted"
)

// Notice is a change that the screen announces for 10 seconds.
type Notice struct {
	ID    uint64     `json:"id"`
	Kind  NoticeKind `json:"kind"`
	Name  string     `json:"name,omitempty"` // whom it is about
	Since time.Time  `json:"since"`
}

// NoticeKind is what a notice is about.
type NoticeKind string

// The kinds of notices.
const (
	NoticeJoined        NoticeKind = "joined"
	NoticeLeft          NoticeKind = "left"
	NoticeRemoved       NoticeKind = "removed"
	NoticeLeaderChanged NoticeKind = "leader-changed" // the code must be compared again
	NoticeReconnected   NoticeKind = "reconnected"
	NoticeLocked        NoticeKind = "locked"
	NoticeUnlocked      NoticeKind = "unlocked"
	NoticeUpgraded      NoticeKind = "upgraded"        // from enhanced to end-to-end encryption
	NoticeHand          NoticeKind = "hand"            // Name raised the hand
	NoticeCompared      NoticeKind = "compared"        // Name says that the code matches
	NoticeDiffers       NoticeKind = "compare-differs" // Name says that it does not
	NoticeDivided       NoticeKind = "divided"         // another meeting runs under the same number, led by Name
	NoticeMuteAsked     NoticeKind = "mute-asked"      // Name asks this room to mute; nobody can do it but the people here
)

// Devices are the room's own camera and microphone, and the input that it can share.
type Devices struct {
	Camera     Device `json:"camera"`
	Microphone Device `json:"microphone"`
	// Content is on while the room shares it. Nobody misses it meanwhile: it is never a fault.
	Content Device `json:"content"`
	// Preview is set while a panel shows the room its own picture. The camera is open for it, in a meeting or not.
	Preview bool `json:"preview,omitempty"`
	// Cameras are those that CommandUseCamera can choose from.
	Cameras []Camera `json:"cameras,omitempty"`
	// Adjustments are what CommandAdjust can adjust about the camera in use, while it is open.
	Adjustments []Adjustment `json:"adjustments,omitempty"`
	// Head turns the camera, and Display is the one on the wall; nil: the room has none that can be told anything.
	Head    *Head    `json:"head,omitempty"`
	Display *Display `json:"display,omitempty"`
	// Controls are the room's own buttons.
	Controls []Control `json:"controls,omitempty"`
	// MuteButtons are on devices that are plugged in.
	MuteButtons []MuteButton `json:"muteButtons,omitempty"`
	// Speaker is what the page on the wall plays the others with.
	Speaker Speaker `json:"speaker"`
}

// Speaker is the room's loudspeaker.
type Speaker struct {
	Volume int `json:"volume"` // 0 (silence) to 100
}

// Device is one device.
type Device struct {
	Name string `json:"name"`
	// On is what the people in the room want: camera on, microphone not muted, content shared.
	On    bool        `json:"on"`
	State DeviceState `json:"state"`
	// Reason says in a sentence what is wrong, and what the room does about it; Cause says it for pages.
	Reason string    `json:"reason,omitempty"`
	Cause  Cause     `json:"cause,omitzero"`
	Since  time.Time `json:"since"` // while it is missing or fails: since when it did not work
	// Tries is how often it was tried again since then.
	Tries int `json:"tries,omitempty"`
	Level int `json:"level"` // microphone: 0 (silence) to 100
	// Echo says of a microphone that runs what takes the loudspeaker's echo out of its sound.
	Echo Echo `json:"echo,omitempty"`
}

// Echo is what takes the loudspeaker's echo out of a microphone's sound.
type Echo string

// What takes it out.
const (
	EchoUnknown  Echo = ""         // a command's sound, or none
	EchoPipeWire Echo = "pipewire" // PipeWire's canceller
	EchoDevice   Echo = "device"   // the device itself
	EchoHeard    Echo = "none"     // nothing: the others may hear themselves
	EchoUnasked  Echo = "off"      // nothing, as configured
)

// DeviceState is how a device is.
type DeviceState string

// The states of a device.
const (
	DeviceNone     DeviceState = "none"     // none is configured, and none is missed
	DeviceAbsent   DeviceState = "absent"   // none is found
	DeviceReady    DeviceState = "ready"    // it is there, and not in use
	DeviceStarting DeviceState = "starting" // no frame yet
	DeviceRunning  DeviceState = "running"
	DeviceFailed   DeviceState = "failed" // it will be tried again
)

// Hub is how the hub can be reached.
type Hub struct {
	State HubState  `json:"state"`
	Since time.Time `json:"since"`
	// Text says in a sentence what is wrong and what to do; empty when nothing is. Cause says it for pages.
	Text  string `json:"text,omitempty"`
	Cause Cause  `json:"cause,omitzero"`
}

// HubState is how the hub answers.
type HubState string

// The states of the hub.
const (
	HubUnknown HubState = "unknown"
	HubUp      HubState = "up"
	HubDown    HubState = "down"
)

// Identity says where the room's identity key is, and which it is.
type Identity struct {
	Backend     string `json:"backend"`     // "file", "tpm"
	Protection  string `json:"protection"`  // what opens it: "tpm", "credential", "passphrase", "none"
	Fingerprint string `json:"fingerprint"` // of the public key, in groups
	// PublicKey is the public key: 65 bytes (an uncompressed P-256 point) in base64.
	PublicKey string `json:"publicKey"`
	// Next is the key that follows once the hub has acknowledged it. Until then the room goes on with the one it has.
	Next *NextIdentity `json:"next,omitempty"`
}

// NextIdentity is a new identity key that the hub does not know yet.
type NextIdentity struct {
	Backend     string `json:"backend"`
	Fingerprint string `json:"fingerprint"`
	// Text says in a sentence why the hub has not acknowledged it; empty: it was not asked yet.
	Text string `json:"text,omitempty"`
}

// Fault is something that is wrong and that somebody may have to mend.
type Fault struct {
	Code  string    `json:"code"` // short, for IT: "GR-201"
	Text  string    `json:"text"` // what is wrong, in plain words
	Do    string    `json:"do"`   // what to do, or what the room does about it
	Cause Cause     `json:"cause,omitzero"`
	Since time.Time `json:"since"`
}

// Refusal is why a command was not carried out.
type Refusal struct {
	Command string `json:"command"` // CommandName
	Code    string `json:"code"`    // stable: "passcode-wrong", "meeting-unknown", "clock-wrong" ...
	Text    string `json:"text"`    // what happened and what to do, in plain words
}
