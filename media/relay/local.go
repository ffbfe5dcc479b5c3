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

// newPublication returns a publication in as many layers as there are.
func newPublication(p Publication) *publication {
	p.Layers = min(max(p.Layers, 1), MaxLayers)
	return &publication{Publication: p, muted: p.Muted}
}

// rids are the names of the layers, the lowest first. LiveKit knows them.
func (p *publication) rids() []string {
	if p.Layers == 1 {
		return []string{""}
	}
	return []string{"q", "h", "f"}
}

// begin makes the track of a new session. mid returns the name of its media section, once it has one.
func (p *publication) begin(pacer *peer.Pacer, mid func() string) *localTrack {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.track = &localTrack{owner: p, highest: p.Layers - 1}
	for i, rid := range p.rids() {
		t := peer.NewLayer(p.cid(), "greenroom", rid, mid, p.Codec)
		if !p.Stream.Audio() {
			t.SetPacer(pacer, i)
		}
		p.track.layers = append(p.track.layers, t)
	}
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
		r.Type, r.Width, r.Height, r.Layers = livekit.TrackType_VIDEO, uint32(p.Width), uint32(p.Height), p.layers()
	}
	return r
}

// The relay's words for the layers (VideoLayer.quality): a stream without layers has the highest.
const (
	qualityHigh = 2
	qualityOff  = 3
)

// layers describes the layers to the relay.
func (p *publication) layers() []*livekit.VideoLayer {
	var list []*livekit.VideoLayer
	for i, rid := range p.rids() {
		smaller := p.Layers - 1 - i // halvings
		list = append(list, &livekit.VideoLayer{
			Quality: uint32(qualityHigh - smaller), Width: uint32(p.Width >> smaller), Height: uint32(p.Height >> smaller),
			SpatialLayer: int32(i), Rid: rid,
		})
	}
	return list
}

// mute has nothing sent any more, or again.
func (p *publication) mute(muted bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.muted = muted
	if muted && p.track != nil {
		for _, layer := range p.track.layers {
			layer.Drop()
		}
	}
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
	if int(f.Layer) >= len(p.track.layers) {
		return fmt.Errorf("send a frame of layer %d of the %s, which has %d: %w", f.Layer, p.Stream, p.Layers, ErrNotPublished)
	}
	err := p.track.layers[f.Layer].Write(f, f.Timestamp)
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
	layers    []*peer.Track // one, or the lowest first
	owner     *publication
	sid       string // set when the relay has published it
	announced bool   // the mute state that the relay knows
	highest   int    // the highest layer that somebody wants; -1: none
}

// wanted returns the highest layer that somebody wants.
func (t *localTrack) wanted() int {
	t.owner.mu.Lock()
	defer t.owner.mu.Unlock()
	return t.highest
}

// published reports whether the relay has published the track.
func (t *localTrack) published() bool {
	t.owner.mu.Lock()
	defer t.owner.mu.Unlock()
	return t.sid != ""
}
