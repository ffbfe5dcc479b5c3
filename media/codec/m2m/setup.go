package m2m

import (
	"errors"
	"fmt"
	"image"

	"golang.org/x/sys/unix"
)

// The controls (V4L2_CID_MPEG_VIDEO_...).
const (
	codecControls = 0x00990900

	controlBFrames        = codecControls + 202
	controlKeyframeEvery  = codecControls + 203 // GOP_SIZE
	controlRateMode       = codecControls + 206
	controlBitRate        = codecControls + 207
	controlRateControl    = codecControls + 215 // FRAME_RC_ENABLE
	controlHeaderMode     = codecControls + 216
	controlRepeatHeaders  = codecControls + 226
	controlForceKeyframe  = codecControls + 229
	controlProfile        = codecControls + 363
	controlPrependHeaders = codecControls + 644

	constantRate        = 1
	headersWithPicture  = 1
	constrainedBaseline = 1
	baseline            = 0
)

// keyframeEvery is after how many pictures a keyframe comes unasked, where the driver has no longer time: ten seconds. Keyframes
// come when somebody needs one.
const keyframeEvery = 300

// codedRoom is how many bytes a frame may have at most: what is asked of the driver for each of its buffers.
const codedRoom = 1 << 20

// set sets a control.
func (d *device) set(id uint32, value int) error {
	return ask(d.fd, requestSetControl, &control{id: id, value: int32(value)})
}

// control sets what a conversation needs. A driver without the bit rate is of no use for H.264; one without keyframes on
// request is restarted for each. The others have the right default, or something like it, where they are refused.
func (e *Encoder) control() error {
	for _, c := range []struct {
		id    uint32
		value int
	}{
		{controlBFrames, 0},
		{controlKeyframeEvery, keyframeEvery},
		{controlRateControl, 1},
		{controlRateMode, constantRate},
		{controlHeaderMode, headersWithPicture},
		{controlRepeatHeaders, 1},
		{controlPrependHeaders, 1},
	} {
		_ = e.device.set(c.id, c.value)
	}
	if e.settings.Codec == FormatH264 && e.device.set(controlProfile, constrainedBaseline) != nil {
		_ = e.device.set(controlProfile, baseline)
	}
	if err := e.SetBitRate(e.settings.BitRate); err != nil {
		return err
	}
	e.restarts = !e.device.has(controlForceKeyframe)
	r := rate{kind: e.in.kind, numerator: 1, denominator: uint32(e.settings.FPS)}
	_ = ask(e.device.fd, requestSetRate, &r) // without it, the bit rate is for the driver's own idea of the frame rate
	return nil
}

// has reports whether there is a control.
func (d *device) has(id uint32) bool {
	// A v4l2_queryctrl; see package adjust.
	query := struct {
		id uint32
		_  [16]uint32
	}{id: id}
	return ask(d.fd, requestQueryControl, &query) == nil
}

const requestQueryControl = 0xc0445624

// setCoded says what comes out.
func (d *device) setCoded(s Settings) error {
	f := format{kind: d.queue(false).kind}
	if d.several {
		*f.planes() = planes{width: uint32(s.Width), height: uint32(s.Height), format: s.Codec, field: fieldNone, count: 1}
		f.planes().plane[0].size = codedRoom
	} else {
		*f.pixels() = pixels{width: uint32(s.Width), height: uint32(s.Height), format: s.Codec, field: fieldNone, size: codedRoom}
	}
	if err := ask(d.fd, requestSetFormat, &f); err != nil {
		return fmt.Errorf("make %s: %w", fourCC(s.Codec), err)
	}
	got := f.pixels().format
	if d.several {
		got = f.planes().format
	}
	if got != s.Codec {
		return fmt.Errorf("make %s: the driver makes %s", fourCC(s.Codec), fourCC(got))
	}
	return nil
}

// setRaw says what goes in, and returns how it is laid out. A driver may want larger pictures, of which it codes a part.
func (d *device) setRaw(s Settings, raw uint32) (layout, error) {
	f := format{kind: d.queue(true).kind}
	if d.several {
		*f.planes() = planes{width: uint32(s.Width), height: uint32(s.Height), format: raw, field: fieldNone, count: 1}
	} else {
		*f.pixels() = pixels{width: uint32(s.Width), height: uint32(s.Height), format: raw, field: fieldNone}
	}
	if err := ask(d.fd, requestSetFormat, &f); err != nil {
		return layout{}, fmt.Errorf("take %s: %w", fourCC(raw), err)
	}
	l := layout{raw: raw, width: s.Width, height: s.Height}
	var got uint32
	var coded image.Point
	if d.several {
		p := f.planes()
		got, l.stride, l.lines, coded.X = p.format, int(p.plane[0].stride), int(p.height), int(p.width)
		if p.count != 1 {
			return layout{}, fmt.Errorf("take %s: the driver wants it in %d pieces", fourCC(raw), p.count)
		}
	} else {
		p := f.pixels()
		got, l.stride, l.lines, coded.X = p.format, int(p.stride), int(p.height), int(p.width)
	}
	coded.Y = l.lines
	if got != raw || coded.X < s.Width || l.lines < s.Height || l.stride < coded.X || l.stride > maxSide || l.lines > maxSide || l.stride%2 != 0 || l.lines%2 != 0 {
		return layout{}, fmt.Errorf("take %s: the driver wants %s in lines of %d bytes, %d of them", fourCC(raw), fourCC(got), l.stride, l.lines)
	}
	return l, d.setVisible(image.Pt(s.Width, s.Height), coded)
}

// macroblock is the side of what H.264 codes at once: a picture is coded in a multiple of it.
const macroblock = 16

// setVisible says which part of what is coded is the picture. Without a driver's help a picture may have a rim, less than a
// macroblock wide, of its last line and column.
func (d *device) setVisible(size, coded image.Point) error {
	visible := coded
	crop := selection{kind: queueOutput, target: selectionCrop, width: uint32(size.X), height: uint32(size.Y)}
	switch err := ask(d.fd, requestSetSelection, &crop); {
	case err == nil:
		visible = image.Pt(int(crop.width), int(crop.height))
	case !errors.Is(err, unix.ENOTTY) && !errors.Is(err, unix.EINVAL):
		return fmt.Errorf("code %v of %v: %w", size, coded, err)
	}
	if rim := visible.Sub(size); rim.X < 0 || rim.Y < 0 || rim.X >= macroblock || rim.Y >= macroblock {
		return fmt.Errorf("the driver makes a picture of %v of it", visible)
	}
	return nil
}

const maxSide = 8192
