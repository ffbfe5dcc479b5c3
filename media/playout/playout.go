// Package playout hands decrypted frames to the kiosk page over WebRTC on loopback. The page decodes and shows them;
// nothing is encoded again here, and no key goes there.
//
// A page has a fixed number of slots, each a place for one picture and one sound. It offers that many video
// transceivers and then as many for audio, once; what is shown in a slot changes without negotiating again:
//
//	frames of slot 3 ──> timeline 3 ──┬──> page 1: queue ──> RTP
//	 (source A, Reset, source B ...)  └──> page 2: queue ──> RTP
//
// A timeline (timeline.go) joins the RTP timestamps of one source after the other into one that only grows. A page
// (page.go) has a queue and a goroutine of its own, so that a slow page never holds a writer up: frames that do not fit
// are dropped, and the page goes on with the next keyframe. The pages are reached on loopback only.
package playout

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/pion/webrtc/v3"

	"greenroom/media"
	"greenroom/media/relay/peer"
)

const (
	// MaxPages is how many pages are served at once. One more takes the place of the oldest, so that a kiosk that
	// reloads is never locked out by its own past.
	MaxPages = 4
	// askPause is the least time between two requests for a keyframe of a slot.
	askPause = 300 * time.Millisecond
	// failedAfter is how long a page that went silent is kept, after the 3 s in which that shows. A browser that closes a
	// page tells nobody.
	failedAfter = 5 * time.Second
)

// Errors of the playout.
var (
	ErrClosed = errors.New("the playout is closed")
	// ErrSlot: there is no slot of that number.
	ErrSlot = errors.New("there is no such slot")
	// ErrCodec: pictures are VP8 or H.264, and sound is Opus.
	ErrCodec = errors.New("the frame is of the wrong codec")
	// ErrOffer: the page's offer is not what a screen page offers.
	ErrOffer = errors.New("the page's offer does not fit")
)

// Config says how many slots the page has, and who makes keyframes.
type Config struct {
	Slots int
	// KeyframeWanted is called, from a goroutine of the playout, when a page needs a keyframe of a slot. It should not
	// block for long. While one is needed it is called again and again, at most every 300 ms a slot.
	KeyframeWanted func(slot int)
	// Watched is called, from the same goroutine, when the number of pages that are connected has changed; nil: nobody wants
	// to know.
	Watched func(pages int)
	Log     *slog.Logger
}

// Playout serves the pages. Its methods may be called from any goroutine.
type Playout struct {
	cfg     Config
	log     *slog.Logger
	api     *webrtc.API
	asks    chan int      // slots that need a keyframe
	news    chan struct{} // pages may have come or gone
	done    chan struct{}
	running sync.WaitGroup

	mu     sync.Mutex
	closed bool
	slots  []slot
	pages  []*page // the oldest first
}

// slot is one place on the page.
type slot struct {
	video, audio timeline
	asked        time.Time // when a keyframe was last asked for
	senders      sendersClock
}

// New returns a playout that is ready for pages. It must be closed.
func New(cfg Config) (*Playout, error) {
	p := &Playout{cfg: cfg, log: cfg.Log, done: make(chan struct{}), slots: make([]slot, cfg.Slots)}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	p.asks = make(chan int, 4*cfg.Slots)
	p.news = make(chan struct{}, 1)
	for i := range p.slots {
		p.slots[i].video.rate = media.VP8.ClockRate()
		p.slots[i].audio.rate = media.Opus.ClockRate()
	}
	var err error
	if p.api, err = peer.NewAPI(peer.Options{LoopbackOnly: true, FailedAfter: failedAfter, Log: p.log}); err != nil {
		return nil, err
	}
	p.running.Go(p.ask)
	return p, nil
}

// Run waits until ctx ends and closes the playout.
func (p *Playout) Run(ctx context.Context) error {
	select {
	case <-ctx.Done():
	case <-p.done:
	}
	p.Close()
	return ctx.Err()
}

// Close ends all pages and waits for every goroutine. Closing twice is fine.
func (p *Playout) Close() {
	p.mu.Lock()
	first := !p.closed
	p.closed = true
	pages := p.pages
	p.mu.Unlock()
	if first {
		close(p.done)
	}
	for _, g := range pages {
		g.stop()
	}
	p.running.Wait()
}

// WriteVideo shows a picture in a slot. It never blocks. f.Data belongs to the playout from now on: it must not be
// changed any more.
func (p *Playout) WriteVideo(slot int, f media.Frame) error { return p.write(slot, f, true) }

// WriteAudio plays sound in a slot, as WriteVideo does pictures.
func (p *Playout) WriteAudio(slot int, f media.Frame) error { return p.write(slot, f, false) }

func (p *Playout) write(index int, f media.Frame, picture bool) error {
	if index < 0 || index >= len(p.slots) {
		return fmt.Errorf("write a %s frame to slot %d of %d: %w", f.Codec, index, len(p.slots), ErrSlot)
	}
	if picture && !f.Codec.Video() || !picture && f.Codec != media.Opus {
		return fmt.Errorf("write a %s frame where another is expected: %w", f.Codec, ErrCodec)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return ErrClosed
	}
	line := &p.slots[index].video
	if !picture {
		line = &p.slots[index].audio
	}
	now := time.Now()
	item := item{slot: index, frame: f, timestamp: line.next(f.Timestamp, now)}
	item.frame.Captured = p.slots[index].senders.ours(f.Origin, now)
	for _, g := range p.pages {
		if g.needsKeyframe(item) {
			p.wantKeyframe(index)
		} else {
			g.put(item)
		}
	}
	return nil
}

// Reset says that another source begins in a slot: the timestamps go on where they are, and the pages wait for a
// keyframe, which is asked for. An index that does not exist is ignored.
func (p *Playout) Reset(index int) {
	if index < 0 || index >= len(p.slots) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slots[index].video.rebase()
	p.slots[index].audio.rebase()
	p.slots[index].senders = sendersClock{}
	for _, g := range p.pages {
		g.waits[index] = true
	}
	if len(p.pages) > 0 {
		p.slots[index].asked = time.Time{} // another source: it has not been asked
		p.wantKeyframe(index)
	}
}

// wantKeyframe lets a keyframe be asked for, if that has not just been done. It is called with the lock held.
func (p *Playout) wantKeyframe(index int) {
	now := time.Now()
	if now.Sub(p.slots[index].asked) < askPause {
		return
	}
	select {
	case p.asks <- index:
		p.slots[index].asked = now
	default: // it will be asked for at the next frame
	}
}

// count lets Watched be called, if the number of pages has changed.
func (p *Playout) count() {
	select {
	case p.news <- struct{}{}:
	default:
	}
}

// connected returns how many pages are connected.
func (p *Playout) connected() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, g := range p.pages {
		if g.connected {
			n++
		}
	}
	return n
}

// ask calls KeyframeWanted and Watched outside of every lock.
func (p *Playout) ask() {
	told := 0
	for {
		select {
		case <-p.news:
			if n := p.connected(); n != told && p.cfg.Watched != nil {
				told = n
				p.cfg.Watched(n)
			}
		case index := <-p.asks:
			if p.cfg.KeyframeWanted != nil {
				p.cfg.KeyframeWanted(index)
			}
		case <-p.done:
			return
		}
	}
}
