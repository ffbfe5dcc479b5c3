package congestion

import (
	"math/rand/v2"
	"testing"
	"time"
)

// link is a way to a relay: a rate, a queue, a length and random loss.
type link struct {
	rate   float64 // bits a second
	queue  time.Duration
	length time.Duration
	loss   float64

	free time.Time // when the queue is empty
}

// send returns when a packet arrives, or that it is lost.
func (l *link) send(r *rand.Rand, now time.Time, size int) (time.Time, bool) {
	if l.free.Before(now) {
		l.free = now
	}
	if l.free.Sub(now) > l.queue || r.Float64() < l.loss {
		return time.Time{}, false
	}
	l.free = l.free.Add(time.Duration(float64(8*size) / l.rate * float64(time.Second)))
	return l.free.Add(l.length), true
}

// call sends pictures at the estimate, but no more than most, over l for a while, with feedback every 100 ms.
type call struct {
	e     *Estimator
	now   time.Time
	rand  *rand.Rand
	acks  []Ack
	at    []time.Time // when each of acks is known to the relay
	start time.Time
}

func newCall() *call {
	start := time.Unix(1_700_000_000, 0)
	return &call{e: New(), now: start, start: start, rand: rand.New(rand.NewPCG(1, 2))}
}

func (c *call) run(l *link, d time.Duration, most int) {
	const frame = time.Second / 30
	next := c.now.Add(100 * time.Millisecond)
	for end := c.now.Add(d); c.now.Before(end); c.now = c.now.Add(frame) {
		for left := min(c.e.Target(), most) / 30 / 8; left > 0; left -= 1200 {
			arrived, ok := l.send(c.rand, c.now, min(left, 1200))
			c.acks = append(c.acks, Ack{Sequence: c.e.Sent(c.now, min(left, 1200)), Received: ok, Arrived: arrived.Sub(c.start)})
			if !ok {
				arrived = c.now.Add(l.length)
			}
			c.at = append(c.at, arrived)
		}
		if c.now.Before(next) {
			continue
		}
		next = next.Add(100 * time.Millisecond)
		known := 0
		for known < len(c.at) && !c.at[known].Add(l.length).After(c.now) {
			known++
		}
		c.e.Feedback(c.now, c.acks[:known])
		c.acks, c.at = c.acks[known:], c.at[known:]
	}
}

const megabit = 1_000_000

func TestAFreeWayIsUsed(t *testing.T) {
	c := newCall()
	c.run(&link{rate: 100 * megabit, queue: 100 * time.Millisecond, length: 2 * time.Millisecond}, 10*time.Second, 3*megabit)
	if c.e.Target() < 3*megabit {
		t.Errorf("%d bit/s on a free way", c.e.Target())
	}
}

func TestAThinWayIsFoundAndLeft(t *testing.T) {
	for name, l := range map[string]link{
		"long queue":  {rate: megabit, queue: 400 * time.Millisecond, length: 5 * time.Millisecond},
		"short queue": {rate: megabit, queue: 40 * time.Millisecond, length: 5 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCall()
			c.run(&l, 5*time.Second, 4*megabit)
			for range 20 {
				c.run(&l, 500*time.Millisecond, 4*megabit)
				if got := c.e.Target(); got < megabit*4/10 || got > megabit*14/10 {
					t.Errorf("%d bit/s where a million fit", got)
				}
			}
			c.run(&link{rate: 100 * megabit, queue: 100 * time.Millisecond, length: 5 * time.Millisecond}, 5*time.Second, 4*megabit)
			if got := c.e.Target(); got < 3*megabit/2 {
				t.Errorf("%d bit/s 5 s after the way is wide again", got)
			}
		})
	}
}

func TestLossWithoutAQueueKeepsAFloor(t *testing.T) {
	for loss, least := range map[float64]int{0.01: 2 * megabit, 0.05: 2 * megabit, 0.2: 450_000} {
		c := newCall()
		c.run(&link{rate: 100 * megabit, queue: time.Second, length: 5 * time.Millisecond, loss: loss}, 20*time.Second, 2*megabit)
		if got := c.e.Target(); got < least {
			t.Errorf("%v%% of loss: %d bit/s, want at least %d", 100*loss, got, least)
		}
	}
}

