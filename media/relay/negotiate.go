package relay

import (
	"fmt"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v3"

	"greenroom/media/relay/livekit"
	"greenroom/media/relay/peer"
)

const (
	// maxCandidates is how many of the relay's ICE candidates may wait for its description.
	maxCandidates = 64
	// gatherTimeout is how long a description waits for our ICE candidates; what comes later is trickled.
	gatherTimeout = 300 * time.Millisecond
)

// negotiation is where the two offers and answers stand. Only the serve loop touches it.
type negotiation struct {
	offerID                uint32
	lastOffer, lastAnswer  *livekit.SessionDescription // of the subscriber; what SyncState repeats
	early                  [2][]webrtc.ICECandidateInit
	answered               [2]bool // since the last resuming: publisher (by the relay), subscriber (by us)
	reconnected, wholeNext bool
}

// resuming is called before each try to resume.
func (n *negotiation) resuming() {
	n.answered = [2]bool{}
	n.reconnected = false
	n.early = [2][]webrtc.ICECandidateInit{}
}

// connect makes both peer connections, announces the tracks, and offers.
func (s *session) connect() error {
	var err error
	if s.pub, err = s.newPeer(livekit.Target_PUBLISHER); err != nil {
		return err
	}
	if s.sub, err = s.newPeer(livekit.Target_SUBSCRIBER); err != nil {
		return err
	}
	if s.data, err = s.pub.CreateDataChannel(reliableLabel, nil); err != nil {
		return err
	}
	s.watchData(livekit.Target_PUBLISHER, s.data)
	s.sub.OnDataChannel(func(d *webrtc.DataChannel) {
		if d.Label() == reliableLabel {
			d.OnMessage(func(m webrtc.DataChannelMessage) { s.received(m.Data) })
			s.watchData(livekit.Target_SUBSCRIBER, d)
		}
	})
	s.sub.OnTrack(func(track *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
		t := &remoteTrack{session: s, track: track, sid: trackSID(track)}
		s.spawn(func() { s.readTrack(t) })
		s.spawn(func() { t.readReports(receiver) })
	})
	for _, p := range s.client.cfg.Publish {
		if err := s.publish(s.client.publications[p.Stream]); err != nil {
			return fmt.Errorf("publish %s: %w", p.Stream, err)
		}
	}
	s.spawn(s.report)
	s.spawn(func() { s.pacer.Run(s.done) })
	return s.offer(false)
}

// report tells the relay, while the session lasts, how the tracks' timestamps run.
func (s *session) report() {
	tick := time.NewTicker(peer.ReportEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.done:
			return
		case now := <-tick.C:
			for _, t := range s.tracks {
				for _, layer := range t.layers {
					if r := layer.Report(now); r != nil {
						_ = s.pub.WriteRTCP([]rtcp.Packet{r}) // an error means that the session ends
					}
				}
			}
		}
	}
}

func (s *session) newPeer(target livekit.Target) (*webrtc.PeerConnection, error) {
	pc, err := s.client.api.NewPeerConnection(webrtc.Configuration{}) // the relay's ice_servers are ignored on purpose
	if err != nil {
		return nil, err
	}
	pc.OnICECandidate(func(c *webrtc.ICECandidate) { s.sendCandidate(target, c) })
	pc.OnICEConnectionStateChange(func(webrtc.ICEConnectionState) { s.notify() })
	pc.OnConnectionStateChange(func(webrtc.PeerConnectionState) { s.notify() })
	return pc, nil
}

func (s *session) watchData(target livekit.Target, d *webrtc.DataChannel) {
	d.OnOpen(func() {
		s.mu.Lock()
		s.dataOpen[target] = true
		s.mu.Unlock()
		s.notify()
	})
	d.OnClose(func() {
		s.mu.Lock()
		s.dataLost = true
		s.mu.Unlock()
		s.notify()
	})
}

