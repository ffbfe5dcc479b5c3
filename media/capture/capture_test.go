package capture

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"greenroom/media"
	"greenroom/media/capture/y4m"
	"greenroom/media/pipe"
)

// A daemon that reads nothing for a while gets few pictures, and new ones; the command is never kept waiting.
func TestASlowDaemonGetsFewerPicturesNotOlderOnes(t *testing.T) {
	const pictures = 120
	done := filepath.Join(t.TempDir(), "done")
	if out, err := exec.Command("mkfifo", done).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	// As fast as it goes; the FIFO tells when the last picture has been taken off ffmpeg's hands.
	script := fmt.Sprintf("ffmpeg -loglevel error -nostdin -f lavfi -i testsrc2=size=640x360:rate=30 -frames:v %d "+
		"-pix_fmt yuv420p -f yuv4mpegpipe - && echo done > %s && sleep 1000", pictures, done)
	spec := pipe.Spec{Stream: media.Camera, Kind: pipe.KindPipe, Command: []string{"sh", "-c", script}}
	in, daemon := io.Pipe()
	out := newGate()
	ended := make(chan error, 1)
	go func() { ended <- Run(t.Context(), spec, in, out) }()

	out.open(1) // the Hello, and no more
	if text, err := os.ReadFile(done); err != nil || string(text) != "done\n" {
		t.Fatalf("%q, %v", text, err)
	}
	out.open(100)
	frames := 0
	if _, err := daemon.Write(pipe.AppendKeyframe(nil, pipe.AllLayers)); err != nil {
		t.Fatal(err)
	}
	_ = daemon.Close() // means stop
	if err := <-ended; err != nil {
		t.Errorf("Run: %v", err)
	}
	for len(out.messages) > 0 {
		if m := <-out.messages; pipe.Type(m[0]) == pipe.TypeFrame || pipe.Type(m[0]) == pipe.TypeFormat {
			frames++
		}
	}
	if frames == 0 || frames > videoSlots+1 {
		t.Errorf("%d of %d pictures came, and at most %d may wait", frames, pictures, videoSlots+1)
	}
}

// An output that breaks, as when the daemon is gone, ends the capture.
func TestABrokenOutputEndsTheCapture(t *testing.T) {
	for _, spec := range []pipe.Spec{
		{Stream: media.Camera, Kind: pipe.KindPipe, Command: []string{"sh", "-c", "sleep 1000"}},
		{Stream: media.Microphone, Kind: pipe.KindPipe, Command: []string{"cat", "/dev/zero"}},
	} {
		out := newGate()
		_ = out.SetWriteDeadline(time.Time{}) // breaks it
		in, daemon := io.Pipe()
		if err := Run(t.Context(), spec, in, out); err != nil {
			t.Errorf("%v: %v", spec.Stream, err)
		}
		_ = daemon.Close()
	}
}

func TestWhatEndsACaptureIsTold(t *testing.T) {
	in, daemon := io.Pipe()
	defer daemon.Close()
	out := newGate()
	out.open(10)
	err := Run(t.Context(), pipe.Spec{Stream: media.Camera, Kind: pipe.KindCamera, Device: "Kino"}, in, out)
	if f := new(Fault); !errors.As(err, &f) || f.Code != pipe.NoDevice {
		t.Errorf("got %v", err)
	}
	if err := pipe.ParseHello(out.next(t, pipe.TypeHello)); err != nil {
		t.Error(err)
	}
	for {
		status, err := pipe.ParseStatus(out.next(t, pipe.TypeStatus))
		if err != nil {
			t.Fatal(err)
		}
		if status.Code.Fault() {
			if want := "There is no camera: none is plugged in"; status.Text != want {
				t.Errorf("told %q, want %q", status.Text, want)
			}
			return
		}
	}
}

func TestARequestThatIsNotUnderstoodStopsTheCapture(t *testing.T) {
	in, daemon := io.Pipe()
	out := newGate()
	out.open(10)
	ended := make(chan error, 1)
	spec := pipe.Spec{Stream: media.Camera, Kind: pipe.KindPipe, Command: []string{"sleep", "1000"}}
	go func() { ended <- Run(context.Background(), spec, in, out) }()
	if _, err := daemon.Write(pipe.AppendAlive(nil, 0)); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("Run: %v", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("Run goes on")
	}
}

