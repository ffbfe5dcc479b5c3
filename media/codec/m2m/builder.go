package m2m

import (
	"time"

	mcodec "github.com/pion/mediadevices/pkg/codec"
	"github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"

	"greenroom/media/codec/encode"
)

// Params builds encoders of H.264 for mediadevices.
type Params struct {
	// Node is the encoder's device file.
	Node string
	// BitRate in bits a second; 0 chooses one by the picture's size.
	BitRate int
	// Clock returns the time of the picture that was read last, counted from any start. Nil stands for the time at
	// which it was read.
	Clock func() time.Duration
}

var _ mcodec.VideoEncoderBuilder = Params{}

// RTPCodec tells mediadevices what is made here.
func (p Params) RTPCodec() *mcodec.RTPCodec { return mcodec.NewRTPH264Codec(90_000) }

// BuildVideoEncoder returns an encoder of r's pictures; see encode.New.
func (p Params) BuildVideoEncoder(r video.Reader, m prop.Media) (mcodec.ReadCloser, error) {
	fps := int(m.FrameRate + 0.5)
	return encode.New(r, encode.Config{
		BitRate: p.BitRate, FPS: fps, Clock: p.Clock,
		Open: func(width, height, bitRate int) (encode.Encoder, error) {
			return NewEncoder(Settings{Node: p.Node, Codec: FormatH264, Width: width, Height: height, BitRate: bitRate, FPS: fps})
		},
	}), nil
}
