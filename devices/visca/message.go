// Package visca drives cameras by Sony's VISCA over RS-232: power, zoom, focus, pan and tilt, and presets, in the subset
// that cameras of other makers follow too.
//
// The sequences are from Sony's "EVI-D70/D70P Technical Manual", chapter "Command List" (VISCA/RS-232C commands), and
// the tables there are named in the comments. A packet is
//
//	+--------+---------- 1 to 14 bytes ----------+------+
//	| header | message                           | 0xFF |
//	+--------+-----------------------------------+------+
//	  1 s s s 0 r r r   sender s, receiver r; the controller is 0, cameras are 1 to 7, 0x88 is a broadcast
//
// A command is answered by an acknowledgement that names one of two sockets, and, when it is carried out, by a
// completion of that socket; an inquiry by a completion alone, of no socket. Errors come in place of either.
//
//	          ACK z0 4y           completion z0 5y
//	command ------------> moving ------------------> done
//	   |                     |
//	   +--> error z0 60 ..   +--> error z0 6y .. (04: cancelled)
package visca

import (
	"errors"
	"fmt"
)

// The limits of a packet, header and end included ("Packet structure").
const (
	minPacket = 3
	maxPacket = 16
	end       = 0xFF
)

// Kind is what an answer says.
type Kind uint8

// The kinds of answers ("ACK and Completion Messages", "Error Messages", "Network Change Message").
const (
	KindAck        Kind = iota + 1 // z0 4y FF
	KindCompletion                 // z0 5y ... FF
	KindError                      // z0 6y ee FF
	KindNetwork                    // z0 38 FF: a camera came or went; give addresses again
	KindAddress                    // 88 30 0w FF: w is the first address that is free
	KindClear                      // 88 01 00 01 FF: the answer to IF_Clear
)

// Reply is one answer of a camera.
type Reply struct {
	Kind   Kind
	Camera int    // 1 to 7; 0 of a broadcast
	Socket int    // 1 or 2; 0: none
	Data   []byte // what an inquiry asked for; of KindAddress the address
	Code   byte   // of KindError
}

// ErrMalformed: bytes came that are no answer in the manual.
var ErrMalformed = errors.New("visca: not an answer that the manual knows")

// Parse reads one packet with its end. What it does not know is ErrMalformed; it keeps no part of packet.
func Parse(packet []byte) (Reply, error) {
	n := len(packet)
	if n < minPacket || n > maxPacket || packet[n-1] != end {
		return Reply{}, fmt.Errorf("%w: % X", ErrMalformed, packet[:min(n, maxPacket)])
	}
	body := packet[1 : n-1]
	for _, b := range body {
		if b == end {
			return Reply{}, fmt.Errorf("%w: an end inside % X", ErrMalformed, packet)
		}
	}
	if packet[0] == broadcast {
		return parseBroadcast(packet, body)
	}
	r := Reply{Camera: int(packet[0]>>4) - 8, Socket: int(body[0] & 0x0F)}
	if packet[0]&0x0F != 0 || r.Camera < 1 || r.Camera > 7 {
		return Reply{}, fmt.Errorf("%w: the header of % X is of no camera", ErrMalformed, packet)
	}
	switch {
	case body[0] == 0x38 && len(body) == 1:
		r.Kind, r.Socket = KindNetwork, 0
	case body[0]>>4 == 4 && len(body) == 1 && r.Socket <= 2:
		r.Kind = KindAck
	case body[0]>>4 == 5 && r.Socket <= 2:
		r.Kind = KindCompletion
		r.Data = append(r.Data, body[1:]...)
	case body[0]>>4 == 6 && len(body) == 2 && r.Socket <= 2:
		r.Kind, r.Code = KindError, body[1]
	default:
		return Reply{}, fmt.Errorf("%w: % X", ErrMalformed, packet)
	}
	return r, nil
}

func parseBroadcast(packet, body []byte) (Reply, error) {
	switch {
	case len(body) == 2 && body[0] == 0x30 && body[1] >= 1 && body[1] <= 8:
		return Reply{Kind: KindAddress, Data: []byte{body[1]}}, nil
	case len(body) == 3 && body[0] == 0x01 && body[1] == 0x00 && body[2] == 0x01:
		return Reply{Kind: KindClear}, nil
	}
	return Reply{}, fmt.Errorf("%w: % X", ErrMalformed, packet)
}

// Marshal is the inverse of Parse.
func (r Reply) Marshal() []byte {
	header := byte(r.Camera+8) << 4
	socket := byte(r.Socket)
	switch r.Kind {
	case KindAck:
		return []byte{header, 0x40 | socket, end}
	case KindCompletion:
		return append(append([]byte{header, 0x50 | socket}, r.Data...), end)
	case KindError:
		return []byte{header, 0x60 | socket, r.Code, end}
	case KindNetwork:
		return []byte{header, 0x38, end}
	case KindAddress:
		return []byte{broadcast, 0x30, r.Data[0], end}
	case KindClear:
		return []byte{broadcast, 0x01, 0x00, 0x01, end}
	}
	return nil
}

// Splitter cuts received bytes into packets. Longer ones than a packet can be are thrown away up to their end. Its
// zero value is ready.
type Splitter struct {
	held []byte
	long bool
}

// Add takes bytes and calls packet for each that is complete; it returns how many were too long. The slice is packet's
// only during the call.
func (s *Splitter) Add(data []byte, packet func([]byte)) (dropped uint64) {
	for _, b := range data {
		if len(s.held) >= maxPacket {
			s.held, s.long = s.held[:0], true
		}
		s.held = append(s.held, b)
		if b != end {
			continue
		}
		if s.long {
			dropped++
		} else {
			packet(s.held)
		}
		s.held, s.long = s.held[:0], false
	}
	return dropped
}

// Error is what a camera says against a command ("Error Messages").
type Error struct{ Code byte }

// The errors of the manual.
const (
	CodeLength        = 0x01 // of the message
	CodeSyntax        = 0x02
	CodeBufferFull    = 0x03 // both sockets are in use
	CodeCancelled     = 0x04
	CodeNoSocket      = 0x05
	CodeNotExecutable = 0x41
)

func (e *Error) Error() string {
	switch e.Code {
	case CodeLength:
		return "visca: the camera says that the message has the wrong length (01)"
	case CodeSyntax:
		return "visca: the camera does not know the command, or not its values (02)"
	case CodeBufferFull:
		return "visca: the camera is still busy with two other commands (03); try again when it has come to rest"
	case CodeCancelled:
		return "visca: the command was cancelled (04)"
	case CodeNoSocket:
		return "visca: there was nothing to cancel (05)"
	case CodeNotExecutable:
		return "visca: the camera cannot do that now (41): it may be off, or in another mode"
	}
	return fmt.Sprintf("visca: the camera refused with code %02X, which the manual does not name", e.Code)
}
