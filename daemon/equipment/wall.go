package equipment

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"greenroom/daemon/config"
	"greenroom/daemon/room"
	"greenroom/devices/display"
	"greenroom/devices/display/cec"
	"greenroom/devices/display/pjlink"
	"greenroom/devices/display/table"
	"greenroom/devices/serial"
)

// polling is how often a display is asked how it is, and how often while it is being switched.
type polling struct{ calm, switching time.Duration }

// switchLimit is how long a display may take to switch on or off; projectors warm and cool for a minute and more.
const switchLimit = 3 * time.Minute

// opened is a display, and what has to be closed with it.
type opened struct {
	display.Display
	io.Closer
}

type nothing struct{}

func (nothing) Close() error { return nil }

func openTable(cfg config.Display, t *table.Table, line serial.Settings) (opened, error) {
	port, err := serial.Open(cfg.Port, line)
	if err != nil {
		return opened{}, err
	}
	d, err := table.New(port, t, cfg.Set)
	if err != nil {
		return opened{}, errors.Join(err, port.Close())
	}
	return opened{d, port}, nil
}

func openCEC(cfg config.Display) (opened, error) {
	d, err := cec.Open(cfg.Device)
	if err != nil {
		return opened{}, err
	}
	return opened{d, d}, nil
}

func openPJLink(cfg config.Display, credential func(string) ([]byte, error)) (opened, error) {
	d := pjlink.Display{Address: config.PJLinkAddress(cfg.Address)}
	if cfg.Password != "" {
		secret, err := credential(cfg.Password)
		if err != nil {
			return opened{}, fmt.Errorf("the display's password: %w; give the service the credential, or change display.password", err)
		}
		d.Password = string(bytes.TrimRight(secret, "\r\n"))
	}
	return opened{d, nothing{}}, nil
}

// wall owns the display on the wall.
type wall struct {
	cfg   config.Display
	name  string
	at    string // its port, address or device file
	open  func() (opened, error)
	post  func(room.Event)
	log   *slog.Logger
	wake  chan struct{}
	every polling

	outage outage

	mu    sync.Mutex
	power *bool     // what is wanted and not so yet
	until time.Time // when that is given up
	input string    // to be switched to once it is on
	queue []room.Effect
}

// do queues an effect. Of power the last one counts, and stays wanted while the display is away; of volumes that wait, too,
// the last one counts.
func (w *wall) do(e room.Effect) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p, ok := e.(room.SetDisplayPower); ok {
		w.power, w.until, w.input = &p.On, time.Time{}, ""
		if p.On {
			w.input = w.cfg.Input
		}
	} else if n := len(w.queue); n > 0 && volume(e) && volume(w.queue[n-1]) {
		w.queue[n-1] = e
	} else if n < maxQueue {
		w.queue = append(w.queue, e)
	}
	signal(w.wake)
}

func volume(e room.Effect) bool {
	_, ok := e.(room.SetDisplayVolume)
	return ok
}

func (w *wall) run(ctx context.Context) {
	serial.Keep(ctx, w.open, w.use, func(err error) {
		w.log.Log(ctx, w.outage.level(err), "the display cannot be told anything", "display", w.name, "error", err)
		w.post(room.LineChanged{Equipment: room.EquipmentDisplay, Name: w.name, State: room.DeviceFailed, Reason: sentence(err), Cause: cause(err, w.at)})
	})
}

// use tells the display what is wanted, until it does not answer.
func (w *wall) use(ctx context.Context, d opened) error {
	w.mu.Lock()
	w.queue = nil // what was asked of a display that was away
	want := w.power
	w.mu.Unlock()
	if want != nil {
		// Some displays answer nothing while they are off, and still switch on.
		if err := d.SetPower(ctx, *want); err != nil && ctx.Err() == nil {
			w.log.Debug("the display did not answer to power", "display", w.name, "error", err)
		}
	}
	told := false
	for {
		next, err := w.turn(ctx, d)
		if err != nil {
			return err
		}
		if !told {
			told = true
			w.outage.over()
			w.log.Info("the display answers", "display", w.name)
			w.post(room.LineChanged{Equipment: room.EquipmentDisplay, Name: w.name, State: room.DeviceRunning})
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-w.wake:
		case <-time.After(next):
		}
	}
}

