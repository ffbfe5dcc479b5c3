package assemble

import (
	"greenroom/media"
	"greenroom/media/relay/packetise"
)

// building is the frame under construction.
//
//	idle ──first packet──> open ──marker──> given out, idle
//	  ^                      │
//	  └──────────────────────┘ gap, malformed, other timestamp, too large: dropped
type building struct {
	open      bool
	timestamp uint32
	data      []byte
	usual     int // the size of the last frame but keyframes, from which the next buffer is sized

	inUnit bool // H.264: a NAL unit's last fragment has not come yet
}

// consume takes a packet in sequence order.
func (a *Assembler) consume(p Packet) {
	switch a.codec {
	case media.VP8:
		a.consumeVP8(p)
	case media.H264:
		a.consumeH264(p)
	case media.Opus:
		a.give(p, append([]byte(nil), p.Payload...), false)
	}
}

func (a *Assembler) consumeVP8(p Packet) {
	d, rest, err := packetise.ParseDescriptor(p.Payload)
	if err != nil {
		a.counters.Malformed++
		a.lose()
		return
	}
	switch {
	case d.FrameStart():
		if a.frame.open { // its end never came
			a.lose()
		}
		a.frame.begin(p.Timestamp)
	case !a.frame.open: // the middle of a frame whose start is lost
		a.wantKeyframe()
		return
	case p.Timestamp != a.frame.timestamp:
		a.counters.Malformed++
		a.lose()
		return
	}
	if len(a.frame.data)+len(rest) > MaxFrame {
		a.lose()
		return
	}
	a.frame.data = append(a.frame.data, rest...)
	if p.Marker {
		a.finish(p)
	}
}

func (b *building) begin(timestamp uint32) {
	b.open, b.timestamp = true, timestamp
	b.data = make([]byte, 0, b.usual+b.usual/4)
}

// finish closes the frame under construction and gives it out, unless it builds on one that is missing.
func (a *Assembler) finish(p Packet) {
	data := a.frame.data
	keyframe := media.Keyframe(a.codec, data)
	a.frame = building{usual: a.frame.usual}
	if !keyframe {
		a.frame.usual = min(len(data), MaxFrame/4)
	}
	switch {
	case len(data) == 0:
		a.counters.Malformed++
		a.counters.Dropped++
		a.wantKeyframe()
	case a.needKeyframe && !keyframe:
		a.counters.Skipped++
	default:
		a.needKeyframe, a.askKeyframe = false, false
		a.give(p, data, keyframe)
	}
}

// give puts a frame out. Its Duration stays 0: that of a picture is known when the next one comes, and that of sound
// stands in the sealed data.
func (a *Assembler) give(p Packet, data []byte, keyframe bool) {
	a.counters.Frames++
	a.ready = append(a.ready, media.Frame{
		Codec: a.codec, Keyframe: keyframe, Timestamp: p.Timestamp,
		Captured: p.Arrived, Level: p.Level, Voice: p.Voice, Data: data,
	})
}

func (a *Assembler) dropFrame() {
	if a.frame.open {
		a.counters.Dropped++
		a.frame = building{usual: a.frame.usual}
	}
}
