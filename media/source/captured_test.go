package source

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"greenroom/media"
	"greenroom/media/pipe"
)

// What the device gave is told once a second, whatever became of it.
func TestWhatIsCapturedIsCounted(t *testing.T) {
	var captured atomic.Uint64
	told := make(chan struct{}, 10_000)
	count := func(frames uint64) {
		captured.Add(frames)
		told <- struct{}{}
	}
	reach := func(least uint64) {
		t.Helper()
		for limit := time.After(patience); captured.Load() < least; {
			select {
			case <-told:
			case <-limit:
				t.Fatalf("%d frames were captured, by what is told", captured.Load())
			}
		}
	}
	t.Run("pictures", func(t *testing.T) {
		r := run(t, Config{Spec: cameraCommand(videoCommand(64, 36)...), Captured: count})
		last := r.frame("frame", anyFrame)
		pictures := uint64(1)
		for pictures < 10 {
			if f := r.frame("frame", anyFrame); f.Timestamp != last.Timestamp {
				last = f
				pictures++
			}
		}
		reach(pictures)
	})
	t.Run("sound, muted too", func(t *testing.T) {
		captured.Store(0)
		spec := Spec{Stream: media.Microphone, Kind: Pipe, Command: soundCommand("sine=frequency=440", 1), Channels: 1, Off: true}
		r := run(t, Config{Spec: spec, Captured: count})
		reach(20)
		select {
		case f := <-r.frames:
			t.Errorf("a muted microphone gave a frame of %d bytes", len(f.Data))
		default:
		}
	})
}

func TestACountThatGoesBackIsRefused(t *testing.T) {
	r := &session{source: &Source{}}
	for _, step := range []struct {
		captured uint64
		refused  bool
	}{{30, false}, {30, false}, {29, true}} {
		message := pipe.AppendAlive(nil, step.captured)
		if err := r.handle(pipe.TypeAlive, message[4:]); errors.Is(err, pipe.ErrProtocol) != step.refused {
			t.Errorf("%d frames: %v", step.captured, err)
		}
	}
}
