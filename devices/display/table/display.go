package table

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"greenroom/devices/display"
	"greenroom/devices/serial"
	"greenroom/devices/serial/phrase"
)

// Display is one display on a port. It is safe for concurrent use: one command goes at a time.
type Display struct {
	port  serial.Port
	table *Table
	id    int

	mu   sync.Mutex
	next time.Time // no command before
}

var _ display.Display = (*Display)(nil)

// New returns the display with a number on a port. The number does not matter where the table has none.
func New(port serial.Port, t *Table, id int) (*Display, error) {
	if t.ID != nil && (id < t.ID.Least || id > t.ID.Most) {
		return nil, fmt.Errorf("%s: the number of a set is %d to %d, and not %d", t.Model, t.ID.Least, t.ID.Most, id)
	}
	return &Display{port: port, table: t, id: id}, nil
}

// tries is how often a command is sent that nothing answers: a line that was noisy once is common.
const tries = 2

// maxHeld is how much is kept of what no answer was found in, in bytes.
const maxHeld = 4 * phrase.MaxLen

// reply is an answer that the caller waits for, and what was read in it.
type reply struct {
	phrase phrase.Phrase
	err    error // it is one that says no
}

// ask sends a command and returns which of the answers came, and its numbers.
func (d *Display) ask(ctx context.Context, name CommandName, values phrase.Values, answers ...phrase.Phrase) (int, phrase.Values, error) {
	c, ok := d.table.Command[name]
	if !ok {
		return 0, nil, fmt.Errorf("%s: %s: %w", d.table.Model, name, display.ErrUnsupported)
	}
	if values == nil {
		values = phrase.Values{}
	}
	if d.table.ID != nil {
		values["id"] = d.id
	}
	packet, err := c.Send.Bytes(values)
	if err != nil {
		return 0, nil, fmt.Errorf("%s: %s: %w", d.table.Model, name, err)
	}
	replies := make([]reply, 0, len(answers)+len(d.table.Refused)+len(d.table.Busy))
	for _, p := range answers {
		replies = append(replies, reply{phrase: p})
	}
	for _, p := range d.table.Refused {
		replies = append(replies, reply{p, display.ErrRefused})
	}
	for _, p := range d.table.Busy {
		replies = append(replies, reply{p, display.ErrBusy})
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for try := 1; ; try++ {
		i, read, err := d.exchange(ctx, packet, replies, values)
		switch {
		case err == nil && replies[i].err == nil:
			return i, read, nil
		case err == nil:
			return 0, nil, fmt.Errorf("%s: %s: %w", d.table.Model, name, replies[i].err)
		case !errors.Is(err, display.ErrSilent) || try == tries || ctx.Err() != nil:
			return 0, nil, fmt.Errorf("%s: %s: %w", d.table.Model, name, err)
		}
	}
}

// exchange sends once. It is called with the lock held.
func (d *Display) exchange(ctx context.Context, packet []byte, replies []reply, values phrase.Values) (int, phrase.Values, error) {
	select {
	case <-ctx.Done():
		return 0, nil, ctx.Err()
	case <-time.After(time.Until(d.next)):
	}
	defer func() { d.next = time.Now().Add(d.table.Pause) }()
	if err := d.port.Discard(); err != nil {
		return 0, nil, err
	}
	if err := d.port.Send(ctx, packet); err != nil {
		return 0, nil, err
	}
	limited, cancel := context.WithTimeout(ctx, d.table.Within)
	defer cancel()
	var held []byte
	buf := make([]byte, 256)
	for {
		n, err := d.port.Receive(limited, buf)
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return 0, nil, ctx.Err()
		case limited.Err() != nil && len(held) > 0:
			return 0, nil, fmt.Errorf("%w as its table says: % X came", display.ErrSilent, held[max(0, len(held)-24):])
		case limited.Err() != nil:
			return 0, nil, display.ErrSilent
		default:
			return 0, nil, err
		}
		held = append(held, buf[:n]...)
		if i, read, ok := find(held, replies, values); ok {
			return i, read, nil
		}
		held = slices.Delete(held, 0, max(0, len(held)-maxHeld))
	}
}

