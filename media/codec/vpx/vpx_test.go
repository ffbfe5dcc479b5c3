package vpx

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"
	"testing"
	"time"

	mcodec "github.com/pion/mediadevices/pkg/codec"
	"github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"

	"greenroom/media"
	"greenroom/media/codec/codectest"
)

const framePause = time.Second / 30

func newTestEncoder(t testing.TB, s Settings) *Encoder {
	t.Helper()
	e, err := NewEncoder(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// encodeAll encodes pictures at 30 a second and returns the frames; keyframe asks for one at picture i.
func encodeAll(t testing.TB, e *Encoder, pictures []*image.YCbCr, keyframe func(i int) bool) [][]byte {
	t.Helper()
	var frames [][]byte
	for i, p := range pictures {
		frame, err := e.Encode(p, time.Duration(i)*framePause, keyframe != nil && keyframe(i))
		if err != nil {
			t.Fatal(err)
		}
		if len(frame) > 0 {
			frames = append(frames, bytes.Clone(frame))
		}
	}
	return frames
}

func TestAnotherDecoderSeesThePictures(t *testing.T) {
	for _, size := range [][2]int{{1280, 720}, {640, 360}, {641, 363}, {177, 99}, {18, 16}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			pictures := codectest.TestPictures(t, size[0], size[1], 20)
			e := newTestEncoder(t, Settings{Width: size[0], Height: size[1], BitRate: 4_000_000})
			frames := encodeAll(t, e, pictures, nil)
			if len(frames) != len(pictures) {
				t.Fatalf("%d frames of %d pictures", len(frames), len(pictures))
			}
			decoded := codectest.DecodeVP8(t, frames, size[0], size[1])
			if len(decoded) != len(pictures) {
				t.Fatalf("%d of %d frames were decoded", len(decoded), len(pictures))
			}
			for i, p := range pictures {
				if psnr := codectest.PSNR(p, decoded[i]); psnr < 26 {
					t.Errorf("picture %d came back at %.1f dB", i, psnr)
				}
			}
		})
	}
}

func TestKeyframesComeOnDemandAndAlone(t *testing.T) {
	e := newTestEncoder(t, Settings{Width: 320, Height: 180, BitRate: 1_000_000})
	frames := encodeAll(t, e, codectest.TestPictures(t, 320, 180, 30), func(i int) bool { return i == 17 })
	for i, f := range frames {
		if want := i == 0 || i == 17; media.VP8Keyframe(f) != want {
			t.Errorf("frame %d: keyframe is %v", i, !want)
		}
	}
	// What follows a keyframe on demand needs nothing before it.
	if n := len(codectest.DecodeVP8(t, frames[17:], 320, 180)); n != 13 {
		t.Errorf("%d of 13 frames were decoded from the keyframe on", n)
	}
}

func TestBitRateIsKeptAndChanged(t *testing.T) {
	const seconds = 4
	pictures := codectest.TestPictures(t, 640, 360, 30*seconds)
	e := newTestEncoder(t, Settings{Width: 640, Height: 360, BitRate: 400_000})
	rate := func(offset int) int {
		bits := 0
		for i, p := range pictures {
			frame, err := e.Encode(p, time.Duration(offset+i)*framePause, false)
			if err != nil {
				t.Fatal(err)
			}
			if i >= 30 { // the first second finds its level
				bits += 8 * len(frame)
			}
		}
		return bits / (seconds - 1)
	}
	low := rate(0)
	if err := e.SetBitRate(1_200_000); err != nil {
		t.Fatal(err)
	}
	high := rate(len(pictures))
	if low < 250_000 || low > 560_000 {
		t.Errorf("%d bit/s, asked for 400,000", low)
	}
	if high < 2*low {
		t.Errorf("%d bit/s after %d, asked for three times as much", high, low)
	}
}

func TestTimesThatStandStillOrGoBack(t *testing.T) {
	e := newTestEncoder(t, Settings{Width: 64, Height: 48, BitRate: 500_000})
	p := codectest.TestPictures(t, 64, 48, 1)[0]
	for _, at := range []time.Duration{time.Hour, time.Hour, 0, -time.Second, 2 * time.Hour} {
		if _, err := e.Encode(p, at, false); err != nil {
			t.Errorf("at %v: %v", at, err)
		}
	}
}

