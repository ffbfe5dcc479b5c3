package relay

import (
	"context"
	"sync"
	"testing"
	"time"

	"greenroom/media"
	"greenroom/media/relay/relaytest"
)

// LiveKit tells what arrives of the pictures, so that the estimate rests on something.
func TestTheRelayTellsWhatArrives(t *testing.T) {
	srv := startRelay(t)
	a, b := join(t, srv, "room", "aspen", both()...), join(t, srv, "room", "birch")
	defer a.send(media.Camera)()
	b.wait("pictures", func(h *observer) bool { return h.intact["aspen"][media.Camera] >= 3 })
	a.wait("reports on what arrived", func(*observer) bool { return a.current().uplink.Reports() >= 5 })
}

// layered sends a picture in three layers as a room does, and notes what the relay wants of them.
type layered struct {
	*clock
	mu      sync.Mutex
	keys    [MaxLayers]bool
	highest int
}

func (l *layered) LayersWanted(_ media.Stream, highest int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.highest = highest
}

func (l *layered) LayerKeyframeWanted(_ media.Stream, layer int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keys[layer] = true
}

func (l *layered) wanted() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.highest
}

// forgetful drops frames that nobody reads.
type forgetful struct{ *clock }

func (f forgetful) Frame(_ string, _ media.Stream, frame media.Frame) {
	select {
	case f.frames <- frame:
	default:
	}
}

// layerLen is how long the frames of a layer are, by which the test tells them apart.
var layerLen = [MaxLayers]int{400, 1500, 4000}

// send sends 30 pictures a second until ctx ends, with keyframes where they are asked for.
func (l *layered) send(ctx context.Context, c *Client) {
	tick := time.NewTicker(time.Second / 30)
	defer tick.Stop()
	for n := uint32(1); ctx.Err() == nil; n++ {
		for i, size := range layerLen {
			l.mu.Lock()
			key, wanted := l.keys[i] || n == 1, i <= max(l.highest, 0)
			l.keys[i] = l.keys[i] && !wanted
			l.mu.Unlock()
			if !wanted {
				continue
			}
			f := makeFrame(media.VP8, key, n, size)
			f.Layer = uint8(i)
			_ = c.WriteFrame(media.Camera, f)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// runClient runs a client until the test ends.
func runClient(t *testing.T, srv *relaytest.Server, name string, cfg Config) *Client {
	t.Helper()
	c, stop := startClient(srv, name, cfg)
	t.Cleanup(stop)
	return c
}

// startClient runs a client until it is stopped.
func startClient(srv *relaytest.Server, name string, cfg Config) (c *Client, stop func()) {
	cfg.URL = srv.URL()
	cfg.Token = func(context.Context) (string, error) { return srv.Token(name, "room", relaytest.TokenOptions{}) }
	c = New(cfg)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = c.Run(ctx) })
	return c, func() { cancel(); wg.Wait() }
}

// awaitLayer reads frames until five in a row are of one layer, which begins with a keyframe.
func awaitLayer(t *testing.T, frames <-chan media.Frame, want int) time.Duration {
	t.Helper()
	began, run := time.Now(), 0
	for deadline := time.After(time.Minute); run < 5; {
		select {
		case f := <-frames:
			_, whole := checkFrame(f)
			if !whole {
				t.Fatal("a frame came that nobody sent")
			}
			if run++; len(f.Data) < layerLen[want] || len(f.Data) > layerLen[want]+100 {
				run = 0
			} else if run == 1 {
				began2 := time.Since(began)
				t.Logf("layer %d after %v (keyframe: %v)", want, began2.Round(time.Millisecond), f.Keyframe)
			}
		case <-deadline:
			t.Fatalf("layer %d does not come", want)
		}
	}
	return time.Since(began)
}

func TestThreeLayersAndTheSizeThatIsShown(t *testing.T) {
	srv := startRelayWith(t, relaytest.Options{AnyLink: true})
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
	birch := runClient(t, srv, "birch", Config{Handler: watcher, Selective: true})
	<-watcher.connected
	show := func(width, height int) {
		birch.Show([]Shown{{Identity: "aspen", Stream: media.Camera, Width: width, Height: height}})
	}
	for _, c := range []struct{ width, height, layer int }{{1280, 720, 2}, {320, 180, 0}, {640, 360, 1}, {1920, 1080, 2}} {
		show(c.width, c.height)
		awaitLayer(t, watcher.frames, c.layer)
	}
	// Nobody looks: nothing comes any more, and the sender hears of it.
	birch.Show(nil)
	await(t, "the sender to hear that nobody looks", func() bool { return sender.wanted() == -1 })
	for drained := false; !drained; {
		select {
		case <-watcher.frames:
		case <-time.After(300 * time.Millisecond):
			drained = true
		}
	}
	// The way back.
	began := time.Now()
	show(640, 360)
	f := <-watcher.frames
	t.Logf("a picture is back after %v", time.Since(began).Round(time.Millisecond))
	if !f.Keyframe {
		t.Error("the way back does not begin with a keyframe")
	}
	awaitLayer(t, watcher.frames, 1)
	await(t, "the sender to hear that the middle layer is the highest", func() bool { return sender.wanted() == 1 })
}

// await waits for something that no channel tells of.
func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(30 * time.Second); !ok(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
