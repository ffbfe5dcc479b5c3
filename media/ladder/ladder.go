// Package ladder chooses the sizes and bit rates of a picture's layers by what the network carries and by what somebody
// wants to see.
//
// A ladder's rungs go from all layers at their full size down to the smallest picture alone. For a picture of 1080 lines
// in three layers (L0 to L2), and for one that is sent once:
//
//	L2 1080 + L1 540 + L0 270        1080
//	L2  720 + L1 540 + L0 270         720
//	          L1 540 + L0 270         540
//	          L1 360 + L0 270         360
//	                   L0 270         270
//	                   L0 180         180
//
// A rung can be stood on with a third of the bits at which it looks good; what there is, is shared out in proportion.
// The way down is taken at once, because what does not fit is lost or late; the way up a rung at a time, after a while
// and with something to spare, because each step costs a keyframe.
//
// The package is pure: no clock, socket or goroutine.
package ladder

import (
	"time"

	"greenroom/media/codec"
	"greenroom/media/pipe"
)

const (
	// least is the share of the bits at which a size looks good with which it is used at all.
	least = 0.35
	// spare is how much more than it needs a rung must have to be climbed to.
	spare = 1.3
	// A rung is climbed climbAfter after the last step up, and calmAfter after the last one down.
	climbAfter = 2 * time.Second
	calmAfter  = 4 * time.Second
	// nothing is how few bits a second are asked of an encoder.
	nothing = 50_000
)

// Picture is what is captured and published.
type Picture struct {
	Width, Height, FPS int
	// Layers is how many layers are published: 1 or pipe.MaxLayers.
	Layers int
	// Sharp is for text: it is rather coarse than smaller than half, where nobody could read it.
	Sharp bool
	// BitRate is at most used for the full size, in bits a second; 0: as much as looks good.
	BitRate int
}

// Ladder is where a picture's sending stands. It is for one goroutine at a time.
type Ladder struct {
	picture Picture
	rungs   []rung
	at      int
	moved   time.Time
	fell    time.Time
	begun   bool
}

// rung is what is sent: the layers up to top, of which the topmost has that height.
type rung struct {
	top, height int
	good        pipe.Layers // with the bit rates at which they look good
	sum         int         // of those
}

// New returns the ladder of a picture.
func New(p Picture) *Ladder {
	l := &Ladder{picture: p}
	heights := l.heights()
	for top := p.Layers - 1; top >= 0; top-- {
		for _, h := range heights[top] {
			l.rungs = append(l.rungs, l.rung(top, h))
		}
	}
	return l
}

// heights returns, for each layer, those it may have as the topmost one, the full one first.
func (l *Ladder) heights() [][]int {
	h := l.picture.Height
	switch {
	case l.picture.Layers == 1 && l.picture.Sharp:
		return [][]int{{h, h * 2 / 3, h / 2}}
	case l.picture.Layers == 1:
		return [][]int{{h, h * 2 / 3, h / 2, h / 3, h / 4}}
	}
	return [][]int{{h / 4, h / 6}, {h / 2, h / 3}, {h, h * 2 / 3}}
}

func (l *Ladder) rung(top, height int) rung {
	r := rung{top: top, height: height}
	for i := 0; i <= top; i++ {
		h := height
		if i < top {
			h = l.heights()[i][0]
		}
		rate := codec.VideoBitRate(l.picture.Width*h/l.picture.Height, h, l.picture.FPS)
		if most := l.picture.BitRate; most > 0 {
			rate = min(rate, most)
		}
		r.good[i] = pipe.Layer{Height: h, BitRate: rate}
		r.sum += rate
	}
	return r
}

// Next returns what is to be sent from now on, with that many bits a second for it, when nobody wants a layer above
// wanted. The lowest layer is always sent: it is what tells that the camera lives.
func (l *Ladder) Next(now time.Time, budget, wanted int) pipe.Layers {
	first := l.highest(wanted)
	if !l.begun {
		l.begun, l.at = true, first
	}
	if l.at < first {
		l.at = first
	}
	for l.at < len(l.rungs)-1 && float64(budget) < l.need(l.at) {
		l.at++
		l.moved, l.fell = now, now
	}
	for l.at > first && l.mayClimb(now, budget) {
		l.at--
		l.moved = now
	}
	return l.share(budget)
}

// ForOne leaves out what a sole receiver has no use for: of the layers below the topmost, which it gets, it needs one to
// fall back on, and that is the lowest. Each layer costs the encoder a quarter of the one above.
func ForOne(layers pipe.Layers) pipe.Layers {
	top := len(layers) - 1
	for top > 0 && layers[top].Height == 0 {
		top--
	}
	for i := 1; i < top; i++ {
		layers[i] = pipe.Layer{}
	}
	return layers
}

// highest returns the first rung that sends nothing above wanted.
func (l *Ladder) highest(wanted int) int {
	for i, r := range l.rungs {
		if r.top <= max(wanted, 0) {
			return i
		}
	}
	return len(l.rungs) - 1
}

func (l *Ladder) need(at int) float64 { return least * float64(l.rungs[at].sum) }

// mayClimb reports whether to go a rung up. Who did not fall climbs at once: there is only somebody who wants to see more.
func (l *Ladder) mayClimb(now time.Time, budget int) bool {
	if l.fell.IsZero() {
		return float64(budget) >= l.need(l.at-1)
	}
	return float64(budget) >= spare*l.need(l.at-1) && now.Sub(l.moved) >= climbAfter && now.Sub(l.fell) >= calmAfter
}

// share gives each layer its part of the bits.
func (l *Ladder) share(budget int) pipe.Layers {
	r := l.rungs[l.at]
	layers := r.good
	if budget >= r.sum {
		return layers
	}
	for i := range layers {
		if layers[i].Height > 0 {
			layers[i].BitRate = max(int(int64(budget)*int64(layers[i].BitRate)/int64(r.sum)), nothing)
		}
	}
	return layers
}
