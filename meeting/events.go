package meeting

import "greenroom/meeting/wire"

// Event is something that the daemon shows or logs.
type Event interface{ event() }

// MemberJoined says that somebody was added to the list.
type MemberJoined struct{ Member Member }

// MemberLeft says that somebody left, or that the relay lost somebody.
type MemberLeft struct{ Member Member }

// MemberRemoved says that a host removed somebody.
type MemberRemoved struct{ Member Member }

// LeaderChanged says that the code must be compared again. Old is zero for the first leader.
type LeaderChanged struct{ Old, New wire.ParticipantID }

// Refused says that this participant does not get in. The core is in PhaseRefused.
type Refused struct{ Reason *Reason }

// Removed says that this participant was taken off the list. The core is in PhaseRemoved.
type Removed struct{ Reason *Reason }

// CommandRefused says that a command was not carried out.
type CommandRefused struct {
	Command Command
	Reason  *Reason
}

// Dropped says that a message was not accepted: malformed, forged, replayed. From is what the relay claims.
type Dropped struct {
	From wire.ParticipantID
	Kind wire.Kind
	Err  error
}

// Knocked says that somebody waits for a host to admit it (see Admit).
type Knocked struct{ Member Member }

// QuietChanged says that the leader's heartbeat has been missing for 6 s, or came again.
type QuietChanged struct{ Quiet bool }

// KeyWanted says that the core asked the leader for a key that it misses.
type KeyWanted struct{ Epoch uint64 }

// CodeMismatch says that the people in the room found that the codes differ.
type CodeMismatch struct{}

func (MemberJoined) event()   {}
func (MemberLeft) event()     {}
func (MemberRemoved) event()  {}
func (LeaderChanged) event()  {}
func (Refused) event()        {}
func (Removed) event()        {}
func (CommandRefused) event() {}
func (Dropped) event()        {}
func (Knocked) event()        {}
func (QuietChanged) event()   {}
func (KeyWanted) event()      {}
func (CodeMismatch) event()   {}

// Command is something that a person asks for.
type Command interface{ command() }

// Leave leaves the meeting for good. A leader hands over first. Every key is erased.
type Leave struct{}

// Remove takes somebody off the list, at once. Only the leader can.
type Remove struct{ ID wire.ParticipantID }

// Admit lets in somebody who knocked. Only the leader can.
type Admit struct{ ID wire.ParticipantID }

// Compare says what the people in the room found when they compared the code.
type Compare struct{ Matches bool }

func (Leave) command()   {}
func (Remove) command()  {}
func (Admit) command()   {}
func (Compare) command() {}
