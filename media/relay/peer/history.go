package peer

import (
	"time"

	"greenroom/media/relay/packetise"
)

// kept is how many packets of a track are kept, waiting to be sent or to be sent again: more than a second of the
// largest picture. A power of two.
const kept = 512

// How a packet is sent again when the other side asks for it. A relay asks some five times within half a second; what
// was asked for twice within resendPause crossed the answer. Nobody waits for a packet longer than resendAge.
const (
	resendPause = 15 * time.Millisecond
	resendAge   = time.Second
	resendMost  = 10
)

// kept packets of one track, by their sequence numbers:
//
//	    sent, and may be sent again        wait to be sent         free
//	|-------------------------------|------------------------|------------|
//	next-kept                      out                     next       out+kept
//
// Its memory is made once, so that no packet costs an allocation.
type history struct {
	packets   []keptPacket // by sequence number, modulo kept; nil until the first
	out, next uint16
	oldest    uint16      // what came before a keyframe is not sent again: nobody waits for it
	anchored  bool        // oldest is set
	wanted    [128]uint16 // a ring of those that are to be sent again
	from, to  uint8       // its beginning and end, running over
}

type keptPacket struct {
	sequence  uint16
	size      uint16
	last      bool
	resent    uint8
	timestamp uint32
	left      time.Time // when it was last sent; zero: not yet
	data      [packetise.MaxPayload]byte
}

func (p *keptPacket) payload() []byte { return p.data[:p.size] }

// waiting returns how many packets wait to be sent.
func (h *history) waiting() int { return int(h.next - h.out) }

// add returns the place of a new packet. One must be free.
func (h *history) add(timestamp uint32) *keptPacket {
	if h.packets == nil {
		h.packets = make([]keptPacket, kept)
	}
	if h.next-h.oldest > 2*kept {
		h.anchored = false // before the numbers run over
	}
	p := &h.packets[h.next%kept]
	p.sequence, p.timestamp, p.resent, p.left = h.next, timestamp, 0, time.Time{}
	h.next++
	return p
}

// first returns the packet that waits longest.
func (h *history) first() *keptPacket { return &h.packets[h.out%kept] }

// sent notes that the packet that waited longest was sent.
func (h *history) sent(now time.Time) {
	h.first().left = now
	h.out++
}

// forget drops what waits. The numbers were never seen, and are used for what comes next.
func (h *history) forget() { h.next, h.from = h.out, h.to }

// want notes that a packet is to be sent again, copies times, if that is still of use.
func (h *history) want(now time.Time, sequence uint16, copies int) {
	p := h.again(now, sequence)
	if p == nil || now.Sub(p.left) < resendPause {
		return
	}
	p.left = now // when it was asked for: what is asked for again before it has left is the same wish
	for range copies {
		if int(h.to-h.from) == len(h.wanted) {
			return // so much is lost that less has to be sent, not more
		}
		h.wanted[h.to%uint8(len(h.wanted))] = sequence
		h.to++
	}
}

// keyframe notes that a picture begins which needs none before it.
func (h *history) keyframe() { h.oldest, h.anchored, h.from = h.next, true, h.to }

// again returns a packet that was sent and may be sent again; nil: it may not.
func (h *history) again(now time.Time, sequence uint16) *keptPacket {
	if h.packets == nil || h.out-sequence-1 >= kept {
		return nil // not sent yet, or long ago
	}
	if h.anchored && int16(sequence-h.oldest) < 0 {
		return nil
	}
	p := &h.packets[sequence%kept]
	if p.sequence != sequence || p.left.IsZero() || now.Sub(p.left) > resendAge || p.resent >= resendMost {
		return nil
	}
	return p
}

// nextAgain returns the next packet that is to be sent again; nil: there is none.
func (h *history) nextAgain(now time.Time) *keptPacket {
	for h.from != h.to {
		p := h.again(now, h.wanted[h.from%uint8(len(h.wanted))])
		h.from++
		if p != nil {
			p.resent++
			return p
		}
	}
	return nil
}
