package peer

import (
	"errors"
	"io"

	"github.com/pion/rtcp"
)

// ReadRTCP reads what the other side says of a track or layer until its sender stops or done is closed before it is
// negotiated, and calls keyframe for each request of a keyframe (PLI and FIR, RFC 4585 and RFC 5104). It must run for every
// sender: lost packets are sent again only while somebody reads. up, which may be nil, is given the feedback on congestion.
func ReadRTCP(t *Track, done <-chan struct{}, up *Uplink, keyframe func()) {
	select {
	case <-t.bound:
	case <-done:
		return
	}
	// Not by RTPSender.ReadSimulcast: it races with the sender's end.
	// pion returns an error for each packet that is malformed; only many of them in a row mean the end.
	const manyErrors = 100
	buffer := make([]byte, MTU)
	for failed := 0; failed < manyErrors; failed++ {
		n, _, err := t.rtcp.Read(buffer, nil)
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
			switch p := p.(type) {
			case *rtcp.TransportLayerCC:
				if up != nil {
					up.take(p)
				}
			case *rtcp.TransportLayerNack:
				if t.pacer != nil {
					t.pacer.again(t, p.Nacks)
				}
			}
		}
		if wantsKeyframe(packets) {
			keyframe()
		}
	}
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
