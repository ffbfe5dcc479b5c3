package equipment

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"greenroom/daemon/room"
	"greenroom/devices/controls"
	"greenroom/devices/serial"
)

// buttons owns one serial port of the room's own buttons.
type buttons struct {
	path   string
	line   serial.Settings
	all    []controls.Button
	post   func(room.Event)
	log    *slog.Logger
	wake   chan struct{}
	outage outage

	mu    sync.Mutex
	up    bool // the port is open
	queue []controls.Button
}

func newButtons(t *controls.Table, port string, line serial.Settings, o Options) *buttons {
	b := &buttons{path: t.Ports[port].Device, line: line, post: o.Post, log: o.Log, wake: make(chan struct{}, 1)}
	for _, button := range t.Buttons {
		if button.Port == port {
			b.all = append(b.all, button)
		}
	}
	return b
}

func (b *buttons) names() []string {
	names := make([]string, len(b.all))
	for i, button := range b.all {
		names[i] = button.Name
	}
	return names
}

// do queues a press. A port that is away takes none: a press that comes minutes later surprises.
func (b *buttons) do(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, button := range b.all {
		switch {
		case button.Name != name:
		case !b.up:
			b.post(room.ControlPressed{Control: name, Code: room.CodeDeviceAway})
		case len(b.queue) >= maxQueue:
			b.post(room.ControlPressed{Control: name, Code: room.CodeDeviceBusy})
		default:
			b.queue = append(b.queue, button)
			signal(b.wake)
		}
	}
}

func (b *buttons) run(ctx context.Context) {
	open := func() (serial.Port, error) { return serial.Open(b.path, b.line) }
	serial.Keep(ctx, open, b.use, func(err error) {
		b.log.Log(ctx, b.outage.level(err), "some of the room's buttons do not work", "port", b.path, "error", err)
		b.post(room.LineChanged{Equipment: room.EquipmentControls, Controls: b.names(), State: room.DeviceFailed, Reason: sentence(err), Cause: cause(err, b.path)})
	})
}

// use presses what is asked for until the port fails.
func (b *buttons) use(ctx context.Context, port serial.Port) error {
	b.outage.over()
	b.set(true)
	defer b.set(false)
	b.post(room.LineChanged{Equipment: room.EquipmentControls, Controls: b.names(), State: room.DeviceRunning})
	for {
		button, ok := b.next()
		if !ok {
			if err := b.listen(ctx, port); err != nil {
				return err
			}
			continue
		}
		err := button.Press(ctx, port)
		pressed := room.ControlPressed{Control: button.Name}
		if err != nil {
			pressed.Code, pressed.Text = code(err), sentence(err)
			b.log.Warn("a room control failed", "control", button.Name, "port", b.path, "error", err)
		}
		b.post(pressed)
		if err != nil && !errors.Is(err, controls.ErrSilent) && !errors.Is(err, controls.ErrRefused) {
			return err
		}
	}
}

// set notes whether the port is open. What waits for one that is gone has failed.
func (b *buttons) set(up bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.up = up
	for _, button := range b.queue {
		b.post(room.ControlPressed{Control: button.Name, Code: room.CodeDeviceAway})
	}
	b.queue = nil
}

func (b *buttons) next() (controls.Button, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.queue) == 0 {
		return controls.Button{}, false
	}
	button := b.queue[0]
	b.queue = b.queue[1:]
	return button, true
}

// listen reads and forgets what comes unasked, until a button is pressed. So a port that is pulled is noticed at once.
func (b *buttons) listen(ctx context.Context, port serial.Port) error {
	idle, stop := context.WithCancel(ctx)
	var waking sync.WaitGroup
	waking.Go(func() {
		defer stop()
		select {
		case <-b.wake:
		case <-idle.Done():
		}
	})
	defer waking.Wait()
	defer stop()
	buf := make([]byte, 256)
	for {
		if _, err := port.Receive(idle, buf); err != nil {
			if idle.Err() != nil && ctx.Err() == nil {
				return nil
			}
			return err
		}
	}
}
