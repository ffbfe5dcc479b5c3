package equipment

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"

	"greenroom/daemon/room"
	"greenroom/devices/hid"
	"greenroom/devices/hotplug"
	"greenroom/devices/serial"
	"greenroom/devices/speakerphone"
)

// phones are the speakerphones that are plugged in, for their mute buttons. Each has an owner, which opens it, and opens it
// anew after a growing pause while it fails; an owner ends when its device has gone.
//
//	kernel's word --> look --> owner for each telephone --presses--> room
//	                             ^------- lights <------ do <---------+
type phones struct {
	root string // "/"
	post func(room.Event)
	log  *slog.Logger
	open func(hid.Found) (connection, error)

	mu     sync.Mutex
	lights room.LightMuteButtons // what all show
	owners map[string]*phone     // by Found.Node
	count  int                   // of owners that ever were
}

// connection is a hid.Device.
type connection interface {
	Read(report []byte) (int, error)
	Write(report []byte) (int, error)
	Close() error
}

// phone is one of them.
type phone struct {
	id    string // which no other ever has
	found hid.Found
	lit   bool // it has a light
	wake  chan struct{}
	gone  context.CancelFunc

	outage outage
}

func newPhones(o Options) *phones {
	return &phones{
		root: "/", post: o.Post, log: o.Log, owners: map[string]*phone{},
		open: func(f hid.Found) (connection, error) {
			d, err := hid.Open(f)
			if err != nil {
				return nil, err // and not a connection that is nil
			}
			return d, nil
		},
	}
}

// do has all phones show something.
func (p *phones) do(l room.LightMuteButtons) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lights = l
	for _, o := range p.owners {
		signal(o.wake)
	}
}

func (p *phones) shown() room.LightMuteButtons {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lights
}

// run looks for phones at first and whenever the kernel says that one came or went.
func (p *phones) run(ctx context.Context) {
	var owners sync.WaitGroup
	defer owners.Wait()
	look := func() { p.look(ctx, &owners) }
	look()
	err := hotplug.Listen(ctx, func(e hotplug.Event) {
		if e.Subsystem == hotplug.HID && (e.Action == "add" || e.Action == "remove") {
			look()
		}
	}, look)
	if err != nil {
		p.log.Warn("speakerphones that are plugged in later are not noticed: the kernel does not tell of them", "error", err)
		<-ctx.Done()
	}
}

// look begins owners of the phones that came, and ends those of the phones that have gone.
func (p *phones) look(ctx context.Context, owners *sync.WaitGroup) {
	all, err := hid.Find(p.root)
	if err != nil {
		p.log.Warn("speakerphones are not found", "error", err)
		return
	}
	there := map[string]hid.Found{}
	for _, f := range all {
		there[f.Node] = f
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for node, o := range p.owners {
		if f, still := there[node]; !still || f.Name != o.found.Name || string(f.Report) != string(o.found.Report) {
			o.gone()
			delete(p.owners, node)
		}
	}
	for _, f := range all {
		if p.owners[f.Node] != nil {
			continue
		}
		telephone, err := telephoneOf(f)
		if err != nil {
			p.log.Debug("what a HID device says of itself cannot be read", "device", f.Name, "error", err)
		}
		if telephone == nil {
			continue
		}
		life, gone := context.WithCancel(ctx)
		p.count++
		o := &phone{id: fmt.Sprintf("%s %d", f.Node, p.count), found: f, lit: telephone.Lit(), wake: make(chan struct{}, 1), gone: gone}
		p.owners[f.Node] = o
		owners.Go(func() { defer gone(); p.own(life, o) })
	}
}

func telephoneOf(f hid.Found) (*speakerphone.Phone, error) {
	d, err := hid.Parse(f.Report)
	if err != nil {
		return nil, err
	}
	return speakerphone.New(d), nil
}

// own has a phone open until it has gone.
func (p *phones) own(ctx context.Context, o *phone) {
	serial.Keep(ctx, func() (connection, error) { return p.open(o.found) },
		func(ctx context.Context, c connection) error { return p.use(ctx, o, c) },
		func(err error) {
			p.log.Log(ctx, o.outage.level(err), "a speakerphone's mute button does not work", "device", o.found.Name, "file", o.found.Node, "error", err)
			p.post(room.MuteButtonChanged{
				ID: o.id, Name: o.found.Name, Light: o.lit, State: room.DeviceFailed, Reason: advice(o.found, err), Cause: cause(err, o.found.Node),
			})
		})
	p.tell(o, room.DeviceAbsent)
}

// tell says how a phone is that has not failed.
func (p *phones) tell(o *phone, state room.DeviceState) {
	p.post(room.MuteButtonChanged{ID: o.id, Name: o.found.Name, Light: o.lit, State: state})
}

// advice says what is to be done about a phone that cannot be opened.
func advice(f hid.Found, err error) string {
	if errors.Is(err, os.ErrPermission) {
		return f.Node + " may not be opened: install 70-greenroom.rules, and plug the device in again."
	}
	return sentence(err)
}

// use obeys a phone's button and lights it until it fails.
func (p *phones) use(ctx context.Context, o *phone, c connection) error {
	telephone, err := telephoneOf(o.found)
	if err != nil {
		return err
	}
	o.outage.over()
	p.log.Info("a speakerphone's mute button works", "device", o.found.Name, "file", o.found.Node, "light", o.lit)
	p.tell(o, room.DeviceRunning)
	failed := make(chan error, 1)
	var reading sync.WaitGroup
	reading.Go(func() { failed <- p.listen(o, c, telephone) })
	defer reading.Wait()
	defer c.Close() // which ends the reading
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-failed:
			return err
		case <-o.wake:
			l := p.shown()
			for _, report := range telephone.Lights(l.Muted, l.Call) {
				if _, err := c.Write(report); err != nil {
					return fmt.Errorf("%s: light: %w", o.found.Node, err)
				}
			}
		}
	}
}

// listen posts what is pressed.
func (p *phones) listen(o *phone, c connection, telephone *speakerphone.Phone) error {
	report := make([]byte, telephone.Longest())
	for {
		n, err := c.Read(report)
		if err != nil {
			return fmt.Errorf("%s: read: %w", o.found.Node, err)
		}
		for _, press := range telephone.Read(report[:n]) {
			p.log.Info("a mute button was pressed", "device", o.found.Name)
			p.post(room.MuteButtonPressed{ID: o.id, Press: pressed(press)})
		}
	}
}

func pressed(p speakerphone.Press) room.MutePress {
	switch p {
	case speakerphone.Mute:
		return room.MuteOn
	case speakerphone.Unmute:
		return room.MuteOff
	case speakerphone.Toggle:
	}
	return room.MuteToggled
}
