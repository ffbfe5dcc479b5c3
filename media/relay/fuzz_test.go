package relay

import (
	"encoding/binary"
	"maps"
	"testing"

	"github.com/pion/webrtc/v3"
	"google.golang.org/protobuf/proto"

	"greenroom/media/relay/livekit"
	"greenroom/media/relay/peer"
)

// liveSession returns a session that is up, without any network under it.
func liveSession(t *testing.T, pub, sub *webrtc.PeerConnection) (*session, *observer) {
	h := newObserver(t)
	c := New(Config{URL: "wss://relay.example.org", Publish: both(), Handler: h})
	s := &session{
		client: c, sid: "PA_0", selfIdentity: "aspen", speakers: map[string]float32{}, pub: pub, sub: sub,
		live: make(chan struct{}), done: make(chan struct{}), changed: make(chan struct{}, 1), remotes: map[*remoteTrack]bool{},
	}
	for _, p := range both() {
		s.tracks = append(s.tracks, c.publications[p.Stream].begin(peer.NewPacer(peer.NewUplink(func(int) {})), nil))
	}
	c.events.connected(s, false)
	close(s.live)
	return s, h
}

// signalled puts messages one behind the other, each with its length in two bytes before it.
func signalled(f *testing.F, messages ...*livekit.SignalResponse) (out []byte) {
	f.Helper()
	for _, m := range messages {
		raw, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		out = append(binary.BigEndian.AppendUint16(out, uint16(len(raw))), raw...)
	}
	return out
}

// FuzzSignalling: whatever the relay signals, nothing panics or grows without bound, and what the handler is told fits
// together. Offers and answers are left out: they go to pion, and TestHostileSignalling has them.
func FuzzSignalling(f *testing.F) {
	var all []*livekit.SignalResponse
	for _, step := range rosterSteps() {
		all = append(all, &livekit.SignalResponse{Message: &livekit.SignalResponse_Update{Update: &livekit.ParticipantUpdate{Participants: step.list}}})
	}
	f.Add(signalled(f, all...))
	for _, script := range hostileScripts() {
		f.Add(signalled(f, script...))
	}
	f.Add(signalled(
		f,
		&livekit.SignalResponse{Message: &livekit.SignalResponse_TrackPublished{TrackPublished: &livekit.TrackPublished{Cid: "camera", Track: &livekit.Track{Sid: "TR_9"}}}},
		&livekit.SignalResponse{Message: &livekit.SignalResponse_Mute{Mute: &livekit.MuteTrack{Sid: "TR_9", Muted: true}}},
		&livekit.SignalResponse{Message: &livekit.SignalResponse_SpeakersChanged{SpeakersChanged: &livekit.SpeakersChanged{Speakers: []*livekit.Speaker{{Sid: "PA_0", Level: 0.5, Active: true}}}}},
		&livekit.SignalResponse{Message: &livekit.SignalResponse_RefreshToken{RefreshToken: "token"}},
		&livekit.SignalResponse{Message: &livekit.SignalResponse_Leave{Leave: &livekit.Leave{}}},
	))
	var peers [2]*webrtc.PeerConnection
	for i := range peers {
		pc, err := webrtc.NewPeerConnection(webrtc.Configuration{})
		if err != nil {
			f.Fatal(err)
		}
		f.Cleanup(func() { _ = pc.Close() })
		peers[i] = pc
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, h := liveSession(t, peers[0], peers[1])
		for len(data) >= 2 {
			n := min(int(binary.BigEndian.Uint16(data)), len(data)-2)
			raw := data[2 : 2+n]
			data = data[2+n:]
			var m livekit.SignalResponse
			if proto.Unmarshal(raw, &m) != nil {
				return // the link ends
			}
			checkInverse(t, &m)
			if m.GetOffer() != nil || m.GetAnswer() != nil || m.GetReconnect() != nil {
				continue
			}
			if s.handle(&m) != nil {
				return
			}
			checkRoster(t, s, h)
		}
	})
}

func checkInverse(t *testing.T, m *livekit.SignalResponse) {
	t.Helper()
	var again livekit.SignalResponse
	raw, err := proto.Marshal(m)
	if err != nil || proto.Unmarshal(raw, &again) != nil || !proto.Equal(m, &again) {
		t.Errorf("%v came back as %v (%v)", m, &again, err)
	}
}

// checkRoster checks the bounds, and that the handler was told of exactly those who are there.
func checkRoster(t *testing.T, s *session, h *observer) {
	t.Helper()
	if len(s.roster.people) > maxPeople || len(s.speakers) > maxPeople || len(s.talks.early[0]) > maxCandidates || len(s.talks.early[1]) > maxCandidates {
		t.Errorf("%d people, %d speakers, %d and %d candidates", len(s.roster.people), len(s.speakers), len(s.talks.early[0]), len(s.talks.early[1]))
	}
	there := map[string]bool{}
	for _, p := range s.roster.participants(s.selfIdentity) {
		there[p.Identity] = true
	}
	if !maps.Equal(there, h.present) || there["aspen"] || there[""] {
		t.Errorf("there are %v, and the handler was told of %v", there, h.present)
	}
}

// FuzzData: whatever comes over the data channel, the handler gets a payload and who the relay says it is from.
func FuzzData(f *testing.F) {
	for _, p := range []*livekit.DataPacket{
		{},
		{ParticipantIdentity: "birch", User: &livekit.UserPacket{Payload: []byte("hello")}},
		{User: &livekit.UserPacket{Payload: []byte("from nobody")}},
		{Kind: livekit.DataPacket_RELIABLE, ParticipantIdentity: "birch", DestinationIdentities: []string{"aspen"}, User: &livekit.UserPacket{}},
	} {
		raw, err := proto.Marshal(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, h := liveSession(t, nil, nil)
		s.received(raw)
		var p livekit.DataPacket
		fine := proto.Unmarshal(raw, &p) == nil && p.GetUser() != nil && p.GetParticipantIdentity() != ""
		if got := h.dataCount[p.GetParticipantIdentity()]; fine && (got != 1 || string(h.lastData[p.GetParticipantIdentity()]) != string(p.GetUser().GetPayload())) || !fine && len(h.dataCount) > 0 {
			t.Errorf("%v: told %d times, of %v", &p, got, h.lastData)
		}
	})
}
