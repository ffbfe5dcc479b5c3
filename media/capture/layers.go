package capture

import (
	"errors"
	"image"
	"time"

	mcodec "github.com/pion/mediadevices/pkg/codec"
	"github.com/pion/mediadevices/pkg/prop"

	"greenroom/media"
	"greenroom/media/codec/scale"
	"greenroom/media/pipe"
)

// errTaken ends an encoder's reading: it was given the picture, and left it out.
var errTaken = errors.New("capture: the picture was taken already")

// layer is one size of the picture and its encoder. It is that encoder's video.Reader: each picture is offered once.
type layer struct {
	index   uint8
	want    pipe.Layer
	codec   media.Codec
	encoder mcodec.ReadCloser
	scaler  scale.Scaler
	ratio   scale.Ratio
	picture *image.YCbCr // offered now; nil: none
	lastKey time.Time
}

// newLayer returns a layer whose pictures are encoded as codec by what builder builds.
func newLayer(index uint8, want pipe.Layer, milliFPS int, codec media.Codec, builder mcodec.VideoEncoderBuilder) (*layer, error) {
	l := &layer{index: index, want: want, codec: codec}
	var err error
	l.encoder, err = builder.BuildVideoEncoder(l, prop.Media{Video: prop.Video{FrameRate: float32(milliFPS) / 1000}})
	return l, err
}

// Read implements mediadevices' video.Reader.
func (l *layer) Read() (image.Image, func(), error) {
	if l.picture == nil {
		return nil, func() {}, errTaken
	}
	p := l.picture
	l.picture = nil
	return p, func() {}, nil
}

// set changes what is wanted of the layer.
func (l *layer) set(want pipe.Layer) error {
	changed := want.BitRate != l.want.BitRate
	l.want = want
	if !changed {
		return nil
	}
	return l.encoder.Controller().(mcodec.BitRateController).SetBitRate(want.BitRate)
}

// keyframe makes the next picture one that needs no earlier one, if the last such was not just now.
func (l *layer) keyframe() (done bool, err error) {
	if time.Since(l.lastKey) < keyframePause {
		return false, nil
	}
	return true, l.encoder.Controller().(mcodec.KeyFrameController).ForceKeyFrame()
}

// shrink makes the layer's picture out of the captured one, or of a larger layer's that is twice its size.
func (l *layer) shrink(captured *image.YCbCr, larger *layer) (*image.YCbCr, error) {
	l.ratio = scale.For(captured.Rect.Dy(), l.want.Height)
	if l.want.Height == 0 {
		l.ratio = scale.Ratio{Num: 1, Den: 1}
	}
	src, ratio := captured, l.ratio
	if larger != nil && larger.ratio == (scale.Ratio{Num: 1, Den: 2}) && ratio == (scale.Ratio{Num: 1, Den: 4}) {
		src, ratio = larger.scaler.Last(), scale.Ratio{Num: 1, Den: 2}
	}
	return l.scaler.Reduce(src, ratio)
}

// encode returns the frame of a picture; it is empty if the encoder left the picture out. It is valid until the next
// call.
func (l *layer) encode(p *image.YCbCr, at time.Time) ([]byte, error) {
	l.picture = p
	data, _, err := l.encoder.Read()
	if errors.Is(err, errTaken) {
		return nil, nil
	}
	if err == nil && media.Keyframe(l.codec, data) {
		l.lastKey = at
	}
	return data, err
}

func (l *layer) close() { _ = l.encoder.Close() }
