package daemon

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v3"

	"greenroom/daemon/conference"
	"greenroom/daemon/room"
	"greenroom/media"
	"greenroom/media/relay"
	"greenroom/media/relay/peer"
	"greenroom/meeting"
	"greenroom/meeting/wire"
)

// sendersProcess makes this test program be ten rooms that send, and the page that one more room's playout is shown on,
// in a process of their own: what they cost is not what is measured. It reads sendersPass from its standard input, writes
// the page's offer, reads the answer, and ends when its input does, with how many packets the page got.
const sendersProcess = "GREENROOM_TEST_SENDERS"

type sendersPass struct {
	Passes []pass
	Slots  int
}

// large is whether the i-th sender's pictures are of 720 lines (2 Mbit/s) and not of 360 (700 kbit/s).
func large(i int) bool { return i == 0 }

func beSenders(in io.Reader, out io.Writer) error {
	var p sendersPass
	input := json.NewDecoder(in)
	if err := input.Decode(&p); err != nil {
		return err
	}
	var packets atomic.Int64
	page, err := newPage(p.Slots, &packets)
	if err != nil {
		return err
	}
	defer page.Close()
	if err := json.NewEncoder(out).Encode(page.LocalDescription()); err != nil {
		return err
	}
	var answer webrtc.SessionDescription
	if err := input.Decode(&answer); err != nil {
		return err
	}
	if err := page.SetRemoteDescription(answer); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	var senders sync.WaitGroup
	for i, pass := range p.Passes {
		senders.Go(func() { _ = beSender(ctx, pass, large(i)) })
	}
	_, _ = io.Copy(io.Discard, in)
	cancel()
	senders.Wait()
	return json.NewEncoder(out).Encode(packets.Load())
}

// newPage makes what the screen page makes: receivers for each slot. What comes is counted and forgotten.
func newPage(slots int, packets *atomic.Int64) (*webrtc.PeerConnection, error) {
	api, err := peer.NewAPI(peer.Options{LoopbackOnly: true})
	if err != nil {
		return nil, err
	}
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, err
	}
	pc.OnTrack(func(t *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		buffer := make([]byte, peer.MTU)
		for {
			if _, _, err := t.Read(buffer); err != nil {
				return
			}
			packets.Add(1)
		}
	})
	for i := range 2 * slots {
		kind := webrtc.RTPCodecTypeVideo
		if i >= slots {
			kind = webrtc.RTPCodecTypeAudio
		}
		if _, err := pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
			return nil, err
		}
	}
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		return nil, err
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(offer); err != nil {
		return nil, err
	}
	<-gathered
	return pc, nil
}

// beSender is a room that sends pictures and sound of the usual sizes at the usual pace.
func beSender(ctx context.Context, p pass, large bool) error {
	width, height, bytes := 640, 360, 700_000/8/30
	if large {
		width, height, bytes = 1280, 720, 2_000_000/8/30
	}
	c, err := newPlainConference(p, mute{}, true, []relay.Publication{
		{Stream: media.Camera, Codec: media.VP8, Width: width, Height: height}, {Stream: media.Microphone, Codec: media.Opus},
	})
	if err != nil {
		return err
	}
	var sending sync.WaitGroup
	sending.Go(func() { pace(ctx, 30, func(n uint32) { _ = c.Send(media.Camera, picture(n, width, height, bytes)) }) })
	sending.Go(func() {
		pace(ctx, 50, func(n uint32) {
			f := media.Frame{Codec: media.Opus, Timestamp: n * 960, Level: 40, Data: make([]byte, 100)}
			f.Data[0] = 0xfc
			_ = c.Send(media.Microphone, f)
		})
	})
	err = c.Run(ctx)
	sending.Wait()
	return err
}

// picture is a frame that looks like VP8 from outside. One a second is a keyframe.
func picture(n uint32, width, height, bytes int) media.Frame {
	f := media.Frame{Codec: media.VP8, Timestamp: n * 3000, Data: make([]byte, bytes)}
	_, _ = rand.Read(f.Data[10:])
	copy(f.Data, []byte{0x11, 0, 0})
	if n%30 == 0 {
		f.Keyframe = true
		copy(f.Data, []byte{0x10, 0, 0, 0x9d, 0x01, 0x2a, byte(width), byte(width >> 8), byte(height), byte(height >> 8)})
	}
	return f
}

func pace(ctx context.Context, aSecond int, do func(n uint32)) {
	tick := time.NewTicker(time.Second / time.Duration(aSecond))
	defer tick.Stop()
	for n := uint32(0); ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			do(n)
		}
	}
}

// newPlainConference makes a conference of a pass.
func newPlainConference(p pass, o conference.Observer, selective bool, publish []relay.Publication) (*conference.Conference, error) {
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), p.Key)
	if err != nil {
		return nil, err
	}
	public, err := key.PublicKey.Bytes()
	if err != nil {
		return nil, err
	}
	return conference.New(conference.Config{
		Ticket: p.Ticket, Key: key, Public: public, Device: wire.DeviceID(p.Ticket.Participant),
		Token:   func(context.Context) (string, error) { return p.Token, nil },
		Publish: publish, Selective: selective, Observer: o,
		Rand: rand.Reader, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
}

// mute is an observer that does nothing.
type mute struct{}

func (mute) LinkUp()                                          {}
func (mute) LinkDown(error, time.Duration)                    {}
func (mute) Core(meeting.View)                                {}
func (mute) Event(meeting.Event, meeting.View)                {}
func (mute) PeerMedia(string, media.Stream, bool, bool)       {}
func (mute) TileHealth(string, media.Stream, room.TileReason) {}
func (mute) KeyframeWanted(media.Stream)                      {}
func (mute) Speakers([]string)                                {}
func (mute) Play(string, media.Stream, media.Frame)           {}
