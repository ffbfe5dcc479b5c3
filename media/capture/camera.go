package capture

import (
	"errors"
	"image"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/pion/mediadevices/pkg/driver"
	drivercamera "github.com/pion/mediadevices/pkg/driver/camera"
	"github.com/pion/mediadevices/pkg/frame"
	"github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"

	"greenroom/devices/camera"
	"greenroom/media/pipe"
)

// What is asked of a camera where the Spec leaves it open.
const (
	defaultWidth  = 1280
	defaultHeight = 720
	defaultFPS    = 30
)

// openCamera opens the camera that spec names, as near as it can to the size and rate that spec asks for.
func openCamera(spec pipe.Spec) (*videoSource, error) {
	found, err := camera.Find("/", spec.Device)
	if errors.Is(err, camera.ErrNone) {
		return nil, faultf(pipe.NoDevice, "There is %v", err)
	} else if err != nil {
		return nil, faultf(pipe.DeviceFailed, "The cameras cannot be listed: %v", err)
	}
	d := cameraDriver(driver.GetManager().Query(driver.FilterVideoRecorder()), found.Node)
	if d == nil {
		return nil, faultf(pipe.NoDevice, "There is no camera: %s (%s) is gone", found.Label, found.Node)
	}
	if err := d.Open(); err != nil {
		return nil, faultf(pipe.DeviceFailed, "The camera %s cannot be opened: %v", found.Label, err)
	}
	return record(spec, found, d)
}

// cameraDriver returns the driver of a node. Drivers are told apart by their label, which ends with the node's name;
// their ids are random.
func cameraDriver(drivers []driver.Driver, node string) driver.Driver {
	for _, d := range drivers {
		label := d.Info().Label
		if d.Info().DeviceType == driver.Camera && strings.HasSuffix(label, drivercamera.LabelSeparator+filepath.Base(node)) {
			return d
		}
	}
	return nil
}

// record starts an opened camera.
func record(spec pipe.Spec, found camera.Camera, d driver.Driver) (*videoSource, error) {
	mode, ok := choose(d.Properties(), spec)
	if !ok {
		_ = d.Close()
		return nil, faultf(pipe.DeviceFailed, "The camera %s has no format that can be used", found.Label)
	}
	r, err := d.(driver.VideoRecorder).VideoRecord(mode)
	if err != nil {
		_ = d.Close()
		return nil, faultf(pipe.DeviceFailed, "The camera %s cannot be started: %v", found.Label, err)
	}
	r = video.ToI420(r)
	var once sync.Once
	return &videoSource{
		device: found.Label, node: found.Node,
		begin: func() (int, error) { return int(mode.FrameRate * 1000), nil },
		read: func(dst *image.YCbCr) (time.Time, error) {
			img, release, err := r.Read()
			if err != nil {
				return time.Time{}, faultf(pipe.DeviceFailed, "The camera %s gives no more pictures: %v", found.Label, err)
			}
			defer release()
			picture, ok := img.(*image.YCbCr)
			if !ok {
				return time.Time{}, faultf(pipe.DeviceFailed, "The camera %s gives pictures of the type %T", found.Label, img)
			}
			at := time.Now()
			if err := copyPicture(dst, picture); err != nil {
				return at, faultf(pipe.DeviceFailed, "The camera %s gives %v", found.Label, err)
			}
			return at, nil
		},
		close: func() { once.Do(func() { _ = d.Close() }) },
	}, nil
}

// choose returns the mode that is nearest to what spec asks for. The order: the wanted size at the wanted rate (1080p30);
// the next smaller size that keeps the rate (720p30); what there is. Of equal ones, the format that costs least to unpack
// (YUYV before MJPEG).
func choose(modes []prop.Media, spec pipe.Spec) (best prop.Media, ok bool) {
	width, height, fps := defaultWidth, defaultHeight, defaultFPS
	if spec.Width > 0 && spec.Height > 0 {
		width, height = spec.Width, spec.Height
	}
	if spec.FPS > 0 {
		fps = spec.FPS
	}
	lowest := 0
	for _, m := range modes {
		format := formatCost(m.FrameFormat)
		if format < 0 || m.Width < 1 || m.Height < 1 {
			continue
		}
		cost := 1000*(abs(m.Width-width)+abs(m.Height-height)) + 10*rateCost(m.FrameRate, fps) + format
		if m.Width > width || m.Height > height {
			cost += tooLarge
		}
		if m.FrameRate > 0 && 2*m.FrameRate < float32(fps) {
			cost += tooSlow
		}
		if !ok || cost < lowest {
			best, lowest, ok = m, cost, true
		}
	}
	if best.FrameRate == 0 {
		best.FrameRate = float32(fps)
	}
	return best, ok
}

// What a mode's cost is raised by: rather too small than too much to encode, and rather small than a slide show. A camera
// on USB 2 has 1080p at 5 frames a second as YUYV, and 720p at 30 only as MJPEG.
const (
	tooLarge = 10_000_000
	tooSlow  = 20_000_000
)

// formatCost orders what a picture costs to unpack; -1 is for what is no picture.
func formatCost(f frame.Format) int {
	switch f {
	case frame.FormatI420, frame.FormatNV12, frame.FormatNV21:
		return 0
	case frame.FormatYUYV, frame.FormatUYVY:
		return 1
	case frame.FormatMJPEG:
		return 2
	}
	return -1
}

// rateCost is how far a rate is from what is wanted. Too few pictures are worse than too many; an unknown rate is
// taken for the right one, almost.
func rateCost(rate float32, want int) int {
	switch {
	case rate == 0:
		return 1
	case rate < float32(want):
		return int(4 * (float32(want) - rate))
	}
	return int(rate - float32(want))
}

func abs(n int) int { return max(n, -n) }
