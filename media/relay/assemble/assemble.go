// Package assemble puts encoded frames together again from RTP packets.
//
// A frame is given out the moment its last packet (the one with the marker bit) is there and everything before it is,
// without waiting for the next frame: that costs 1 ms where pion's sample builder costs a frame's time. Packets that
// come out of order, or late because they had to be sent again, are waited for a short while; then the frame that
// misses them is dropped. Since pictures build on each other, after a drop nothing is given out until the next
// keyframe, and KeyframeWanted says once that one must be asked for.
//
// The packets come from a relay that nobody trusts. Everything is bounded: Slots packets that wait and MaxFrame bytes
// of a frame. What is malformed is counted and dropped. It is pure: no clock, socket or goroutine; time is what
// the packets' Arrived say.
package assemble

import (
	"time"

	"greenroom/media"
	"greenroom/media/relay/packetise"
)

// The bounds of an assembler.
const (
	// Slots is how many packets may wait for an earlier one.
	Slots = 1024
	// MaxFrame is the largest frame in bytes that is put together; a larger one is dropped.
	MaxFrame = 1 << 20
	// VideoPatience and AudioPatience are how long a missing packet is waited for, counted by the arrival of others.
	// Video waits for a packet that is sent again, and again where that is lost too: at a fifth of loss a keyframe of 40
	// packets needs three rounds. Late sound is worse than lost sound.
	VideoPatience = 500 * time.Millisecond
	AudioPatience = 40 * time.Millisecond
	// skipAfter is how long a gap must have been there for a keyframe that comes after it not to wait for it.
	skipAfter = 100 * time.Millisecond
	// lateRun is after how many late packets in a row the sender is taken to have begun a new numbering.
	lateRun = 64
)

// Packet is what the assembler needs of an RTP packet. Payload is only read during Push.
type Packet struct {
	Sequence  uint16
	Timestamp uint32
	Marker    bool
	Payload   []byte // without padding; empty in packets that are padding only
	Arrived   time.Time
	Level     uint8 // RFC 6464, where the packet has the header extension
	Voice     bool
}

// Counters count since the assembler was made.
type Counters struct {
	Frames     uint64 // given out
	Dropped    uint64 // frames begun and dropped: a packet missing, malformed or too large
	Skipped    uint64 // whole frames dropped because an earlier one is missing
	Lost       uint64 // packets given up
	Late       uint64 // packets that came after they were given up, or twice
	Malformed  uint64 // packets that are none of this codec
	Reordered  uint64 // packets that had to wait for an earlier one
	Restarts   uint64 // jumps to another numbering
	Duplicates uint64 // packets that waited already
}

// Assembler puts the frames of one stream together. It must not be used by two goroutines at once.
type Assembler struct {
	codec    media.Codec
	patience time.Duration

	started bool
	next    uint16 // the sequence number that is taken next
	waiting [Slots]slot
	held    int       // how many of waiting are in use
	since   time.Time // when the first of the held packets came
	late    int       // late packets in a row

	frame building
	ready []media.Frame // given out from index taken on
	taken int

	needKeyframe, askKeyframe bool
	counters                  Counters
}

// slot holds one packet that waits, at index Sequence % Slots.
type slot struct {
	used   bool
	packet Packet
}

// New returns an assembler for one stream of a codec. A stream of pictures begins with a keyframe; until one comes,
// nothing is given out.
func New(codec media.Codec) *Assembler {
	a := &Assembler{codec: codec, patience: AudioPatience}
	if codec.Video() {
		a.patience = VideoPatience
		a.needKeyframe, a.askKeyframe = true, true
	}
	return a
}

// Counters returns the counters.
func (a *Assembler) Counters() Counters { return a.counters }

// KeyframeWanted reports, once for each time a keyframe became necessary, that one must be asked for.
func (a *Assembler) KeyframeWanted() bool {
	asked := a.askKeyframe
	a.askKeyframe = false
	return asked
}

// Pop returns the next frame that is complete, in order. Its Data belongs to the caller.
func (a *Assembler) Pop() (media.Frame, bool) {
	if a.taken == len(a.ready) {
		a.ready, a.taken = a.ready[:0], 0
		return media.Frame{}, false
	}
	f := a.ready[a.taken]
	a.ready[a.taken] = media.Frame{} // its data is the caller's now
	a.taken++
	return f, true
}

