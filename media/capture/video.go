package capture

import (
	"context"
	"image"
	"sync"
	"time"

	mcodec "github.com/pion/mediadevices/pkg/codec"
	"github.com/pion/mediadevices/pkg/prop"

	"greenroom/media"
	"greenroom/media/codec/vpx"
	"greenroom/media/pipe"
)

// keyframePause is the least time between keyframes on demand. Requests that come sooner wait, they are not lost.
const keyframePause = 250 * time.Millisecond

// videoSource is an open camera or command.
type videoSource struct {
	device string
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
		helpers.Go(func() { pictures.feed(source.read) })
		err = s.encodeVideo(on, source.device, milliFPS, pictures)
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

func (s *session) openVideo() (*videoSource, error) {
	if s.spec.Kind == pipe.KindPipe {
		return openVideoCommand(s.spec)
	}
	return openCamera(s.spec)
}

// encodeVideo sends pictures as frames until there are no more, ctx ends, or the output breaks.
func (s *session) encodeVideo(ctx context.Context, device string, milliFPS int, pictures *box) error {
	bitRate, _ := s.controls.rate()
	params := vpx.Params{BitRate: bitRate, Clock: func() time.Duration { return pictures.taken.at.Sub(s.start) }}
	encoder, err := params.BuildVideoEncoder(pictures, prop.Media{Video: prop.Video{FrameRate: float32(milliFPS) / 1000}})
	if err != nil {
		return asFault(err, pipe.EncodeFailed, "video encoder")
	}
	defer encoder.Close()
	e := videoEncoding{session: s, device: device, milliFPS: milliFPS, pictures: pictures, encoder: encoder}
	for {
		// The room comes first, so that the picture is the newest when there is room for its frame.
		buf, err := s.out.reserve(ctx)
		if err != nil {
			return err
		}
		if err := e.next(buf); err != nil {
			return err
		}
	}
}

// videoEncoding is an encoder at work.
type videoEncoding struct {
	*session
	device   string
	milliFPS int
	pictures *box
	encoder  mcodec.ReadCloser

	size    image.Point // as it was announced
	lastKey time.Time
}

// next sends one frame, built in a reserved slot's buffer.
func (e *videoEncoding) next(buf []byte) error {
	if err := e.control(); err != nil {
		e.out.giveBack(buf)
		return err
	}
	data, release, err := e.encoder.Read()
	if err != nil {
		e.out.giveBack(buf)
		return err
	}
	defer release()
	at := e.pictures.taken.at
	if size := e.pictures.taken.img.Rect.Size(); size != e.size {
		e.size = size
		buf = pipe.AppendFormat(buf, pipe.Format{
			Codec: media.VP8, Width: size.X, Height: size.Y, MilliFPS: e.milliFPS, Device: e.device,
		})
	}
	frame := media.Frame{
		Codec: media.VP8, Timestamp: videoTimestamp(at.Sub(e.start)), Captured: at, Data: data,
		Duration: e.duration(),
	}
	if media.VP8Keyframe(data) {
		e.lastKey = at
	}
	e.out.push(pipe.AppendFrame(buf, frame))
	return nil
}

// control passes on what the daemon has asked for.
func (e *videoEncoding) control() error {
	if rate, changed := e.controls.rate(); changed {
		if err := e.encoder.Controller().(mcodec.BitRateController).SetBitRate(rate); err != nil {
			return asFault(err, pipe.EncodeFailed, "video encoder")
		}
	}
	if e.controls.keyframeWanted(false) && time.Since(e.lastKey) >= keyframePause {
		e.controls.keyframeWanted(true)
		return e.encoder.Controller().(mcodec.KeyFrameController).ForceKeyFrame()
	}
	return nil
}

func (e *videoEncoding) duration() time.Duration {
	if e.milliFPS <= 0 {
		return time.Second / 30
	}
	return time.Duration(int64(time.Second) * 1000 / int64(e.milliFPS))
}

// videoTimestamp returns a time in ticks of the RTP clock (RFC 7741, section 4.1: 90 kHz).
func videoTimestamp(at time.Duration) uint32 { return uint32(at.Microseconds() * 90 / 1000) }
