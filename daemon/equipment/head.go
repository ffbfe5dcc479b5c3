package equipment

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"greenroom/daemon/config"
	"greenroom/daemon/room"
	"greenroom/devices/serial"
	"greenroom/devices/visca"
)

// headEvery is how often a camera that nobody turns is asked whether it is there.
const headEvery = 10 * time.Second

// maxQueue bounds what may wait for a device that is slow.
const maxQueue = 32

// head turns the camera by VISCA.
//
//	open --> begin (addresses) --> told that it answers --> work, or ask every 10 s
//	  ^                                                          |
//	  +------------ pause, after ErrGone, or ErrSilent twice <---+
type head struct {
	cfg    config.CameraControl
	line   serial.Settings
	post   func(room.Event)
	log    *slog.Logger
	wake   chan struct{}
	outage outage

	mu    sync.Mutex
	queue []room.Effect
}

func newHead(cfg config.CameraControl, line serial.Settings, o Options) *head {
	return &head{cfg: cfg, line: line, post: o.Post, log: o.Log, wake: make(chan struct{}, 1)}
}

// do queues an effect. Of several movements that wait the last counts.
func (h *head) do(e room.Effect) {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, turns := e.(room.TurnCamera)
	if n := len(h.queue); n > 0 && turns {
		if _, too := h.queue[n-1].(room.TurnCamera); too {
			h.queue = h.queue[:n-1]
		}
	}
	if len(h.queue) < maxQueue {
		h.queue = append(h.queue, e)
	}
	signal(h.wake)
}

func (h *head) take() []room.Effect {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := h.queue
	h.queue = nil
	return all
}

func (h *head) run(ctx context.Context) {
	open := func() (serial.Port, error) { return serial.Open(h.cfg.Port, h.line) }
	serial.Keep(ctx, open, h.use, func(err error) {
		h.log.Log(ctx, h.outage.level(err), "the camera cannot be turned", "port", h.cfg.Port, "error", err)
		h.post(room.LineChanged{Equipment: room.EquipmentHead, State: room.DeviceFailed, Reason: sentence(err), Cause: cause(err, h.cfg.Port)})
	})
}

// use turns the camera until its port fails or it does not answer.
func (h *head) use(ctx context.Context, port serial.Port) error {
	ctx, cancel := context.WithCancel(ctx)
	c := &turning{head: h, camera: visca.New(port, h.cfg.Address), failed: make(chan error, 1)}
	var reading sync.WaitGroup
	reading.Go(func() { c.fail(c.camera.Run(ctx)) })
	defer reading.Wait()
	defer c.recalls.Wait()
	defer cancel()
	if err := c.begin(ctx); err != nil {
		return err
	}
	h.take() // what was asked of a camera that was away
	name := ""
	if version, err := c.camera.Version(ctx); err == nil {
		name = version.String()
	}
	h.outage.over()
	h.log.Info("the camera can be turned", "port", h.cfg.Port, "camera", name)
	h.post(room.LineChanged{Equipment: room.EquipmentHead, Name: name, State: room.DeviceRunning})
	ticker := time.NewTicker(headEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-c.failed:
			return err
		case <-h.wake:
			for _, e := range h.take() {
				if err := c.carryOut(ctx, e); err != nil {
					return err
				}
			}
		case <-ticker.C:
			if err := c.look(ctx); err != nil {
				return err
			}
		}
	}
}

// turning is a camera that is in use.
type turning struct {
	*head
	camera *visca.Camera
	failed chan error // has room for one

	pan, tilt, zoom int // that it was told last
	stop            context.CancelFunc
	recalls         sync.WaitGroup
}

func (c *turning) fail(err error) {
	select {
	case c.failed <- err:
	default:
	}
}

// begin gives addresses, and wakes a camera that is in standby.
func (c *turning) begin(ctx context.Context) error {
	if err := c.camera.Begin(ctx); err != nil {
		return err
	}
	on, err := c.camera.IsOn(ctx)
	if err == nil && !on {
		err = c.camera.Do(ctx, visca.Power(true))
	}
	var refused *visca.Error
	if errors.As(err, &refused) {
		return nil // it answers, and has no power switch
	}
	return err
}

