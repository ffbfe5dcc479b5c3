package congestion

import "time"

// way measures how much longer packets take than the quickest one of the last 5 to 10 seconds. The two clocks need not
// agree, only run alike.
type way struct {
	origin   time.Time // of the sender's clock
	quickest [2]time.Duration
	since    [2]time.Time
	known    [2]bool
}

const wayPeriod = 5 * time.Second

// took returns by how much a packet was late.
func (w *way) took(left time.Time, arrived time.Duration) time.Duration {
	if w.origin.IsZero() {
		w.origin = left
	}
	d := arrived - left.Sub(w.origin)
	if !w.known[0] || left.Sub(w.since[0]) >= wayPeriod {
		w.quickest[1], w.since[1], w.known[1] = w.quickest[0], w.since[0], w.known[0]
		w.quickest[0], w.since[0], w.known[0] = d, left, true
	}
	w.quickest[0] = min(w.quickest[0], d)
	least := w.quickest[0]
	if w.known[1] {
		least = min(least, w.quickest[1])
	}
	return d - least
}

// relearn forgets how quick the way was.
func (w *way) relearn() { w.known = [2]bool{} }

// clump tells packets that a way has spaced from those that somebody read late. A queue takes as long to let packets out as
// they took to come, or longer.
type clump struct {
	packets int
	left    [2]time.Time // the first and the last
	arrived [2]time.Duration
}

// A clump left over at least clumpLong, and was read within a third of that.
const (
	clumpLong    = 30 * time.Millisecond
	clumpShare   = 3
	clumpPackets = 3
)

func (c *clump) add(left time.Time, arrived time.Duration) {
	if c.packets == 0 {
		c.left, c.arrived = [2]time.Time{left, left}, [2]time.Duration{arrived, arrived}
	}
	c.packets++
	if left.Before(c.left[0]) {
		c.left[0] = left
	}
	if left.After(c.left[1]) {
		c.left[1] = left
	}
	c.arrived[0], c.arrived[1] = min(c.arrived[0], arrived), max(c.arrived[1], arrived)
}

func (c *clump) stalled() bool {
	took := c.left[1].Sub(c.left[0])
	return c.packets >= clumpPackets && took >= clumpLong && clumpShare*(c.arrived[1]-c.arrived[0]) < took
}

// throughput measures what came through within half a second of the relay's clock.
type throughput struct {
	buckets [buckets]int // bytes
	at      int64        // the newest bucket's number
	first   int64
	started bool
}

const (
	buckets   = 10
	bucketLen = 50 * time.Millisecond
)

func (t *throughput) add(arrived time.Duration, size int) {
	n := int64(arrived / bucketLen)
	switch {
	case !t.started || n-t.at >= buckets || t.at-n >= buckets:
		*t = throughput{at: n, first: n, started: true}
	case n < t.at:
		*t.bucket(n) += size // a little late
		return
	}
	for t.at < n {
		t.at++
		*t.bucket(t.at) = 0
	}
	*t.bucket(n) += size
}

// bucket returns the bucket of a number, which is negative where the relay says that its clock runs backwards.
func (t *throughput) bucket(n int64) *int { return &t.buckets[(n%buckets+buckets)%buckets] }

// rate returns bits a second.
func (t *throughput) rate() float64 { return t.over(buckets) }

// recent returns bits a second within the last 200 ms: what a way that has become thin carries now.
func (t *throughput) recent() float64 { return t.over(4) }

// over returns bits a second within the newest n buckets.
func (t *throughput) over(n int64) float64 {
	n = min(t.at-t.first+1, n)
	sum := 0
	for i := range n {
		sum += *t.bucket(t.at - i)
	}
	return float64(8*sum) / (time.Duration(n) * bucketLen).Seconds()
}

// lossCounter counts loss over one to two periods.
type lossCounter struct {
	since     time.Time
	lost, all [2]int
}

// enough is how many packets make a share of them mean something.
const enough = 20

func (l *lossCounter) count(now time.Time, lost bool) {
	if now.Sub(l.since) >= lossPeriod {
		l.lost[1], l.all[1] = l.lost[0], l.all[0]
		l.lost[0], l.all[0] = 0, 0
		l.since = now
	}
	l.all[0]++
	if lost {
		l.lost[0]++
	}
}

func (l *lossCounter) share() (share float64, known bool) {
	all := l.all[0] + l.all[1]
	if all < enough {
		return 0, false
	}
	return float64(l.lost[0]+l.lost[1]) / float64(all), true
}
