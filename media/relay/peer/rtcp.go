package peer

import (
	"errors"
	"io"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v3"
)

// ReadRTCP reads what the other side says of a track that we send until the sender stops, and calls keyframe for each
// request of a keyframe (PLI and FIR, RFC 4585 and RFC 5104). It must run for every sender: pion sends lost packets
// again only while somebody reads.
func ReadRTCP(sender *webrtc.RTPSender, keyframe func()) {
	// pion returns an error for each packet that is malformed; only many of them in a row mean the end.
	const manyErrors = 100
	buffer := make([]byte, MTU)
	for failed := 0; failed < manyErrors; failed++ {
		n, _, err := sender.Read(buffer)
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
