package daemon

import (
	"cmp"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"greenroom/daemon/config"
	"greenroom/daemon/room"
	"greenroom/devices/camera"
	"greenroom/devices/camera/commands"
	"greenroom/media/source"
)

// cameras are those that the room can choose from: what the kernel has, and the commands of the configuration. It tells the
// room which are there and which is in use, and has the camera's source use another when the room says so.
//
//	kernel's list --look--> room.CamerasChanged --> room.UseCamera --use--> Source.Switch
type cameras struct {
	device *device
	policy source.Spec // what the configuration says
	others []commands.Camera
	// content is the device that gives what people share, by label or path; it is no camera. Empty: none is one.
	content string
	root    string // "/"
	udev    bool   // udev names devices here, a moment after they came
	log     *slog.Logger
	wake    chan struct{}

	mu    sync.Mutex
	deaf  bool   // the kernel does not tell of changes
	asked string // what the room uses, by room.Camera.ID; empty: what the configuration says
	node  string // the device file that the configuration's camera had when it ran last
	found []camera.Camera
	told  []room.Camera
}

// How often the list is looked at: until udev has given a new camera its names, and where nobody tells of changes.
const (
	udevFirst = 50 * time.Millisecond
	udevLast  = 5 * time.Second
	deafEvery = 5 * time.Second
)

// configuredID is the ID of the configuration's own command; commandPrefix begins those of its further ones.
const (
	configuredID  = "command"
	commandPrefix = "command:"
)

func newCameras(cfg config.Config, d *device, log *slog.Logger) *cameras {
	c := &cameras{device: d, policy: d.spec, root: "/", log: log, wake: make(chan struct{}, 1)}
	if cfg.Content.Source == config.SourceCamera {
		c.content = cfg.Content.Device
	}
	if _, err := os.Stat("/run/udev/control"); err == nil {
		c.udev = true
	}
	if cfg.Camera.File != "" {
		var err error
		if c.others, err = commands.Load(cfg.Camera.File); err != nil { // it could be read when the configuration was checked
			log.Error("the further cameras are left out", "error", err)
		}
	}
	return c
}

// run looks whenever something may have changed, until ctx ends.
func (c *cameras) run(ctx context.Context) {
	pause := udevFirst
	for {
		c.look()
		wait := time.Duration(0)
		switch named, deaf := c.settled(); {
		case !named && pause < udevLast:
			wait, pause = pause, 2*pause
		case deaf:
			wait = deafEvery
		}
		var later <-chan time.Time
		if wait > 0 {
			later = time.After(wait)
		}
		select {
		case <-ctx.Done():
			return
		case <-later:
		case <-c.wake:
			pause = udevFirst
		}
	}
}

// changed says that there may be other cameras now.
func (c *cameras) changed() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// unheard says that the kernel does not tell of changes.
func (c *cameras) unheard() {
	c.mu.Lock()
	c.deaf = true
	c.mu.Unlock()
	c.changed()
}

// settled reports whether every camera has the name that it keeps, and whether nobody tells of changes.
func (c *cameras) settled() (named, deaf bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	unnamed := func(f camera.Camera) bool { return f.ByPath == "" }
	return !c.udev || !slices.ContainsFunc(c.found, unnamed), c.deaf
}

// look lists the cameras, and tells the room if something is new.
func (c *cameras) look() {
	found, err := camera.List(c.root)
	if err != nil {
		c.log.Warn("the cameras cannot be listed", "error", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.found = slices.DeleteFunc(found, func(f camera.Camera) bool {
		return c.content != "" && (c.content == f.Node || c.content == f.ByPath || c.content == f.Label)
	})
	c.tell()
}

// runs notes the device file of the camera that gives pictures now; empty: it has none.
func (c *cameras) runs(node string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asked == "" {
		c.node = node
	}
	c.tell()
}

// use takes another camera's picture; an empty id is the configuration's. One that has just gone is left: the room hears of it.
func (c *cameras) use(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	spec, there := c.specOf(id)
	if !there {
		return
	}
	same := id != "" && id == c.inUse()
	c.asked = id
	if !same {
		if err := c.device.source.Switch(spec); err != nil {
			c.log.Error("the camera cannot be used", "camera", id, "error", err)
		}
	}
	c.tell()
}

// specOf says how a camera is captured. It is called with the lock held, as those below are.
func (c *cameras) specOf(id string) (spec source.Spec, there bool) {
	spec = c.policy
	if id == "" || id == configuredID {
		return spec, true
	}
	for _, o := range c.others {
		if commandPrefix+o.Name == id {
			spec.Kind, spec.Device, spec.Command = source.Pipe, "", o.Command
			return spec, true
		}
	}
	for _, f := range c.found {
		if idOf(f) == id {
			spec.Kind, spec.Device, spec.Command = source.Camera, id, nil
			return spec, true
		}
	}
	return spec, false
}

func idOf(f camera.Camera) string { return cmp.Or(f.ByPath, f.Node) }

// inUse returns the ID of the camera whose picture the room has or waits for; empty: none is there.
func (c *cameras) inUse() string {
	if c.asked != "" {
		return c.asked
	}
	if c.policy.Kind == source.Pipe {
		return configuredID
	}
	for _, f := range c.found {
		if f.Node == c.node {
			return idOf(f)
		}
	}
	for _, f := range c.found {
		if d := c.policy.Device; d == "" || d == f.Node || d == f.ByPath || d == f.Label {
			return idOf(f)
		}
	}
	return ""
}

// tell tells the room which cameras there are: the configuration's command, the kernel's, and the further commands.
func (c *cameras) tell() {
	var all []room.Camera
	if c.policy.Kind == source.Pipe {
		all = append(all, room.Camera{ID: configuredID, Label: filepath.Base(c.policy.Command[0])})
	}
	for _, f := range c.found {
		all = append(all, room.Camera{ID: idOf(f), Label: cmp.Or(f.Label, f.Node)})
	}
	for _, o := range c.others {
		all = append(all, room.Camera{ID: commandPrefix + o.Name, Label: o.Name})
	}
	used := c.inUse()
	for i := range all {
		all[i].InUse = all[i].ID == used
	}
	if !slices.Equal(all, c.told) {
		c.told = all
		c.device.post(room.CamerasChanged{Cameras: slices.Clone(all)})
	}
}

// name is what the configuration calls the camera in use; empty: nothing.
func (c *cameras) name() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, o := range c.others {
		if commandPrefix+o.Name == c.asked {
			return o.Name
		}
	}
	return ""
}