// publish announces a track and adds it to the publisher connection.
func (s *session) publish(p *publication) error {
	var transceiver *webrtc.RTPTransceiver
	t := p.begin(s.pacer, func() string { return transceiver.Mid() })
	s.tracks = append(s.tracks, t)
	request := p.request()
	t.announced = request.GetMuted()
	s.send(&livekit.SignalRequest{Message: &livekit.SignalRequest_AddTrack{AddTrack: request}})
	var err error
	transceiver, err = s.pub.AddTransceiverFromTrack(t.layers[0], webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
	if err != nil {
		return err
	}
	if err := peer.Only(transceiver, p.Codec); err != nil {
		return err
	}
	sender := transceiver.Sender()
	for _, layer := range t.layers[1:] {
		if err := sender.AddEncoding(layer); err != nil {
			return err
		}
	}
	for i, layer := range t.layers {
		s.spawn(func() { peer.ReadRTCP(layer, s.done, s.uplink, func() { s.keyframeWanted(p, i) }) })
	}
	return nil
}

// keyframeWanted passes on that the relay asked for a keyframe.
func (s *session) keyframeWanted(p *publication, layer int) {
	if p.Stream.Audio() || !s.awaitLive() {
		return
	}
	s.client.counters.keyframesWanted.Add(1)
	s.client.events.during(s, func(h Handler) {
		if layered, ok := h.(LayersHandler); ok && p.Layers > 1 {
			layered.LayerKeyframeWanted(p.Stream, layer)
			return
		}
		h.KeyframeWanted(p.Stream)
	})
}

// offer offers the publisher connection; with restart, over a new ICE session.
func (s *session) offer(restart bool) error {
	o, err := s.pub.CreateOffer(&webrtc.OfferOptions{ICERestart: restart})
	if err != nil {
		return fmt.Errorf("make an offer: %w", err)
	}
	sdp, err := describe(s.pub, o)
	if err != nil {
		return fmt.Errorf("take the own offer: %w", err)
	}
	s.talks.offerID++
	s.send(&livekit.SignalRequest{Message: &livekit.SignalRequest_Offer{Offer: &livekit.SessionDescription{
		Type: "offer", Sdp: sdp, Id: s.talks.offerID,
	}}})
	return nil
}

// takeAnswer takes the relay's answer to the last offer; one to an earlier offer is ignored.
func (s *session) takeAnswer(d *livekit.SessionDescription) error {
	if id := d.GetId(); id != 0 && id != s.talks.offerID {
		return nil
	}
	if s.pub.SignalingState() != webrtc.SignalingStateHaveLocalOffer {
		return nil
	}
	answer := webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: d.GetSdp()}
	if err := s.pub.SetRemoteDescription(answer); err != nil {
		return fmt.Errorf("take the relay's answer: %w", err)
	}
	s.talks.answered[livekit.Target_PUBLISHER] = true
	s.addEarly(livekit.Target_PUBLISHER)
	return nil
}

// takeOffer answers the relay's offer of the subscriber connection.
func (s *session) takeOffer(d *livekit.SessionDescription) error {
	offer := webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: d.GetSdp()}
	if err := s.sub.SetRemoteDescription(offer); err != nil {
		return fmt.Errorf("take the relay's offer: %w", err)
	}
	answer, err := s.sub.CreateAnswer(nil)
	if err != nil {
		return fmt.Errorf("answer the relay's offer: %w", err)
	}
	sdp, err := describe(s.sub, answer)
	if err != nil {
		return fmt.Errorf("take the own answer: %w", err)
	}
	s.talks.lastOffer = &livekit.SessionDescription{Type: "offer", Sdp: d.GetSdp(), Id: d.GetId()}
	s.talks.lastAnswer = &livekit.SessionDescription{Type: "answer", Sdp: sdp, Id: d.GetId()}
	s.send(&livekit.SignalRequest{Message: &livekit.SignalRequest_Answer{Answer: s.talks.lastAnswer}})
	s.talks.answered[livekit.Target_SUBSCRIBER] = true
	s.addEarly(livekit.Target_SUBSCRIBER)
	return nil
}

// describe takes our own description and returns its SDP with our ICE candidates in it. Host candidates take about a
// millisecond to gather. If they were only trickled, our first check might reach the relay before them; it would
// then take our address for one behind a NAT, and wait a second for a better one.
func describe(pc *webrtc.PeerConnection, d webrtc.SessionDescription) (string, error) {
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(d); err != nil {
		return "", err
	}
	timeout := time.NewTimer(gatherTimeout)
	defer timeout.Stop()
	select {
	case <-gathered:
	case <-timeout.C:
	}
	return pc.LocalDescription().SDP, nil
}

// isReady reports whether media and data flow both ways.
func (s *session) isReady(resumed bool) bool {
	if !resumed {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.dataOpen == [2]bool{true, true}
	}
	return s.talks.reconnected && s.talks.answered == [2]bool{true, true} && iceUp(s.pub) && iceUp(s.sub)
}

// health tells whether the media connection has broken. While a session is being resumed, ICE is expected to be down.
func (s *session) health(ready bool) error {
	s.mu.Lock()
	dataLost := s.dataLost
	s.mu.Unlock()
	if dataLost {
		return fmt.Errorf("%w: the data channel was closed", errRejoin)
	}
	for _, pc := range []*webrtc.PeerConnection{s.pub, s.sub} {
		if dtls := pc.SCTP().Transport().State(); dtls == webrtc.DTLSTransportStateFailed || dtls == webrtc.DTLSTransportStateClosed {
			return fmt.Errorf("%w: %w", errRejoin, errMedia)
		}
		if ready && !iceUp(pc) {
			return errMedia
		}
	}
	return nil
}

func iceUp(pc *webrtc.PeerConnection) bool {
	switch pc.ICEConnectionState() {
	case webrtc.ICEConnectionStateConnected, webrtc.ICEConnectionStateCompleted:
		return true
	case webrtc.ICEConnectionStateNew, webrtc.ICEConnectionStateChecking, webrtc.ICEConnectionStateDisconnected,
		webrtc.ICEConnectionStateFailed, webrtc.ICEConnectionStateClosed:
	}
	return false
}
