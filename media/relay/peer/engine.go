// Package peer sets pion/webrtc up in the one way that Greenroom uses it, for the relay client and for the playout:
// VP8, H.264 and Opus only, host candidates only, packets sent again on request, pion's log in ours.
package peer

import (
	"cmp"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/pion/ice/v2"
	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/nack"
	"github.com/pion/interceptor/pkg/report"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v3"

	"greenroom/media"
)

// The times of ICE (RFC 8445). A peer that does not answer is given up after DisconnectedAfter; ICE itself goes on
// until FailedAfter, in which an ICE restart may repair it.
const (
	DisconnectedAfter = 3 * time.Second
	FailedAfter       = 15 * time.Second
	keepalive         = time.Second
)

// MTU is the largest packet that is read, in bytes.
const MTU = 1500

// nackInterval is how often missing packets are asked for. pion's default of 100 ms is longer than a frame can wait.
const nackInterval = 30 * time.Millisecond

// Options say which addresses are used. With none set, all of this machine's are, loopback included.
type Options struct {
	// LoopbackOnly keeps ICE to 127.0.0.1 and ::1.
	LoopbackOnly bool
	// Lite makes ICE only answer (RFC 8445, section 2.5), for a side that is always reachable.
	Lite bool
	// Relay prepares for connections that leave the machine: what their ways carry is told, both ways (see Uplink), and
	// pictures may be sent in layers.
	Relay bool
	// FailedAfter replaces the constant of that name if it is set.
	FailedAfter time.Duration
	// Log gets what pion says, at debug level.
	Log *slog.Logger
}

// NewAPI returns a factory of peer connections.
func NewAPI(o Options) (*webrtc.API, error) {
	engine, err := mediaEngine(o.Relay)
	if err != nil {
		return nil, fmt.Errorf("set WebRTC's codecs up: %w", err)
	}
	arrivals := &stamps{}
	interceptors, err := interceptors(o.Relay, arrivals)
	if err != nil {
		return nil, fmt.Errorf("set WebRTC's interceptors up: %w", err)
	}
	if !o.Relay {
		arrivals = nil // nobody is told of them
	}
	network, err := newNetwork(arrivals)
	if err != nil {
		return nil, fmt.Errorf("read this machine's network interfaces for WebRTC: %w", err)
	}
	var s webrtc.SettingEngine
	s.LoggerFactory = loggers{o.Log}
	s.SetNet(network)
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6})
	s.SetIncludeLoopbackCandidate(true)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetICETimeouts(DisconnectedAfter, cmp.Or(o.FailedAfter, FailedAfter), keepalive)
	s.SetLite(o.Lite)
	// There are only host candidates, so nothing better than the other side's first check will come: pion would wait a
	// second for it.
	s.SetPrflxAcceptanceMinWait(0)
	if o.LoopbackOnly {
		s.SetIPFilter(net.IP.IsLoopback)
	}
	return webrtc.NewAPI(webrtc.WithMediaEngine(engine), webrtc.WithInterceptorRegistry(interceptors),
		webrtc.WithSettingEngine(s)), nil
}

// The payload types offered. An answer uses those of the offer.
const (
	payloadVP8  = 96
	payloadH264 = 102
	payloadOpus = 111
)

// paramsH264 are what an H.264 stream is (RFC 6184, section 8.1): constrained baseline, and NAL units in fragments. The level
// says nothing: what is sent goes by what the network and who looks on take, not by it.
const paramsH264 = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"

// videoCodecs are the codecs of pictures, in the order in which they are offered.
func videoCodecs(relay bool) []webrtc.RTPCodecParameters {
	feedback := []webrtc.RTCPFeedback{
		{Type: webrtc.TypeRTCPFBNACK},
		{Type: webrtc.TypeRTCPFBNACK, Parameter: "pli"},
		{Type: webrtc.TypeRTCPFBCCM, Parameter: "fir"},
	}
	if relay {
		feedback = append(feedback, webrtc.RTCPFeedback{Type: webrtc.TypeRTCPFBTransportCC})
	}
	return []webrtc.RTPCodecParameters{
		{PayloadType: payloadVP8, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeVP8, ClockRate: 90_000, RTCPFeedback: feedback,
		}},
		{PayloadType: payloadH264, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeH264, ClockRate: 90_000, SDPFmtpLine: paramsH264, RTCPFeedback: feedback,
		}},
	}
}

// Only has a transceiver offer one codec of pictures alone.
func Only(t *webrtc.RTPTransceiver, codec media.Codec) error {
	for _, c := range videoCodecs(true) {
		if is, _ := CodecOf(c.MimeType); is == codec {
			return t.SetCodecPreferences([]webrtc.RTPCodecParameters{c})
		}
	}
	return nil
}

func mediaEngine(relay bool) (*webrtc.MediaEngine, error) {
	m := &webrtc.MediaEngine{}
	for _, c := range videoCodecs(relay) {
		if err := m.RegisterCodec(c, webrtc.RTPCodecTypeVideo); err != nil {
			return nil, err
		}
	}
	opus := webrtc.RTPCodecParameters{PayloadType: payloadOpus, RTPCodecCapability: webrtc.RTPCodecCapability{
		MimeType: webrtc.MimeTypeOpus, ClockRate: 48_000, Channels: 2, SDPFmtpLine: "minptime=10;useinbandfec=1",
	}}
	if err := m.RegisterCodec(opus, webrtc.RTPCodecTypeAudio); err != nil {
		return nil, err
	}
	if relay {
		for _, uri := range []string{sdp.TransportCCURI, sdp.SDESMidURI, sdp.SDESRTPStreamIDURI} {
			e := webrtc.RTPHeaderExtensionCapability{URI: uri}
			if err := m.RegisterHeaderExtension(e, webrtc.RTPCodecTypeVideo); err != nil {
				return nil, err
			}
		}
	}
	level := webrtc.RTPHeaderExtensionCapability{URI: sdp.AudioLevelURI}
	return m, m.RegisterHeaderExtension(level, webrtc.RTPCodecTypeAudio)
}

func interceptors(relay bool, arrivals *stamps) (*interceptor.Registry, error) {
	asker, err := nack.NewGeneratorInterceptor(nack.GeneratorInterval(nackInterval), nack.GeneratorMaxNacksPerPacket(10))
	if err != nil {
		return nil, err
	}
	receiver, err := report.NewReceiverInterceptor()
	if err != nil {
		return nil, err
	}
	r := &interceptor.Registry{}
	for _, f := range []interceptor.Factory{asker, receiver} {
		r.Add(f)
	}
	if !relay { // to the relay, what was lost is sent again by the Pacer
		answerer, err := nack.NewResponderInterceptor()
		if err != nil {
			return nil, err
		}
		r.Add(answerer)
	}
	if relay {
		r.Add(feedbacks{arrivals})
	}
	return r, nil
}
