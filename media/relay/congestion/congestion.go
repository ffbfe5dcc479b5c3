// Package congestion estimates how many bits a second the way to the relay carries, from the relay's feedback on each
// packet (transport-wide congestion control, draft-holmer-rmcat-transport-wide-cc-extensions-01).
//
// The sender numbers every packet and remembers when it left (Sent); the relay tells when each one arrived, or that it
// did not (Feedback). Two signs speak of congestion:
//
//	queue  packets take longer than the quickest one of the last seconds: a queue grows somewhere on the way
//	loss   more than a tenth is lost
//
//	             no sign: +8% to +50% a second
//	            +------------------------------+
//	            v                              |
//	      +----------+   queue grows    +------------+
//	      | increase | ---------------> | 0.85 of    |
//	      +----------+                  | what comes |
//	            ^        heavy loss     | through    |
//	            +---------------------- +------------+
//
// Packets that left over a while and were read all at once tell of no queue on the way, which would have kept them
// apart, but of a processor that was busy elsewhere.
//
// A queue that does not shrink although less is sent is none: the way has become longer, and its length is learned
// anew. Loss that is not felt as a queue lowers the estimate only down to a floor, because radio links lose packets
// however few there are.
//
// The package is pure: no clock, socket or goroutine. Why an own one: pion's estimator grows by 8% a second alone, so
// that a call takes half a minute to get its picture back, and it allocates for each packet.
package congestion

import "time"

// The bounds of an estimate, in bits a second.
const (
	Floor   = 100_000
	Ceiling = 12_000_000
	// Start is the estimate before there was any feedback. Rooms are on wires: the first picture is a good one, and a
	// thin line is found out within the first half second.
	Start = 6_000_000
	// lossFloor is how low loss alone brings the estimate.
	lossFloor = 500_000
)

const (
	// history is how many packets are remembered: three seconds of the highest rate. A power of two.
	history = 4096
	// queueGrown is how long a queue must be to be taken for congestion, queueShort how short not to be.
	queueGrown = 60 * time.Millisecond
	queueShort = 30 * time.Millisecond
	// decreaseEvery is the least time between two decreases: the first one has to be felt before the next.
	decreaseEvery = 300 * time.Millisecond
	// queueFelt is for how long what is lost is put down to a queue that was met.
	queueFelt = 2 * time.Second
	// lossPeriod is over how long loss is counted.
	lossPeriod    = 500 * time.Millisecond
	heavyLoss     = 0.10
	littleLoss    = 0.06
	decreaseShare = 0.85
	// usedMargin is how much more than was sent counts as used.
	usedMargin = 1.2
	// stubborn is how many decreases in a row a queue must outlast to be taken for a longer way.
	stubborn = 3
	// ahead is how far the estimate runs ahead of what was sent, in bits a second, besides twice that.
	ahead = 400_000
	// Packets leave faster than the estimate, so that a keyframe is soon there: by wide where no congestion was met, and
	// by thin where a queue fills quickly. slowest is the least pace, in bits a second.
	wide    = 2.5
	thin    = 1.5
	slowest = 300_000
	// silence is after how long without feedback the estimate is halved, each time.
	silence = time.Second
	// rested is for how long a sender must have sent nothing not to know whether it was told anything.
	rested = 300 * time.Millisecond
	// bold is by how much the estimate grows a second; careful where a queue was met, and carefulAfterLoss where there was
	// loss alone, which may have had other causes.
	bold             = 1.5
	careful          = 1.08
	carefulAfterLoss = 1.3
	// remembered is for how long the rate at which congestion was met is approached slowly.
	remembered = 15 * time.Second
)

// Ack is what the feedback says of one packet.
type Ack struct {
	Sequence uint16
	Received bool
	// Arrived is when it came, by the relay's clock, from any start. Meaningless if it did not.
	Arrived time.Duration
}

type packet struct {
	sequence uint16
	size     int32
	waiting  bool // sent, and nothing was told of it
	left     time.Time
}

// Estimator estimates. It is for one goroutine at a time.
type Estimator struct {
	target  float64
	packets [history]packet
	next    uint16

	way      way
	through  throughput
	out      throughput // by the sender's clock
	began    time.Time  // when that clock began
	loss     lossCounter
	queue    time.Duration // of the latest feedback
	decrease time.Time     // when the estimate was last lowered
	outlast  int           // decreases in a row that the queue outlasted
	met      float64       // the rate that came through when congestion was last met
	metAt    time.Time
	queued   time.Time // when a queue was last met
	careful  float64   // by how much a second that rate is approached
	updated  time.Time // when the estimate was last looked at
	heard    time.Time // when feedback last came
	idle     bool      // nothing was sent since
	lastSent time.Time
}

// New returns an estimator that begins with Start.
func New() *Estimator { return &Estimator{target: Start, idle: true} }

