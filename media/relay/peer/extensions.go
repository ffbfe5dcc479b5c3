package peer

import (
	"encoding/binary"

	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v3"

	"greenroom/media"
)

// extensions are a track's RTP header extensions. They are put into the header once; per packet only their bytes change,
// so that no packet costs an allocation.
type extensions struct {
	header rtp.Header // carries what was negotiated
	level  [1]byte    // RFC 6464: voice, level
	number [2]byte    // the transport-wide sequence number
	counts bool       // number is among them
}

// negotiate sets up what the other side takes. The slices of the header stay those of x.
func (x *extensions) negotiate(agreed []webrtc.RTPHeaderExtensionParameter, mid, rid string) error {
	*x = extensions{header: rtp.Header{Version: 2}}
	for _, e := range agreed {
		var payload []byte
		switch e.URI {
		case sdp.AudioLevelURI:
			payload = x.level[:]
		case sdp.TransportCCURI:
			payload, x.counts = x.number[:], true
		case sdp.SDESMidURI:
			payload = []byte(mid)
		case sdp.SDESRTPStreamIDURI:
			payload = []byte(rid)
		}
		if len(payload) == 0 {
			continue
		}
		if err := x.header.SetExtension(uint8(e.ID), payload); err != nil {
			return err
		}
	}
	return nil
}

// setLevel sets the level of the packets that follow.
func (x *extensions) setLevel(f media.Frame) {
	x.level[0] = min(f.Level, 127)
	if f.Voice {
		x.level[0] |= 0x80
	}
}

func (x *extensions) setNumber(n uint16) { binary.BigEndian.PutUint16(x.number[:], n) }