func TestALongerWayIsNoCongestion(t *testing.T) {
	c := newCall()
	wide := link{rate: 100 * megabit, queue: time.Second, length: 5 * time.Millisecond}
	c.run(&wide, 5*time.Second, 2*megabit)
	wide.length = 200 * time.Millisecond
	c.run(&wide, 8*time.Second, 2*megabit)
	if got := c.e.Target(); got < 3*megabit/2 {
		t.Errorf("%d bit/s over a way that has become longer", got)
	}
}

// A relay that is not given a processor for a while reads late, and much at once; what it tells is cut anywhere.
func TestABusyRelayIsNoCongestion(t *testing.T) {
	c := newCall()
	c.run(&link{rate: 100 * megabit, queue: time.Second, length: 5 * time.Millisecond}, 5*time.Second, 2*megabit)
	before := c.e.Target()
	for range 20 {
		var acks []Ack
		read := c.now.Add(150 * time.Millisecond).Sub(c.start)
		for i := range 90 { // 150 ms of packets; told of in two halves
			n := c.e.Sent(c.now.Add(time.Duration(i)*time.Second/600), 1000)
			acks = append(acks, Ack{Sequence: n, Received: true, Arrived: read + time.Duration(i)*10*time.Microsecond})
		}
		c.now = c.now.Add(150 * time.Millisecond)
		c.e.Feedback(c.now, acks[:42])
		c.e.Feedback(c.now, acks[42:])
	}
	if got := c.e.Target(); got < before*9/10 {
		t.Errorf("%d bit/s over a way of 100 million whose relay is busy, %d before", got, before)
	}
}

func TestSilenceLowers(t *testing.T) {
	c := newCall()
	wide := link{rate: 100 * megabit, queue: time.Second, length: time.Millisecond}
	c.run(&wide, 2*time.Second, 2*megabit)
	for range 90 {
		c.now = c.now.Add(time.Second / 30)
		c.e.Sent(c.now, 1000)
	}
	if got := c.e.Target(); got > Start/2 {
		t.Errorf("%d bit/s after 3 s without a word", got)
	}
}

// A sender that was not given a processor has not read what it was told.
func TestAStandstillIsNoSilence(t *testing.T) {
	c := newCall()
	wide := link{rate: 100 * megabit, queue: time.Second, length: time.Millisecond}
	for range 5 {
		c.run(&wide, 2*time.Second, 2*megabit)
		c.now = c.now.Add(3 * time.Second)
	}
	if got := c.e.Target(); got < Start*9/10 {
		t.Errorf("%d bit/s", got)
	}
}

func TestWhatWasNotSentIsIgnored(t *testing.T) {
	e := New()
	now := time.Unix(0, 0)
	e.Feedback(now, []Ack{{Sequence: 7, Received: true}, {Sequence: 9}})
	n := e.Sent(now, 100)
	e.Feedback(now, []Ack{{Sequence: n, Received: true}, {Sequence: n, Received: true}, {Sequence: n + history, Received: true}})
	if e.Target() != Start {
		t.Errorf("%d bit/s", e.Target())
	}
}

// FuzzFeedback found it.
func TestAClockThatRunsBackwards(t *testing.T) {
	e := New()
	now := time.Unix(0, 0)
	for i := range 200 {
		n := e.Sent(now, 1000)
		now = now.Add(20 * time.Millisecond)
		e.Feedback(now, []Ack{{Sequence: n, Received: true, Arrived: time.Duration(i-250) * 20 * time.Millisecond}})
	}
	if rate := e.through.rate(); rate < 300_000 || rate > 500_000 {
		t.Errorf("400,000 bit/s were measured as %.0f", rate)
	}
}

func TestNothingIsAllocated(t *testing.T) {
	e := New()
	now := time.Unix(1_700_000_000, 0)
	acks := make([]Ack, 1)
	if n := testing.AllocsPerRun(100, func() {
		now = now.Add(time.Millisecond)
		acks[0] = Ack{Sequence: e.Sent(now, 1000), Received: true, Arrived: time.Duration(now.UnixNano() % 1e12)}
		e.Feedback(now, acks)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
