package peer

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"

	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v3"

	"greenroom/media"
	"greenroom/media/relay/packetise"
)

// ErrUnbound means that a track is not negotiated (yet, or any more).
var ErrUnbound = errors.New("the track is not negotiated")

// Track sends the frames of one stream over one peer connection. It implements webrtc.TrackLocal, because pion's own
// track leaves no way to the header extensions, and makes its own packets. Sequence numbers are contiguous over its
// whole life.
type Track struct {
	id, stream string
	codec      media.Codec

	mu         sync.Mutex // keeps a frame's packets together, too
	sequence   uint16
	packetiser packetise.Packetiser
	writer     webrtc.TrackLocalWriter // nil while it is not negotiated
	ssrc       uint32
	payload    uint8
	level      uint8 // the id of the audio-level header extension (RFC 6464); 0: not negotiated
}

// NewTrack returns a track with the names that it has in the SDP. Tracks of one stream are played in step.
func NewTrack(id, stream string, codec media.Codec) *Track {
	return &Track{id: id, stream: stream, codec: codec, sequence: uint16(rand.Uint32())}
}

// Write sends a frame with an RTP timestamp. The frame's data is only read, and not kept.
func (t *Track) Write(f media.Frame, timestamp uint32) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.writer == nil {
		return ErrUnbound
	}
	return t.packetiser.Packets(f.Codec, f.Data, func(payload []byte, last bool) error {
		h := rtp.Header{
			Version: 2, PayloadType: t.payload, SSRC: t.ssrc, SequenceNumber: t.sequence, Timestamp: timestamp,
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

// Bind implements webrtc.TrackLocal.
func (t *Track) Bind(ctx webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range ctx.CodecParameters() {
		if codec, ok := CodecOf(c.MimeType); !ok || codec != t.codec {
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
	return webrtc.RTPCodecParameters{}, fmt.Errorf("the other side does not take %s", t.codec)
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

// RID implements webrtc.TrackLocal: there is no simulcast.
func (t *Track) RID() string { return "" }

// StreamID implements webrtc.TrackLocal.
func (t *Track) StreamID() string { return t.stream }

// Kind implements webrtc.TrackLocal.
func (t *Track) Kind() webrtc.RTPCodecType {
	if t.codec == media.VP8 {
		return webrtc.RTPCodecTypeVideo
	}
	return webrtc.RTPCodecTypeAudio
}

// CodecOf returns the codec of a MIME type, if it is one of ours.
func CodecOf(mime string) (media.Codec, bool) {
	switch {
	case strings.EqualFold(mime, webrtc.MimeTypeVP8):
		return media.VP8, true
	case strings.EqualFold(mime, webrtc.MimeTypeOpus):
		return media.Opus, true
	}
	return 0, false
}
