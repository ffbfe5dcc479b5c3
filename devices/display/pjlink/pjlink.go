// Package pjlink drives displays and projectors by PJLink class 1 over TCP ("PJLink Specifications, Version 1.04",
// JBMIA). A connection is made for each exchange, as projectors close idle ones after 30 s (section 5.1):
//
//	display     PJLINK 0\r                      or   PJLINK 1 498e4a67\r          (section 5.1)
//	controller  %1POWR 1\r                      or   MD5("498e4a67" + password) in hex, then %1POWR 1\r
//	display     %1POWR=OK\r, %1POWR=ERR3\r      or   PJLINK ERRA\r: wrong password
//
// MD5 is the standard's and protects no password from somebody on the network.
package pjlink

import (
	"bufio"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"greenroom/devices/display"
)

// Port is the standard's TCP port.
const Port = "4352"

// maxLine is the longest answer: header, 128 bytes and the end (section 2), and then some.
const maxLine = 160

// limit is how long a display may take ("within 30 s" for connections; answers come in seconds).
const limit = 10 * time.Second

// ErrPassword: the password is wrong, or one is wanted and none is set.
var ErrPassword = errors.New("pjlink: the display wants another password")

// ErrMalformed: what answers is no PJLink.
var ErrMalformed = errors.New("pjlink: not an answer of PJLink class 1")

// Display is one display; it is safe for concurrent use.
type Display struct {
	Address  string // host:port
	Password string // at most 32 characters; empty: none
}

var _ display.Display = Display{}

// ask makes one exchange and returns what follows the equals sign.
func (d Display) ask(ctx context.Context, command, parameter string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", d.Address)
	if err != nil {
		return "", fmt.Errorf("pjlink: %w: %w", display.ErrSilent, err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	lines := bufio.NewReader(io.LimitReader(conn, 2*maxLine))
	greeting, err := line(lines)
	if err != nil {
		return "", err
	}
	digest, err := d.digest(greeting)
	if err != nil {
		return "", err
	}
	if _, err := fmt.Fprintf(conn, "%s%%1%s %s\r", digest, command, parameter); err != nil {
		return "", fmt.Errorf("pjlink: %w: %w", display.ErrSilent, err)
	}
	answer, err := line(lines)
	if err != nil {
		return "", err
	}
	return parse(command, answer)
}

func line(r *bufio.Reader) (string, error) {
	text, err := r.ReadString('\r')
	switch {
	case err == nil && len(text) <= maxLine:
		return strings.TrimSuffix(text, "\r"), nil
	case err == nil, len(text) >= maxLine:
		return "", fmt.Errorf("%w: %d bytes in a line", ErrMalformed, len(text))
	}
	return "", fmt.Errorf("pjlink: %w: %w", display.ErrSilent, err)
}

// digest is what goes before the command (section 5.1).
func (d Display) digest(greeting string) (string, error) {
	switch random, secured := strings.CutPrefix(greeting, "PJLINK 1 "); {
	case greeting == "PJLINK 0":
		return "", nil
	case secured && len(random) == 8:
		if d.Password == "" {
			return "", ErrPassword
		}
		sum := md5.Sum([]byte(random + d.Password))
		return hex.EncodeToString(sum[:]), nil
	}
	return "", fmt.Errorf("%w: it greets with %.20q", ErrMalformed, greeting)
}

// parse reads an answer to a command (section 2.2 and 2.3).
func parse(command, answer string) (string, error) {
	if strings.EqualFold(answer, "PJLINK ERRA") {
		return "", ErrPassword
	}
	value, ok := strings.CutPrefix(answer, "%1"+command+"=")
	if !ok {
		return "", fmt.Errorf("%w: %.20q to %s", ErrMalformed, answer, command)
	}
	switch value {
	case "ERR1":
		return "", fmt.Errorf("pjlink: %s: %w", command, display.ErrUnsupported)
	case "ERR2":
		return "", fmt.Errorf("pjlink: %s: %w: it has no such input or value", command, display.ErrRefused)
	case "ERR3":
		return "", fmt.Errorf("pjlink: %s: %w", command, display.ErrBusy)
	case "ERR4":
		return "", fmt.Errorf("pjlink: %s: %w: it has a fault of its own", command, display.ErrRefused)
	}
	return value, nil
}

func (d Display) set(ctx context.Context, command, parameter string) error {
	value, err := d.ask(ctx, command, parameter)
	if err == nil && value != "OK" {
		err = fmt.Errorf("%w: %.20q to %s", ErrMalformed, value, command)
	}
	return err
}

func digit(on bool) string {
	if on {
		return "1"
	}
	return "0"
}

// SetPower is POWR (section 4.1).
func (d Display) SetPower(ctx context.Context, on bool) error { return d.set(ctx, "POWR", digit(on)) }

// SetInput is INPT with the standard's number: 11 to 59, such as 31 for the first digital input (section 4.3).
func (d Display) SetInput(ctx context.Context, input string) error {
	if len(input) != 2 || input[0] < '1' || input[0] > '5' || input[1] < '1' || input[1] > '9' {
		return fmt.Errorf("pjlink: input %q: a number from 11 to 59 is wanted, such as 31 for the first digital input", input)
	}
	return d.set(ctx, "INPT", input)
}

// SetVolume is not in class 1.
func (d Display) SetVolume(context.Context, int) error {
	return fmt.Errorf("pjlink: volume: %w", display.ErrUnsupported)
}

// SetMute is AVMT of the sound (section 4.5).
func (d Display) SetMute(ctx context.Context, on bool) error {
	return d.set(ctx, "AVMT", "2"+digit(on))
}

// Status asks POWR and, of a display that is on, INPT and AVMT.
func (d Display) Status(ctx context.Context) (display.Status, error) {
	power, err := d.ask(ctx, "POWR", "?")
	if err != nil {
		return display.Status{}, err
	}
	powers := map[string]display.Power{"0": display.PowerOff, "1": display.PowerOn, "2": display.PowerCooling, "3": display.PowerWarming}
	s := display.Status{Power: powers[power], Volume: -1}
	if s.Power == "" {
		return display.Status{}, fmt.Errorf("%w: power %.20q", ErrMalformed, power)
	}
	if s.Power != display.PowerOn {
		return s, nil
	}
	if s.Input, err = d.ask(ctx, "INPT", "?"); err != nil {
		return s, err
	}
	mute, err := d.ask(ctx, "AVMT", "?")
	s.Muted = mute == "21" || mute == "31"
	return s, err
}
