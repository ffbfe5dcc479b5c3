package pipe

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"greenroom/media"
)

// Kind says where a stream comes from.
type Kind string

// The kinds of source.
const (
	KindCamera     Kind = "camera"     // a V4L2 camera
	KindMicrophone Kind = "microphone" // a microphone of the sound system
	KindPipe       Kind = "pipe"       // an external command
)

// Spec says what one greenroom-capture process captures. It travels as the process's arguments.
type Spec struct {
	Stream media.Stream
	Kind   Kind
	// Device is a camera's or microphone's label or path; empty for the first that there is.
	Device string
	// Command is the external command of KindPipe: the program and its arguments. It writes YUV4MPEG2 with 4:2:0
	// pictures, or signed 16-bit little-endian samples at 48 kHz, to its standard output, at the pace at which they
	// are to be shown.
	Command []string
	// Channels of the sound, 1 or 2; 0 means 1.
	Channels int
	// Echo says who is to take the echo out of a microphone's sound.
	Echo EchoWish
	// Width, Height and FPS are what is asked of a camera; 0 means 1280, 720 and 30. A command's pictures are taken as
	// they are.
	Width, Height, FPS int
	// BitRate in bits a second; 0 lets the encoder choose by size.
	BitRate int
	// Codec of pictures; 0 means VP8.
	Codec media.Codec
	// Encoder is the device file of the encoder for H.264; empty for the first that there is.
	Encoder string
	// Off starts the stream switched off.
	Off bool
}

// ProbeEncoder is the first of two arguments that have the child only try an encoder of H.264; the second is its device file,
// empty for the first that there is. It writes the device file to its standard output, and ends with 0, if the encoder works.
const ProbeEncoder = "-probe-encoder"

const (
	maxSide = 4096
	maxFPS  = 120
	maxRate = 50_000_000
)

// Check returns what is wrong with the Spec, as a sentence for who configured it, or nil.
func (s Spec) Check() error {
	switch s.Kind {
	case KindCamera:
		if s.Stream.Audio() {
			return fmt.Errorf("a camera cannot give the %v stream", s.Stream)
		}
	case KindMicrophone:
		if !s.Stream.Audio() {
			return fmt.Errorf("a microphone cannot give the %v stream", s.Stream)
		}
	case KindPipe:
		if len(s.Command) == 0 || s.Command[0] == "" {
			return errors.New("a source of the kind \"pipe\" needs a command")
		}
	default:
		return fmt.Errorf("there is no source of the kind %q: use camera, microphone or pipe", s.Kind)
	}
	if err := s.Echo.check(); err != nil {
		return err
	}
	if s.Codec != 0 && (s.Stream.Audio() || !s.Codec.Video()) {
		return fmt.Errorf("the %v stream cannot be %v", s.Stream, s.Codec)
	}
	return s.checkNumbers()
}

func (s Spec) checkNumbers() error {
	for _, n := range []struct {
		name       string
		value, max int
	}{
		{"stream", int(s.Stream) - 1, int(media.ContentAudio) - 1},
		{"channels", s.Channels, 2},
		{"width", s.Width, maxSide},
		{"height", s.Height, maxSide},
		{"frames a second", s.FPS, maxFPS},
		{"bit rate", s.BitRate, maxRate},
	} {
		if n.value < 0 || n.value > n.max {
			return fmt.Errorf("%s %d: it must be between 0 and %d", n.name, n.value, n.max)
		}
	}
	return nil
}

// Args returns the arguments that tell a child what to capture. ParseArgs is its inverse.
func (s Spec) Args() []string {
	args := []string{
		fmt.Sprintf("-stream=%d", s.Stream),
		"-kind=" + string(s.Kind),
		"-device=" + s.Device,
		"-echo=" + string(s.Echo),
		fmt.Sprintf("-channels=%d", s.Channels),
		fmt.Sprintf("-width=%d", s.Width),
		fmt.Sprintf("-height=%d", s.Height),
		fmt.Sprintf("-fps=%d", s.FPS),
		fmt.Sprintf("-bitrate=%d", s.BitRate),
		fmt.Sprintf("-codec=%d", s.Codec),
		"-encoder=" + s.Encoder,
		fmt.Sprintf("-off=%t", s.Off),
		"--",
	}
	return append(args, s.Command...)
}

// ParseArgs reads the arguments of a child (without the program's name). The Spec that it returns passes Check.
func ParseArgs(args []string) (Spec, error) {
	var s Spec
	var stream, codec int
	flags := flag.NewFlagSet("greenroom-capture", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.IntVar(&stream, "stream", 0, "")
	flags.StringVar((*string)(&s.Kind), "kind", "", "")
	flags.StringVar(&s.Device, "device", "", "")
	flags.StringVar((*string)(&s.Echo), "echo", "", "")
	flags.IntVar(&s.Channels, "channels", 0, "")
	flags.IntVar(&s.Width, "width", 0, "")
	flags.IntVar(&s.Height, "height", 0, "")
	flags.IntVar(&s.FPS, "fps", 0, "")
	flags.IntVar(&s.BitRate, "bitrate", 0, "")
	flags.IntVar(&codec, "codec", 0, "")
	flags.StringVar(&s.Encoder, "encoder", "", "")
	flags.BoolVar(&s.Off, "off", false, "")
	if err := flags.Parse(args); err != nil {
		return Spec{}, fmt.Errorf("arguments: %w", err)
	}
	if stream < 1 || stream > int(media.ContentAudio) {
		return Spec{}, fmt.Errorf("stream %d: it must be between 1 and %d", stream, media.ContentAudio)
	}
	if codec < 0 || codec > media.Codecs {
		return Spec{}, fmt.Errorf("codec %d: it must be between 0 and %d", codec, media.Codecs)
	}
	s.Stream, s.Codec = media.Stream(stream), media.Codec(codec)
	if flags.NArg() > 0 {
		s.Command = flags.Args()
	}
	return s, s.Check()
}

// Noun returns what the source is called in sentences: "camera", "camera command".
func (s Spec) Noun() string {
	name := strings.ReplaceAll(s.Stream.String(), "-", " ")
	if s.Kind == KindPipe {
		return name + " command"
	}
	return name
}
