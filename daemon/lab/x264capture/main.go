// X264capture is greenroom-capture with x264 in place of a hardware encoder, for tests on machines that have none: all else is
// the product's own. It runs ffmpeg, so its source must be a command, which may start programs.
//
// X264 by ffmpeg makes a keyframe each 15th picture, and not on request; its bit rate stays. Frames come a picture or two late, as some
// chips' do.
package main

import (
	"bytes"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"time"

	mcodec "github.com/pion/mediadevices/pkg/codec"
	"github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"

	"greenroom/media/capture"
	"greenroom/media/codec/encode"
)

func main() {
	os.Exit(capture.MainWith(func(e capture.Encoding) mcodec.VideoEncoderBuilder { return builder(e) }, os.Args[1:], os.Stderr))
}

// builder builds encoders for mediadevices.
type builder capture.Encoding

func (b builder) RTPCodec() *mcodec.RTPCodec { return mcodec.NewRTPH264Codec(90_000) }

func (b builder) BuildVideoEncoder(r video.Reader, m prop.Media) (mcodec.ReadCloser, error) {
	return encode.New(r, encode.Config{
		BitRate: b.BitRate, FPS: int(m.FrameRate + 0.5), Clock: b.Clock,
		Open: func(width, height, bitRate int) (encode.Encoder, error) { return open(width, height, bitRate) },
	}), nil
}

// encoder is an ffmpeg that reads pictures and writes a byte stream.
type encoder struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	units chan []byte // closed when there are no more
	raw   []byte
}

func open(width, height, bitRate int) (*encoder, error) {
	e := &encoder{units: make(chan []byte, 64)}
	e.cmd = exec.Command("ffmpeg", "-hide_banner", "-loglevel", "error",
		"-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", fmt.Sprintf("%dx%d", width, height), "-framerate", "30", "-i", "-",
		"-vsync", "passthrough", "-c:v", "libx264", "-profile:v", "baseline", "-preset", "ultrafast", "-tune", "zerolatency",
		"-x264-params", "aud=1:repeat-headers=1:sliced-threads=0:threads=1", "-g", "15", "-b:v", fmt.Sprint(bitRate),
		"-flush_packets", "1", "-f", "h264", "-")
	e.cmd.Stderr = os.Stderr
	var err error
	if e.in, err = e.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := e.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := e.cmd.Start(); err != nil {
		return nil, err
	}
	go e.split(out)
	return e, nil
}

// split takes the byte stream apart before each access unit delimiter.
func (e *encoder) split(r io.Reader) {
	defer close(e.units)
	delimiter := []byte{0, 0, 0, 1, 9}
	var stream []byte
	chunk := make([]byte, 64<<10)
	for {
		n, err := r.Read(chunk)
		stream = append(stream, chunk[:n]...)
		for {
			next := bytes.Index(stream[min(1, len(stream)):], delimiter)
			if next < 0 {
				break
			}
			e.units <- bytes.Clone(stream[:next+1])
			stream = stream[next+1:]
		}
		if err != nil {
			return
		}
	}
}

// Encode implements encode.Encoder. It returns what is there by now.
func (e *encoder) Encode(p *image.YCbCr, _ time.Duration, _ bool) ([]byte, error) {
	w, h := p.Rect.Dx(), p.Rect.Dy()
	e.raw = e.raw[:0]
	for y := range h {
		e.raw = append(e.raw, p.Y[y*p.YStride:y*p.YStride+w]...)
	}
	for _, plane := range [][]byte{p.Cb, p.Cr} {
		for y := range (h + 1) / 2 {
			e.raw = append(e.raw, plane[y*p.CStride:y*p.CStride+(w+1)/2]...)
		}
	}
	if _, err := e.in.Write(e.raw); err != nil {
		return nil, fmt.Errorf("hand x264 a picture: %w", err)
	}
	select {
	case unit := <-e.units:
		return unit, nil
	default:
		return nil, nil
	}
}

// SetBitRate implements encode.Encoder.
func (e *encoder) SetBitRate(int) error { return nil }

// Close implements encode.Encoder.
func (e *encoder) Close() error {
	_ = e.in.Close()
	for range e.units { // until ffmpeg has written its last
	}
	return e.cmd.Wait()
}
