package daemon

import (
	"cmp"
	"sync"

	"greenroom/daemon/room"
	"greenroom/media"
	"greenroom/media/pipe"
	"greenroom/media/source"
)

// device is one stream's source, and what is wanted of it.
type device struct {
	stream media.Stream
	spec   source.Spec
	source *source.Source // nil: none is configured
	sizes  *pictures      // nil: sound
	post   func(room.Event)

	mu      sync.Mutex
	wanted  bool // by the people in the room
	inUse   bool // by a meeting
	checked bool // a panel shows it to the people in the room
	lost    bool // the device failed, and gave nothing since
}

func (d *device) retry() {
	if d.source != nil {
		d.source.Retry()
	}
}

// tell says in the room's words how the source is. name is the configuration's, if it has one.
func (d *device) tell(s source.Status, name string) {
	if s.State == source.Running && d.sizes != nil {
		d.sizes.captured(s.Width, s.Height, s.FPS)
	}
	e := room.DeviceChanged{Stream: d.stream.String(), Name: cmp.Or(name, s.Device)}
	switch s.State {
	case source.Starting:
		e.State = room.DeviceStarting
	case source.Running:
		e.State, e.Echo = room.DeviceRunning, echoOf(s.Echo, d.spec.Echo)
	case source.Off:
		e.State = room.DeviceReady
	case source.Failed:
		e.State, e.Reason, e.Cause = room.DeviceFailed, s.String(), captureCause(s, cmp.Or(name, d.spec.Device))
		if s.Code == pipe.NoDevice {
			e.State = room.DeviceAbsent
		}
	}
	e.Name = cmp.Or(e.Name, d.spec.Device)
	d.post(e)
}

// echoOf says in the room's words what takes the echo out.
func echoOf(e pipe.Echo, wish pipe.EchoWish) room.Echo {
	switch e {
	case pipe.EchoSoundServer:
		return room.EchoPipeWire
	case pipe.EchoDevice:
		return room.EchoDevice
	case pipe.EchoHeard:
		if wish == pipe.EchoNotCancelled {
			return room.EchoUnasked
		}
		return room.EchoHeard
	case pipe.EchoUnknown:
	}
	return room.EchoUnknown
}

// isLost notes a state, and reports whether the stream pauses or goes on by it. The others are told that it pauses: their
// placeholder comes at once, and not when they have missed frames for a while.
func (d *device) isLost(s source.State) (changed bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	was := d.lost
	switch s {
	case source.Failed:
		d.lost = true
	case source.Running, source.Off:
		d.lost = false
	case source.Starting: // again, perhaps in vain
	}
	return d.lost != was
}

func (d *device) set(change func(*device)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(d)
	if d.source != nil {
		// In a meeting a camera that is off is off, whoever would like to check it.
		d.source.SetEnabled(d.inUse && d.wanted || !d.inUse && d.checked)
	}
}

// silent reports whether the stream pauses: nobody wants it, or its device is lost.
func (d *device) silent() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.wanted || d.lost
}

// shared reports whether the room shares the device's picture now.
func (d *device) shared() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.source != nil && d.wanted && d.inUse && !d.lost
}
