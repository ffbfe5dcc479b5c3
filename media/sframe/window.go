package sframe

// windowSize is how many counters below the highest one are still told apart. At 50 frames a second it spans 20 s,
// more than a frame may be late and still be of use.
const windowSize = 1024

// window remembers which counters were seen: the highest, and a bit for each of the windowSize counters up to it. The
// bits form a ring, in which counter c has bit c mod windowSize.
type window struct {
	next uint64 // the highest counter seen, plus one; 0: none yet
	bits [windowSize / 64]uint64
}

// fresh reports whether ctr was not seen yet. A counter too old to be known counts as seen.
func (w *window) fresh(ctr uint64) bool {
	if ctr >= w.next {
		return true
	}
	if w.next-ctr > windowSize {
		return false
	}
	return w.bits[ctr%windowSize/64]&(1<<(ctr%64)) == 0
}

// mark remembers ctr. It must be fresh, and below maxFrames.
func (w *window) mark(ctr uint64) {
	if ctr >= w.next {
		w.advance(ctr)
	}
	w.bits[ctr%windowSize/64] |= 1 << (ctr % 64)
}

// advance makes ctr the highest counter: those between become unseen.
func (w *window) advance(ctr uint64) {
	if ctr-w.next >= windowSize {
		w.bits = [windowSize / 64]uint64{}
	} else {
		for c := w.next; c <= ctr; c++ {
			w.bits[c%windowSize/64] &^= 1 << (c % 64)
		}
	}
	w.next = ctr + 1
}