// Push takes one packet in. Call Pop after it until it has no more.
func (a *Assembler) Push(p Packet) {
	if !a.started {
		a.started, a.next = true, p.Sequence
	}
	ahead := int(int16(p.Sequence - a.next))
	switch {
	case ahead < 0:
		a.pushLate(p)
		return
	case ahead >= Slots:
		a.restart(p.Sequence)
		a.take(p)
	case ahead == 0:
		a.take(p)
	default:
		a.hold(p)
	}
	a.late = 0
	a.drain()
	a.giveUp(p.Arrived)
}

// take consumes the packet whose turn it is.
func (a *Assembler) take(p Packet) {
	a.next = p.Sequence + 1
	if len(p.Payload) > 0 {
		a.consume(p)
	}
}

// hold keeps a packet that came before its turn.
func (a *Assembler) hold(p Packet) {
	s := &a.waiting[p.Sequence%Slots]
	if s.used {
		a.counters.Duplicates++ // all held packets lie within Slots of next, so this one is the same
		return
	}
	if (a.needKeyframe || a.held > 0 && p.Arrived.Sub(a.since) >= skipAfter) && a.startsKeyframe(p) {
		a.skipTo(p)
		return
	}
	a.counters.Reordered++
	p.Payload = append(s.packet.Payload[:0], p.Payload...)
	*s = slot{used: true, packet: p}
	if a.held == 0 {
		a.since = p.Arrived
	}
	a.held++
}

// skipTo goes on with a packet that begins a keyframe: nothing before it is of use while one is waited for, and little
// where something before it is missing.
func (a *Assembler) skipTo(p Packet) {
	for ; a.next != p.Sequence; a.next++ {
		if s := &a.waiting[a.next%Slots]; s.used {
			a.release(s)
		} else {
			a.counters.Lost++
		}
	}
	a.dropFrame()
	a.take(p)
	a.since = p.Arrived
}

// startsKeyframe reports whether a picture that needs no earlier one begins with a packet.
func (a *Assembler) startsKeyframe(p Packet) bool {
	if a.codec == media.H264 {
		return packetise.StartsKeyframe(p.Payload)
	}
	d, rest, err := packetise.ParseDescriptor(p.Payload)
	return err == nil && d.FrameStart() && media.VP8Keyframe(rest)
}

// drain consumes the held packets whose turn has come.
func (a *Assembler) drain() {
	for a.held > 0 {
		s := &a.waiting[a.next%Slots]
		if !s.used {
			return
		}
		a.release(s)
		a.take(s.packet)
		if a.held > 0 {
			a.since = s.packet.Arrived // the next gap, if there is one, was not seen before this
		}
	}
}

// release marks a slot free. Its buffer is kept for the next packet that waits there.
func (a *Assembler) release(s *slot) {
	s.used = false
	a.held--
}

// giveUp goes past missing packets that have been waited for long enough.
func (a *Assembler) giveUp(now time.Time) {
	for a.held > 0 && now.Sub(a.since) >= a.patience {
		for !a.waiting[a.next%Slots].used {
			a.next++
			a.counters.Lost++
		}
		a.lose()
		a.drain()
	}
}

// pushLate counts a packet whose turn is over. A long run of them means that the sender began to count anew.
func (a *Assembler) pushLate(p Packet) {
	a.counters.Late++
	if a.late++; a.late < lateRun {
		return
	}
	a.late = 0
	a.restart(p.Sequence)
	a.take(p)
}

// restart forgets all held packets and goes on at seq.
func (a *Assembler) restart(seq uint16) {
	a.counters.Restarts++
	for i := range a.waiting {
		a.waiting[i].used = false
	}
	a.held = 0
	a.next = seq
	a.lose()
}

// lose is called at each gap: the frame under construction is incomplete.
func (a *Assembler) lose() {
	a.dropFrame()
	a.wantKeyframe()
}

func (a *Assembler) wantKeyframe() {
	if a.codec.Video() && !a.needKeyframe {
		a.needKeyframe, a.askKeyframe = true, true
	}
}
