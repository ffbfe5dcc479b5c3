package badnet

import (
	"math/rand/v2"
	"os"
	"sync"
	"time"
)

// Conditions are how bad a way is. The zero value is a good one.
type Conditions struct {
	Loss  float64       // of packets, 0 to 1
	Delay time.Duration // of each
	// Rate is how many bits a second it carries; 0: any. What does not fit waits for up to Queue (0: 200 ms), and is lost
	// beyond.
	Rate  float64
	Queue time.Duration
}

const (
	defaultQueue = 200 * time.Millisecond
	maxPacket    = 2048
	// underway is how many packets may be on their way.
	underway = 8192
)

// way carries packets from one device to another.
type way struct {
	from, to *os.File
	packets  chan packet
	gone     chan struct{}
	once     sync.Once

	mu         sync.Mutex
	conditions Conditions
	free       time.Time // when the queue is empty
}

type packet struct {
	at   time.Time
	data []byte
}

func newWay(from, to *os.File) *way {
	return &way{from: from, to: to, packets: make(chan packet, underway), gone: make(chan struct{})}
}

func (w *way) set(c Conditions) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conditions = c
}

func (w *way) stop() { w.once.Do(func() { close(w.gone) }) }

// read takes packets from their device until that is closed.
func (w *way) read() {
	buffer := make([]byte, maxPacket)
	for {
		n, err := w.from.Read(buffer)
		if err != nil {
			return
		}
		at, lost := w.pass(time.Now(), n)
		if lost {
			continue
		}
		select {
		case w.packets <- packet{at, append([]byte(nil), buffer[:n]...)}:
		default: // more than any queue holds
		}
	}
}

// pass tells when a packet comes out, or that it does not.
func (w *way) pass(now time.Time, size int) (at time.Time, lost bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.conditions
	if rand.Float64() < c.Loss {
		return at, true
	}
	at = now
	if c.Rate > 0 {
		queue := c.Queue
		if queue == 0 {
			queue = defaultQueue
		}
		if w.free.Before(now) {
			w.free = now
		}
		if w.free.Sub(now) > queue {
			return at, true
		}
		w.free = w.free.Add(time.Duration(float64(8*size) / c.Rate * float64(time.Second)))
		at = w.free
	}
	return at.Add(c.Delay), false
}

// write gives the packets to the other device when their time has come, in the order in which they were sent.
func (w *way) write() {
	for {
		select {
		case p := <-w.packets:
			if wait := time.Until(p.at); wait > 0 {
				select {
				case <-time.After(wait):
				case <-w.gone:
					return
				}
			}
			_, _ = w.to.Write(p.data) // a device that is down loses packets too
		case <-w.gone:
			return
		}
	}
}
