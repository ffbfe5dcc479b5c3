package peer

import (
	"errors"
	"io"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v3"
)

// ReadRTCP reads what the other side says of a track (of the layer rid, where it has some) until the sender stops, and
// calls keyframe for each request of a keyframe (PLI and FIR, RFC 4585 and RFC 5104). It must run for every sender: pion sends lost packets
// again only while somebody reads. up, which may be nil, is given the feedback on congestion.
func ReadRTCP(sender *webrtc.RTPSender, rid string, up *Uplink, keyframe func()) {
	// pion returns an error for each packet that is malformed; only many of them in a row mean the end.
	const manyErrors = 100
	buffer := make([]byte, MTU)
	for failed := 0; failed < manyErrors; failed++ {
		n, err := readRTCP(sender, rid, buffer)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe) {
			return
		}
		if err != nil {
			continue
		}
		packets, err := rtcp.Unmarshal(buffer[:n])
		if err != nil {
			continue
		}
		failed = 0
		for _, p := range packets {
			if fb, ok := p.(*rtcp.TransportLayerCC); ok && up != nil {
				up.take(fb)
			}
		}
		if wantsKeyframe(packets) {
			keyframe()
		}
	}
}

func readRTCP(sender *webrtc.RTPSender, rid string, buffer []byte) (n int, err error) {
	if rid == "" {
		n, _, err = sender.Read(buffer)
	} else {
		n, _, err = sender.ReadSimulcast(buffer, rid)
	}
	return n, err
}

func wantsKeyframe(packets []rtcp.Packet) bool {
	for _, p := range packets {
		switch p.(type) {
		case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
			return true
		}
	}
	return false
}
