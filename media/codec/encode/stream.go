// Package encode is what the builders of picture encoders have in common: it reads pictures, and has an encoder make frames
// of them. It is pure Go.
package encode

import (
	"fmt"
	"image"
	"io"
	"sync"
	"time"

	mcodec "github.com/pion/mediadevices/pkg/codec"
	"github.com/pion/mediadevices/pkg/io/video"

	"greenroom/media/codec"
)

// Encoder encodes pictures of one size. It is for one goroutine, and must be closed.
type Encoder interface {
	// Encode returns the frame of a picture, which was taken at that time from any start; it is empty if the picture is left
	// out. It is valid until the next call. keyframe asks for a frame that needs no earlier one.
	Encode(p *image.YCbCr, at time.Duration, keyframe bool) ([]byte, error)
	// SetBitRate changes the bit rate, in bits a second.
	SetBitRate(bitsPerSecond int) error
	Close() error
}

// Config says how pictures are encoded.
type Config struct {
	// BitRate in bits a second; 0 chooses one by the picture's size, and FPS.
	BitRate int
	FPS     int // what is expected; 0: unknown
	// Clock returns the time of the picture that was read last, counted from any start. Nil stands for the time at
	// which it was read.
	Clock func() time.Duration
	// Open returns an encoder of pictures of a size.
	Open func(width, height, bitRate int) (Encoder, error)
}

var (
	_ mcodec.KeyFrameController = (*stream)(nil)
	_ mcodec.BitRateController  = (*stream)(nil)
)

// New returns what encodes r's pictures. Its controller is a codec.KeyFrameController and a codec.BitRateController. A frame is
// valid until the next Read. When the pictures' size changes, a new encoder begins, with a keyframe.
func New(r video.Reader, cfg Config) mcodec.ReadCloser {
	if cfg.Clock == nil {
		start := time.Now()
		cfg.Clock = func() time.Duration { return time.Since(start) }
	}
	return &stream{pictures: video.ToI420(r), clock: cfg.Clock, fps: cfg.FPS, bitRate: cfg.BitRate, open: cfg.Open}
}

// stream encodes what a reader gives. Read and Close are for one goroutine each; the controllers for any.
type stream struct {
	pictures video.Reader
	clock    func() time.Duration
	fps      int
	open     func(width, height, bitRate int) (Encoder, error)

	mu       sync.Mutex // held for the requests alone, never while encoding
	keyframe bool
	bitRate  int // 0: by size
	changed  bool

	encoding sync.Mutex
	encoder  Encoder // nil: none yet
	size     image.Point
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
		return fmt.Errorf("encode: a bit rate of %d", bitsPerSecond)
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
		return nil, fmt.Errorf("encode: a picture of the type %T", img)
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
	size := image.Pt(width, height)
	if s.encoder != nil && s.size == size {
		if changed {
			return s.encoder.SetBitRate(bitRate)
		}
		return nil
	}
	if s.encoder != nil {
		_ = s.encoder.Close() // first: some hardware has one encoder
		s.encoder = nil
	}
	next, err := s.open(width, height, bitRate)
	if err != nil {
		return err
	}
	s.encoder, s.size = next, size
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
