package daemon

import (
	"context"
	"time"

	"greenroom/media"
)

// soundShare is what is kept of the network for sound, in bits a second, with what is around its packets. fill is how
// much of the rest is given to encoders: they do not keep to their rate within each second.
const (
	soundShare = 80_000
	fill       = 0.9
)

// sharedPart is how much of what is left for pictures content gets while it is shared.
const sharedPart = 0.7

// carries tells how many bits a second the network takes of this room.
func (c *capture) carries(bitsPerSecond int) {
	c.uplink.Store(int64(bitsPerSecond))
	c.divide()
}

// divide gives each picture its part of what the network takes.
func (c *capture) divide() {
	bitsPerSecond := c.uplink.Load()
	if bitsPerSecond == 0 {
		return // not known yet
	}
	pictures := fill * float64(bitsPerSecond-soundShare)
	if c.content.shared() {
		c.content.sizes.carries(int(sharedPart * pictures))
		pictures *= 1 - sharedPart
	}
	if d := c.camera; d.sizes != nil {
		d.sizes.carries(int(pictures))
	}
}

// seenBy tells how many others are in the meeting.
func (c *capture) seenBy(others int) {
	for _, d := range c.all() {
		if d.sizes != nil {
			d.sizes.seenBy(others)
		}
	}
}

// layersWanted tells which layer of a stream is the highest that somebody wants.
func (c *capture) layersWanted(stream media.Stream, highest int) {
	// Content goes to the room's own screen too, whoever else wants it.
	if d := c.camera; stream == media.Camera && d.sizes != nil {
		d.sizes.want(highest)
	}
}

// climb lets pictures grow again where the network carries more.
func (c *capture) climb(ctx context.Context) {
	ticker := time.NewTicker(climbEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			c.divide() // something may be shared since, or no longer
			for _, d := range c.all() {
				if d.sizes != nil {
					d.sizes.look()
				}
			}
		}
	}
}
