package peer

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/pion/rtcp"

	"greenroom/media"
	"greenroom/media/relay/congestion"
)

const (
	// longestWait is how long a packet waits at most: where more waits than the pace sends within it, all go faster.
	longestWait = 300 * time.Millisecond
	// resendShare is how much of the estimate is at most used for what is sent again: a full queue loses that, too. At a
	// fifth of loss, each packet sent twice, two fifths are needed.
	resendShare = 0.6
	leastResend = 300_000
)

// Pacer sends the packets of a connection's pictures one after another as its way carries them, so that a large picture
// does not overrun a queue on the way. Sound does not go through it, and so is never behind a picture.
//
//	Write ---> history of each track ---> bucket ---> relay
//	NACK ----> what is sent again ----/
//
// What fits leaves at once, from the goroutine that calls Write; the rest leaves from Run. What was asked for again goes
// first, then the tracks in their order: the smallest layer is what everybody can be shown.
type Pacer struct {
	uplink *Uplink
	wake   chan struct{} // holds one

	mu      sync.Mutex // before the lock of any track
	tracks  []*Track   // the most urgent first
	bucket  congestion.Bucket
	resends congestion.Bucket
	resent  uint64
}

// NewPacer returns a Pacer that goes by what an Uplink finds out. Run must run while its tracks send.
func NewPacer(u *Uplink) *Pacer { return &Pacer{uplink: u, wake: make(chan struct{}, 1)} }

// Resent returns how many packets were sent again.
func (p *Pacer) Resent() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.resent
}

// Run sends what could not be sent at once, until done is closed.
func (p *Pacer) Run(done <-chan struct{}) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-done:
			return
		case <-p.wake:
		case <-timer.C:
		}
		p.mu.Lock()
		wait, _ := p.send(time.Now()) // an error means that the connection ends
		p.mu.Unlock()
		if wait > 0 {
			timer.Reset(wait)
		}
	}
}

// add has the pacer send a track's packets. A smaller rank is more urgent.
func (p *Pacer) add(t *Track) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tracks = append(p.tracks, t)
	slices.SortStableFunc(p.tracks, func(a, b *Track) int { return cmp.Compare(a.rank, b.rank) })
}

// write takes a frame of a track and sends what may leave now.
func (p *Pacer) write(t *Track, f media.Frame, timestamp uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if err := t.keep(f, timestamp, now, p.takeForced); err != nil {
		return err
	}
	wait, err := p.send(now)
	if wait > 0 {
		p.rouse()
	}
	return err
}

// takeForced notes a packet that could not wait.
func (p *Pacer) takeForced(size int) { p.bucket.Take(size) }

// again sends packets again that the other side misses.
func (p *Pacer) again(t *Track, missing []rtcp.NackPair) {
	now := time.Now()
	copies := 1
	if p.uplink.lossy(now) {
		copies = 2
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	t.want(now, missing, copies)
	if wait, _ := p.send(now); wait > 0 {
		p.rouse()
	}
}

// drop forgets what waits of a track.
func (p *Pacer) drop(t *Track) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.history.forget()
}

func (p *Pacer) rouse() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// send sends what may leave now, and returns how long to wait for more; 0: nothing waits. It is called with the lock
// held.
func (p *Pacer) send(now time.Time) (wait time.Duration, err error) {
	pace, estimate := p.uplink.pace(now)
	waiting := 0
	for _, t := range p.tracks {
		n, _ := t.waiting()
		waiting += n
	}
	pace = max(pace, int(float64(8*waiting*MTU)/longestWait.Seconds()))
	resendPace := max(int(resendShare*float64(estimate)), leastResend)
	for p.bucket.Room(now, pace) {
		size, failed := 0, error(nil)
		if p.resends.Room(now, resendPace) {
			size, failed = p.sendAgain(now)
			p.resends.Take(size)
		}
		if size == 0 && failed == nil {
			size, failed = p.sendNext(now)
		}
		err = cmp.Or(err, failed)
		if size == 0 && failed == nil {
			break
		}
		p.bucket.Take(size)
	}
	return p.wait(pace, resendPace), err
}

// wait returns how long to wait for room for what is left; 0: nothing is.
func (p *Pacer) wait(pace, resendPace int) (wait time.Duration) {
	for _, t := range p.tracks {
		waiting, again := t.waiting()
		switch {
		case waiting > 0:
			return p.bucket.Wait(pace)
		case again:
			wait = max(p.bucket.Wait(pace), p.resends.Wait(resendPace))
		}
	}
	return wait
}

// sendAgain sends one packet again. A size of 0 means that there is none.
func (p *Pacer) sendAgain(now time.Time) (size int, err error) {
	for _, t := range p.tracks {
		if size, err = t.sendAgain(now); size > 0 || err != nil {
			p.resent++
			return size, err
		}
	}
	return 0, nil
}

// sendNext sends one packet that waits. A size of 0 means that there is none.
func (p *Pacer) sendNext(now time.Time) (size int, err error) {
	for _, t := range p.tracks {
		if size, err = t.sendNext(now); size > 0 || err != nil {
			return size, err
		}
	}
	return 0, nil
}
