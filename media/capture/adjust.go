package capture

import (
	"context"

	"greenroom/devices/camera/adjust"
	"greenroom/media/pipe"
)

// adjustable is a camera whose picture can be adjusted.
type adjustable interface {
	List() ([]adjust.Control, error)
	Set(k adjust.Kind, value int32) error
	Close() error
}

// adjusting tells what can be adjusted about the camera that is open, and adjusts it, until ctx ends. A camera that tells
// nothing gives its pictures all the same.
func (s *session) adjusting(ctx context.Context, open func() (adjustable, error)) {
	camera, err := open()
	if err != nil {
		return
	}
	defer camera.Close()
	for {
		all, err := camera.List()
		if err != nil {
			return // it is gone, which who captures from it tells
		}
		buf, err := s.out.reserve(ctx)
		if err != nil {
			return
		}
		s.out.push(pipe.AppendControls(buf, all))
		wanted, err := s.controls.adjustments(ctx)
		if err != nil {
			return
		}
		for _, a := range wanted {
			_ = camera.Set(a.Kind, a.Value) // what came of it is told next
		}
	}
}
