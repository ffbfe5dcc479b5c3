package peer

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/webrtc/v3"

	"greenroom/media"
	"greenroom/media/relay/packetise"
)

// ErrUnbound means that a track is not negotiated (yet, or any more).
var ErrUnbound = errors.New("the track is not negotiated")

// Track sends the frames of one stream, or of one layer of it, over one peer connection. It implements
// webrtc.TrackLocal, because pion's own track leaves no way to the header extensions, and makes its own packets.
// Sequence numbers are contiguous over its whole life.
type Track struct {
	id, stream, rid string
	codec           media.Codec   // that it must have
	others          []media.Codec // that it may have besides
	pacer           *Pacer        // nil: packets leave at once
	rank            int           // among the pacer's tracks

	mu         sync.Mutex    // keeps a frame's packets together, too
	mid        func() string // nil: it has none
	sequence   uint16
	packetiser packetise.Packetiser
	writer     webrtc.TrackLocalWriter // nil while it is not negotiated
	ssrc       uint32
	payloads   [media.Codecs + 1]uint8 // by codec; 0: the other side does not take it
	extensions extensions
	clock      clock
	history    history                               // of a track with a pacer
	bound      chan struct{}                         // closed at the first Bind
	rtcp       interceptor.RTCPReader                // what the other side says of the track; set before bound is closed
	emit       func(payload []byte, last bool) error // send, made once: a method value is an allocation
}

// ErrCodec means that the other side does not take frames of a codec.
var ErrCodec = errors.New("the other side does not take this codec")

// NewTrack returns a track with the names that it has in the SDP. Tracks of one stream are played in step. Frames are of the
// codec, or of one of the others if the other side takes it: each frame's packets say which (RFC 3551, section 5: payload types
// may change in a session).
func NewTrack(id, stream string, codec media.Codec, others ...media.Codec) *Track {
	t := &Track{id: id, stream: stream, codec: codec, others: others, sequence: uint16(rand.Uint32())}
	t.emit, t.bound = t.send, make(chan struct{})
	return t
}

// NewLayer returns a track for one layer of a stream in several (simulcast). rid names the layer; mid returns the name
// of the media section, once it has one.
func NewLayer(id, stream, rid string, mid func() string, codec media.Codec) *Track {
	t := NewTrack(id, stream, codec)
	t.rid, t.mid = rid, mid
	return t
}

// SetPacer has a pacer send the track's packets, and send them again on request; a smaller rank is more urgent. They are
// numbered, where the other side takes that, for what its way carries. It must be called before the track is negotiated.
func (t *Track) SetPacer(p *Pacer, rank int) {
	t.pacer, t.rank = p, rank
	t.history.out, t.history.next = t.sequence, t.sequence
	p.add(t)
}

// Drop forgets what waits to be sent.
func (t *Track) Drop() {
	if t.pacer != nil {
		t.pacer.drop(t)
	}
}

// Write sends a frame with an RTP timestamp, or has the pacer send it. The frame's data is only read, and not kept.
func (t *Track) Write(f media.Frame, timestamp uint32) error {
	if t.pacer != nil {
		return t.pacer.write(t, f, timestamp)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.writer == nil {
		return ErrUnbound
	}
	payload, err := t.payloadOf(f.Codec)
	if err != nil {
		return err
	}
	h := &t.extensions.header
	h.PayloadType, h.SSRC, h.Timestamp = payload, t.ssrc, timestamp
	t.extensions.setLevel(f)
	t.clock.note(f, timestamp, time.Now())
	return t.packetiser.Packets(f.Codec, f.Data, t.emit)
}

// payloadOf returns the payload type of a codec.
func (t *Track) payloadOf(c media.Codec) (uint8, error) {
	if int(c) < len(t.payloads) && t.payloads[c] != 0 {
		return t.payloads[c], nil
	}
	return 0, fmt.Errorf("%s: %w", c, ErrCodec)
}

// send sends one packet. It is called with the lock held.
func (t *Track) send(payload []byte, last bool) error {
	h := &t.extensions.header
	h.SequenceNumber, h.Marker = t.sequence, last && t.codec.Video()
	t.sequence++
	t.clock.packets++
	t.clock.octets += uint32(len(payload))
	_, err := t.writer.WriteRTP(h, payload)
	return err
}

// Bind implements webrtc.TrackLocal.
func (t *Track) Bind(ctx webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	chosen, payloads := webrtc.RTPCodecParameters{}, [media.Codecs + 1]uint8{}
	for _, c := range ctx.CodecParameters() {
		codec, ok := CodecOf(c.MimeType)
		if !ok || codec != t.codec && !slices.Contains(t.others, codec) || payloads[codec] != 0 {
			continue
		}
		if payloads[codec] = uint8(c.PayloadType); codec == t.codec {
			chosen = c
		}
	}
	if payloads[t.codec] == 0 {
		return chosen, fmt.Errorf("the other side does not take %s", t.codec)
	}
	mid := ""
	if t.mid != nil {
		mid = t.mid()
	}
	if err := t.extensions.negotiate(ctx.HeaderExtensions(), mid, t.rid); err != nil {
		return webrtc.RTPCodecParameters{}, err
	}
	t.writer, t.ssrc, t.payloads = ctx.WriteStream(), uint32(ctx.SSRC()), payloads
	if t.rtcp == nil {
		t.rtcp = ctx.RTCPReader()
		close(t.bound)
	}
	return chosen, nil
}

// Unbind implements webrtc.TrackLocal.
func (t *Track) Unbind(webrtc.TrackLocalContext) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.writer = nil
	return nil
}

// ID implements webrtc.TrackLocal.
func (t *Track) ID() string { return t.id }

// RID implements webrtc.TrackLocal: the name of the layer, empty where there is one alone.
func (t *Track) RID() string { return t.rid }

// StreamID implements webrtc.TrackLocal.
func (t *Track) StreamID() string { return t.stream }

// Kind implements webrtc.TrackLocal.
func (t *Track) Kind() webrtc.RTPCodecType {
	if t.codec.Video() {
		return webrtc.RTPCodecTypeVideo
	}
	return webrtc.RTPCodecTypeAudio
}

// CodecOf returns the codec of a MIME type, if it is one of ours.
func CodecOf(mime string) (media.Codec, bool) {
	switch {
	case strings.EqualFold(mime, webrtc.MimeTypeVP8):
		return media.VP8, true
	case strings.EqualFold(mime, webrtc.MimeTypeH264):
		return media.H264, true
	case strings.EqualFold(mime, webrtc.MimeTypeOpus):
		return media.Opus, true
	}
	return 0, false
}
