package daemon

import (
	"sync"
	"time"

	"greenroom/media/ladder"
	"greenroom/media/pipe"
	"greenroom/media/relay/congestion"
)

// climbEvery is how often it is looked whether a picture may become larger again.
const climbEvery = time.Second

// pictures decides in which sizes and bit rates a stream's pictures are sent.
type pictures struct {
	set func(pipe.Layers)
	now func() time.Time

	mu      sync.Mutex
	picture ladder.Picture
	ladder  *ladder.Ladder // nil until the size is known
	budget  int            // bits a second that the network has for them
	wanted  int            // the highest layer that somebody wants; -1: none
	sole    bool           // one other looks at most
	last    pipe.Layers
}

// newPictures returns what decides for a stream that is published in that many layers.
func newPictures(layers, bitRate int, now func() time.Time, set func(pipe.Layers)) *pictures {
	return &pictures{
		set: set, now: now, picture: ladder.Picture{Layers: layers, BitRate: bitRate},
		budget: congestion.Start, wanted: layers - 1,
	}
}

// captured tells which pictures the device gives.
func (p *pictures) captured(width, height int, fps float64) {
	p.change(func() {
		next := p.picture
		next.Width, next.Height, next.FPS = width, height, int(fps+0.5)
		if next != p.picture || p.ladder == nil {
			p.picture, p.ladder, p.last = next, ladder.New(next), pipe.Layers{}
		}
	})
}

// carries tells how many bits a second there are for the pictures.
func (p *pictures) carries(bitsPerSecond int) { p.change(func() { p.budget = bitsPerSecond }) }

// want tells which layer is the highest that somebody wants.
func (p *pictures) want(highest int) { p.change(func() { p.wanted = highest }) }

// seenBy tells how many others there are.
func (p *pictures) seenBy(others int) { p.change(func() { p.sole = others <= 1 }) }

// look is called every climbEvery.
func (p *pictures) look() { p.change(func() {}) }

func (p *pictures) change(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	if p.ladder == nil || p.picture.Width < 1 || p.picture.Height < 1 {
		return
	}
	next := p.ladder.Next(p.now(), p.budget, p.wanted)
	if p.sole {
		next = ladder.ForOne(next)
	}
	if next != p.last {
		p.last = next
		p.set(next)
	}
}

// checked is told when the people in the room want to see the picture themselves: it is as large as the network last let it be.
func (p *pictures) checked() {
	p.change(func() { p.wanted, p.sole = max(p.wanted, p.picture.Layers-1), true })
}

// top returns the highest layer that is encoded.
func (p *pictures) top() uint8 {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.last) - 1; i > 0; i-- {
		if p.last[i].Height > 0 {
			return uint8(i)
		}
	}
	return 0
}
