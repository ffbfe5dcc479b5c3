package source

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"greenroom/media"
	"greenroom/media/codec/codectest"
)

// The stream goes on with another camera's pictures: no failure is told, timestamps grow, the first picture is a keyframe,
// and the camera of before is closed.
func TestSwitchToAnotherCamera(t *testing.T) {
	first, mark := markedCommand(t, strings.Join(videoCommand(320, 180), " "))
	r := run(t, Config{Spec: first})
	r.state(Running)
	last := r.frame("frame", anyFrame)
	command := readPid(t, mark)
	if err := r.Switch(cameraCommand(videoCommand(160, 90)...)); err != nil {
		t.Fatal(err)
	}
	second := r.frame("the other camera's keyframe", func(f media.Frame) bool {
		if of90 := f.Keyframe && heightOf(f.Data) == 90; of90 {
			return true
		}
		last = f
		return false
	})
	if ahead := int32(second.Timestamp - last.Timestamp); ahead <= 0 || ahead > 90_000*60 {
		t.Errorf("the timestamp moves by %d", ahead)
	}
	gone(t, command)
	if n := len(codectest.DecodeVP8(t, r.collect(second, 6), 160, 90)); n != 6 {
		t.Errorf("%d of 6 frames were decoded", n)
	}
	for {
		s := next(t, r.statuses, "status")
		if s.State == Failed || s.Restarts != 0 {
			t.Fatalf("a switch was told as %+v", s)
		}
		if s.State == Running {
			if s.Height != 90 {
				t.Errorf("it runs with %d lines", s.Height)
			}
			break
		}
	}
}

// A switch away from a camera that fails does not wait for the next try, and one to the same camera changes nothing.
func TestSwitchAwayFromWhatFails(t *testing.T) {
	tuning := quick()
	tuning.MinPause = time.Hour
	r := run(t, Config{Spec: script("exit 3"), Tuning: tuning})
	r.state(Failed)
	good := cameraCommand(videoCommand(64, 48)...)
	if err := r.Switch(good); err != nil {
		t.Fatal(err)
	}
	r.frame("frame", anyFrame)
	if err := r.Switch(good); err != nil {
		t.Fatal(err)
	}
	if err := r.Switch(Spec{Kind: Pipe}); err == nil {
		t.Error("a command without words is taken")
	}
	for range 20 {
		r.frame("frame", anyFrame)
	}
	for len(r.statuses) > 0 {
		if s := <-r.statuses; s.State == Failed {
			t.Errorf("%+v", s)
		}
	}
}

// Switches that come faster than children start end with the last one.
func TestManySwitches(t *testing.T) {
	r := run(t, Config{Spec: cameraCommand(videoCommand(64, 48)...)})
	for i := range 8 {
		if err := r.Switch(cameraCommand(videoCommand(64+16*i, 48)...)); err != nil {
			t.Fatal(err)
		}
	}
	width := 64 + 16*7
	r.frame(fmt.Sprintf("keyframe of %d columns", width), func(f media.Frame) bool { return f.Keyframe && widthOf(f.Data) == width })
	for len(r.statuses) > 0 {
		if s := <-r.statuses; s.State == Failed {
			t.Errorf("%+v", s)
		}
	}
}
