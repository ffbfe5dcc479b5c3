package capture

import (
	"context"
	"image"
	"sync"
	"time"

	"greenroom/devices/camera/adjust"
	"greenroom/media"
	"greenroom/media/pipe"
)

// keyframePause is the least time between keyframes on demand. Requests that come sooner wait, they are not lost.
const keyframePause = 250 * time.Millisecond

// videoSource is an open camera or command.
type videoSource struct {
	device string
	node   string // of a camera
	// begin waits until the rate of the pictures is known (frames in 1,000 s; 0: it never will be).
	begin func() (milliFPS int, err error)
	// read fills a picture and says when it was taken. Like begin it returns an error soon after close.
	read  func(*image.YCbCr) (time.Time, error)
	close func() // may be called again, and while read waits
}

// video captures pictures while the stream is on, and closes the device while it is off.
func (s *session) video(ctx context.Context) error {
	for {
		if !s.controls.isOn() {
			if err := s.out.status(ctx, pipe.Status{Code: pipe.Off}); err != nil {
				return err
			}
		}
		if err := s.controls.wait(ctx, true); err != nil {
			return err
		}
		if err := s.out.status(ctx, pipe.Status{Code: pipe.Opening}); err != nil {
			return err
		}
		if err := s.videoOn(ctx); err != nil {
			return err
		}
	}
}

// videoOn captures until the stream is switched off, and then returns nil.
func (s *session) videoOn(ctx context.Context) error {
	source, err := s.openVideo()
	if err != nil {
		return err
	}
	on, cancel := context.WithCancel(ctx)
	var helpers sync.WaitGroup
	helpers.Go(func() {
		_ = s.controls.wait(on, false)
		cancel()
	})
	unhook := context.AfterFunc(on, source.close)
	milliFPS, err := source.begin()
	if err == nil {
		pictures := newBox()
		helpers.Go(func() { pictures.feed(s.counted(source.read)) })
		if source.node != "" {
			helpers.Go(func() { s.adjusting(on, func() (adjustable, error) { return adjust.Open(source.node) }) })
		}
		err = s.encodeVideo(on, source, milliFPS, pictures)
	}
	switchedOff := on.Err() != nil && ctx.Err() == nil
	unhook()
	cancel()
	source.close()
	helpers.Wait()
	if switchedOff {
		return nil
	}
	return err
}

// counted counts the pictures that are read.
func (s *session) counted(read func(*image.YCbCr) (time.Time, error)) func(*image.YCbCr) (time.Time, error) {
	return func(p *image.YCbCr) (time.Time, error) {
		at, err := read(p)
		if err == nil {
			s.captured.Add(1)
		}
		return at, err
	}
}

func (s *session) openVideo() (*videoSource, error) {
	if s.spec.Kind == pipe.KindPipe {
		return openVideoCommand(s.spec)
	}
	return openCamera(s.spec)
}

// encodeVideo sends pictures as frames until there are no more, ctx ends, or the output breaks.
func (s *session) encodeVideo(ctx context.Context, source *videoSource, milliFPS int, pictures *box) error {
	e := videoEncoding{session: s, source: source, milliFPS: milliFPS, pictures: pictures}
	defer e.close()
	for {
		// The room comes first, so that the picture is the newest when there is room for its frame.
		buf, err := s.out.reserve(ctx)
		if err != nil {
			return err
		}
		if err := e.next(ctx, buf); err != nil {
			return err
		}
	}
}

// videoEncoding encodes each picture once for every layer that is wanted, the largest first.
type videoEncoding struct {
	*session
	source   *videoSource
	milliFPS int
	pictures *box

	layers [pipe.MaxLayers]*layer // nil: off
	size   image.Point            // as it was announced
}