func TestTheBoxHoldsTheNewestPicture(t *testing.T) {
	b := newBox()
	put := func(n int) {
		p := b.blank()
		y4m.Resize(&p.img, 2, 2)
		p.img.Y[0], p.at = byte(n), time.Unix(int64(n), 0)
		b.put(p, nil)
	}
	read := func() int {
		t.Helper()
		img, release, err := b.Read()
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		n := int(img.(*image.YCbCr).Y[0])
		if b.taken.at.Unix() != int64(n) {
			t.Errorf("picture %d was taken at %v", n, b.taken.at)
		}
		return n
	}
	put(1)
	put(2)
	put(3)
	if n := read(); n != 3 {
		t.Errorf("picture %d, want 3", n)
	}
	for n := 4; n < 20; n++ { // while 3 is encoded
		put(n)
	}
	if b.held.img.Y[0] != 3 {
		t.Error("the picture that is encoded was overwritten")
	}
	if n := read(); n != 19 {
		t.Errorf("picture %d, want 19", n)
	}
	b.put(b.blank(), io.EOF)
	if _, _, err := b.Read(); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}

func TestCopyPicture(t *testing.T) {
	src := image.NewYCbCr(image.Rect(0, 0, 8, 6), image.YCbCrSubsampleRatio420)
	for i := range src.Y {
		src.Y[i] = byte(i)
	}
	part := src.SubImage(image.Rect(0, 0, 5, 3)).(*image.YCbCr)
	var dst image.YCbCr
	if err := copyPicture(&dst, part); err != nil {
		t.Fatal(err)
	}
	for y := range 3 {
		for x := range 5 {
			if got, want := dst.YCbCrAt(x, y), part.YCbCrAt(x, y); got != want {
				t.Errorf("%d, %d: %v, want %v", x, y, got, want)
			}
		}
	}
	if err := copyPicture(&dst, image.NewYCbCr(image.Rect(0, 0, 2, 2), image.YCbCrSubsampleRatio444)); err == nil {
		t.Error("4:4:4 is not refused")
	}
}

func sine(amplitude float64) []int16 {
	samples := make([]int16, 960)
	for i := range samples {
		samples[i] = int16(32767 * amplitude * math.Sin(2*math.Pi*float64(i)/96))
	}
	return samples
}

func TestLevels(t *testing.T) {
	square := make([]int16, 960)
	for i := range square {
		square[i] = int16(32767 - 65535*(i%2))
	}
	for name, tt := range map[string]struct {
		samples []int16
		want    uint8
	}{
		"nothing":     {nil, 127},
		"silence":     {make([]int16, 960), 127},
		"as loud":     {square, 0},
		"full sine":   {sine(1), 3},
		"tenth":       {sine(0.1), 23},
		"hundredth":   {sine(0.01), 43},
		"one sample":  {append(make([]int16, 959), 1), 120},
		"lowest step": {[]int16{-1, 1}, 90},
	} {
		if got := dBov(tt.samples); got != tt.want {
			t.Errorf("%s: -%d dBov, want -%d", name, got, tt.want)
		}
	}
}

func TestVoice(t *testing.T) {
	var v voice
	hear := func(level uint8, packets int) (last bool) {
		for range packets {
			last = v.hears(level)
		}
		return last
	}
	for _, step := range []struct {
		name    string
		level   uint8
		packets int
		want    bool
	}{
		{"a quiet room", 70, 50, false},
		{"a word", 30, 10, true},
		{"a pause between words", 70, voiceHold - 1, true},
		{"the end", 70, 2, false},
		{"a fan is switched on", 45, 1, true},
		{"the fan stays on", 45, 500, false},
		{"a word over the fan", 30, 5, true},
		{"silence", 127, 50, false},
	} {
		if got := hear(step.level, step.packets); got != step.want {
			t.Errorf("%s: voice %v", step.name, got)
		}
	}
}

func TestMainRefusesWrongArguments(t *testing.T) {
	cmd := exec.Command("go", "run", "greenroom/cmd/greenroom-capture", "-kind=telescope")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err == nil || !strings.Contains(stderr.String(), "is started by greenroomd") {
		t.Errorf("%v: %s", err, &stderr)
	}
	r := pipe.NewReader(strings.NewReader(string(out)))
	if _, body, err := r.Next(); err != nil || pipe.ParseHello(body) != nil {
		t.Errorf("no hello: %v", err)
	}
	_, body, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	if s, err := pipe.ParseStatus(body); err != nil || s.Code != pipe.BadArguments {
		t.Errorf("%+v, %v", s, err)
	}
}
