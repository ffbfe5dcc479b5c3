package peer

import (
	"sync"
	"time"

	"github.com/pion/rtcp"

	"greenroom/media/relay/congestion"
)

// tellEvery is the least time between two calls of an Uplink's changed, unless the estimate fell.
const tellEvery = 500 * time.Millisecond

// Uplink follows what a connection's way out carries. The tracks of the connection number their packets with it, where
// the other side has agreed to that, and ReadRTCP gives it the feedback.
type Uplink struct {
	changed func(bitsPerSecond int)

	mu       sync.Mutex
	estimate *congestion.Estimator
	arrivals arrivals
	told     int
	toldAt   time.Time
	reports  uint64
}

// Reports returns how many times the other side has told what arrived.
func (u *Uplink) Reports() uint64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.reports
}

// NewUplink returns an Uplink. changed is called with the estimate, in bits a second, when it has become another one, by
// the goroutines that run ReadRTCP.
func NewUplink(changed func(bitsPerSecond int)) *Uplink {
	return &Uplink{changed: changed, estimate: congestion.New(), told: congestion.Start}
}

// sent notes a packet of that many bytes and returns its transport-wide number.
func (u *Uplink) sent(now time.Time, size int) uint16 {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.estimate.Sent(now, size)
}

// pace returns how many bits a second packets may follow each other with, and the estimate.
func (u *Uplink) pace(now time.Time) (pace, estimate int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.estimate.Pace(now), u.estimate.Target()
}

// lossy: see congestion.Estimator.Lossy.
func (u *Uplink) lossy(now time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.estimate.Lossy(now)
}

// take takes the other side's feedback.
func (u *Uplink) take(fb *rtcp.TransportLayerCC) {
	now := time.Now()
	u.mu.Lock()
	u.reports++
	u.estimate.Feedback(now, u.arrivals.read(fb))
	target := u.estimate.Target()
	tell := worthTelling(u.told, target, now.Sub(u.toldAt))
	if tell {
		u.told, u.toldAt = target, now
	}
	u.mu.Unlock()
	if tell {
		u.changed(target)
	}
}

// worthTelling reports whether the estimate is another one: by a twentieth, and upwards not too often.
func worthTelling(told, target int, since time.Duration) bool {
	if target < told {
		return told-target > told/20
	}
	return target-told > told/20 && since >= tellEvery
}

// arrivals reads the feedback of transport-wide congestion control.
type arrivals struct {
	acks      []congestion.Ack
	reference uint32 // of the last feedback, in its unit of 64 ms, 24 bits
	at        time.Duration
	started   bool
}

// read returns what a feedback says, valid until the next call. What is missing at its end is left out: the other side
// is not trusted.
func (a *arrivals) read(fb *rtcp.TransportLayerCC) []congestion.Ack {
	a.acks = a.acks[:0]
	if !a.started {
		a.started, a.reference = true, fb.ReferenceTime
	}
	steps := int32((fb.ReferenceTime-a.reference)<<8) >> 8 // its 24 bits run over
	a.reference = fb.ReferenceTime
	a.at += time.Duration(steps) * 64 * time.Millisecond

	now, deltas, sequence, left := a.at, fb.RecvDeltas, fb.BaseSequenceNumber, int(fb.PacketStatusCount)
	one := func(symbol uint16) {
		if left == 0 {
			return
		}
		left--
		ack := congestion.Ack{Sequence: sequence}
		sequence++
		if symbol == rtcp.TypeTCCPacketReceivedSmallDelta || symbol == rtcp.TypeTCCPacketReceivedLargeDelta {
			if len(deltas) == 0 {
				return
			}
			now += time.Duration(deltas[0].Delta) * time.Microsecond
			deltas = deltas[1:]
			ack.Received, ack.Arrived = true, now
		}
		a.acks = append(a.acks, ack)
	}
	for _, chunk := range fb.PacketChunks {
		switch c := chunk.(type) {
		case *rtcp.RunLengthChunk:
			for range c.RunLength {
				one(c.PacketStatusSymbol)
			}
		case *rtcp.StatusVectorChunk:
			for _, symbol := range c.SymbolList {
				one(symbol)
			}
		}
	}
	return a.acks
}