// Target returns the estimate in bits a second.
func (e *Estimator) Target() int { return int(e.target) }

// Pace returns how many bits a second packets may follow each other with.
func (e *Estimator) Pace(now time.Time) int {
	factor := wide
	if now.Sub(e.metAt) < remembered {
		factor = thin
	}
	return max(int(factor*e.target), slowest)
}

// Lossy reports whether so much is lost, though no queue is full, that a packet which is sent again may well be lost again.
func (e *Estimator) Lossy(now time.Time) bool {
	lost, known := e.loss.share()
	return known && lost > heavyLoss && now.Sub(e.queued) > queueFelt
}

// Sent notes a packet of that many bytes and returns its number.
func (e *Estimator) Sent(now time.Time, size int) uint16 {
	n := e.next
	e.next++
	if e.began.IsZero() {
		e.began = now
	}
	e.out.add(now.Sub(e.began), size)
	e.packets[n%history] = packet{sequence: n, size: int32(size), waiting: true, left: now}
	if e.idle || now.Sub(e.lastSent) > rested {
		e.idle, e.heard = false, now // what was told meanwhile may only not be read yet
	}
	e.lastSent = now
	if now.Sub(e.heard) >= silence {
		e.heard = now
		e.set(e.target / 2)
	}
	return n
}

// Feedback takes what the relay tells of some packets, in the order of their numbers.
func (e *Estimator) Feedback(now time.Time, acks []Ack) {
	e.heard, e.idle = now, true
	delay := e.queue
	received := 0
	var clump clump
	for _, a := range acks {
		p := &e.packets[a.Sequence%history]
		if !p.waiting || p.sequence != a.Sequence {
			continue
		}
		p.waiting = false
		e.loss.count(now, !a.Received)
		if !a.Received {
			continue
		}
		e.through.add(a.Arrived, int(p.size))
		// The least of all: a queue delays every packet, a busy processor some.
		if late := e.way.took(p.left, a.Arrived); received == 0 || late < delay {
			delay = late
		}
		clump.add(p.left, a.Arrived)
		received++
	}
	if clump.stalled() {
		e.updated = now
		return
	}
	e.update(now, delay)
}

// update decides what a new look at the queue means.
func (e *Estimator) update(now time.Time, queue time.Duration) {
	growing := queue >= e.queue-5*time.Millisecond
	e.queue = queue
	lost, known := e.loss.share()
	switch {
	case queue > queueGrown && growing:
		e.congested(now)
	case known && lost > heavyLoss:
		if e.mayDecrease(now) {
			e.set(max(min(e.target, lossFloor), e.used()*(1-lost/2)))
			e.remember(now, carefulAfterLoss)
		}
	case queue < queueShort && (!known || lost < littleLoss):
		e.outlast = 0
		e.increase(now)
	}
	e.updated = now
}

// congested lowers the estimate to what comes through, unless that was done often enough to know that it is of no use.
func (e *Estimator) congested(now time.Time) {
	if !e.mayDecrease(now) {
		return
	}
	if e.outlast++; e.outlast > stubborn {
		e.way.relearn()
		e.outlast = 0
		return
	}
	e.queued = now
	e.loss = lossCounter{} // it was the queue's
	e.remember(now, careful)
	e.set(min(e.target, max(decreaseShare*e.through.recent(), e.used()/3)))
}

// used returns how much of the estimate was made use of lately: what lies beyond was only hoped for. A little that was
// sent says little of the way.
func (e *Estimator) used() float64 { return min(e.target, max(usedMargin*e.out.rate(), e.target/4)) }

func (e *Estimator) mayDecrease(now time.Time) bool {
	if now.Sub(e.decrease) < decreaseEvery {
		return false
	}
	e.decrease = now
	return true
}

func (e *Estimator) remember(now time.Time, careful float64) {
	e.met, e.metAt, e.careful = e.through.rate(), now, careful
}

// increase raises the estimate: slowly where congestion was met, quickly elsewhere, and never far beyond what was tried.
func (e *Estimator) increase(now time.Time) {
	if e.updated.IsZero() || now.Sub(e.decrease) < 2*decreaseEvery {
		return
	}
	aSecond := bold
	if now.Sub(e.metAt) < remembered && e.target > 0.8*e.met && e.target < 1.15*e.met {
		aSecond = e.careful
	}
	passed := min(now.Sub(e.updated), 200*time.Millisecond).Seconds()
	raised := e.target * (1 + (aSecond-1)*passed)
	// What was never sent was never tried: the estimate runs ahead of it only so far that a larger picture is dared.
	if tried := 2*e.through.rate() + ahead; raised > tried {
		raised = max(e.target, tried)
	}
	e.set(raised)
}

func (e *Estimator) set(target float64) { e.target = min(max(target, Floor), Ceiling) }
