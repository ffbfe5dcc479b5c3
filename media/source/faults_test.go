package source

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"greenroom/media"
	"greenroom/media/pipe"
)

func TestACommandThatDiesIsStartedAgainWithGrowingPauses(t *testing.T) {
	tuning := quick()
	tuning.MinPause, tuning.MaxPause = 10*time.Millisecond, 35*time.Millisecond
	r := run(t, Config{Spec: script("echo on rtsp://me:secret@camera/1 >&2; echo the camera is on fire >&2; exit 3"), Tuning: tuning})
	for i, pause := range []time.Duration{10, 20, 35, 35} {
		s := r.state(Failed)
		if s.RetryIn != pause*time.Millisecond || s.Restarts != i {
			t.Errorf("after failure %d: %+v", i, s)
		}
		if want := "The camera command ended: exit status 3: the camera is on fire"; s.Reason != want || s.Code != pipe.CommandEnded {
			t.Errorf("reason %q (%v), want %q", s.Reason, s.Code, want)
		}
		if !strings.HasSuffix(s.String(), "on fire; next try in 0s") {
			t.Errorf("sentence %q", s)
		}
	}
}

func TestRetryEndsThePause(t *testing.T) {
	tuning := quick()
	tuning.MinPause = time.Hour
	r := run(t, Config{Spec: script("exit 3"), Tuning: tuning})
	for restarts := range 3 {
		if s := r.state(Failed); s.Restarts != restarts || s.RetryIn != time.Hour {
			t.Errorf("after %d: %+v", restarts, s)
		}
		r.Retry()
	}
}

func TestAGoodRunMakesThePauseShortAgain(t *testing.T) {
	tuning := quick()
	tuning.MinPause, tuning.MaxPause, tuning.GoodRun = 10*time.Millisecond, time.Hour, time.Nanosecond
	r := run(t, Config{Spec: cameraCommand(videoCommand(64, 48, "-frames:v", "15")...), Tuning: tuning}) // a busy machine leaves some out
	for range 3 {
		if s := r.state(Failed); s.RetryIn != tuning.MinPause || s.Reason != "The camera command ended: exit status 0" {
			t.Errorf("status %+v", s)
		}
		if f := r.frame("keyframe", keyframe); len(f.Data) == 0 {
			t.Error("an empty frame")
		}
	}
}

func TestACommandThatHangsIsKilledWithAllItStarted(t *testing.T) {
	tuning := quick()
	tuning.NextFrame, tuning.MinPause = 300*time.Millisecond, time.Hour
	video := strings.Join(videoCommand(64, 48, "-frames:v", "5"), " ")
	spec, mark := markedCommand(t, "sh -c '"+video+"; sleep 1000; true'")
	r := run(t, Config{Spec: spec, Tuning: tuning})
	r.state(Running)
	if s := r.state(Failed); s.Reason != "The camera command hangs: no frame for 300ms" || s.Code != pipe.DeviceFailed {
		t.Errorf("status %+v", s)
	}
	gone(t, readPid(t, mark))
}

func TestACommandThatNeverBeginsIsGivenUp(t *testing.T) {
	tuning := quick()
	tuning.FirstFrame, tuning.MinPause = 300*time.Millisecond, time.Hour
	spec, mark := markedCommand(t, "sleep 1000")
	r := run(t, Config{Spec: spec, Tuning: tuning})
	for {
		if s := r.state(Failed); s.Reason != "The camera command hangs: no frame for 300ms" {
			t.Fatalf("status %+v", s)
		}
		if written, err := os.ReadFile(mark); err == nil && len(written) > 0 {
			break
		}
		r.Retry() // given up before its shell had written anything, on a busy machine
	}
	gone(t, readPid(t, mark))
}

func TestCommandsWithTheWrongOutput(t *testing.T) {
	for name, tt := range map[string]struct {
		script string
		words  string
		code   pipe.Code
	}{
		"noise":         {"cat /dev/zero", "writes what cannot be used", pipe.BadInput},
		"text":          {"yes", "add -f yuv4mpegpipe", pipe.BadInput},
		"4:4:4":         {"echo YUV4MPEG2 W64 H48 F30:1 C444; sleep 1000", "add -pix_fmt yuv420p", pipe.BadInput},
		"no size":       {"echo YUV4MPEG2; exit 0", "does not say its width", pipe.BadInput},
		"other size":    {"echo YUV4MPEG2 W2 H2; echo FRAME; yes", "size is not what the first line says", pipe.BadInput},
		"nothing":       {"exit 0", "ended: exit status 0", pipe.CommandEnded},
		"half":          {"echo YUV4MPEG2 W64 H48; echo FRAME; echo x", "ended: exit status 0", pipe.CommandEnded},
		"closed output": {"exec >&-; sleep 1000", "has closed its output", pipe.CommandEnded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tuning := quick()
			tuning.MinPause = time.Hour
			r := run(t, Config{Spec: script(tt.script), Tuning: tuning})
			if s := r.state(Failed); !strings.Contains(s.Reason, tt.words) || s.Code != tt.code {
				t.Errorf("reason %q (%v), want words %q", s.Reason, s.Code, tt.words)
			}
		})
	}
}

