package relay

import (
	"testing"
	"time"

	"greenroom/media"
)

// BenchmarkSend measures what sending a frame of 8.3 kB (8 packets) costs, from WriteFrame to the socket: on a real
// connection to a real relay, with congestion control, retransmission buffers and SRTP. What it allocates is pion's: the
// copies that are kept for retransmission, and what SRTP and UDP make of each packet.
func BenchmarkSend(b *testing.B) { benchSend(b, 1) }

// BenchmarkSendLayers does the same in three layers: three frames.
func BenchmarkSendLayers(b *testing.B) { benchSend(b, MaxLayers) }

func benchSend(b *testing.B, layers int) {
	srv := startRelay(b)
	h := newClock()
	c, stop := startClient(srv, "aspen", Config{Handler: forgetful{h}, Publish: []Publication{
		{Stream: media.Camera, Codec: media.VP8, Width: 1280, Height: 720, Layers: layers},
	}})
	defer stop()
	<-h.connected
	frame := makeFrame(media.VP8, false, 1, 8_300)
	for c.WriteFrame(media.Camera, frame) != nil { // until the relay has answered
		time.Sleep(time.Millisecond)
	}
	b.ReportAllocs()
	for b.Loop() {
		for layer := range layers {
			frame.Layer = uint8(layer)
			if err := c.WriteFrame(media.Camera, frame); err != nil {
				b.Fatal(err)
			}
		}
		frame.Timestamp += 3000
	}
	b.ReportMetric(float64(8*layers), "packets/op")
}
