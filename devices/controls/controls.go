// Package controls has the room's own buttons: each sends bytes to something in the room (blinds, lights, a matrix) by a
// serial port, and awaits its answer. They stand in a YAML file:
//
//	ports:
//	  lights: {device: /dev/serial/by-id/usb-FTDI-if00-port0, line: 9600 8N1}
//	buttons:
//	  - name: Lights on
//	    port: lights
//	    send: "'L1' 0D"
//	    answer: "'OK' 0D"      # left out: nothing is awaited
//	    refused: "'ERR' 0D"    # left out: nothing says no
//	    within: 2s             # how long the answer may take; left out: 1s
//
// Bytes are written as package phrase has it, without numbers but checksums.
package controls

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"greenroom/devices/serial"
	"greenroom/devices/serial/phrase"
	"greenroom/devices/tablefile"
)

// Table is all of a room's buttons, and the ports that they send to.
type Table struct {
	Ports   map[string]Port `yaml:"ports"`
	Buttons []Button        `yaml:"buttons"`
}

// Port is a serial port.
type Port struct {
	Device string `yaml:"device"` // absolute path
	Line   string `yaml:"line"`   // as serial.ParseSettings reads it
}

// Button is one button.
type Button struct {
	Name    string        `yaml:"name"` // 1 to 32 characters, of its own
	Port    string        `yaml:"port"` // of Table.Ports
	Send    phrase.Phrase `yaml:"send"`
	Answer  phrase.Phrase `yaml:"answer"`
	Refused phrase.Phrase `yaml:"refused"`
	Within  time.Duration `yaml:"within"`
}

// The errors of a table, and of a press.
var (
	ErrTable   = errors.New("no table of room controls")
	ErrSilent  = errors.New("it does not answer as the table of room controls says: check its power, the cable and the line")
	ErrRefused = errors.New("it refused")
)

// The limits of a table.
const (
	maxButtons    = 24 // a panel has no room for more
	maxName       = 32 // characters
	maxWithin     = 30 * time.Second
	defaultWithin = time.Second
)

// Load reads the table in a file.
func Load(path string) (*Table, error) {
	text, err := tablefile.Read(path)
	if err != nil {
		return nil, fmt.Errorf("read the room controls: %w", err)
	}
	t, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// Parse reads a table, and says all that is wrong with it.
func Parse(text []byte) (*Table, error) {
	t := &Table{}
	if err := tablefile.Decode(text, t); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTable, err)
	}
	if err := errors.Join(t.check()...); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTable, err)
	}
	return t, nil
}

func (t *Table) check() (wrong []error) {
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	devices := map[string]string{}
	for name, p := range t.Ports {
		if !filepath.IsAbs(p.Device) {
			bad("ports: %.32s: device: an absolute path is wanted, such as /dev/serial/by-id/...", name)
		}
		if _, err := serial.ParseSettings(p.Line); err != nil {
			bad("ports: %.32s: line: %w", name, err)
		}
		if other, twice := devices[p.Device]; twice {
			bad("ports: %.32s and %.32s are the same device", min(name, other), max(name, other))
		}
		devices[p.Device] = name
	}
	if len(t.Buttons) == 0 || len(t.Buttons) > maxButtons {
		bad("buttons: 1 to %d are wanted", maxButtons)
	}
	for i := range t.Buttons {
		b := &t.Buttons[i]
		if b.Within == 0 {
			b.Within = defaultWithin
		}
		for _, err := range b.check(t.Ports) {
			bad("button %d (%.32s): %w", i+1, b.Name, err)
		}
		if slices.ContainsFunc(t.Buttons[:i], func(other Button) bool { return other.Name == b.Name }) {
			bad("button %d (%.32s): another one has this name", i+1, b.Name)
		}
	}
	return wrong
}

func (b *Button) check(ports map[string]Port) (wrong []error) {
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	shown := func(r rune) bool { return !unicode.IsPrint(r) }
	if n := utf8.RuneCountInString(b.Name); n == 0 || n > maxName || !utf8.ValidString(b.Name) || strings.ContainsFunc(b.Name, shown) || strings.TrimSpace(b.Name) != b.Name {
		bad("name: 1 to %d characters that can be shown are wanted, without space around them", maxName)
	}
	if _, ok := ports[b.Port]; !ok {
		bad("port: there is no port %.32q", b.Port)
	}
	if b.Send.Empty() || b.Send.Open() {
		bad("send: bytes to send are wanted, without ??")
	}
	for _, p := range []phrase.Phrase{b.Send, b.Answer, b.Refused} {
		if names := p.Names(); len(names) > 0 {
			bad("%s: {%s} means nothing here", p, names[0])
		}
	}
	if b.Answer.Empty() && !b.Refused.Empty() {
		bad("refused: an answer is wanted too, else nothing is awaited")
	}
	if b.Within < 0 || b.Within > maxWithin {
		bad("within: up to %v is wanted, as in 2s", maxWithin)
	}
	return wrong
}

// maxHeld is how much is kept of what no answer was found in, in bytes.
const maxHeld = 4 * phrase.MaxLen

// Press sends the button's bytes and awaits its answer. Nothing is sent twice: a press may be a toggle.
func (b Button) Press(ctx context.Context, p serial.Port) error {
	packet, err := b.Send.Bytes(nil)
	if err != nil {
		return err
	}
	if err := p.Discard(); err != nil {
		return err
	}
	if err := p.Send(ctx, packet); err != nil || b.Answer.Empty() {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, b.Within)
	defer cancel()
	var held []byte
	buf := make([]byte, 256)
	for {
		n, err := p.Receive(limited, buf)
		switch {
		case err == nil:
		case ctx.Err() == nil && limited.Err() != nil && len(held) > 0:
			return fmt.Errorf("%w; % X came", ErrSilent, held[max(0, len(held)-24):])
		case ctx.Err() == nil && limited.Err() != nil:
			return ErrSilent
		default:
			return err
		}
		held = append(held, buf[:n]...)
		for at := range held {
			if _, ok := b.Answer.Match(held[at:], nil); ok {
				return nil
			}
			if _, ok := b.Refused.Match(held[at:], nil); ok && !b.Refused.Empty() {
				return ErrRefused
			}
		}
		held = slices.Delete(held, 0, max(0, len(held)-maxHeld))
	}
}