// turn carries out what waits, asks how the display is, and returns when to do so again.
func (w *wall) turn(ctx context.Context, d display.Display) (time.Duration, error) {
	w.mu.Lock()
	queue := w.queue
	w.queue = nil
	w.mu.Unlock()
	for _, e := range queue {
		if err := w.carryOut(ctx, d, e); err != nil {
			return 0, err
		}
	}
	s, err := d.Status(ctx)
	if err != nil && !says(err) {
		return 0, err
	}
	w.post(room.DisplayTold{Power: string(s.Power), Input: s.Input, Volume: s.Volume, Muted: s.Muted})
	return w.reach(ctx, d, s)
}

// says reports whether an error is a display's answer.
func says(err error) bool {
	return errors.Is(err, display.ErrRefused) || errors.Is(err, display.ErrBusy) || errors.Is(err, display.ErrUnsupported)
}

func (w *wall) carryOut(ctx context.Context, d display.Display, e room.Effect) error {
	var name room.CommandName
	var err error
	switch e := e.(type) {
	case room.SetDisplayInput:
		name, err = room.CommandDisplayInput, d.SetInput(ctx, e.Input)
	case room.SetDisplayVolume:
		name, err = room.CommandDisplayVolume, d.SetVolume(ctx, e.Volume)
	case room.SetDisplayMute:
		name, err = room.CommandDisplayMute, d.SetMute(ctx, e.On)
	}
	if err == nil {
		return nil
	}
	w.log.Warn("the display did not do it", "display", w.name, "command", string(name), "error", err)
	w.post(room.EquipmentFailed{Command: name, Code: code(err)})
	if says(err) {
		return nil
	}
	return err
}

// reach brings the display nearer to the power that is wanted, and to the input after it.
func (w *wall) reach(ctx context.Context, d display.Display, s display.Status) (time.Duration, error) {
	w.mu.Lock()
	want, input := w.power, w.input
	if want != nil && w.until.IsZero() {
		w.until = time.Now().Add(switchLimit)
	}
	late := want != nil && time.Now().After(w.until)
	w.mu.Unlock()
	switch {
	case want == nil && input != "" && s.Power == display.PowerOn:
		return w.switchInput(ctx, d, input)
	case want == nil:
		return w.every.calm, nil
	case s.Power == display.PowerOn && *want, s.Power == display.PowerOff && !*want:
		w.reached(want)
		return 0, nil // at once: the input, or what has come meanwhile
	case late:
		w.post(room.EquipmentFailed{Command: room.CommandDisplay, Code: room.CodeDeviceRefused})
		w.reached(want)
		return w.every.calm, nil
	case s.Power == display.PowerWarming, s.Power == display.PowerCooling:
		return w.every.switching, nil // it takes nothing now
	}
	if err := d.SetPower(ctx, *want); err != nil && !says(err) {
		return 0, err
	}
	return w.every.switching, nil
}

// reached forgets what was wanted, unless something else is wanted by now.
func (w *wall) reached(want *bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.power == want {
		w.power = nil
	}
}

// switchInput switches to the configured input; a display that has just been switched on may need a while.
func (w *wall) switchInput(ctx context.Context, d display.Display, input string) (time.Duration, error) {
	err := d.SetInput(ctx, input)
	if err != nil && !says(err) {
		return 0, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if errors.Is(err, display.ErrBusy) && time.Now().Before(w.until) {
		return w.every.switching, nil
	}
	if err != nil {
		w.log.Warn("the display did not switch to its input", "display", w.name, "input", input, "error", err)
	}
	if w.input == input {
		w.input = ""
	}
	return w.every.switching, nil
}
