package playout

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v3"

	"greenroom/media"
	"greenroom/media/relay/peer"
)

const (
	// queueLength is how many frames may wait for a page: a good second of 9 pictures and sounds would be 700, but
	// what is that late is better dropped.
	queueLength = 256
	// connectTimeout is how long a page may take to connect after the answer.
	connectTimeout = 15 * time.Second
)

// page is one connected kiosk page. The playout's lock guards what is marked so.
type page struct {
	playout *Playout
	pc      *webrtc.PeerConnection
	video   []*peer.Track // by slot
	audio   []*peer.Track
	queue   chan item
	states  chan webrtc.PeerConnectionState
	gone    chan struct{} // closed by stop
	once    sync.Once
	readers sync.WaitGroup

	connected bool   // guarded by the playout's lock
	waits     []bool // by slot: shows nothing until a keyframe; guarded by the playout's lock
}

// item is a frame on its way to a page.
type item struct {
	slot      int
	frame     media.Frame
	timestamp uint32
}

// Answer connects a page: it takes the page's offer and returns the answer, with all ICE candidates in both. The page
// stays until it closes its connection, goes silent, or MaxPages newer ones came.
func (p *Playout) Answer(ctx context.Context, offerSDP string) (answerSDP string, err error) {
	g := &page{
		playout: p, queue: make(chan item, queueLength), states: make(chan webrtc.PeerConnectionState, 16),
		gone: make(chan struct{}), waits: make([]bool, p.cfg.Slots),
	}
	if g.pc, err = p.api.NewPeerConnection(webrtc.Configuration{}); err != nil {
		return "", fmt.Errorf("make a connection for the page: %w", err)
	}
	answerSDP, err = g.negotiate(ctx, offerSDP)
	if err == nil {
		err = p.add(g)
	}
	if err != nil {
		g.close()
		return "", err
	}
	return answerSDP, nil
}

// add makes a negotiated page one of the playout's, and begins to serve it.
func (p *Playout) add(g *page) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return ErrClosed
	}
	if len(p.pages) >= MaxPages {
		p.log.Info("a new page takes the place of the oldest", "pages", len(p.pages))
		p.pages[0].stop()
		p.pages = p.pages[1:]
	}
	p.pages = append(p.pages[:len(p.pages):len(p.pages)], g)
	p.running.Go(g.run)
	return nil
}

// negotiate gives each slot its two tracks and answers the offer.
func (g *page) negotiate(ctx context.Context, offerSDP string) (string, error) {
	g.pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		select {
		case g.states <- s:
		case <-g.gone:
		}
	})
	offer := webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offerSDP}
	if err := g.setOffer(offer); err != nil {
		return "", err
	}
	if err := g.addTracks(); err != nil {
		return "", err
	}
	answer, err := g.pc.CreateAnswer(nil)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrOffer, err)
	}
	gathered := webrtc.GatheringCompletePromise(g.pc)
	if err := g.pc.SetLocalDescription(answer); err != nil {
		return "", fmt.Errorf("answer the page: %w", err)
	}
	select {
	case <-gathered:
		return g.pc.LocalDescription().SDP, nil
	case <-ctx.Done():
		return "", fmt.Errorf("answer the page: %w", ctx.Err())
	}
}

// setOffer takes the page's offer and checks that it has the transceivers that it must: one for each slot's video,
// then one for each slot's audio.
func (g *page) setOffer(offer webrtc.SessionDescription) error {
	if err := g.pc.SetRemoteDescription(offer); err != nil {
		return fmt.Errorf("%w: %w", ErrOffer, err)
	}
	slots := g.playout.cfg.Slots
	transceivers := g.pc.GetTransceivers()
	if len(transceivers) != 2*slots {
		return fmt.Errorf("%w: it has %d media sections where %d for video and %d for audio are expected",
			ErrOffer, len(transceivers), slots, slots)
	}
	for i, t := range transceivers {
		want := webrtc.RTPCodecTypeVideo
		if i >= slots {
			want = webrtc.RTPCodecTypeAudio
		}
		if t.Kind() != want {
			return fmt.Errorf("%w: media section %d is %s where %s is expected", ErrOffer, i, t.Kind(), want)
		}
	}
	return nil
}

