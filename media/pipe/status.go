package pipe

import "fmt"

// Code says what a Status is about.
type Code uint8

// What the child does (below 16), and why it ends.
const (
	Opening Code = 1 // the device or the command is being started
	Off     Code = 2 // switched off as asked; the device is closed
	Weak    Code = 3 // it works, but this kernel does not confine it as it should; the text says how

	NoDevice     Code = 16 // there is no such camera or microphone
	DeviceFailed Code = 17 // it could not be opened, or stopped giving frames
	CommandEnded Code = 18 // the external command could not be started, or ended
	BadInput     Code = 19 // the command's output is not what was agreed
	EncodeFailed Code = 20 // the encoder refused
	BadArguments Code = 21 // the child was started wrongly
	Unprotected  Code = 22 // it could not be confined, and captures nothing
)

// Fault reports whether the code is why the child ends.
func (c Code) Fault() bool { return c >= NoDevice }

func (c Code) known() bool {
	switch c {
	case Opening, Off, Weak, NoDevice, DeviceFailed, CommandEnded, BadInput, EncodeFailed, BadArguments, Unprotected:
		return true
	}
	return false
}

// String returns the code's name as it stands in logs and in the local API.
func (c Code) String() string {
	switch c {
	case Opening:
		return "opening"
	case Off:
		return "off"
	case Weak:
		return "weak"
	case NoDevice:
		return "no-device"
	case DeviceFailed:
		return "device-failed"
	case CommandEnded:
		return "command-ended"
	case BadInput:
		return "bad-input"
	case EncodeFailed:
		return "encode-failed"
	case BadArguments:
		return "bad-arguments"
	case Unprotected:
		return "unprotected"
	}
	return fmt.Sprintf("code-%d", uint8(c))
}

// Status is what the child tells about itself, in one plain sentence.
type Status struct {
	Code Code
	Text string
}

// AppendStatus appends a Status message: code (1 byte), text (UTF-8, cut to 512 bytes).
func AppendStatus(dst []byte, s Status) []byte {
	start := len(dst)
	dst = append(begin(dst, TypeStatus), byte(s.Code))
	return end(append(dst, CleanText(s.Text)...), start)
}

// ParseStatus reads a Status's body. The error is ErrProtocol.
func ParseStatus(b []byte) (Status, error) {
	if len(b) < 1 || !Code(b[0]).known() {
		return Status{}, protocolError("a status without a known code")
	}
	text, err := parseText(b[1:])
	return Status{Code: Code(b[0]), Text: text}, err
}
