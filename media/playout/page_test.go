package playout

import (
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v3"

	"greenroom/media"
	"greenroom/media/relay/assemble"
	"greenroom/media/relay/peer"
)

// patience bounds every wait of a test that is about to fail.
const patience = time.Minute

// viewer is a kiosk page made of pion.
type viewer struct {
	t  *testing.T
	pc *webrtc.PeerConnection

	mu      sync.Mutex
	changed chan struct{}
	frames  map[string][]media.Frame // by track id, "video-3"
	packets map[string][]rtp.Header
	ssrcs   map[string]webrtc.SSRC
	readers sync.WaitGroup
}

// offerer returns a connection that offers transceivers as a page does.
func offerer(t *testing.T, videos, audios int) (*viewer, string) {
	t.Helper()
	api, err := peer.NewAPI(peer.Options{LoopbackOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	v := &viewer{
		t: t, pc: pc, changed: make(chan struct{}), frames: map[string][]media.Frame{},
		packets: map[string][]rtp.Header{}, ssrcs: map[string]webrtc.SSRC{},
	}
	t.Cleanup(v.close)
	for i := range videos + audios {
		kind := webrtc.RTPCodecTypeVideo
		if i >= videos {
			kind = webrtc.RTPCodecTypeAudio
		}
		init := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}
		if _, err := pc.AddTransceiverFromKind(kind, init); err != nil {
			t.Fatal(err)
		}
	}
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { v.readers.Go(func() { v.read(track) }) })
	pc.OnConnectionStateChange(func(webrtc.PeerConnectionState) { v.update(func() {}) })
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	<-gathered
	return v, pc.LocalDescription().SDP
}

// view connects a page to the playout.
func view(t *testing.T, p *Playout) *viewer {
	t.Helper()
	v, offer := offerer(t, p.cfg.Slots, p.cfg.Slots)
	answer, err := p.Answer(t.Context(), offer)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(answer, "\r\n") {
		if strings.HasPrefix(line, "a=candidate:") && !strings.Contains(line, " 127.0.0.1 ") && !strings.Contains(line, " ::1 ") {
			t.Errorf("the page is sent elsewhere than to loopback: %s", line)
		}
	}
	if err := v.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		t.Fatal(err)
	}
	v.wait("connected", func() bool { return v.pc.ConnectionState() == webrtc.PeerConnectionStateConnected })
	return v
}

func (v *viewer) close() { _ = v.pc.Close(); v.readers.Wait() }

func (v *viewer) read(track *webrtc.TrackRemote) {
	codec, ok := peer.CodecOf(track.Codec().MimeType)
	if !ok {
		v.t.Errorf("track of codec %s", track.Codec().MimeType)
		return
	}
	a := assemble.New(codec)
	v.update(func() { v.ssrcs[track.ID()] = track.SSRC() })
	for {
		packet, _, err := track.ReadRTP()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				v.t.Logf("track %s: %v", track.ID(), err)
			}
			return
		}
		if now, ok := peer.CodecOf(track.Codec().MimeType); ok && now != codec { // the payload type says so
			codec, a = now, assemble.New(now)
		}
		a.Push(assemble.Packet{
			Sequence: packet.SequenceNumber, Timestamp: packet.Timestamp, Marker: packet.Marker, Payload: packet.Payload, Arrived: time.Now(),
		})
		v.update(func() {
			v.packets[track.ID()] = append(v.packets[track.ID()], packet.Header)
			for f, ok := a.Pop(); ok; f, ok = a.Pop() {
				v.frames[track.ID()] = append(v.frames[track.ID()], f)
			}
		})
	}
}

func (v *viewer) update(f func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	f()
	close(v.changed)
	v.changed = make(chan struct{})
}

// received returns the frames of a track so far.
func (v *viewer) received(id string) []media.Frame {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.frames[id])
}

func (v *viewer) wait(what string, so func() bool) {
	v.t.Helper()
	deadline := time.After(patience)
	for {
		v.mu.Lock()
		done, changed := so(), v.changed
		v.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			v.t.Fatalf("waited in vain for: %s", what)
		}
	}
}

// pli asks for a keyframe of a track, as a decoder that lost its way does.
func (v *viewer) pli(id string) {
	v.t.Helper()
	v.mu.Lock()
	ssrc := v.ssrcs[id]
	v.mu.Unlock()
	if err := v.pc.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: uint32(ssrc)}}); err != nil {
		v.t.Fatal(err)
	}
}

// leaks checks at the end of the test that no goroutine of the playout or of pion is left.
func leaks(t *testing.T) {
	t.Cleanup(func() {
		deadline := time.Now().Add(patience)
		for left := ourGoroutines(); left != ""; left = ourGoroutines() {
			if time.Now().After(deadline) {
				t.Errorf("goroutines are left:\n%s", left)
				return
			}
			time.Sleep(time.Millisecond) // nobody tells of a goroutine's end; looking stops the world
		}
	})
}

func ourGoroutines() string {
	buffer := make([]byte, 1<<20)
	buffer = buffer[:runtime.Stack(buffer, true)]
	var left []string
	for i, g := range strings.Split(string(buffer), "\n\n") {
		if i > 0 && (strings.Contains(g, "github.com/pion/") || strings.Contains(g, "greenroom/media/playout.")) {
			left = append(left, g)
		}
	}
	return strings.Join(left, "\n\n")
}
