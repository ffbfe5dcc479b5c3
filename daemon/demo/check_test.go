package demo

import (
	"strings"
	"testing"
)

// TestWrong: each figure that is not right is named, and nothing else is.
func TestWrong(t *testing.T) {
	right := result{
		CodesEqual: true, FramesDecoded: fewestFrames, AudioEnergy: 0.1, JoinMS: 900, CaptureToCanvasMSP50: 120,
	}
	if err := right.wrong(); err != nil {
		t.Errorf("a meeting that is right: %v", err)
	}
	for name, c := range map[string]struct {
		spoil func(*result)
		want  string
	}{
		"codes differ":       {func(r *result) { r.CodesEqual = false }, "security code"},
		"few pictures":       {func(r *result) { r.FramesDecoded-- }, "199 pictures"},
		"silence":            {func(r *result) { r.AudioEnergy = 0 }, "no sound"},
		"no time code":       {func(r *result) { r.CaptureToCanvasMSP50 = 0 }, "age"},
		"a stranger can see": {func(r *result) { r.StrangerFramesDecoded = 1 }, "stranger"},
	} {
		t.Run(name, func(t *testing.T) {
			r := right
			c.spoil(&r)
			err := r.wrong()
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want one sentence with %q", err, c.want)
			}
		})
	}
	if err := (result{StrangerFramesDecoded: 7}).wrong(); err == nil || strings.Count(err.Error(), "\n") != 4 {
		t.Errorf("a meeting where all is wrong: %v", err)
	}
}
