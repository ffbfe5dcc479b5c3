package relay

import (
	"bytes"
	"strings"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v3"

	"greenroom/media"
	"greenroom/media/relay/assemble"
	"greenroom/media/relay/peer"
)

// pliPause is the time between two requests for a keyframe of one track, which are repeated until one comes: LiveKit
// drops requests that follow each other within half a second or a second, from whoever they are.
const pliPause = 500 * time.Millisecond

// remoteTrack is a track that the relay sends us. One goroutine reads it.
type remoteTrack struct {
	session *session
	track   *webrtc.TrackRemote
	sid     string

	mu     sync.Mutex
	asked  time.Time // when a keyframe was last asked for
	wanted bool      // no keyframe has come since one was wanted
	origin origin
}

// origin is how the sender's clock runs, as the relay reports it: at the time at, a frame got that timestamp.
type origin struct {
	at        time.Time // zero: not reported yet
	timestamp uint32
}

// of returns when a frame was captured by that clock, and the zero time if it is not known.
func (o origin) of(timestamp, clockRate uint32) time.Time {
	if o.at.IsZero() || clockRate == 0 {
		return time.Time{}
	}
	return o.at.Add(time.Duration(int32(timestamp-o.timestamp)) * time.Second / time.Duration(clockRate))
}

// readReports takes the sender reports that the relay passes on, until the track ends.
func (t *remoteTrack) readReports(receiver *webrtc.RTPReceiver) {
	buffer := make([]byte, peer.MTU)
	for {
		n, _, err := receiver.Read(buffer)
		if err != nil {
			return
		}
		packets, err := rtcp.Unmarshal(buffer[:n])
		if err != nil {
			continue
		}
		for _, p := range packets {
			if r, ok := p.(*rtcp.SenderReport); ok && r.SSRC == uint32(t.track.SSRC()) {
				t.mu.Lock()
				t.origin = origin{at: peer.FromNTP(r.NTPTime), timestamp: r.RTPTime}
				t.mu.Unlock()
			}
		}
	}
}

// trackSID finds the relay's id of a track: the track id of the SDP, or else the second half of its stream id.
func trackSID(t *webrtc.TrackRemote) string {
	const prefix = "TR_"
	if _, sid, ok := strings.Cut(t.StreamID(), "|"); ok && strings.HasPrefix(sid, prefix) && !strings.HasPrefix(t.ID(), prefix) {
		return sid
	}
	return t.ID()
}

// read reads packets until the track ends.
func (t *remoteTrack) read() {
	codec, ok := peer.CodecOf(t.track.Codec().MimeType)
	if !ok || !t.session.awaitLive() {
		return
	}
	count := &t.session.client.counters
	a := assemble.New(codec)
	buffer := make([]byte, peer.MTU)
	for {
		n, _, err := t.track.Read(buffer)
		if err != nil {
			return
		}
		var p rtp.Packet
		if p.Unmarshal(buffer[:n]) != nil {
			count.packetsMalformed.Add(1)
			continue
		}
		owner, known := t.session.roster.owner(t.sid)
		if !known || owner.stream.Audio() != (codec == media.Opus) {
			count.packetsUnknown.Add(1)
			continue
		}
		t.push(a, &p, owner)
	}
}

// push puts one packet through the assembler and hands on what comes out.
func (t *remoteTrack) push(a *assemble.Assembler, p *rtp.Packet, owner trackOwner) {
	now := time.Now()
	before := a.Counters()
	a.Push(assemble.Packet{
		Sequence: p.SequenceNumber, Timestamp: p.Timestamp, Marker: p.Marker, Payload: p.Payload, Arrived: now,
	})
	s := t.session
	for f, ok := a.Pop(); ok; f, ok = a.Pop() {
		if trailer := s.trailer; len(trailer) > 0 && bytes.HasSuffix(f.Data, trailer) {
			s.client.counters.framesInjected.Add(1)
			continue
		}
		if f.Keyframe {
			t.keyframeCame()
		}
		t.mu.Lock()
		f.Origin = t.origin.of(f.Timestamp, f.Codec.ClockRate())
		t.mu.Unlock()
		s.client.counters.framesReceived.Add(1)
		s.client.events.frame(s, owner.identity, owner.stream, f)
	}
	s.client.counters.assembled(before, a.Counters())
	t.askForKeyframe(now, a.KeyframeWanted())
}

// keyframeCame ends the asking.
func (t *remoteTrack) keyframeCame() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wanted = false
}

// askForKeyframe asks for a keyframe if one is wanted now or still, and it is time to.
func (t *remoteTrack) askForKeyframe(now time.Time, wanted bool) {
	t.mu.Lock()
	t.wanted = t.wanted || wanted
	send := t.wanted && now.Sub(t.asked) >= pliPause
	if send {
		t.asked = now
	}
	t.mu.Unlock()
	if send {
		t.session.client.counters.keyframesAsked.Add(1)
		// An error means that the session ends; the next one begins with a keyframe.
		_ = t.session.sub.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: uint32(t.track.SSRC())}})
	}
}
