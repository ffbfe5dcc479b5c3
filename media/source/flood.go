package source

import (
	"fmt"
	"time"

	"greenroom/media/pipe"
)

// What a child may send in a second: twice the frames of the fastest camera in all its layers, and twice the highest bit
// rate that a source can be given.
const (
	maxFramesPerSecond = 250 * pipe.MaxLayers
	maxBytesPerSecond  = 12_500_000
)

// floodGate counts what came within the present second.
type floodGate struct {
	since         time.Time
	frames, bytes int
}

// pass counts a frame; the error is for a child that sends more than any device gives.
func (g *floodGate) pass(now time.Time, size int) error {
	if now.Sub(g.since) >= time.Second {
		*g = floodGate{since: now}
	}
	g.frames++
	g.bytes += size
	if g.frames > maxFramesPerSecond || g.bytes > maxBytesPerSecond {
		return fmt.Errorf("%w: %d frames with %d bytes within a second", pipe.ErrProtocol, g.frames, g.bytes)
	}
	return nil
}
