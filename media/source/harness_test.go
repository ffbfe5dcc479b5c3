package source

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"greenroom/media"
	"greenroom/media/pipe"
)

// captureProgram is the real greenroom-capture, built by TestMain.
var captureProgram = filepath.Join(os.TempDir(), fmt.Sprintf("greenroom-capture-test-%d", os.Getpid()))

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == hostileArgument {
		hostile(os.Args[2], os.Args[3:])
		return
	}
	if out, err := exec.Command("go", "build", "-o", captureProgram, "greenroom/cmd/greenroom-capture").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build greenroom-capture: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.Remove(captureProgram)
	os.Exit(code)
}

// patience is how long a test waits for what must come. It is never waited for in full unless the test fails.
const patience = 60 * time.Second

// quick is a tuning that repeats soon, and gives up late.
func quick() Tuning {
	return Tuning{
		FirstFrame: patience, NextFrame: patience, MinPause: 20 * time.Millisecond, MaxPause: 50 * time.Millisecond,
		GoodRun: time.Minute, Grace: 2 * time.Second,
	}
}

// running is a source at work and what it has told.
type running struct {
	*Source
	t        *testing.T
	frames   chan media.Frame
	statuses chan Status
	levels   chan uint8
	cancel   context.CancelFunc
	ended    chan error
}

// run starts a source; the test's end stops it.
func run(t *testing.T, cfg Config) *running {
	t.Helper()
	r := &running{
		t: t, frames: make(chan media.Frame, 10_000), statuses: make(chan Status, 10_000), levels: make(chan uint8, 10_000),
		ended: make(chan error, 1),
	}
	cfg.Frame = func(f media.Frame) {
		f.Data = append([]byte(nil), f.Data...)
		r.frames <- f
	}
	cfg.Status = func(s Status) { r.statuses <- s }
	cfg.Level = func(level uint8, _ bool) { r.levels <- level }
	cfg.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	if cfg.Program == "" {
		cfg.Program = captureProgram
	}
	if cfg.Tuning == (Tuning{}) {
		cfg.Tuning = quick()
	}
	r.Source = New(cfg)
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	go func() { r.ended <- r.Run(ctx) }()
	t.Cleanup(r.stop)
	return r
}

// stop ends the source and waits for it.
func (r *running) stop() {
	r.cancel()
	select {
	case err := <-r.ended:
		if err != nil {
			r.t.Errorf("Run: %v", err)
		}
		r.ended <- nil
	case <-time.After(patience):
		r.t.Error("Run does not end")
	}
}

// next returns the next value of a channel.
func next[T any](t *testing.T, from <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatalf("no %s came", what)
		panic("not reached")
	}
}

// state waits for a status with a state.
func (r *running) state(want State) Status {
	r.t.Helper()
	for {
		if s := next(r.t, r.statuses, "status "+string(want)); s.State == want {
			return s
		}
	}
}

// frame waits for a frame that is as wanted.
func (r *running) frame(what string, want func(media.Frame) bool) media.Frame {
	r.t.Helper()
	for {
		if f := next(r.t, r.frames, what); want(f) {
			return f
		}
	}
}

func anyFrame(media.Frame) bool { return true }

func keyframe(f media.Frame) bool { return f.Keyframe }

// videoCommand is ffmpeg's moving test picture, at the pace of 30 a second.
func videoCommand(width, height int, more ...string) []string {
	source := fmt.Sprintf("testsrc2=rate=30:size=%dx%d,scale=%d:%d", (width+1)&^1, (height+1)&^1, width, height)
	args := append([]string{"ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-re", "-f", "lavfi", "-i", source}, more...)
	return append(args, "-pix_fmt", "yuv420p", "-f", "yuv4mpegpipe", "-")
}

// soundCommand is a sound of ffmpeg's, at its own pace.
func soundCommand(source string, channels int) []string {
	return []string{
		"ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-re", "-f", "lavfi", "-i", source,
		"-ac", fmt.Sprint(channels), "-ar", "48000", "-f", "s16le", "-",
	}
}

func cameraCommand(command ...string) Spec {
	return Spec{Stream: media.Camera, Kind: Pipe, Command: command}
}

func script(text string) Spec { return cameraCommand("sh", "-c", text) }

// hostileArgument makes this test program play a greenroom-capture that went wrong.
const hostileArgument = "play-hostile"

// hostileProgram returns a program for Config.Program that behaves badly.
func hostileProgram(t *testing.T, behaviour string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "capture")
	text := fmt.Sprintf("#!/bin/sh\nexec %q %s %s\n", self, hostileArgument, behaviour)
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func hostile(behaviour string, args []string) {
	hello := pipe.AppendFormat(pipe.AppendHello(nil), pipe.Format{Codec: media.VP8, Width: 64, Height: 48})
	frame := pipe.AppendFrame(nil, media.Frame{Codec: media.VP8, Captured: time.Now(), Data: []byte{0x10, 1, 2, 3}})
	write := func(b []byte) {
		if _, err := os.Stdout.Write(b); err != nil {
			os.Exit(1)
		}
	}
	switch behaviour {
	case "garbage":
		for {
			write([]byte("To be, or not to be, that is the question: "))
		}
	case "version":
		hello[4+len("GRcapture")] = 99
		write(hello)
	case "flood":
		write(hello)
		for {
			write(frame)
		}
	case "codec":
		write(pipe.AppendHello(nil))
		write(pipe.AppendFormat(nil, pipe.Format{Codec: media.Opus, Channels: 1}))
	case "frame-first":
		write(pipe.AppendHello(nil))
		write(frame)
	case "request":
		write(pipe.AppendStop(hello))
	case "stubborn":
		write(append(hello, frame...))
	case "last-words": // and then slow to go: it waits for a file
		write(append(hello, pipe.AppendStatus(frame, pipe.Status{Code: pipe.NoDevice, Text: "It was unplugged"})...))
		for {
			if _, err := os.Stat(args[0]); err == nil {
				return
			}
			time.Sleep(time.Millisecond)
		}
	case "daemon":
		first := func(media.Frame) { write([]byte{1}) }
		_ = New(Config{Spec: cameraCommand(args[1:]...), Program: args[0], Frame: first}).Run(context.Background())
	case "panic":
		panic("the driver is on fire")
	}
	select {} // deaf to the end of its input
}
