// Package cec drives a display over the HDMI cable itself, by the kernel's CEC device (/dev/cec0; "CEC" of HDMI 1.4b,
// supplement 1, and Documentation/userspace-api/media/cec in the kernel's source). The room is a playback device, the
// display the TV with address 0:
//
//	Image View On  04          on                       Give Device Power Status 8F -> 90: 00 on, 01 standby,
//	Standby        36          off                                                      02 to on, 03 to standby
//	Active Source  82 pp pp    to everybody: show us    User Control Pressed 44 65 / 66, Released 45: mute, unmute
//
// A message is the addresses (from, to: four bits each), the opcode and its operands. What CEC does not have (other
// inputs, an absolute volume) is display.ErrUnsupported.
package cec

import (
	"context"
	"errors"
	"fmt"

	"greenroom/devices/display"
)

// Wire is the kernel's device, or what stands for it.
type Wire interface {
	// Claim gives the room a logical address, if it has none, and returns it with the physical one.
	Claim() (logical byte, physical uint16, err error)
	// Send sends a message: addresses, opcode, operands. With a reply opcode that is not 0 it waits for that, up to a
	// second, and returns it.
	Send(message []byte, reply byte) ([]byte, error)
	Close() error
}

// Own is the one input that CEC can switch to: the one that this machine is at.
const Own = "own"

// The addresses and opcodes.
const (
	tv        = 0x0
	broadcast = 0xF

	opImageViewOn     = 0x04
	opStandby         = 0x36
	opPressed         = 0x44
	opReleased        = 0x45
	opActiveSource    = 0x82
	opGivePowerStatus = 0x8F
	opPowerStatus     = 0x90

	keyMute   = 0x65 // "mute function": not a toggle
	keyUnmute = 0x66 // "restore volume function"
)

// ErrNoDisplay: the HDMI output has no display that speaks CEC.
var ErrNoDisplay = errors.New("no display speaks CEC at the HDMI output: it may be off at its switch, or CEC be switched off in its menu")

// ErrMalformed: the display answered what CEC does not know.
var ErrMalformed = errors.New("cec: not an answer of CEC")

// Display is the display at an HDMI output. One goroutine uses it at a time.
type Display struct{ wire Wire }

var _ display.Display = (*Display)(nil)

// New returns the display at the other end of a wire.
func New(w Wire) *Display { return &Display{wire: w} }

// Open returns the display at the kernel's device with this path.
func Open(path string) (*Display, error) {
	f, err := openBlocking(path)
	if err != nil {
		return nil, fmt.Errorf("open the CEC device: %w; does the machine's HDMI output have CEC, and is the daemon's user in the file's group (video)?", err)
	}
	return New(&device{file: f}), nil
}

// Close closes the wire.
func (d *Display) Close() error { return d.wire.Close() }

// tell sends an opcode with operands to an address.
func (d *Display) tell(ctx context.Context, to, reply byte, message ...byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	from, _, err := d.wire.Claim()
	if err != nil {
		return nil, err
	}
	return d.wire.Send(append([]byte{from<<4 | to}, message...), reply)
}

// SetPower sends Image View On, or Standby.
func (d *Display) SetPower(ctx context.Context, on bool) error {
	op := byte(opStandby)
	if on {
		op = opImageViewOn
	}
	_, err := d.tell(ctx, tv, 0, op)
	return err
}

// SetInput takes Own alone: Active Source.
func (d *Display) SetInput(ctx context.Context, input string) error {
	if input != Own {
		return fmt.Errorf("cec: input %.20q: %w; there is only %s, the one that this machine is at", input, display.ErrUnsupported, Own)
	}
	_, physical, err := d.wire.Claim()
	if err != nil {
		return err
	}
	_, err = d.tell(ctx, broadcast, 0, opActiveSource, byte(physical>>8), byte(physical))
	return err
}

// SetVolume is not in HDMI 1.4's CEC.
func (d *Display) SetVolume(context.Context, int) error {
	return fmt.Errorf("cec: volume: %w", display.ErrUnsupported)
}

// SetMute presses and releases the key that mutes, or the one that brings the sound back.
func (d *Display) SetMute(ctx context.Context, on bool) error {
	key := byte(keyUnmute)
	if on {
		key = keyMute
	}
	if _, err := d.tell(ctx, tv, 0, opPressed, key); err != nil {
		return err
	}
	_, err := d.tell(ctx, tv, 0, opReleased)
	return err
}

// Status asks for the power; CEC tells nothing more that can be relied on.
func (d *Display) Status(ctx context.Context) (display.Status, error) {
	s := display.Status{Power: display.PowerUnknown, Volume: -1}
	answer, err := d.tell(ctx, tv, opPowerStatus, opGivePowerStatus)
	if err != nil {
		return s, err
	}
	s.Power, err = parsePower(answer)
	return s, err
}

// parsePower reads Report Power Status.
func parsePower(m []byte) (display.Power, error) {
	if len(m) == 3 && m[0]>>4 == tv && m[1] == opPowerStatus {
		switch m[2] {
		case 0:
			return display.PowerOn, nil
		case 1:
			return display.PowerOff, nil
		case 2:
			return display.PowerWarming, nil
		case 3:
			return display.PowerCooling, nil
		}
	}
	return display.PowerUnknown, fmt.Errorf("%w: % X for its power", ErrMalformed, m[:min(len(m), 16)])
}
