package relay

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/coder/websocket"
	"google.golang.org/protobuf/proto"

	"greenroom/media/relay/livekit"
)

// hostileScripts are what a relay might say, one connection each; after it the relay hangs up.
func hostileScripts() map[string][]*livekit.SignalResponse {
	join := &livekit.SignalResponse{Message: &livekit.SignalResponse_Join{Join: &livekit.Join{
		Participant: &livekit.Participant{Sid: "PA_x", Identity: "aspen"},
		OtherParticipants: []*livekit.Participant{
			{Sid: "PA_y", Identity: "birch", State: livekit.Participant_ACTIVE, Tracks: []*livekit.Track{{Sid: "TR_1", Source: 99}}}, {},
		},
	}}}
	offer := func(sdp string) *livekit.SignalResponse {
		return &livekit.SignalResponse{Message: &livekit.SignalResponse_Offer{Offer: &livekit.SessionDescription{Type: "offer", Sdp: sdp}}}
	}
	answer := func(sdp string) *livekit.SignalResponse {
		return &livekit.SignalResponse{Message: &livekit.SignalResponse_Answer{Answer: &livekit.SessionDescription{Type: "answer", Sdp: sdp}}}
	}
	trickle := func(c string, target livekit.Target) *livekit.SignalResponse {
		return &livekit.SignalResponse{Message: &livekit.SignalResponse_Trickle{Trickle: &livekit.Trickle{CandidateInit: c, Target: target}}}
	}
	const noMedia = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
	return map[string][]*livekit.SignalResponse{
		"nothing":     {},
		"no join":     {{}},
		"empty join":  {{Message: &livekit.SignalResponse_Join{}}},
		"leave first": {{Message: &livekit.SignalResponse_Leave{}}},
		"empty everything": {
			join,
			{Message: &livekit.SignalResponse_Update{}},
			{Message: &livekit.SignalResponse_Mute{}},
			{Message: &livekit.SignalResponse_TrackPublished{}},
			{Message: &livekit.SignalResponse_SpeakersChanged{}},
			{Message: &livekit.SignalResponse_RequestResponse{}},
			{Message: &livekit.SignalResponse_Trickle{}},
			{Message: &livekit.SignalResponse_Reconnect{}},
		},
		"bad offer":          {join, offer("v=0\r\nm=video")},
		"offer of nothing":   {join, offer(noMedia)},
		"offer without ICE":  {join, offer(noMedia + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendonly\r\na=rtpmap:96 VP8/90000\r\n")},
		"empty offer":        {join, offer("")},
		"bad answer":         {join, answer("\x00\x01")},
		"answer of nothing":  {join, answer(noMedia)},
		"answer after offer": {join, offer(noMedia), answer(noMedia), answer(noMedia)},
		"bad candidates": {
			join, trickle("{", 0), trickle("{}", 1), trickle(`{"candidate":"candidate:x"}`, 0), trickle(`{"candidate":"a"}`, 77),
			trickle(`{"candidate":"candidate:1 1 udp 1 127.0.0.1 99999999 typ host"}`, 1), trickle("[]", -1),
		},
		"another join": {join, join},
	}
}

func TestHostileSignalling(t *testing.T) {
	leaks(t)
	for name, script := range hostileScripts() {
		t.Run(name, func(t *testing.T) {
			playTo(t, func(ctx context.Context, conn *websocket.Conn) {
				for _, m := range script {
					raw, err := proto.Marshal(m)
					if err != nil {
						t.Error(err)
					}
					if conn.Write(ctx, websocket.MessageBinary, raw) != nil {
						return
					}
				}
			})
		})
	}
	t.Run("text", func(t *testing.T) {
		playTo(t, func(ctx context.Context, conn *websocket.Conn) {
			_ = conn.Write(ctx, websocket.MessageText, []byte(`{"join":{}}`))
		})
	})
	t.Run("noise", func(t *testing.T) {
		playTo(t, func(ctx context.Context, conn *websocket.Conn) {
			noise := make([]byte, 3000)
			_, _ = rand.Read(noise)
			_ = conn.Write(ctx, websocket.MessageBinary, noise)
		})
	})
	t.Run("too long", func(t *testing.T) {
		playTo(t, func(ctx context.Context, conn *websocket.Conn) {
			_ = conn.Write(ctx, websocket.MessageBinary, make([]byte, maxSignal+1))
		})
	})
}

// playTo lets a client meet a relay that plays a script twice: it must report each loss and come back for more.
func playTo(t *testing.T, play func(context.Context, *websocket.Conn)) {
	t.Helper()
	var visits atomic.Int32
	relay := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer conn.CloseNow()
		visits.Add(1)
		play(r.Context(), conn)
	}))
	defer relay.Close()
	h := newObserver(t)
	const secret = "a-token-that-nobody-may-see"
	c := run(t, New(Config{
		URL: strings.Replace(relay.URL, "http", "ws", 1), Publish: both(), Handler: h, Log: testLog(),
		Token: func(context.Context) (string, error) { return secret, nil },
	}), h, "aspen")
	defer c.stop()
	c.wait("two losses", func(h *observer) bool { return h.disconnected >= 2 })
	c.check(func(h *observer) {
		if visits.Load() < 2 || strings.Contains(h.lastError.Error(), secret) {
			t.Errorf("%d visits, last error: %v", visits.Load(), h.lastError)
		}
		if h.connected > 0 {
			t.Error("the handler was told of a connection")
		}
	})
}

func TestRefusalNeverShowsTheToken(t *testing.T) {
	leaks(t)
	const secret = "a-token-that-nobody-may-see"
	relay := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "invalid token: "+r.Header.Get("Authorization"), http.StatusUnauthorized) // as LiveKit does
	}))
	defer relay.Close()
	h := newObserver(t)
	c := run(t, New(Config{URL: relay.URL, Handler: h, Token: func(context.Context) (string, error) { return secret, nil }}), h, "aspen")
	c.wantRefusal(RefusedToken)
	if strings.Contains(c.err.Error(), secret) {
		t.Errorf("the error shows the token: %v", c.err)
	}
}
