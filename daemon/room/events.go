package room

import "time"

// Event is one thing that happened. The types below, and those in cameras.go, adjust.go, talk.go, calls.go, bookings.go,
// identity.go, equipment.go, mutebuttons.go, kept.go and wall.go, are all there are.
type Event interface {
	// apply changes the room and returns what the daemon must do.
	apply(r *Room, now time.Time) []Effect
}

// attempted is an event about one attempt to join. It is ignored unless that attempt is the current one.
type attempted interface {
	Event
	attempt() uint64
}

// Commanded: somebody asked for something. Room.Do is the same with an answer.
type Commanded struct {
	Origin  Origin
	Command Command
}

// VolumeAtStart: how loud the others are played until somebody says otherwise, 0 to 100.
type VolumeAtStart struct{ Volume int }

// Ready: the daemon has started all its parts; the room may be used.
type Ready struct{}

// Tick: the time that Room.Next named has come. A Tick too many does no harm.
type Tick struct{}

// TicketGranted: the hub answered RequestTicket.
type TicketGranted struct {
	Attempt  uint64
	Number   string
	Title    string
	Passcode string // only of a meeting that this room started
	Call     bool   // a call: Title is the other party's name
	// GuestPage is where a browser joins; empty: guests do not join.
	GuestPage string
}

// TicketRefused: RequestTicket had no success.
type TicketRefused struct {
	Attempt uint64
	Code    string // one of the Code constants, or the hub's own
	Text    string // what happened and what to do; empty: TextOf(Code)
}

// RelayUp: the relay's transport is up, for the first time or again.
type RelayUp struct{ Attempt uint64 }

// RelayDown: the relay's transport is down, or could not be made; it is tried again without end.
type RelayDown struct {
	Attempt uint64
	Reason  string
}

// RelayRefused: the relay will not have the room, for good.
type RelayRefused struct {
	Attempt uint64
	Code    string
	Text    string
}

// CoreChanged: the meeting core's view is another one.
type CoreChanged struct {
	Attempt uint64
	Core    CoreView
}

// CorePhase is where the meeting core stands.
type CorePhase string

// The core's phases.
const (
	CoreAnnouncing       CorePhase = "announcing"
	CoreWaitingHost      CorePhase = "waiting-host"
	CoreWaitingAdmission CorePhase = "waiting-admission"
	CoreWaitingKey       CorePhase = "waiting-key"
	CoreIn               CorePhase = "in"
	CoreRefused          CorePhase = "refused"
	CoreRemoved          CorePhase = "removed"
	CoreLeft             CorePhase = "left"
)

// CoreView is what the room needs to know of the meeting core. The Room keeps the slices: the caller must not change
// them afterwards.
type CoreView struct {
	Phase   CorePhase
	Reason  string       // in CoreRefused and CoreRemoved: one of the Code constants, or the core's own
	Self    string       // CoreMember.ID of this room
	Leader  string       // CoreMember.ID
	Members []CoreMember // in the order of their roster index
	Code    []string     // 8 groups of 5 digits, or none
	Kind    Kind
	Epoch   uint64
	// Compared and JoinedSince: see Encryption.
	Compared    Comparison
	JoinedSince int
	Quiet       bool // no heartbeat for 6 s or more
	Locked      bool
	Call        bool         // a two-party call
	Commands    bool         // this room may use the commands of hosts
	Waiting     []CoreMember // who waits for a host, where this room may admit them
}

// CoreMember is one participant in the certified list, or somebody who waits to come onto it.
type CoreMember struct {
	ID       string
	Name     string
	Role     string // "host", "co-host", "participant"
	Verified bool
	// Organisation is set for a member of the hub's own organisation.
	Organisation bool
	Hand         bool
	Compared     Comparison // what the people there told
}

// CommandFailed: the meeting core did not carry out a command.
type CommandFailed struct {
	Attempt uint64
	Command CommandName
	Code    string
}

// Announced: something that the screen announces for NoticeTime. The Room itself makes NoticeReconnected.
type Announced struct {
	Attempt uint64
	Kind    NoticeKind
	Name    string
}

// PeerMedia: the relay says what a participant sends. It is a hint, never a proof. A stream that is newly published
// shows TileConnecting until a TileHealth comes.
type PeerMedia struct {
	Attempt   uint64
	Person    string
	Stream    string // "camera", "microphone", "content", "content-audio"
	Published bool
	Muted     bool // the camera is off, the microphone is muted
}

// TileHealth: whether a participant's frames come and open. Send it when it changes.
type TileHealth struct {
	Attempt uint64
	Person  string
	Stream  string
	Reason  TileReason // empty: they do
}

// Levels: how loud everybody is, 0 to 100. Who is not named is silent. At most ten a second.
type Levels struct {
	Mine   int
	People map[string]int
}

// DeviceChanged: the room's own camera or microphone has another state.
type DeviceChanged struct {
	Stream string // "camera" or "microphone"
	Name   string
	State  DeviceState
	Reason string // what is wrong, and what the room does about it
	Cause  Cause
	Echo   Echo // of a microphone that runs
}

// HubChanged: the hub answers, or does not.
type HubChanged struct {
	State HubState
	Text  string // what is wrong and what to do
	Cause Cause
}

// FaultRaised: something is wrong. Make it with FaultOf; an empty Text or Do is filled in from the table, and Since
// with now. Raising it again keeps its Since.
type FaultRaised struct{ Fault Fault }

// FaultCleared: it no longer is.
type FaultCleared struct{ Code string }

// MeetingOver: the meeting has ended, or the room may not be in it any more.
type MeetingOver struct {
	Attempt uint64
	Code    string
	Text    string
}

func (e TicketGranted) attempt() uint64 { return e.Attempt }
func (e TicketRefused) attempt() uint64 { return e.Attempt }
func (e RelayUp) attempt() uint64       { return e.Attempt }
func (e RelayDown) attempt() uint64     { return e.Attempt }
func (e RelayRefused) attempt() uint64  { return e.Attempt }
func (e CoreChanged) attempt() uint64   { return e.Attempt }
func (e CommandFailed) attempt() uint64 { return e.Attempt }
func (e Announced) attempt() uint64     { return e.Attempt }
func (e PeerMedia) attempt() uint64     { return e.Attempt }
func (e TileHealth) attempt() uint64    { return e.Attempt }
func (e MeetingOver) attempt() uint64   { return e.Attempt }
