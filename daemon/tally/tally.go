// Package tally counts what becomes of a room's frames on their way: its own from the device to the relay, the others'
// from the relay to the screen. Counts only grow, from the start of the program.
package tally

import (
	"sync/atomic"

	"greenroom/media"
)

// Step is what became of a frame.
type Step uint8

// The steps. Of a room's own frames:
//
//	Captured -> Encoded -> Sealed (and sent)
//	                    -> Keyless (dropped)
//
// and of the others':
//
//	received -> Opened (and shown, where a slot shows it)
//	         -> Opened, Withheld (dropped)
//	         -> WaitingKey, WrongKey, Replayed, Unencrypted (dropped)
const (
	Captured Step = iota // the device gave it
	Encoded              // came from the capture program
	Sealed
	Keyless     // there was no key to seal with
	Opened      // and authenticated
	Withheld    // needs an earlier picture, which did not open
	WaitingKey  // its key is not here, yet or any more
	WrongKey    // its tag is wrong, or it was sealed for another place
	Replayed    // it was opened before, or is too old to tell
	Unencrypted // it is not sealed
	steps
)

const streams = int(media.ContentAudio) + 1

// Tally counts frames. The zero Tally is ready, and a nil one counts nothing. Its methods may be called from any
// goroutine.
type Tally struct {
	counts [streams][steps]atomic.Uint64
}

// Add counts one frame of a stream. A stream that does not exist is not counted.
func (t *Tally) Add(s media.Stream, step Step) { t.AddMany(s, step, 1) }

// AddMany counts some frames of a stream.
func (t *Tally) AddMany(s media.Stream, step Step, frames uint64) {
	if t != nil && int(s) < streams && step < steps {
		t.counts[s][step].Add(frames)
	}
}

// Of returns a count.
func (t *Tally) Of(s media.Stream, step Step) uint64 {
	if t == nil || int(s) >= streams || step >= steps {
		return 0
	}
	return t.counts[s][step].Load()
}