// addTracks adds the tracks in the order of the media sections, which is how pion pairs them.
func (g *page) addTracks() error {
	for i := range 2 * g.playout.cfg.Slots {
		slot, codec, kind := i, media.VP8, "video"
		others := []media.Codec{media.H264}
		if i >= g.playout.cfg.Slots {
			slot, codec, kind, others = i-g.playout.cfg.Slots, media.Opus, "audio", nil
		}
		t := peer.NewTrack(fmt.Sprintf("%s-%d", kind, slot), fmt.Sprintf("slot-%d", slot), codec, others...)
		if _, err := g.pc.AddTrack(t); err != nil {
			return fmt.Errorf("%w: media section %d: %w", ErrOffer, i, err)
		}
		if codec.Video() {
			g.video = append(g.video, t)
		} else {
			g.audio = append(g.audio, t)
		}
		g.readers.Go(func() { peer.ReadRTCP(t, g.gone, nil, func() { g.keyframeWanted(slot, codec) }) })
	}
	return nil
}

// keyframeWanted passes on what the page asked for.
func (g *page) keyframeWanted(slot int, codec media.Codec) {
	if !codec.Video() {
		return
	}
	g.playout.mu.Lock()
	defer g.playout.mu.Unlock()
	g.playout.wantKeyframe(slot)
}

// run serves the page until it is gone.
func (g *page) run() {
	defer g.close()
	defer g.remove()
	timeout := time.NewTimer(connectTimeout)
	defer timeout.Stop()
	reports := time.NewTicker(peer.ReportEvery)
	defer reports.Stop()
	for {
		select {
		case it := <-g.queue:
			g.send(it)
		case now := <-reports.C:
			g.report(now)
		case s := <-g.states:
			switch s {
			case webrtc.PeerConnectionStateConnected:
				timeout.Stop()
				g.begin()
			case webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
				return
			case webrtc.PeerConnectionStateDisconnected:
				g.pause()
			case webrtc.PeerConnectionStateNew, webrtc.PeerConnectionStateConnecting:
			}
		case <-timeout.C:
			g.playout.log.Warn("a page did not connect", "timeout", connectTimeout)
			return
		case <-g.gone:
			return
		}
	}
}

// begin is called when the page is connected: from now on it is sent what is written, after a keyframe of each slot.
func (g *page) begin() {
	p := g.playout
	defer p.count()
	p.mu.Lock()
	defer p.mu.Unlock()
	g.connected = true
	for i := range p.slots {
		g.waits[i] = true
		if p.slots[i].video.started {
			p.wantKeyframe(i)
		}
	}
}

// pause is called when the page went silent: nothing is sent until it is connected again.
func (g *page) pause() {
	defer g.playout.count()
	g.playout.mu.Lock()
	defer g.playout.mu.Unlock()
	g.connected = false
}

// needsKeyframe reports whether the page cannot use a frame because it waits for a keyframe. It is called with the
// playout's lock held.
func (g *page) needsKeyframe(it item) bool {
	if !g.connected || !it.frame.Codec.Video() || !g.waits[it.slot] {
		return false
	}
	g.waits[it.slot] = !it.frame.Keyframe
	return !it.frame.Keyframe
}

// put queues a frame if there is room. It is called with the playout's lock held.
func (g *page) put(it item) {
	if !g.connected {
		return
	}
	select {
	case g.queue <- it:
	default:
		if it.frame.Codec.Video() {
			g.waits[it.slot] = true
			g.playout.wantKeyframe(it.slot)
		}
	}
}

// send sends a frame. An error means that the connection ends, which its state tells, or that the page's browser does not
// know the codec.
func (g *page) send(it item) {
	track := g.audio[it.slot]
	if it.frame.Codec.Video() {
		track = g.video[it.slot]
	}
	if err := track.Write(it.frame, it.timestamp); errors.Is(err, peer.ErrCodec) && it.frame.Keyframe {
		g.playout.log.Warn("the page's browser cannot show a picture", "slot", it.slot, "error", err)
	}
}

// report tells the page how each track's timestamps run, so that it plays picture and sound of a slot in step.
func (g *page) report(now time.Time) {
	for _, tracks := range [][]*peer.Track{g.video, g.audio} {
		for _, t := range tracks {
			if r := t.Report(now); r != nil {
				_ = g.pc.WriteRTCP([]rtcp.Packet{r}) // an error means that the connection ends, which its state tells
			}
		}
	}
}

// stop ends the page. It does not wait.
func (g *page) stop() { g.once.Do(func() { close(g.gone) }) }

// remove takes the page out of the playout's.
func (g *page) remove() {
	p := g.playout
	defer p.count()
	p.mu.Lock()
	defer p.mu.Unlock()
	g.connected = false
	for i, other := range p.pages {
		if other == g {
			p.pages = append(p.pages[:i:i], p.pages[i+1:]...)
			return
		}
	}
}

// close ends the connection and waits for the readers.
func (g *page) close() {
	g.stop()
	_ = g.pc.Close() // there is nobody left whom an error would help
	g.readers.Wait()
}