// find looks for the first answer in what was received; what stands before it is noise, or an echo.
func find(held []byte, replies []reply, values phrase.Values) (int, phrase.Values, bool) {
	for at := range held {
		for i, r := range replies {
			if read, ok := r.phrase.Match(held[at:], values); ok {
				return i, read, true
			}
		}
	}
	return 0, nil, false
}

// set sends a command that is answered by yes or no.
func (d *Display) set(ctx context.Context, name CommandName, values phrase.Values) error {
	_, _, err := d.ask(ctx, name, values, d.table.Command[name].Answer)
	return err
}

// SetPower sends power-on or power-off.
func (d *Display) SetPower(ctx context.Context, on bool) error {
	if on {
		return d.set(ctx, PowerOn, nil)
	}
	return d.set(ctx, PowerOff, nil)
}

// SetInput takes a name of the table.
func (d *Display) SetInput(ctx context.Context, input string) error {
	n, ok := d.table.Inputs[input]
	if !ok {
		return fmt.Errorf("%s: there is no input %.40q: there are %s", d.table.Model, input, strings.Join(d.table.InputNames(), ", "))
	}
	return d.set(ctx, Input, phrase.Values{"input": n})
}

// SetVolume sends volume, in the display's own steps.
func (d *Display) SetVolume(ctx context.Context, percent int) error {
	if percent < 0 || percent > 100 {
		return fmt.Errorf("%s: volume %d: 0 to 100 is wanted", d.table.Model, percent)
	}
	return d.set(ctx, Volume, phrase.Values{"volume": (percent*d.most() + 50) / 100})
}

// most is the loudest volume in the display's own steps.
func (d *Display) most() int {
	if most := d.table.Command[Volume].Most; most > 0 {
		return most
	}
	return 100
}

// SetMute sends mute-on or mute-off.
func (d *Display) SetMute(ctx context.Context, on bool) error {
	if on {
		return d.set(ctx, MuteOn, nil)
	}
	return d.set(ctx, MuteOff, nil)
}

// Status asks power and, of a display that is on, whatever else the table can ask.
func (d *Display) Status(ctx context.Context) (display.Status, error) {
	s := display.Status{Power: display.PowerUnknown, Volume: -1}
	powers, answers := []display.Power{}, []phrase.Phrase{}
	c := d.table.Command[Power]
	for _, of := range []struct {
		power  display.Power
		phrase phrase.Phrase
	}{
		{display.PowerOn, c.On}, {display.PowerOff, c.Off}, {display.PowerWarming, c.Warming}, {display.PowerCooling, c.Cooling},
	} {
		if !of.phrase.Empty() {
			powers, answers = append(powers, of.power), append(answers, of.phrase)
		}
	}
	i, _, err := d.ask(ctx, Power, nil, answers...)
	if err != nil {
		return s, err
	}
	if s.Power = powers[i]; s.Power != display.PowerOn {
		return s, nil
	}
	return d.details(ctx, s)
}

// details asks what a display that is on shows, and how loud it is. What it refuses now is left unknown.
func (d *Display) details(ctx context.Context, s display.Status) (display.Status, error) {
	_, v, err := d.ask(ctx, InputNow, nil, d.table.Command[InputNow].Answer)
	if err != nil && !passable(err) {
		return s, err
	}
	if n, ok := v["input"]; ok {
		s.Input = d.inputOf(n)
	}
	_, v, err = d.ask(ctx, VolumeNow, nil, d.table.Command[VolumeNow].Answer)
	if err != nil && !passable(err) {
		return s, err
	}
	if n, ok := v["volume"]; ok {
		s.Volume = min(100, (n*100+d.most()/2)/d.most())
	}
	mute := d.table.Command[Mute]
	i, _, err := d.ask(ctx, Mute, nil, mute.On, mute.Off)
	if err != nil && !passable(err) {
		return s, err
	}
	s.Muted = err == nil && i == 0
	return s, nil
}

// passable reports whether a display that says so is a display that works.
func passable(err error) bool {
	return errors.Is(err, display.ErrUnsupported) || errors.Is(err, display.ErrRefused) || errors.Is(err, display.ErrBusy)
}

// inputOf returns an input's name, or its number where the table has no name for it.
func (d *Display) inputOf(n int) string {
	for _, name := range d.table.InputNames() {
		if d.table.Inputs[name] == n {
			return name
		}
	}
	return fmt.Sprintf("%#02x", n)
}
