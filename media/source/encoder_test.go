package source

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"greenroom/media"
	"greenroom/media/pipe"
)

// An encoder that is none is said to be none, in words for who configured it, by the probe and by a picture that needs it.
func TestAnEncoderThatIsNone(t *testing.T) {
	const node, words = "/dev/null", "/dev/null is no device of Video4Linux"
	if found, err := ProbeEncoder(t.Context(), captureProgram, node); err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("the probe says %q, %v", found, err)
	}
	if _, err := ProbeEncoder(t.Context(), "/nowhere/greenroom-capture", ""); err == nil {
		t.Error("a program that is not there has found an encoder")
	}
	r := run(t, Config{Spec: Spec{
		Stream: media.Camera, Kind: Pipe, Command: videoCommand(320, 180), Codec: media.H264, Encoder: node,
	}})
	if s := r.state(Failed); s.Code != pipe.EncodeFailed || !strings.Contains(s.Reason, words) {
		t.Errorf("%v: %q", s.Code, s.Reason)
	}
}

// A machine without an encoder says so at once, and what to do about it.
func TestNoEncoder(t *testing.T) {
	if found, _ := filepath.Glob("/dev/video*"); len(found) > 0 {
		t.Logf("this machine has %v: what it says of them is not looked at", found)
		return
	}
	r := run(t, Config{Spec: Spec{Stream: media.Camera, Kind: Pipe, Command: videoCommand(320, 180), Codec: media.H264}})
	want := "The picture cannot be H.264: there is no hardware encoder of Video4Linux for this codec. Set video.codec to vp8"
	if s := r.state(Failed); s.Code != pipe.EncodeFailed || s.Reason != want {
		t.Errorf("%v: %q", s.Code, s.Reason)
	}
	out, err := exec.Command(captureProgram, pipe.ProbeEncoder, "").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "Set video.codec to vp8") {
		t.Errorf("the probe says %q, %v", out, err)
	}
}
