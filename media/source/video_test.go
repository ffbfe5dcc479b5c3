package source

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"greenroom/media"
	"greenroom/media/codec/codectest"
)

// collect returns the data of n frames, beginning with first.
func (r *running) collect(first media.Frame, n int) [][]byte {
	r.t.Helper()
	data := [][]byte{first.Data}
	for len(data) < n {
		data = append(data, r.frame("frame", anyFrame).Data)
	}
	return data
}

func TestPicturesOfACommandAreDecodable(t *testing.T) {
	for _, size := range [][2]int{{1280, 720}, {161, 91}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			r := run(t, Config{Spec: cameraCommand(videoCommand(size[0], size[1])...)})
			status := r.state(Running)
			if status.Width != size[0] || status.Height != size[1] || status.FPS != 30 || status.Device != "ffmpeg" {
				t.Errorf("status %+v", status)
			}
			frames := []media.Frame{r.frame("frame", anyFrame)}
			if !frames[0].Keyframe {
				t.Error("the first frame is no keyframe")
			}
			for len(frames) < 12 {
				frames = append(frames, r.frame("frame", anyFrame))
			}
			data := [][]byte{frames[0].Data}
			for i, f := range frames[1:] {
				data = append(data, f.Data)
				if step := f.Timestamp - frames[i].Timestamp; step == 0 || step > 90_000*60 {
					t.Errorf("frame %d: the timestamp moves by %d", i+1, step)
				}
				if f.Codec != media.VP8 || f.Captured.Before(began) || f.Captured.After(time.Now()) {
					t.Errorf("frame %d: %v, captured at %v", i+1, f.Codec, f.Captured)
				}
			}
			if n := len(codectest.DecodeVP8(t, data, size[0], size[1])); n != len(frames) {
				t.Errorf("%d of %d frames were decoded", n, len(frames))
			}
		})
	}
}

func TestAKeyframeOnDemand(t *testing.T) {
	r := run(t, Config{Spec: cameraCommand(videoCommand(320, 180)...)})
	for range 3 {
		r.frame("delta frame", func(f media.Frame) bool { return !f.Keyframe })
		r.RequestKeyframe(AllLayers)
		data := r.collect(r.frame("keyframe", keyframe), 4)
		if n := len(codectest.DecodeVP8(t, data, 320, 180)); n != 4 {
			t.Errorf("%d of 4 frames were decoded from the keyframe on", n)
		}
	}
}

func TestAnotherBitRate(t *testing.T) {
	t.Parallel()
	spec := cameraCommand(videoCommand(640, 360)...)
	spec.BitRate = 3_000_000
	r := run(t, Config{Spec: spec})
	bytesOf := func(n int) (sum int) {
		for _, d := range r.collect(r.frame("delta frame", func(f media.Frame) bool { return !f.Keyframe }), n) {
			sum += len(d)
		}
		return sum
	}
	before := bytesOf(30)
	r.SetBitRate(150_000)
	bytesOf(60) // the rate control's way down
	if after := bytesOf(30); after > before/3 {
		t.Errorf("%d bytes in 30 frames after %d, asked for a twentieth", after, before)
	}
}

// markedCommand writes the number of its process to a file as soon as it begins, so that a test can see it end.
func markedCommand(t *testing.T, command string) (spec Spec, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "pid")
	return script(fmt.Sprintf("echo $$ > %s; exec %s", file, command)), file
}

func readPid(t *testing.T, file string) int {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// gone waits for the end of a process that is not ours to wait for.
func gone(t *testing.T, pid int) {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if err == unix.ESRCH {
		return
	} else if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	n, err := 0, error(unix.EINTR)
	for err == unix.EINTR {
		n, err = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(patience.Milliseconds()))
	}
	if err != nil || n != 1 {
		t.Errorf("process %d lives on (%v)", pid, err)
	}
}

func TestACameraThatIsOffIsClosed(t *testing.T) {
	spec, mark := markedCommand(t, strings.Join(videoCommand(320, 180), " "))
	r := run(t, Config{Spec: spec})
	for range 2 {
		r.state(Running)
		r.frame("frame", anyFrame)
		command := readPid(t, mark)
		r.SetEnabled(false)
		r.state(Off)
		gone(t, command)
		for len(r.frames) > 0 {
			<-r.frames
		}
		r.SetEnabled(true)
		if f := r.frame("frame", anyFrame); !f.Keyframe {
			t.Error("after switching on, the first frame is no keyframe")
		}
	}
}

func TestACameraMayStartOff(t *testing.T) {
	spec, mark := markedCommand(t, strings.Join(videoCommand(320, 180), " "))
	spec.Off = true
	r := run(t, Config{Spec: spec})
	r.state(Off)
	r.SetEnabled(true)
	if s := r.state(Running); s.Restarts != 0 {
		t.Errorf("%d restarts", s.Restarts)
	}
	command := readPid(t, mark)
	r.stop()
	gone(t, command)
}

// A camera that is off gives no frames for longer than a frame may be late, and is not taken for hung.
func TestACameraThatIsOffDoesNotHang(t *testing.T) {
	t.Parallel()
	spec := script("true")
	spec.Off = true
	tuning := Tuning{FirstFrame: 5 * time.Second, NextFrame: 5 * time.Second}
	r := run(t, Config{Spec: spec, Tuning: tuning})
	r.state(Off)
	select {
	case s := <-r.statuses:
		t.Errorf("status %+v", s)
	case <-time.After(tuning.NextFrame + time.Second):
	}
}

// What a command may do is narrowed by the process that starts it.
func TestACommandInheritsTheChildsLimits(t *testing.T) {
	spec := script("echo $(ulimit -c) $(ulimit -n) $(grep NoNewPrivs /proc/self/status) $GREENROOM_TEST_SECRET >&2; exit 1")
	t.Setenv("GREENROOM_TEST_SECRET", "tell-tale")
	r := run(t, Config{Spec: spec})
	if s := r.state(Failed); !strings.HasSuffix(s.Reason, ": 0 128 NoNewPrivs: 1") {
		t.Errorf("reason %q", s.Reason)
	}
}

// A daemon that is killed takes its capture child, and that takes its command, with it.
func TestNothingOutlivesAKilledDaemon(t *testing.T) {
	// The number is that of a grandchild, which nothing but an orderly end of the capture child reaches.
	file := filepath.Join(t.TempDir(), "pid")
	spec := script("sh -c 'echo $$ > " + file + "; exec sleep 1000' & " + strings.Join(videoCommand(64, 48), " "))
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, append([]string{hostileArgument, "daemon", captureProgram}, spec.Command...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, 1)); err != nil { // the first frame has come
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	gone(t, readPid(t, file))
	_ = cmd.Wait() // killed, as it was meant to be
}
