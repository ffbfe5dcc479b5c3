package assemble

import "greenroom/media/relay/packetise"

// consumeH264 takes a packet of H.264 in sequence order. All packets of one timestamp are a frame; the last one has the
// marker. What is put together is a byte stream, with a start code of four bytes before each NAL unit.
//
// No packet says that a frame begins with it. After a gap one may be begun in its middle: it is none that begins with
// parameter sets then, so it is no keyframe, and nothing but a keyframe is given out after a gap.
func (a *Assembler) consumeH264(p Packet) {
	if a.frame.open && p.Timestamp != a.frame.timestamp { // its end never came
		a.lose()
	}
	u, err := packetise.ParseUnit(p.Payload)
	switch {
	case err != nil, u.Several && (a.frame.open || !p.Marker):
		a.counters.Malformed++
		a.lose()
		return
	case u.Several: // the relay's own frame: whoever knows its trailer drops it
		a.giveForeign(p)
		return
	case u.Fragment && !u.Start && !a.frame.open: // the middle of a frame whose start is lost
		a.wantKeyframe()
		return
	case a.frame.inUnit != (u.Fragment && !u.Start): // a unit within another, or the middle of none
		a.counters.Malformed++
		a.lose()
		return
	}
	if !a.frame.open {
		a.frame.begin(p.Timestamp)
	}
	if len(a.frame.data)+startCodeLen+1+len(u.Data) > MaxFrame {
		a.lose()
		return
	}
	a.appendUnit(u)
	if !p.Marker {
		return
	}
	if a.frame.inUnit {
		a.counters.Malformed++
		a.lose()
		return
	}
	a.finish(p)
}

const startCodeLen = 4

// appendUnit appends a NAL unit, or a part of one, to the frame.
func (a *Assembler) appendUnit(u packetise.Unit) {
	f := &a.frame
	if !u.Fragment || u.Start {
		f.data = append(f.data, 0, 0, 0, 1)
	}
	if u.Start {
		f.data = append(f.data, u.Header)
	}
	f.data = append(f.data, u.Data...)
	f.inUnit = u.Fragment && !u.End
}

// giveForeign gives a payload out as it came, if nothing is missing.
func (a *Assembler) giveForeign(p Packet) {
	if a.needKeyframe {
		a.counters.Skipped++
		return
	}
	a.give(p, append([]byte(nil), p.Payload...), false)
}