func TestACommandThatDoesNotExist(t *testing.T) {
	r := run(t, Config{Spec: cameraCommand("/nowhere/camera")})
	if s := r.state(Failed); s.Reason != "The camera command cannot be started: fork/exec /nowhere/camera: no such file or directory" {
		t.Errorf("status %+v", s)
	}
}

// This machine has neither; the null microphone of the sound system must not be taken for one.
func TestMissingDevices(t *testing.T) {
	for _, tt := range []struct {
		spec Spec
		want string
	}{
		{Spec{Stream: media.Camera, Kind: Camera}, "There is no camera: none is plugged in"},
		{Spec{Stream: media.Microphone, Kind: Microphone}, "There is no microphone: none is plugged in"},
		{Spec{Stream: media.Microphone, Kind: Microphone, Device: "6e756c6c"}, "There is no microphone: none is plugged in"},
	} {
		r := run(t, Config{Spec: tt.spec})
		if s := r.state(Failed); s.Reason != tt.want || s.Code != pipe.NoDevice {
			t.Errorf("%+v: reason %q (%v)", tt.spec, s.Reason, s.Code)
		}
	}
}

func TestHostileChildrenAreStopped(t *testing.T) {
	for behaviour, words := range map[string]string{
		"garbage":     "not understood",
		"version":     "version 99",
		"flood":       "frames with",
		"codec":       "opus for the camera",
		"frame-first": "another format than announced",
		"request":     "a message of type 68",
		"panic":       "exit status 2: panic: the driver is on fire",
	} {
		t.Run(behaviour, func(t *testing.T) {
			tuning := quick()
			tuning.MinPause, tuning.Grace = time.Hour, time.Millisecond
			r := run(t, Config{Spec: script("true"), Program: hostileProgram(t, behaviour), Tuning: tuning})
			if s := r.state(Failed); !strings.Contains(s.Reason, words) {
				t.Errorf("reason %q, want words %q", s.Reason, words)
			}
		})
	}
}

func TestAMissingCaptureProgram(t *testing.T) {
	r := run(t, Config{Spec: script("true"), Program: "/nowhere/greenroom-capture"})
	if s := r.state(Failed); !strings.Contains(s.Reason, "/nowhere/greenroom-capture cannot be started") {
		t.Errorf("reason %q", s.Reason)
	}
}

// A child that does not listen must not hold up the daemon's end, nor anybody who asks something of it.
func TestADeafChildHoldsNobodyUp(t *testing.T) {
	tuning := quick()
	tuning.Grace = 10 * time.Millisecond
	r := run(t, Config{Spec: script("true"), Program: hostileProgram(t, "stubborn"), Tuning: tuning})
	r.state(Running)
	for i := range 100_000 { // far more than its input pipe holds
		r.SetEnabled(i%2 == 0)
		r.SetBitRate(i)
		r.RequestKeyframe(AllLayers)
	}
	r.stop()
}

func TestSpecsThatCannotWork(t *testing.T) {
	frame := func(media.Frame) {}
	for name, cfg := range map[string]Config{
		"no kind":    {Program: "x", Frame: frame},
		"no program": {Spec: script("true"), Frame: frame},
		"no frame":   {Spec: script("true"), Program: "x"},
	} {
		if err := New(cfg).Run(context.Background()); err == nil {
			t.Errorf("%s: Run does not refuse it", name)
		}
	}
}

// The daemon links this package and has no C code in it.
func TestThisPackageIsPureGo(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", "-f", "{{.ImportPath}} {{len .CgoFiles}}", ".")
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		path, files, _ := strings.Cut(strings.TrimSpace(line), " ")
		if files != "0" || strings.Contains(path, "mediadevices") || strings.HasPrefix(path, "greenroom/media/c") {
			t.Errorf("it depends on %s, which has %s files with C", path, files)
		}
	}
	build := exec.Command("go", "build", ".")
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Errorf("it does not build without cgo: %v\n%s", err, out)
	}
}

func TestTheChildGetsFewVariables(t *testing.T) {
	got := childEnv([]string{"PATH=/bin", "GREENROOM_HUB_PASSWORD=x", "CREDENTIALS_DIRECTORY=/run", "PULSE_SERVER=unix:/x"})
	if strings.Join(got, " ") != "PATH=/bin PULSE_SERVER=unix:/x" {
		t.Errorf("got %q", got)
	}
}

// A child that has said why it ends has ended for everybody else, however long its driver takes to let go.
func TestLastWordsAreToldAtOnce(t *testing.T) {
	told := filepath.Join(t.TempDir(), "told")
	tuning := quick()
	tuning.Grace = 8 * patience // a quarter of it is longer than the test waits for the word
	r := run(t, Config{Spec: script("true"), Program: hostileProgram(t, "last-words "+told), Tuning: tuning})
	r.state(Running)
	if s := r.state(Failed); s.Code != pipe.NoDevice || s.Reason != "It was unplugged" || s.RetryIn <= 0 {
		t.Errorf("got %+v", s)
	}
	if err := os.WriteFile(told, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r.state(Starting)
}
