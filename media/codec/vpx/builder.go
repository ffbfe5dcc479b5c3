package vpx

import (
	"fmt"
	"image"
	"io"
	"runtime"
	"sync"
	"time"

	mcodec "github.com/pion/mediadevices/pkg/codec"
	"github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"

	"greenroom/media/codec"
)

// Params builds encoders for mediadevices.
type Params struct {
	// BitRate in bits a second; 0 chooses one by the picture's size.
	BitRate int
	// Screen tells that the pictures are of a computer's screen.
	Screen bool
	// Clock returns the time of the picture that was read last, counted from any start. Nil stands for the time at
	// which it was read.
	Clock func() time.Duration
}

var (
	_ mcodec.VideoEncoderBuilder = Params{}
	_ mcodec.KeyFrameController  = (*stream)(nil)
	_ mcodec.BitRateController   = (*stream)(nil)
)

// RTPCodec tells mediadevices what is made here.
func (p Params) RTPCodec() *mcodec.RTPCodec { return mcodec.NewRTPVP8Codec(90_000) }

// BuildVideoEncoder returns an encoder of r's pictures. Its controller is a codec.KeyFrameController and a
// codec.BitRateController. A frame is valid until the next Read. When the pictures' size changes, a new encoder begins,
// with a keyframe.
func (p Params) BuildVideoEncoder(r video.Reader, m prop.Media) (mcodec.ReadCloser, error) {
	clock := p.Clock
	if clock == nil {
		start := time.Now()
		clock = func() time.Duration { return time.Since(start) }
	}
	return &stream{
		pictures: video.ToI420(r), clock: clock, fps: int(m.FrameRate + 0.5), bitRate: p.BitRate, screen: p.Screen,
	}, nil
}

// stream encodes what a reader gives. Read and Close are for one goroutine each; the controllers for any.
type stream struct {
	pictures video.Reader
	clock    func() time.Duration
	fps      int
	screen   bool

	mu       sync.Mutex // held for the requests alone, never while encoding
	keyframe bool
	bitRate  int // 0: by size
	changed  bool

	encoding sync.Mutex
	encoder  *Encoder
	closed   bool
}

// ForceKeyFrame makes the next frame one that needs no earlier one.
func (s *stream) ForceKeyFrame() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keyframe = true
	return nil
}

// SetBitRate changes the bit rate, in bits a second; 0 chooses by size.
func (s *stream) SetBitRate(bitsPerSecond int) error {
	if bitsPerSecond < 0 {
		return fmt.Errorf("vpx: a bit rate of %d", bitsPerSecond)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bitRate, s.changed = bitsPerSecond, true
	return nil
}

// Controller returns the stream itself.
func (s *stream) Controller() mcodec.EncoderController { return s }

// Read reads pictures until one makes a frame.
func (s *stream) Read() ([]byte, func(), error) {
	for {
		img, release, err := s.pictures.Read()
		if err != nil {
			return nil, func() {}, err
		}
		frame, err := s.encode(img)
		release()
		if err != nil || len(frame) > 0 {
			return frame, func() {}, err
		}
	}
}

func (s *stream) encode(img image.Image) ([]byte, error) {
	picture, ok := img.(*image.YCbCr)
	if !ok {
		return nil, fmt.Errorf("vpx: a picture of the type %T", img)
	}
	s.encoding.Lock()
	defer s.encoding.Unlock()
	if s.closed {
		return nil, io.EOF
	}
	s.mu.Lock()
	keyframe, bitRate, changed := s.keyframe, s.bitRate, s.changed
	s.keyframe, s.changed = false, false
	s.mu.Unlock()
	width, height := picture.Rect.Dx(), picture.Rect.Dy()
	if bitRate == 0 {
		bitRate = codec.VideoBitRate(width, height, s.fps)
	}
	if err := s.fit(width, height, bitRate, changed); err != nil {
		return nil, err
	}
	frame, err := s.encoder.Encode(picture, s.clock(), keyframe)
	if keyframe && len(frame) == 0 {
		// The picture was left out, and the request with it.
		s.mu.Lock()
		s.keyframe = true
		s.mu.Unlock()
	}
	return frame, err
}

// fit makes the encoder right for the picture's size and the bit rate.
func (s *stream) fit(width, height, bitRate int, changed bool) error {
	if e := s.encoder; e != nil && e.settings.Width == width && e.settings.Height == height {
		if changed {
			return e.SetBitRate(bitRate)
		}
		return nil
	}
	next, err := NewEncoder(Settings{
		Width: width, Height: height, BitRate: bitRate, FPS: s.fps, Screen: s.screen,
		Threads: codec.VideoThreads(width, height, runtime.NumCPU()),
	})
	if err != nil {
		return err
	}
	if s.encoder != nil {
		_ = s.encoder.Close()
	}
	s.encoder = next
	return nil
}

// Close frees the encoder, once a Read that is under way has encoded its picture.
func (s *stream) Close() error {
	s.encoding.Lock()
	defer s.encoding.Unlock()
	s.closed = true
	if s.encoder == nil {
		return nil
	}
	return s.encoder.Close()
}
