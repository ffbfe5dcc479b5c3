package relay

import (
	"errors"
	"fmt"
	"sync"

	"greenroom/media"
	"greenroom/media/relay/livekit"
	"greenroom/media/relay/peer"
)

// publication is a stream that is sent for the client's whole life, through one session after the other.
type publication struct {
	Publication

	mu    sync.Mutex
	muted bool
	track *localTrack // of the current session; nil without one
}

// cid is the client's name of the track, in AddTrack and in the SDP.
func (p *publication) cid() string { return p.Stream.String() }

// begin makes the track of a new session.
func (p *publication) begin() *localTrack {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.track = &localTrack{Track: peer.NewTrack(p.cid(), "greenroom", p.Codec), owner: p}
	return p.track
}

// end forgets the track of a session that is over.
func (p *publication) end(t *localTrack) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.track == t {
		p.track = nil
	}
}

// request is what announces the track to the relay. It is announced as encrypted: then the relay neither converts
// Opus to RED nor passes its own frames off as ours.
func (p *publication) request() *livekit.AddTrack {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := &livekit.AddTrack{
		Cid: p.cid(), Name: p.Stream.String(), Type: livekit.TrackType_AUDIO, Source: sourceOf(p.Stream),
		Muted: p.muted, DisableRed: true, Encryption: livekit.Encryption_GCM,
	}
	if !p.Stream.Audio() {
		const high = 2
		r.Type, r.Width, r.Height = livekit.TrackType_VIDEO, uint32(p.Width), uint32(p.Height)
		r.Layers = []*livekit.VideoLayer{{Quality: high, Width: r.Width, Height: r.Height}}
	}
	return r
}

// write sends a frame, unless the stream is muted: a muted room sends nothing, whatever its sources do.
func (p *publication) write(f media.Frame, count *counters) error {
	if f.Codec != p.Codec {
		return fmt.Errorf("send a %s frame as %s, which is %s: %w", f.Codec, p.Stream, p.Codec, ErrNotPublished)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.muted {
		count.framesMuted.Add(1)
		return nil
	}
	if p.track == nil {
		return ErrNotConnected
	}
	err := p.track.Write(f, f.Timestamp)
	if errors.Is(err, peer.ErrUnbound) {
		return ErrNotConnected
	}
	if err != nil {
		return fmt.Errorf("send a %s frame: %w", p.Stream, err)
	}
	count.framesSent.Add(1)
	return nil
}

// localTrack is a publication in one session. Its fields are guarded by the publication's lock.
type localTrack struct {
	*peer.Track
	owner     *publication
	sid       string // set when the relay has published it
	announced bool   // the mute state that the relay knows
}

// published reports whether the relay has published the track.
func (t *localTrack) published() bool {
	t.owner.mu.Lock()
	defer t.owner.mu.Unlock()
	return t.sid != ""
}
