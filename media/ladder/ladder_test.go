package ladder

import (
	"testing"
	"time"

	"greenroom/media/pipe"
)

var start = time.Unix(1_700_000_000, 0)

func top(l pipe.Layers) (layer, height int) {
	for i, x := range l {
		if x.Height > 0 {
			layer, height = i, x.Height
		}
	}
	return layer, height
}

func sum(l pipe.Layers) (bits int) {
	for _, x := range l {
		bits += x.BitRate
	}
	return bits
}

var (
	once   = Picture{Width: 1920, Height: 1080, FPS: 30, Layers: 1}
	layers = Picture{Width: 1920, Height: 1080, FPS: 30, Layers: 3}
)

func TestTheSizeFollowsTheBits(t *testing.T) {
	for _, c := range []struct {
		p      Picture
		budget int
		layer  int
		height int
	}{
		{once, 6_000_000, 0, 1080},
		{once, 1_400_000, 0, 1080},
		{once, 1_000_000, 0, 720},
		{once, 500_000, 0, 540},
		{once, 300_000, 0, 360},
		{once, 150_000, 0, 270},
		{once, 10_000, 0, 270},
		{layers, 6_000_000, 2, 1080},
		{layers, 1_500_000, 2, 720},
		{layers, 1_000_000, 1, 540},
		{layers, 400_000, 1, 360},
		{layers, 200_000, 0, 270},
		{layers, 10_000, 0, 180},
	} {
		got := New(c.p).Next(start, c.budget, c.p.Layers-1)
		if layer, height := top(got); layer != c.layer || height != c.height {
			t.Errorf("%d bit/s: layer %d of %d lines, want layer %d of %d", c.budget, layer, height, c.layer, c.height)
		}
		if c.budget > 200_000 && sum(got) > c.budget {
			t.Errorf("%d bit/s: %d are asked for", c.budget, sum(got))
		}
	}
}

func TestTheWayDownIsQuickAndTheWayUpIsSlow(t *testing.T) {
	l := New(layers)
	now := start
	at := func(budget int) int {
		_, height := top(l.Next(now, budget, 2))
		return height
	}
	if h := at(6_000_000); h != 1080 {
		t.Fatalf("%d lines", h)
	}
	if h := at(300_000); h != 270 {
		t.Errorf("%d lines at once", h)
	}
	changes, last := 0, 270
	for range 200 {
		now = now.Add(100 * time.Millisecond)
		h := at(6_000_000)
		if h < last {
			t.Errorf("%d lines after %d", h, last)
		}
		if h != last {
			changes++
			if changes == 1 && now.Sub(start) < calmAfter {
				t.Errorf("the first step up after %v", now.Sub(start))
			}
		}
		last = h
	}
	if last != 1080 || changes != 4 {
		t.Errorf("%d lines after %d steps", last, changes)
	}
}

// A network around a rung's need does not make the picture jump.
func TestTheSizeKeepsStill(t *testing.T) {
	l := New(once)
	now, changes, last := start, 0, 0
	for i := range 600 {
		now = now.Add(100 * time.Millisecond)
		budget := 1_250_000
		if i%20 < 10 {
			budget = 1_450_000
		}
		if _, h := top(l.Next(now, budget, 0)); h != last {
			changes++
			last = h
		}
	}
	if changes > 2 {
		t.Errorf("%d changes in a minute", changes)
	}
}

func TestNobodyWantsMoreThanTheySee(t *testing.T) {
	l := New(layers)
	if layer, _ := top(l.Next(start, 6_000_000, 0)); layer != 0 {
		t.Errorf("layer %d where nobody wants more than the lowest", layer)
	}
	if layer, height := top(l.Next(start, 6_000_000, 1)); layer != 1 || height != 540 {
		t.Errorf("layer %d of %d lines is told at once", layer, height)
	}
	if layer, height := top(l.Next(start, 6_000_000, 2)); layer != 2 || height != 1080 {
		t.Errorf("layer %d of %d lines is told at once", layer, height)
	}
	if layer, _ := top(l.Next(start, 6_000_000, -1)); layer != 0 {
		t.Errorf("layer %d where nobody wants any", layer)
	}
}

func TestASoleReceiverGetsOneToFallBackOn(t *testing.T) {
	l := New(layers)
	if got := ForOne(l.Next(start, 9_000_000, 2)); got[0].Height != 270 || got[1].Height != 0 || got[2].Height != 1080 {
		t.Errorf("%v", got)
	}
	if got := ForOne(l.Next(start, 9_000_000, 1)); got[0].Height != 270 || got[1].Height != 540 || got[2].Height != 0 {
		t.Errorf("%v", got)
	}
	if got := ForOne(New(once).Next(start, 9_000_000, 0)); got[0].Height != 1080 {
		t.Errorf("%v", got)
	}
}

func TestTheConfiguredRateIsNotExceeded(t *testing.T) {
	p := once
	p.BitRate = 900_000
	if got := sum(New(p).Next(start, 9_000_000, 0)); got != 900_000 {
		t.Errorf("%d bit/s, configured are 900,000", got)
	}
}

func TestTextIsNeverSmallerThanHalf(t *testing.T) {
	l := New(Picture{Width: 1920, Height: 1080, FPS: 15, Layers: 1, Sharp: true})
	if got := l.Next(time.Unix(0, 0), 1_000, 0); got[0].Height != 540 || got[0].BitRate < nothing {
		t.Errorf("with next to nothing it is %+v, want 540 lines", got[0])
	}
}