func TestWhatCannotBeEncodedIsRefused(t *testing.T) {
	for _, s := range []Settings{{}, {Width: -1, Height: 5}, {Width: 16384, Height: 16}} {
		if _, err := NewEncoder(s); err == nil {
			t.Errorf("%+v is not refused", s)
		}
	}
	e := newTestEncoder(t, Settings{Width: 64, Height: 48})
	short := image.NewYCbCr(image.Rect(0, 0, 64, 48), image.YCbCrSubsampleRatio420)
	short.Cr = short.Cr[:10]
	for name, p := range map[string]*image.YCbCr{
		"another size":    image.NewYCbCr(image.Rect(0, 0, 66, 48), image.YCbCrSubsampleRatio420),
		"another layout":  image.NewYCbCr(image.Rect(0, 0, 64, 48), image.YCbCrSubsampleRatio444),
		"too few bytes":   short,
		"an empty buffer": {Rect: image.Rect(0, 0, 64, 48), SubsampleRatio: image.YCbCrSubsampleRatio420, YStride: 64, CStride: 32},
	} {
		if _, err := e.Encode(p, 0, false); err == nil {
			t.Errorf("%s is not refused", name)
		}
	}
	if err := errors.Join(e.Close(), e.Close()); err != nil {
		t.Error(err)
	}
	if _, err := e.Encode(short, 0, false); err == nil {
		t.Error("a closed encoder encodes")
	}
	if err := e.SetBitRate(1); err == nil {
		t.Error("a closed encoder takes a bit rate")
	}
}

// playback is a video.Reader of pictures that exist.
type playback struct {
	pictures []image.Image
	next     int
}

func (p *playback) Read() (image.Image, func(), error) {
	if p.next == len(p.pictures) {
		return nil, func() {}, io.EOF
	}
	p.next++
	return p.pictures[p.next-1], func() {}, nil
}

func (p *playback) at() time.Duration { return time.Duration(p.next) * framePause }

func build(t testing.TB, pictures []image.Image) (*playback, mcodec.ReadCloser) {
	t.Helper()
	source := &playback{pictures: pictures}
	var builder mcodec.VideoEncoderBuilder = Params{Clock: source.at}
	if mime := builder.RTPCodec().MimeType; mime != "video/VP8" {
		t.Errorf("the builder makes %s", mime)
	}
	stream, err := builder.BuildVideoEncoder(video.Reader(source), mediaAt30())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stream.Close() })
	return source, stream
}

func TestBuilderFollowsTheSizeAndTheControllers(t *testing.T) {
	var pictures []image.Image
	for _, size := range [][2]int{{320, 180}, {161, 91}} {
		for _, p := range codectest.TestPictures(t, size[0], size[1], 10) {
			pictures = append(pictures, p)
		}
	}
	source, stream := build(t, pictures)
	if err := stream.Controller().(mcodec.BitRateController).SetBitRate(900_000); err != nil {
		t.Fatal(err)
	}
	for {
		if source.next == 5 {
			if err := stream.Controller().(mcodec.KeyFrameController).ForceKeyFrame(); err != nil {
				t.Fatal(err)
			}
		}
		frame, release, err := stream.Read()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if want := source.next == 1 || source.next == 6 || source.next == 11; media.VP8Keyframe(frame) != want {
			t.Errorf("picture %d: keyframe is %v", source.next, !want)
		}
		release()
	}
	if source.next != 20 {
		t.Errorf("%d of 20 pictures were read", source.next)
	}
	if err := stream.Controller().(mcodec.BitRateController).SetBitRate(-1); err == nil {
		t.Error("a negative bit rate is not refused")
	}
}

func TestBuilderConvertsOtherLayouts(t *testing.T) {
	img := image.NewYCbCr(image.Rect(0, 0, 64, 48), image.YCbCrSubsampleRatio422) // what a YUYV camera gives
	_, stream := build(t, []image.Image{img, image.NewRGBA(image.Rect(0, 0, 64, 48))})
	for range 2 {
		frame, _, err := stream.Read()
		if err != nil || len(frame) == 0 {
			t.Errorf("%d bytes, %v", len(frame), err)
		}
	}
}

func mediaAt30() prop.Media { return prop.Media{Video: prop.Video{FrameRate: 30}} }
