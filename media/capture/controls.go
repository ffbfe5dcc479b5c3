package capture

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"

	"greenroom/media/pipe"
)

// controls holds what the daemon has asked for.
type controls struct {
	mu       sync.Mutex
	on       bool
	keyframe uint8 // a bit for each layer
	layers   pipe.Layers
	bitRate  int
	newRate  bool
	adjust   []pipe.Adjustment // in their order, each kind once
	changed  chan struct{}     // closed, and made anew, at each change
}

func newControls(spec pipe.Spec) *controls {
	return &controls{on: !spec.Off, bitRate: spec.BitRate, changed: make(chan struct{})}
}

// read takes requests until there are no more, which means the same as a Stop.
func (c *controls) read(in io.Reader) error {
	r := pipe.NewReader(in)
	for {
		kind, body, err := r.Next()
		if err != nil {
			return err
		}
		if kind == pipe.TypeStop {
			return nil
		}
		if err := c.take(kind, body); err != nil {
			return err
		}
	}
}

func (c *controls) take(kind pipe.Type, body []byte) (err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch kind {
	case pipe.TypeKeyframe:
		var layers uint8
		layers, err = pipe.ParseKeyframe(body)
		c.keyframe |= layers
	case pipe.TypeLayers:
		c.layers, err = pipe.ParseLayers(body)
	case pipe.TypeBitRate:
		c.newRate = true
		c.bitRate, err = pipe.ParseBitRate(body)
	case pipe.TypeAdjust:
		var a pipe.Adjustment
		if a, err = pipe.ParseAdjustment(body); err == nil {
			c.adjust = append(slices.DeleteFunc(c.adjust, func(b pipe.Adjustment) bool { return b.Kind == a.Kind }), a)
		}
	case pipe.TypeEnabled:
		c.on, err = pipe.ParseEnabled(body)
	default:
		err = fmt.Errorf("%w: a request of type %d", pipe.ErrProtocol, kind)
	}
	close(c.changed)
	c.changed = make(chan struct{})
	return err
}

func (c *controls) isOn() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.on
}

// keyframeWanted reports, and with forget forgets, a request for a keyframe of a layer, given by its bit.
func (c *controls) keyframeWanted(layer uint8, forget bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.keyframe&layer != 0
	if forget {
		c.keyframe &^= layer
	}
	return was
}

// layerWanted is what is wanted of a layer.
type layerWanted struct {
	pipe.Layer
	on bool
}

// wantedLayers returns what is wanted of the layers. Where nothing was said, the lowest one has the captured size.
func (c *controls) wantedLayers() (wanted [pipe.MaxLayers]layerWanted) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, l := range c.layers {
		wanted[i] = layerWanted{Layer: l, on: l.Height > 0}
	}
	if c.layers == (pipe.Layers{}) {
		wanted[0] = layerWanted{Layer: pipe.Layer{BitRate: c.bitRate}, on: true}
	}
	return wanted
}

// rate returns the bit rate, and whether it is new since the last call.
func (c *controls) rate() (bitRate int, changed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	changed, c.newRate = c.newRate, false
	return c.bitRate, changed
}

// adjustments waits for what is to be adjusted, and forgets it. The error is of ctx.
func (c *controls) adjustments(ctx context.Context) ([]pipe.Adjustment, error) {
	for {
		c.mu.Lock()
		all, changed := c.adjust, c.changed
		c.adjust = nil
		c.mu.Unlock()
		if len(all) > 0 {
			return all, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// wait returns when on is as wanted, or with the error of ctx.
func (c *controls) wait(ctx context.Context, on bool) error {
	for {
		c.mu.Lock()
		now, changed := c.on, c.changed
		c.mu.Unlock()
		if now == on {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
