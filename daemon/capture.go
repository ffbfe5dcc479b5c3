package daemon

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"greenroom/daemon/config"
	"greenroom/daemon/room"
	"greenroom/daemon/tally"
	"greenroom/devices/camera/adjust"
	"greenroom/devices/hotplug"
	"greenroom/media"
	"greenroom/media/pipe"
	"greenroom/media/relay"
	"greenroom/media/source"
)

// capture is the room's own camera and microphone. They run as long as the daemon, each in a process of its own; the
// camera is open only while the room is in a meeting or joins one, the microphone's sound leaves its process only then.
type capture struct {
	camera     *device
	microphone *device
	content    *device  // wanted only while it is shared
	cameras    *cameras // that the room can choose from; nil: it has none

	// muted is told when a stream pauses or goes on by itself, because its device is lost or back. Set before run.
	muted func(media.Stream)

	tally *tally.Tally

	// send takes the frames while the room is in a meeting; nil: they go nowhere.
	send   atomic.Pointer[func(media.Stream, media.Frame)]
	uplink atomic.Int64 // bits a second that the network takes of this room; 0: not known yet
	// preview takes the camera's frames besides, of the largest layer, while a panel wants to see the room's own picture; nil:
	// there is no panel.
	preview func(media.Frame)
	// show takes the content's frames besides, for the room's own screen; nil: it has none.
	show func(media.Frame)
}

// all returns the devices.
func (c *capture) all() []*device { return []*device{c.camera, c.microphone, c.content} }

func newCapture(ctx context.Context, cfg config.Config, post func(room.Event), levels *levels, t *tally.Tally, log *slog.Logger) *capture {
	c := &capture{muted: func(media.Stream) {}, tally: t}
	camera := cameraSpec(cfg.Camera)
	encodeAs(ctx, camera, cfg, log)
	c.camera = c.device(media.Camera, camera, cfg.Camera.EnabledAtStart, cfg.Capture.Program, post, nil, log)
	if c.camera.source != nil {
		c.cameras = newCameras(cfg, c.camera, log)
	}
	c.microphone = c.device(media.Microphone, microphoneSpec(cfg.Microphone), cfg.Microphone.EnabledAtStart, cfg.Capture.Program, post, levels.hear, log)
	c.content = c.device(media.Content, contentSpec(cfg.Content), false, cfg.Capture.Program, post, nil, log)
	return c
}

func (c *capture) device(stream media.Stream, spec *source.Spec, wanted bool, program string, post func(room.Event), heard func(media.Frame), log *slog.Logger) *device {
	d := &device{stream: stream, post: post, wanted: wanted}
	if spec == nil {
		return d
	}
	d.spec = *spec
	if !stream.Audio() {
		d.sizes = newPictures(layersOf(*spec), spec.BitRate, time.Now, func(l pipe.Layers) { d.source.SetLayers(l) })
		d.sizes.picture.Sharp = stream == media.Content
	}
	var own ownPicture
	d.source = source.New(source.Config{
		Spec:    *spec,
		Program: program,
		Frame: func(f media.Frame) {
			c.tally.Add(stream, tally.Encoded)
			if heard != nil {
				heard(f)
			}
			if stream == media.Content && c.show != nil {
				c.show(f)
			}
			if c.preview != nil && stream == media.Camera && d.isChecked() {
				if own.takes(f, d.sizes.top(), d.source.RequestKeyframe) {
					c.preview(f)
				}
			}
			if send := c.send.Load(); send != nil {
				(*send)(stream, f) // which seals f where it lies
			}
		},
		Captured: func(frames uint64) { c.tally.AddMany(stream, tally.Captured, frames) },
		Level: func(level uint8, voice bool) {
			if heard != nil {
				heard(media.Frame{Level: level, Voice: voice})
			}
		},
		Controls: func(all []adjust.Control) {
			if stream == media.Camera {
				post(adjustments(all))
			}
		},
		Status: func(s source.Status) {
			if stream == media.Camera && s.State != source.Running {
				post(room.AdjustmentsChanged{}) // it is closed, or about to be
			}
			c.tellCameras(stream, s)
			d.tell(s, c.nameOf(stream))
			if d.isLost(s.State) {
				c.muted(stream)
			}
		},
		Log: log,
	})
	return d
}