// next sends one picture's frames. The first is built in a reserved slot's buffer.
func (e *videoEncoding) next(ctx context.Context, buf []byte) error {
	buf, err := e.encode(ctx, buf)
	switch {
	case len(buf) > 0: // the format alone: the encoder left the picture out
		e.out.push(buf)
	case buf != nil:
		e.out.giveBack(buf)
	}
	return err
}

// encode returns the slot that it did not use; nil if it used it.
func (e *videoEncoding) encode(ctx context.Context, buf []byte) ([]byte, error) {
	if buf == nil {
		buf = []byte{}
	}
	if err := e.control(); err != nil {
		return buf, err
	}
	if _, _, err := e.pictures.Read(); err != nil {
		return buf, err
	}
	picture, at := &e.pictures.held.img, e.pictures.taken.at
	if size := picture.Rect.Size(); size != e.size {
		e.size = size
		buf = pipe.AppendFormat(buf, pipe.Format{
			Codec: e.codec(), Width: size.X, Height: size.Y, MilliFPS: e.milliFPS, Device: e.source.device, Node: e.source.node,
		})
	}
	var larger *layer
	for i := len(e.layers) - 1; i >= 0; i-- {
		l := e.layers[i]
		if l == nil {
			continue
		}
		data, err := e.one(l, larger, picture, at)
		if err != nil {
			return buf, err
		}
		larger = l
		if len(data) == 0 {
			continue
		}
		if buf == nil {
			if buf, err = e.out.reserve(ctx); err != nil {
				return nil, err
			}
		}
		e.out.push(pipe.AppendFrame(buf, media.Frame{
			Codec: l.codec, Layer: l.index, Timestamp: videoTimestamp(at.Sub(e.start)), Captured: at, Data: data,
			Duration: e.duration(),
		}))
		buf = nil
	}
	return buf, nil
}

// one encodes a picture for one layer.
func (e *videoEncoding) one(l, larger *layer, picture *image.YCbCr, at time.Time) ([]byte, error) {
	small, err := l.shrink(picture, larger)
	if err != nil {
		return nil, asFault(err, pipe.EncodeFailed, "video encoder")
	}
	data, err := l.encode(small, at)
	if err != nil {
		return nil, asFault(err, pipe.EncodeFailed, "video encoder")
	}
	return data, nil
}

// control does what the daemon has asked for.
func (e *videoEncoding) control() error {
	for i, want := range e.controls.wantedLayers() {
		if err := e.set(uint8(i), want); err != nil {
			return asFault(err, pipe.EncodeFailed, "video encoder")
		}
	}
	for i, l := range e.layers {
		if l == nil || !e.controls.keyframeWanted(1<<i, false) {
			continue
		}
		done, err := l.keyframe()
		if err != nil {
			return asFault(err, pipe.EncodeFailed, "video encoder")
		}
		if done {
			e.controls.keyframeWanted(1<<i, true)
		}
	}
	return nil
}

// set begins, changes or ends a layer.
func (e *videoEncoding) set(i uint8, want layerWanted) (err error) {
	switch l := e.layers[i]; {
	case l != nil && want.on:
		return l.set(want.Layer)
	case l != nil:
		l.close()
		e.layers[i] = nil
	case want.on:
		clock := func() time.Duration { return e.pictures.taken.at.Sub(e.start) }
		e.layers[i], err = newLayer(i, want.Layer, e.milliFPS, e.codec(), e.builder(want.BitRate, clock))
	}
	return err
}

func (e *videoEncoding) close() {
	for _, l := range e.layers {
		if l != nil {
			l.close()
		}
	}
}

func (e *videoEncoding) duration() time.Duration {
	if e.milliFPS <= 0 {
		return time.Second / 30
	}
	return time.Duration(int64(time.Second) * 1000 / int64(e.milliFPS))
}

// videoTimestamp returns a time in ticks of the RTP clock (RFC 7741, section 4.1: 90 kHz).
func videoTimestamp(at time.Duration) uint32 { return uint32(at.Microseconds() * 90 / 1000) }
