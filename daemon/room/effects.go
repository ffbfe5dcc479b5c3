package room

// Effect is one thing that the daemon must do. The types below, and those in cameras.go, adjust.go, hosts.go, talk.go, calls.go, turn.go, mutebuttons.go, kept.go and wall.go, are all
// there are; they are values, and the daemon carries them out in their order.
type Effect interface{ effect() }

// RequestTicket: ask the hub for a ticket. The answer is TicketGranted or TicketRefused.
type RequestTicket struct {
	Attempt  uint64
	MeetNow  bool   // start a meeting; else join Number
	Number   string // digits
	Passcode string
}

// EnterMeeting: connect to the relay of the attempt's ticket, and run the meeting core. What comes of it is RelayUp,
// RelayDown, RelayRefused, CoreChanged, MeetingOver.
type EnterMeeting struct{ Attempt uint64 }

// LeaveMeeting: give up whatever the attempt has come to (the hub's answer, the relay, the core), and erase its keys.
// Nothing more is expected from it.
type LeaveMeeting struct{ Attempt uint64 }

// SetMuted: the people in the room want the microphone muted, or not. At the start it is not.
type SetMuted struct{ Muted bool }

// SetCamera: the people in the room want the camera on, or off. At the start it is on.
type SetCamera struct{ On bool }

// SetContent: the people in the room share what is connected, or share it no more. At the start they do not.
type SetContent struct{ On bool }

// AssignSlots: from now on the playout's slots show these streams, and the slots that are not named show nothing.
type AssignSlots struct{ Slots []SlotUse }

// SlotUse is what one playout slot shows: Stream's picture and, in the audio slot of the same number, the sound that
// belongs to it (microphone with camera, content-audio with content).
type SlotUse struct {
	Slot   int
	Person string
	Stream string // "camera" or "content"
	Large  bool   // drawn large, with the others beside it
}

func (RequestTicket) effect() {}
func (EnterMeeting) effect()  {}
func (LeaveMeeting) effect()  {}
func (SetMuted) effect()      {}
func (SetCamera) effect()     {}
func (SetContent) effect()    {}
func (AssignSlots) effect()   {}

// String returns the effect for logs: without its passcode.
func (e RequestTicket) String() string {
	if e.MeetNow {
		return "request a ticket to meet now"
	}
	return "request a ticket for " + e.Number
}

// GoString keeps the passcode out of %#v too.
func (e RequestTicket) GoString() string { return "room.RequestTicket(" + e.String() + ")" }
