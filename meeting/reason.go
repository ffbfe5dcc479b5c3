package meeting

import "errors"

// Code is a stable name of why something was refused.
type Code string

// The codes.
const (
	CodeStatementWrong   Code = "statement-wrong"
	CodeStatementExpired Code = "statement-expired"
	CodeStatementEarly   Code = "statement-early"
	CodeClockWrong       Code = "clock-wrong"
	CodeWrongMeeting     Code = "wrong-meeting"
	CodeFull             Code = "meeting-full"
	CodeRemoved          Code = "removed"
	CodeReplaced         Code = "replaced"
	CodeUnknownPerson    Code = "person-unknown"
	CodeNotIn            Code = "not-in-meeting"
	CodeFault            Code = "fault"
	CodeLocked           Code = "meeting-locked"
	CodeDenied           Code = "denied"
	CodeEnded            Code = "meeting-ended"
	CodeNotAllowed       Code = "not-allowed"
	CodeNoAnswer         Code = "no-answer"
	CodeNoCode           Code = "no-code"
	CodeOtherCode        Code = "other-code"
	CodeTooLong          Code = "too-long"
	CodeTooMany          Code = "too-many"
	CodeNotEnhanced      Code = "not-enhanced"
	CodeDowngrade        Code = "downgrade"
	CodeLeads            Code = "leads"
)

// Reason is why something was refused: a stable code, and a plain sentence with what to do.
type Reason struct {
	Code Code
	Text string
}

// Error returns the sentence.
func (r *Reason) Error() string { return r.Text }

var reasonTexts = []struct {
	wire uint8 // in a Refusal message; 0: never sent
	code Code
	text string
}{
	{1, CodeStatementWrong, "The server's statement about this participant is not valid. Join again; if it stays, ask IT whether room and server belong together."},
	{2, CodeStatementExpired, "The server's statement has expired. Join again to get a new one."},
	{3, CodeStatementEarly, "The server's statement is not valid yet. Check the clocks of the server and of this device, then join again."},
	{4, CodeClockWrong, "This device's clock is wrong by more than the meeting allows. Set the clock (or let it be set by the network), then join again."},
	{5, CodeWrongMeeting, "The server's statement is for another meeting. Join again."},
	{6, CodeFull, "The meeting is full."},
	{7, CodeRemoved, "A host removed this participant from the meeting."},
	{8, CodeLocked, "The meeting is locked. Ask a host to unlock it, then join again."},
	{9, CodeDenied, "A host did not let this participant in."},
	{10, CodeDowngrade, "The meeting is not end-to-end encrypted, and this participant takes part in nothing less."},
	{13, CodeReplaced, "The same device joined the meeting again, and took this place."},
	{12, CodeLeads, "Another meeting is led under the same number."},
	{11, CodeEnded, "A host ended the meeting."},
	{0, CodeNotAllowed, "Only a host or a co-host can do that."},
	{0, CodeNoAnswer, "The participant who leads the meeting did not answer. Try again."},
	{0, CodeNoCode, "There is no code to compare: the meeting is not end-to-end encrypted."},
	{0, CodeOtherCode, "The code has changed meanwhile. Compare the new one."},
	{0, CodeTooLong, "That is empty or too long to send."},
	{0, CodeTooMany, "That was too much at once. Wait a moment, then try again."},
	{0, CodeNotEnhanced, "The meeting is end-to-end encrypted already."},
	{0, CodeUnknownPerson, "Nobody of that name is in the meeting any more."},
	{0, CodeNotIn, "This works only in a meeting."},
	{0, CodeFault, "The device could not make the keys for the meeting. Restart it; if it stays, ask IT."},
}

func reason(c Code) *Reason {
	for _, r := range reasonTexts {
		if r.code == c {
			return &Reason{Code: c, Text: r.text}
		}
	}
	return &Reason{Code: c, Text: "The meeting was refused (" + string(c) + ")."}
}

func reasonByte(c Code) uint8 {
	for _, r := range reasonTexts {
		if r.code == c {
			return r.wire
		}
	}
	return 0
}

// reasonOf returns the reason a Refusal message names. A code of a later version is told as such.
func reasonOf(b uint8) *Reason {
	for _, r := range reasonTexts {
		if b != 0 && r.wire == b {
			return reason(r.code)
		}
	}
	return &Reason{Code: "other", Text: "The meeting's leader refused this participant, for a reason that this version does not know. Update this device."}
}

// Why a message was dropped. Dropped.Err wraps one of these, or wire.ErrMalformed.
var (
	ErrReplay        = errors.New("replayed or out of date")
	ErrLate          = errors.New("kept back on the way")
	ErrForged        = errors.New("forged")
	ErrUnknownSender = errors.New("from somebody who is not in the meeting")
	ErrNotLeader     = errors.New("from somebody who does not lead the meeting")
	ErrOtherInstance = errors.New("for another meeting")
	ErrEquivocation  = errors.New("contradicts what the leader said before")
	ErrRefused       = errors.New("refused")
	ErrDowngrade     = errors.New("less than end-to-end encrypted")
)