// look asks whether the camera is there, and gives addresses anew if it was without power or others came.
func (c *turning) look(ctx context.Context) error {
	if c.camera.NetworkChanged() {
		return c.camera.Begin(ctx)
	}
	return c.again(ctx, func(ctx context.Context) error {
		_, err := c.camera.IsOn(ctx)
		return err
	})
}

// again does something and, when the camera is silent, once more after new addresses. Only silence and a port that fails
// come back as errors; what the camera refuses is told to the room by the caller's do.
func (c *turning) again(ctx context.Context, do func(context.Context) error) error {
	err := do(ctx)
	if errors.Is(err, visca.ErrSilent) && ctx.Err() == nil && c.camera.Begin(ctx) == nil {
		err = do(ctx)
	}
	var refused *visca.Error
	if errors.As(err, &refused) || errors.Is(err, visca.ErrMalformed) {
		return nil
	}
	return err
}

// carryOut does one effect. Movements return when the camera has acknowledged them.
func (c *turning) carryOut(ctx context.Context, e room.Effect) error {
	if c.stop != nil { // whatever comes next, a preset that it goes to does not matter any longer
		c.stop()
		c.stop = nil
		c.recalls.Wait()
	}
	switch e := e.(type) {
	case room.TurnCamera:
		return c.turn(ctx, e)
	case room.StorePreset:
		return c.tell(ctx, room.CommandPresetStore, visca.Save(e.Preset-1), c.camera.Do)
	case room.RecallPreset:
		c.pan, c.tilt, c.zoom = 0, 0, 0
		going, stop := context.WithCancel(ctx)
		c.stop = stop
		c.recalls.Go(func() {
			defer stop()
			if err := c.tell(going, room.CommandPreset, visca.Recall(e.Preset-1), c.camera.Do); err != nil && going.Err() == nil {
				c.fail(err)
			}
		})
	}
	return nil
}

// turn sends what is another movement than before. Standing still is sent always.
func (c *turning) turn(ctx context.Context, e room.TurnCamera) error {
	pan, tilt, zoom := speed(e.Pan, visca.MaxPanSpeed), speed(e.Tilt, visca.MaxTiltSpeed), speed(e.Zoom, visca.MaxZoomSpeed+1)
	still := pan == 0 && tilt == 0 && zoom == 0
	if pan != c.pan || tilt != c.tilt || still {
		if err := c.tell(ctx, room.CommandTurn, visca.Drive(pan, tilt), c.camera.Start); err != nil {
			return err
		}
	}
	if zoom != c.zoom || still {
		if err := c.tell(ctx, room.CommandTurn, visca.Zoom(zoom), c.camera.Start); err != nil {
			return err
		}
	}
	c.pan, c.tilt, c.zoom = pan, tilt, zoom
	return nil
}

// speed turns percent into steps; what is not 0 stays so.
func speed(percent, most int) int {
	steps := percent * most / 100
	switch {
	case steps == 0 && percent > 0:
		return 1
	case steps == 0 && percent < 0:
		return -1
	}
	return steps
}

// tell sends a command, and tells the room what the camera refuses.
func (c *turning) tell(ctx context.Context, name room.CommandName, cmd visca.Command, do func(context.Context, visca.Command) error) error {
	err := c.again(ctx, func(ctx context.Context) error {
		err := do(ctx, cmd)
		var refused *visca.Error
		switch {
		case !errors.As(err, &refused):
		case refused.Code == visca.CodeCancelled:
		case refused.Code == visca.CodeBufferFull:
			c.post(room.EquipmentFailed{Command: name, Code: room.CodeDeviceBusy})
		default:
			c.post(room.EquipmentFailed{Command: name, Code: room.CodeDeviceRefused, Text: sentence(refused)})
		}
		return err
	})
	if err != nil && ctx.Err() == nil {
		c.post(room.EquipmentFailed{Command: name, Code: room.CodeDeviceAway})
	}
	return err
}
