package source

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"greenroom/devices/camera/adjust"
	"greenroom/media"
	"greenroom/media/pipe"
)

// Spec says what is captured; package pipe describes its fields.
type Spec = pipe.Spec

// Kind says where a stream comes from.
type Kind = pipe.Kind

// The kinds of source.
const (
	Camera     = pipe.KindCamera
	Microphone = pipe.KindMicrophone
	Pipe       = pipe.KindPipe
)

// Config is what a Source needs.
type Config struct {
	Spec Spec
	// Program is the path of greenroom-capture.
	Program string

	// Frame gets every frame. Its Data is valid only during the call. Status gets every change of state, Level the
	// microphone's level ten times a second while it is muted, Captured once a second how many more pictures, or packets of
	// sound, the device gave. All but Frame may be nil. All are called from Run's goroutine and must return soon.
	Frame  func(media.Frame)
	Status func(Status)
	Level  func(level uint8, voice bool)
	// Captured is more than Frame gets, where the encoder does not keep up, leaves pictures out, or nothing is spoken.
	Captured func(frames uint64)
	// Controls gets what can be adjusted about the camera, when it is open and after each adjustment; it may be nil. Nothing
	// can be adjusted from any Status but Running on.
	Controls func([]adjust.Control)
	Log      *slog.Logger

	// Tuning holds times that tests shorten. Zero values stand for the defaults.
	Tuning Tuning
}

// Tuning is how long a source waits for what.
type Tuning struct {
	FirstFrame time.Duration // from the start, or from switching on, to the first frame; 10 s
	NextFrame  time.Duration // between frames, and between signs of life while switched off; 3 s
	MinPause   time.Duration // before the first restart; 0.5 s
	MaxPause   time.Duration // between restarts at most; 30 s
	GoodRun    time.Duration // a child that gave frames for so long makes the next pause MinPause again; 60 s
	Grace      time.Duration // what a child gets to end by itself; 1 s
}

func (t Tuning) withDefaults() Tuning {
	for _, f := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&t.FirstFrame, 10 * time.Second},
		{&t.NextFrame, 3 * time.Second},
		{&t.MinPause, 500 * time.Millisecond},
		{&t.MaxPause, 30 * time.Second},
		{&t.GoodRun, time.Minute},
		{&t.Grace, time.Second},
	} {
		if *f.field <= 0 {
			*f.field = f.value
		}
	}
	return t
}

func (c Config) check() error {
	if err := c.Spec.Check(); err != nil {
		return fmt.Errorf("source: %w", err)
	}
	if c.Program == "" || c.Frame == nil {
		return errors.New("source: Program and Frame are needed")
	}
	return nil
}