// run captures until ctx ends. A device whose configuration cannot work is shown as failed.
func (c *capture) run(ctx context.Context, log *slog.Logger) {
	var wg sync.WaitGroup
	wg.Go(func() { c.climb(ctx) })
	wg.Go(func() { c.watch(ctx, log) })
	if c.cameras != nil {
		wg.Go(func() { c.cameras.run(ctx) })
	}
	for _, d := range c.all() {
		wg.Go(func() {
			if d.source == nil {
				d.post(room.DeviceChanged{Stream: d.stream.String(), State: room.DeviceNone})
				return
			}
			if err := d.source.Run(ctx); err != nil && ctx.Err() == nil {
				log.Error("a device cannot be used", "stream", d.stream.String(), "error", err)
				d.post(room.DeviceChanged{Stream: d.stream.String(), State: room.DeviceFailed, Reason: sentence(err), Cause: room.Cause{Code: room.CauseOther}})
			}
		})
	}
	wg.Wait()
}

// watch looks for devices when the kernel says that some came. Without it they are found by the sources' own tries, at most
// half a minute later.
func (c *capture) watch(ctx context.Context, log *slog.Logger) {
	err := hotplug.Listen(ctx, func(e hotplug.Event) {
		if e.Subsystem == hotplug.Cameras && c.cameras != nil {
			c.cameras.changed()
		}
		if e.Action != "add" && e.Action != "change" {
			return // a device that goes ends what captures from it
		}
		switch e.Subsystem {
		case hotplug.Cameras:
			c.camera.retry()
			c.content.retry()
		case hotplug.Sound:
			c.microphone.retry()
		}
	}, func() {
		for _, d := range c.all() {
			d.retry()
		}
		if c.cameras != nil {
			c.cameras.changed()
		}
	})
	if err != nil {
		if c.cameras != nil {
			c.cameras.unheard()
		}
		log.Warn("devices that are plugged in are found late: the kernel does not tell of them", "error", err)
	}
}

// tellCameras notes what the camera's source tells of which camera it has, or has lost.
func (c *capture) tellCameras(stream media.Stream, s source.Status) {
	if stream != media.Camera || c.cameras == nil {
		return
	}
	switch s.State {
	case source.Running:
		c.cameras.runs(s.Node)
	case source.Failed:
		c.cameras.changed()
	case source.Starting, source.Off:
	}
}

// nameOf is what the configuration calls a stream's device; empty: nothing.
func (c *capture) nameOf(stream media.Stream) string {
	if stream != media.Camera || c.cameras == nil {
		return ""
	}
	return c.cameras.name()
}

// publications are the streams that the room announces in a meeting. A device that is not there now is announced too:
// it may come, and then needs no new negotiation.
func (c *capture) publications() []relay.Publication {
	var all []relay.Publication
	if d := c.camera; d.source != nil {
		all = append(all, relay.Publication{
			Stream: media.Camera, Codec: codecOf(d.spec), Muted: d.silent(),
			Width: cmp.Or(d.spec.Width, 1280), Height: cmp.Or(d.spec.Height, 720), Layers: layersOf(d.spec),
		})
	}
	if d := c.content; d.source != nil {
		all = append(all, relay.Publication{
			Stream: media.Content, Codec: media.VP8, Muted: d.silent(),
			Width: cmp.Or(d.spec.Width, 1920), Height: cmp.Or(d.spec.Height, 1080), Layers: layersOf(d.spec),
		})
	}
	if d := c.microphone; d.source != nil {
		all = append(all, relay.Publication{Stream: media.Microphone, Codec: media.Opus, Muted: d.silent()})
	}
	return all
}

// use opens the devices for a meeting, or closes them after it.
func (c *capture) use(inUse bool) {
	for _, d := range c.all() {
		d.set(func(d *device) { d.inUse = inUse })
	}
}

// want notes what the people in the room want of a stream.
func (c *capture) want(stream media.Stream, on bool) {
	c.of(stream).set(func(d *device) { d.wanted = on })
}

// of returns the device of a stream.
func (c *capture) of(stream media.Stream) *device {
	switch stream {
	case media.Microphone:
		return c.microphone
	case media.Content:
		return c.content
	case media.Camera, media.ContentAudio:
	}
	return c.camera
}

// keyframe asks a source for a picture that needs no earlier one, in the layers whose bits are set.
func (c *capture) keyframe(stream media.Stream, layers uint8) {
	if d := c.of(stream); !stream.Audio() && d.source != nil {
		d.source.RequestKeyframe(layers)
	}
}
