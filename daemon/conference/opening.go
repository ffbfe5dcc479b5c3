package conference

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"greenroom/media"
	"greenroom/media/sframe"
	"greenroom/meeting"
)

// errWrongSender: a frame was sealed by somebody, or for a stream, that it was not delivered as. The relay's word on
// who sent a frame counts for nothing.
var errWrongSender = errors.New("sealed by another participant or for another stream than it came from")

// errNotSealed: what stands where a key id should names no stream that there is. So looks a frame in clear.
var errNotSealed = errors.New("not sealed by anybody in a meeting")

// missingEvery is how often at most the core hears of missing keys.
const missingEvery = 250 * time.Millisecond

// opener opens the others' frames with the epochs that the core gave it.
type opener struct {
	mu       sync.Mutex
	epochs   map[uint8]*meeting.EpochKey // by the low 8 bits that the key id carries
	receiver *sframe.Receiver
	kids     map[uint64]uint64 // key id -> epoch, of what the receiver holds
	asked    time.Time         // when the core was last told that a key is missing
}

func newOpener() *opener {
	return &opener{
		epochs:   map[uint8]*meeting.EpochKey{},
		receiver: sframe.NewReceiver(),
		kids:     map[uint64]uint64{},
	}
}

// install makes frames of the epoch open from now on.
func (o *opener) install(key *meeting.EpochKey) {
	o.mu.Lock()
	defer o.mu.Unlock()
	low := uint8(key.Epoch())
	if old := o.epochs[low]; old != nil && old.Epoch() != key.Epoch() {
		o.drop(old.Epoch())
	}
	o.epochs[low] = key
}

// missing reports whether the core is to hear that a key is missing. Frames come faster than it can ask for keys.
func (o *opener) missing(now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if now.Sub(o.asked) < missingEvery {
		return false
	}
	o.asked = now
	return true
}

// forget makes frames of the epoch open no longer.
func (o *opener) forget(epoch uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.drop(epoch)
}

func (o *opener) drop(epoch uint64) {
	for kid, e := range o.kids {
		if e == epoch {
			o.receiver.Remove(kid)
			delete(o.kids, kid)
		}
	}
	if key := o.epochs[uint8(epoch)]; key != nil && key.Epoch() == epoch {
		delete(o.epochs, uint8(epoch))
	}
}

// forgetAll makes nothing open any more.
func (o *opener) forgetAll() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, key := range o.epochs {
		o.drop(key.Epoch())
	}
}

// open returns the plain data of a frame that the relay delivered as the given participant's. The result is a new
// slice. Errors: sframe's, errWrongSender and errNotSealed; the frame must then not be shown or played.
func (o *opener) open(from string, stream media.Stream, f media.Frame) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	kid, err := keyIDOf(&f)
	if err != nil {
		return nil, err
	}
	n := media.ClearLen(f.Codec, f.Data)
	low, index, streamOf := meeting.SplitKeyID(kid)
	switch sealedFor := media.Stream(streamOf); {
	case !exists(sealedFor) || index == math.MaxUint32:
		return nil, errNotSealed
	case sealedFor != stream:
		return nil, errWrongSender
	}
	key := o.epochs[low]
	if key == nil {
		return nil, fmt.Errorf("epoch %d (mod 256): %w", low, sframe.ErrNoKey)
	}
	sender, ok := key.Participant(index)
	if !ok {
		return nil, fmt.Errorf("roster index %d in epoch %d: %w", index, key.Epoch(), sframe.ErrNoKey)
	}
	if sender.String() != from {
		return nil, errWrongSender
	}
	if err := o.hold(kid, key, index, stream); err != nil {
		return nil, err
	}
	extra := key.Commitment()
	opened, err := o.receiver.Open(nil, f.Data, n, extra[:])
	if err != nil {
		return nil, err
	}
	return media.Join(f.Codec, opened, n)
}

// keyIDOf makes a frame's data what was sealed, and returns the key id that it names, which nothing vouches for.
func keyIDOf(f *media.Frame) (kid uint64, err error) {
	if f.Data, err = media.Unescape(f.Codec, f.Data); err != nil {
		return 0, fmt.Errorf("%w: %w", errNotSealed, err)
	}
	return sframe.PeekKeyID(f.Data, media.ClearLen(f.Codec, f.Data))
}

// exists reports whether there is such a stream.
func exists(s media.Stream) bool {
	switch s {
	case media.Microphone, media.Camera, media.Content, media.ContentAudio:
		return true
	}
	return false
}

// hold gives the receiver the key of a key id when it comes for the first time.
func (o *opener) hold(kid uint64, key *meeting.EpochKey, index uint32, stream media.Stream) error {
	if _, held := o.kids[kid]; held {
		return nil
	}
	derived, base, ok := key.Media(index, uint8(stream))
	if !ok || derived != kid {
		return fmt.Errorf("key id %#x: %w", kid, sframe.ErrNoKey)
	}
	defer clear(base)
	if err := o.receiver.Add(kid, base); err != nil {
		return fmt.Errorf("key id %#x: %w", kid, err)
	}
	o.kids[kid] = key.Epoch()
	return nil
}
