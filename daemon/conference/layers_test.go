package conference

import (
	"bytes"
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"greenroom/media"
	"greenroom/media/relay"
	"greenroom/meeting/wire"
)

// simulcast is an observer that hears which layers need a keyframe.
type simulcast struct {
	*watcher
	keys [relay.MaxLayers]atomic.Bool
}

func (s *simulcast) Uplink(int)                                 {}
func (s *simulcast) LayersWanted(media.Stream, int)             {}
func (s *simulcast) LayerKeyframeWanted(_ media.Stream, at int) { s.keys[at].Store(true) }
func (s *simulcast) KeyframeWanted(media.Stream) {
	for i := range s.keys {
		s.keys[i].Store(true)
	}
}

// send sends a picture in three layers, 30 times a second, until ctx ends. Each layer's frames are full of its number.
func (s *simulcast) send(ctx context.Context, g *guest) {
	tick := time.NewTicker(time.Second / 30)
	defer tick.Stop()
	for n := uint32(0); ctx.Err() == nil; n++ {
		for i := range s.keys {
			f := media.Frame{Codec: media.VP8, Layer: uint8(i), Timestamp: n * 3000, Data: []byte{0x11, 0, 0}}
			if s.keys[i].Swap(false) {
				f.Keyframe, f.Data = true, []byte{0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x00, 0x05, 0xd0, 0x02}
			}
			f.Data = append(f.Data, bytes.Repeat([]byte{byte(i)}, 300<<(2*i))...)
			_ = g.Send(media.Camera, f) // dropped while there is no key or no connection
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// All layers of a stream are sealed with one key and one counter; the relay hands on one layer after the other, and
// whatever it chooses opens.
func TestLayersOpenWhicheverTheRelayChooses(t *testing.T) {
	h := newHall(t)
	observer := &simulcast{}
	for i := range observer.keys {
		observer.keys[i].Store(true)
	}
	aspen := h.enter("Aspen", wire.RoleHost, func(c *Config) {
		observer.watcher = c.Observer.(*watcher)
		c.Observer = observer
		c.Publish = []relay.Publication{{Stream: media.Camera, Codec: media.VP8, Width: 1280, Height: 720, Layers: relay.MaxLayers}}
	})
	birch := h.enter("Birch", wire.RoleParticipant, func(c *Config) { c.Selective = true })
	aspen.awaitMembers(t, 2)
	birch.awaitMembers(t, 2)
	sending, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { observer.send(sending, aspen) })
	defer wg.Wait()
	defer stop()

	camera := streamID{aspen.id, media.Camera}
	// layerNow is the layer of the latest five pictures; -1 if they are of several, or none.
	layerNow := func() int {
		played := birch.played[camera]
		if len(played) < 5 {
			return -1
		}
		last := -1
		for _, data := range played[len(played)-5:] {
			layer := int(data[len(data)-1])
			if last >= 0 && layer != last {
				return -1
			}
			last = layer
		}
		return last
	}
	for _, size := range []struct{ width, height, layer int }{{1280, 720, 2}, {320, 180, 0}, {640, 360, 1}, {0, 0, -1}, {1280, 720, 2}, {320, 180, 0}} {
		var shown []relay.Shown
		if size.width > 0 {
			shown = []relay.Shown{{Identity: aspen.id, Stream: media.Camera, Width: size.width, Height: size.height}}
		}
		birch.mu.Lock()
		delete(birch.played, camera)
		birch.mu.Unlock()
		birch.Show(shown)
		if size.layer >= 0 {
			birch.await(t, "the layer that was asked for", func() bool { return layerNow() == size.layer })
		}
	}
	// A frame that did not open would have left its mark: the reason stays until the stream is gone.
	birch.Conference.tiles.mu.Lock()
	if s := birch.Conference.tiles.m[camera]; s == nil || !s.failed.IsZero() {
		t.Errorf("a frame did not open: %+v", s)
	}
	birch.Conference.tiles.mu.Unlock()
	birch.mu.Lock()
	defer birch.mu.Unlock()
	if reason := birch.tiles[camera]; reason != "" {
		t.Errorf("the tile says %q", reason)
	}
}
