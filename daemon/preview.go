package daemon

import (
	"bytes"
	"context"
	"errors"

	"greenroom/daemon/room"
	"greenroom/media"
	"greenroom/media/playout"
	"greenroom/media/source"
)

// newPreview returns what shows the room its own picture on a panel. The camera is open as long as a panel is connected.
func (d *Daemon) newPreview() (*playout.Playout, error) {
	return playout.New(playout.Config{
		Slots:          1,
		KeyframeWanted: func(int) { d.capture.keyframe(media.Camera, source.AllLayers) },
		Watched: func(pages int) {
			d.capture.check(pages > 0)
			d.post(room.PreviewChanged{On: pages > 0})
		},
		Log: d.log,
	})
}

// errNoCamera: there is nothing to show.
var errNoCamera = errors.New("the room is configured without a camera")

// answerPreview connects a panel.
func (d *Daemon) answerPreview(ctx context.Context, offer string) (string, error) {
	if d.capture.camera.source == nil {
		return "", errNoCamera
	}
	return d.preview.Answer(ctx, offer)
}

// showPreview plays the room's own picture to the panels.
func (d *Daemon) showPreview(f media.Frame) {
	f.Data = bytes.Clone(f.Data) // it is sealed where it lies, next
	if err := d.preview.WriteVideo(0, f); err != nil {
		d.log.Debug("the room's own picture was not played", "error", err)
	}
}

// check opens the camera for the people in the room to see their own picture, or lets it go.
func (c *capture) check(on bool) {
	c.camera.set(func(d *device) {
		if d.checked = on; on && !d.inUse && d.sizes != nil {
			d.sizes.checked()
		}
	})
}

func (d *device) isChecked() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.checked
}

// ownPicture follows the largest layer of a picture. It is for one goroutine.
type ownPicture struct{ layer uint8 }

// takes reports whether a frame is of the layer that is shown. It goes to another layer with a keyframe alone, for which it asks.
func (o *ownPicture) takes(f media.Frame, top uint8, ask func(layers uint8)) bool {
	if f.Layer == top && o.layer != top {
		if f.Keyframe {
			o.layer = top
		} else {
			ask(1 << top)
		}
	}
	return f.Layer == o.layer
}
