package relay

import (
	"context"
	"sync"
	"testing"
	"time"

	"greenroom/media"
)

// The relay passes on how the sender's clock runs, so that the receiver knows when each frame was captured: here on the
// same machine, so that it must be our own time.
func TestFramesTellWhenTheyWereCaptured(t *testing.T) {
	srv := startRelay(t)
	sender := &layered{clock: newClock(), highest: MaxLayers - 1}
	aspen := runClient(t, srv, "aspen", Config{Handler: sender, Publish: []Publication{
		{Stream: media.Camera, Codec: media.VP8, Width: 1280, Height: 720, Layers: MaxLayers},
	}})
	<-sender.connected
	sending, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { sender.send(sending, aspen) })
	defer wg.Wait()
	defer stop()
	watcher := forgetful{newClock()}
	runClient(t, srv, "birch", Config{Handler: watcher})
	off := time.Duration(-1)
	for deadline := time.After(30 * time.Second); ; {
		select {
		case f := <-watcher.frames:
			if f.Origin.IsZero() {
				continue
			}
			sent, _ := checkFrame(f)
			// A report that a busy machine held up is wrong by as much; the next one is not.
			if off = f.Origin.Sub(sent).Abs(); off <= 300*time.Millisecond {
				t.Logf("captured %v from when it was", off)
				return
			}
		case <-deadline:
			t.Fatalf("the relay does not report rightly how the sender's clock runs; the last frame was captured %v from when it was (negative: none told)", off)
		}
	}
}
