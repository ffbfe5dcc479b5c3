package capture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"
	"time"

	mcodec "github.com/pion/mediadevices/pkg/codec"

	"greenroom/media"
	"greenroom/media/capture/confine"
	"greenroom/media/codec/m2m"
	"greenroom/media/codec/vpx"
	"greenroom/media/pipe"
)

// Encoding is what an encoder of H.264 is wanted for.
type Encoding struct {
	Node    string // the encoder's device file
	BitRate int    // bits a second; 0: by size
	Clock   func() time.Duration
}

// Builder returns what builds encoders of H.264.
type Builder func(Encoding) mcodec.VideoEncoderBuilder

// hardware is the Builder of encoders of Video4Linux.
func hardware(e Encoding) mcodec.VideoEncoderBuilder {
	return m2m.Params{Node: e.Node, BitRate: e.BitRate, Clock: e.Clock}
}

// codec is what the stream's pictures are encoded as.
func (s *session) codec() media.Codec {
	if s.spec.Codec == 0 {
		return media.VP8
	}
	return s.spec.Codec
}

// builder returns what builds the encoders of the stream's pictures.
func (s *session) builder(bitRate int, clock func() time.Duration) mcodec.VideoEncoderBuilder {
	if s.codec() == media.H264 {
		return s.h264(Encoding{Node: s.spec.Encoder, BitRate: bitRate, Clock: clock})
	}
	return vpx.Params{BitRate: bitRate, Screen: s.spec.Stream == media.Content, Clock: clock}
}

// chooseEncoder finds the encoder of an H.264 stream whose spec names none, before the process is confined to it. The error is a
// *Fault.
func chooseEncoder(spec *pipe.Spec) (err error) {
	if spec.Codec != media.H264 || spec.Encoder != "" {
		return nil
	}
	if spec.Encoder, err = m2m.Find(m2m.FormatH264); err != nil {
		return faultf(pipe.EncodeFailed, "The picture cannot be H.264: %v. Set video.codec to vp8", err)
	}
	return nil
}

// probe finds an encoder of H.264, or takes the one that is named, has it encode two pictures, and writes its device file to out.
func probe(node string, out, stderr io.Writer) int {
	spec := pipe.Spec{Stream: media.Camera, Kind: pipe.KindCamera, Codec: media.H264, Encoder: node}
	err := chooseEncoder(&spec)
	if err == nil {
		err = confineTo(spec.Encoder)
	}
	if err == nil {
		err = tryEncoder(spec.Encoder)
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitFault
	}
	fmt.Fprintln(out, spec.Encoder)
	return exitStopped
}

// confineTo leaves the process one device.
func confineTo(node string) error {
	rules := confine.Rules{Use: []string{node}}
	protection, err := confine.Apply(rules)
	if err != nil {
		return err
	}
	return confine.Verify(rules, protection)
}

// tryEncoder has an encoder make pictures of the smallest size that a network may ask for, and of the usual one.
func tryEncoder(node string) error {
	for _, size := range []image.Point{{320, 180}, {defaultWidth, defaultHeight}} {
		if err := trySize(node, size); err != nil {
			return err
		}
	}
	return nil
}

// trySize has an encoder make a keyframe on request after other pictures, as a meeting will.
func trySize(node string, size image.Point) error {
	e, err := m2m.NewEncoder(m2m.Settings{Node: node, Codec: m2m.FormatH264, Width: size.X, Height: size.Y, BitRate: 500_000})
	if err != nil {
		return err
	}
	picture := image.NewYCbCr(image.Rectangle{Max: size}, image.YCbCrSubsampleRatio420)
	const pictures, keyframeAt = 8, 4
	keyframes := 0
	for i := range pictures {
		copy(picture.Y, bytes.Repeat([]byte{byte(16 * (i + 1))}, len(picture.Y)))
		frame, err := e.Encode(picture, time.Duration(i)*time.Second/30, i == keyframeAt)
		if err != nil {
			return errors.Join(err, e.Close())
		}
		if media.H264Keyframe(frame) {
			keyframes++
		}
	}
	if err := e.Close(); err != nil {
		return err
	}
	if keyframes < 2 {
		return fmt.Errorf("m2m: %s: %d of %d pictures came out as keyframes, where the first one and another were asked for", node, keyframes, pictures)
	}
	return nil
}
