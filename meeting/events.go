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

// WaitingChanged says that the people who wait for a host changed (View.Waiting), at a participant that may admit them.
type WaitingChanged struct{}

// LockChanged says that the meeting was locked or unlocked.
type LockChanged struct{ Locked bool }

// Upgraded says that the meeting went from enhanced to end-to-end encryption. There is no way back.
type Upgraded struct{}

// Divided says that somebody else leads another meeting under the same number, and that this leader does not join it:
// a relay or a hub that lies can make two of one, and so can two hosts that began apart.
type Divided struct{ Leader wire.ParticipantID }

// ChatReceived brings a line that somebody wrote, also one of our own.
type ChatReceived struct {
	From Member
	Text string
}

// HandChanged says that somebody raised the hand or took it down (Member.Hand).
type HandChanged struct{ Member Member }

// Reacted says that somebody reacted with an emoji.
type Reacted struct {
	From     Member
	Reaction string
}

// MuteAsked says that a host asks this participant to mute itself. Nobody can mute somebody else.
type MuteAsked struct{ By Member }

// CodeCompared says what the people at another participant found when they compared the code (Member.Compared).
type CodeCompared struct{ Member Member }

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
func (WaitingChanged) event() {}
func (LockChanged) event()    {}
func (Upgraded) event()       {}
func (Divided) event()        {}
func (ChatReceived) event()   {}
func (HandChanged) event()    {}
func (Reacted) event()        {}
func (MuteAsked) event()      {}
func (CodeCompared) event()   {}

// Command is something that a person asks for.
type Command interface{ command() }

// Leave leaves the meeting for good. A leader hands over first. Every key is erased.
type Leave struct{}

// The commands of hosts: the leader carries them out, and a host or co-host who does not lead asks it to. An answer that
// does not come within 5 s is told as CommandRefused.

// Remove takes somebody off the list, at once.
type Remove struct{ ID wire.ParticipantID }

// Admit lets in somebody who knocked.
type Admit struct{ ID wire.ParticipantID }

// Deny refuses somebody who knocked.
type Deny struct{ ID wire.ParticipantID }

// SetLock locks or unlocks the meeting: into a locked one comes only who was in it before and was not removed.
type SetLock struct{ Locked bool }

// HandOver makes somebody else lead. The old leader stays.
type HandOver struct{ ID wire.ParticipantID }

// End ends the meeting for everybody.
type End struct{}

// Upgrade goes from enhanced to end-to-end encryption, for everybody and for good. In a call either party may.
type Upgrade struct{}

// The commands of everybody.

// Compare says what the people in the room found when they compared the code; the others are told. Code is the one that
// they compared: another one is refused, since the leader has changed meanwhile. Empty: whichever is shown.
type Compare struct {
	Matches bool
	Code    SecurityCode
}

// Chat writes a line of 1 to 2,000 bytes of UTF-8 to everybody.
type Chat struct{ Text string }

// RaiseHand raises the hand or takes it down.
type RaiseHand struct{ Raised bool }

// React shows an emoji to everybody.
type React struct{ Reaction string }

// AskMute asks somebody to mute itself. A host, a co-host or the leader may.
type AskMute struct{ ID wire.ParticipantID }

func (Leave) command()     {}
func (Remove) command()    {}
func (Admit) command()     {}
func (Deny) command()      {}
func (SetLock) command()   {}
func (HandOver) command()  {}
func (End) command()       {}
func (Upgrade) command()   {}
func (Compare) command()   {}
func (Chat) command()      {}
func (RaiseHand) command() {}
func (React) command()     {}
func (AskMute) command()   {}
