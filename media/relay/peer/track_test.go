package peer

import (
	"bytes"
	"testing"

	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v3"

	"greenroom/media"
)

// wire is a connection's end as a track sees it.
type wire struct {
	webrtc.TrackLocalContext
	header  rtp.Header // of the last packet
	numbers []uint16   // transport-wide, of all packets
	packets int
}

func (w *wire) CodecParameters() []webrtc.RTPCodecParameters {
	return []webrtc.RTPCodecParameters{{PayloadType: 96, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8}}}
}

func (w *wire) HeaderExtensions() []webrtc.RTPHeaderExtensionParameter {
	return []webrtc.RTPHeaderExtensionParameter{
		{URI: sdp.TransportCCURI, ID: 1}, {URI: sdp.SDESMidURI, ID: 2}, {URI: sdp.SDESRTPStreamIDURI, ID: 3},
	}
}

func (w *wire) SSRC() webrtc.SSRC                    { return 7 }
func (w *wire) ID() string                           { return "wire" }
func (w *wire) RTCPReader() interceptor.RTCPReader   { return interceptor.RTCPReaderFunc(nil) }
func (w *wire) WriteStream() webrtc.TrackLocalWriter { return w }
func (w *wire) Write([]byte) (int, error)            { return 0, nil }
func (w *wire) WriteRTP(h *rtp.Header, p []byte) (int, error) {
	w.header = *h
	w.packets++
	if n := h.GetExtension(1); len(w.numbers) < cap(w.numbers) {
		w.numbers = append(w.numbers, uint16(n[0])<<8|uint16(n[1]))
	}
	return len(p), nil
}

func TestPacketsCarryTheirNumbersAndTheirLayer(t *testing.T) {
	w := &wire{numbers: make([]uint16, 0, 16)}
	up := NewUplink(func(int) {})
	track := NewLayer("camera", "greenroom", "h", func() string { return "4" }, media.VP8)
	track.SetPacer(NewPacer(up), 0)
	if _, err := track.Bind(w); err != nil {
		t.Fatal(err)
	}
	f := media.Frame{Codec: media.VP8, Data: make([]byte, 8_300)}
	for range 2 {
		if err := track.Write(f, 90_000); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(w.header.GetExtension(2), []byte("4")) || !bytes.Equal(w.header.GetExtension(3), []byte("h")) {
		t.Errorf("the media section %q and the layer %q", w.header.GetExtension(2), w.header.GetExtension(3))
	}
	if w.header.SSRC != 7 || w.header.PayloadType != 96 || w.header.Timestamp != 90_000 || !w.header.Marker {
		t.Errorf("the last packet's header: %+v", w.header)
	}
	for i, n := range w.numbers {
		if n != uint16(i) {
			t.Errorf("packet %d has the number %d", i, n)
		}
	}
	if len(w.numbers) != 16 {
		t.Errorf("%d packets", len(w.numbers))
	}
}

// What a frame costs beyond its packets, which are pion's: nothing.
func TestAFrameAllocatesNothing(t *testing.T) {
	w := &wire{}
	track := NewLayer("camera", "greenroom", "h", func() string { return "4" }, media.VP8)
	track.SetPacer(NewPacer(NewUplink(func(int) {})), 0)
	if _, err := track.Bind(w); err != nil {
		t.Fatal(err)
	}
	f := media.Frame{Codec: media.VP8, Data: make([]byte, 8_300)}
	if n := testing.AllocsPerRun(100, func() { _ = track.Write(f, 1) }); n != 0 {
		t.Errorf("%v allocations for a frame of 8 packets", n)
	}
}
