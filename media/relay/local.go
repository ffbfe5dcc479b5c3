package relay

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"

	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v3"

	"greenroom/media"
	"greenroom/media/relay/livekit"
	"greenroom/media/relay/packetise"
)

// publication is a stream that is sent for the client's whole life, through one session after the other.
type publication struct {
	Publication

	mu    sync.Mutex // also keeps the packets of a stream in order
	muted bool
	track *localTrack // of the current session; nil without one
}

// cid is the client's name of the track, in AddTrack and in the SDP.
func (p *publication) cid() string { return p.Stream.String() }

// begin makes the track of a new session.
func (p *publication) begin() *localTrack {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.track = &localTrack{owner: p, sequence: uint16(rand.Uint32())}
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
	if p.track == nil || p.track.writer == nil {
		return ErrNotConnected
	}
	if err := p.track.write(f); err != nil {
		return fmt.Errorf("send a %s frame: %w", p.Stream, err)
	}
	count.framesSent.Add(1)
	return nil
}

// localTrack is a publication in one session. It implements webrtc.TrackLocal, because pion's own track leaves no way
// to the header extensions. Its fields are guarded by the publication's lock.
type localTrack struct {
	owner      *publication
	sid        string // set when the relay has published it
	announced  bool   // the mute state that the relay knows
	sequence   uint16
	packetiser packetise.Packetiser

	// Set while it is bound, that is, negotiated.
	writer  webrtc.TrackLocalWriter
	ssrc    uint32
	payload uint8
	level   uint8 // the id of the audio-level header extension; 0: not negotiated
}

// Bind implements webrtc.TrackLocal.
func (t *localTrack) Bind(ctx webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	t.owner.mu.Lock()
	defer t.owner.mu.Unlock()
	for _, c := range ctx.CodecParameters() {
		if !strings.EqualFold(c.MimeType, mimeType(t.owner.Codec)) {
			continue
		}
		t.writer, t.ssrc, t.payload, t.level = ctx.WriteStream(), uint32(ctx.SSRC()), uint8(c.PayloadType), 0
		for _, e := range ctx.HeaderExtensions() {
			if e.URI == sdp.AudioLevelURI {
				t.level = uint8(e.ID)
			}
		}
		return c, nil
	}
	return webrtc.RTPCodecParameters{}, fmt.Errorf("the relay does not take %s", t.owner.Codec)
}

// Unbind implements webrtc.TrackLocal.
func (t *localTrack) Unbind(webrtc.TrackLocalContext) error {
	t.owner.mu.Lock()
	defer t.owner.mu.Unlock()
	t.writer = nil
	return nil
}

// ID implements webrtc.TrackLocal.
func (t *localTrack) ID() string { return t.owner.cid() }

// RID implements webrtc.TrackLocal: there is no simulcast.
func (t *localTrack) RID() string { return "" }

// StreamID implements webrtc.TrackLocal.
func (t *localTrack) StreamID() string { return "greenroom" }

// Kind implements webrtc.TrackLocal.
func (t *localTrack) Kind() webrtc.RTPCodecType {
	if t.owner.Stream.Audio() {
		return webrtc.RTPCodecTypeAudio
	}
	return webrtc.RTPCodecTypeVideo
}

// write is called with the publication's lock held.
func (t *localTrack) write(f media.Frame) error {
	return t.packetiser.Packets(f.Codec, f.Data, func(payload []byte, last bool) error {
		h := rtp.Header{
			Version: 2, PayloadType: t.payload, SSRC: t.ssrc, SequenceNumber: t.sequence, Timestamp: f.Timestamp,
			Marker: last && f.Codec == media.VP8,
		}
		t.sequence++
		if t.level != 0 {
			level, err := rtp.AudioLevelExtension{Level: min(f.Level, 127), Voice: f.Voice}.Marshal()
			if err == nil {
				err = h.SetExtension(t.level, level)
			}
			if err != nil {
				return err
			}
		}
		_, err := t.writer.WriteRTP(&h, payload)
		return err
	})
}

func mimeType(c media.Codec) string {
	if c == media.VP8 {
		return webrtc.MimeTypeVP8
	}
	return webrtc.MimeTypeOpus
}
