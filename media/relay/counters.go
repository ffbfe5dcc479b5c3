package relay

import (
	"sync/atomic"

	"greenroom/media/relay/assemble"
)

// Counters count since New, over all sessions.
type Counters struct {
	Joins, Resumes uint64 // completed
	FramesSent     uint64
	FramesMuted    uint64 // given to WriteFrame while muted, and not sent
	FramesReceived uint64 // handed to the handler
	// FramesInjected were made by the relay itself (silence on mute, blank pictures at the end) and dropped.
	FramesInjected uint64
	// PacketsUnknown came for a track that the relay has not told us of, or for a stream of another kind; dropped.
	PacketsUnknown   uint64
	PacketsMalformed uint64 // not RTP
	DataSent         uint64
	DataReceived     uint64
	DataMalformed    uint64
	KeyframesAsked   uint64 // PLIs sent
	KeyframesWanted  uint64 // PLIs and FIRs received

	Assembly assemble.Counters // over all received tracks
}

// counters are Counters that many goroutines add to.
type counters struct {
	joins, resumes                                          atomic.Uint64
	framesSent, framesMuted, framesReceived, framesInjected atomic.Uint64
	packetsUnknown, packetsMalformed                        atomic.Uint64
	dataSent, dataReceived, dataMalformed                   atomic.Uint64
	keyframesAsked, keyframesWanted                         atomic.Uint64
	frames, dropped, skipped, lost, late                    atomic.Uint64
	malformed, reordered, restarts, duplicates              atomic.Uint64
}

// assembled adds what an assembler counted between two readings.
func (c *counters) assembled(was, now assemble.Counters) {
	c.frames.Add(now.Frames - was.Frames)
	c.dropped.Add(now.Dropped - was.Dropped)
	c.skipped.Add(now.Skipped - was.Skipped)
	c.lost.Add(now.Lost - was.Lost)
	c.late.Add(now.Late - was.Late)
	c.malformed.Add(now.Malformed - was.Malformed)
	c.reordered.Add(now.Reordered - was.Reordered)
	c.restarts.Add(now.Restarts - was.Restarts)
	c.duplicates.Add(now.Duplicates - was.Duplicates)
}

func (c *counters) read() Counters {
	return Counters{
		Joins: c.joins.Load(), Resumes: c.resumes.Load(),
		FramesSent: c.framesSent.Load(), FramesMuted: c.framesMuted.Load(),
		FramesReceived: c.framesReceived.Load(), FramesInjected: c.framesInjected.Load(),
		PacketsUnknown: c.packetsUnknown.Load(), PacketsMalformed: c.packetsMalformed.Load(),
		DataSent: c.dataSent.Load(), DataReceived: c.dataReceived.Load(), DataMalformed: c.dataMalformed.Load(),
		KeyframesAsked: c.keyframesAsked.Load(), KeyframesWanted: c.keyframesWanted.Load(),
		Assembly: assemble.Counters{
			Frames: c.frames.Load(), Dropped: c.dropped.Load(), Skipped: c.skipped.Load(), Lost: c.lost.Load(),
			Late: c.late.Load(), Malformed: c.malformed.Load(), Reordered: c.reordered.Load(),
			Restarts: c.restarts.Load(), Duplicates: c.duplicates.Load(),
		},
	}
}

// Plus returns the sums of two connections' counters.
func (c Counters) Plus(o Counters) Counters {
	return Counters{
		Joins: c.Joins + o.Joins, Resumes: c.Resumes + o.Resumes,
		FramesSent: c.FramesSent + o.FramesSent, FramesMuted: c.FramesMuted + o.FramesMuted,
		FramesReceived: c.FramesReceived + o.FramesReceived, FramesInjected: c.FramesInjected + o.FramesInjected,
		PacketsUnknown: c.PacketsUnknown + o.PacketsUnknown, PacketsMalformed: c.PacketsMalformed + o.PacketsMalformed,
		DataSent: c.DataSent + o.DataSent, DataReceived: c.DataReceived + o.DataReceived, DataMalformed: c.DataMalformed + o.DataMalformed,
		KeyframesAsked: c.KeyframesAsked + o.KeyframesAsked, KeyframesWanted: c.KeyframesWanted + o.KeyframesWanted,
		Assembly: assemble.Counters{
			Frames: c.Assembly.Frames + o.Assembly.Frames, Dropped: c.Assembly.Dropped + o.Assembly.Dropped,
			Skipped: c.Assembly.Skipped + o.Assembly.Skipped, Lost: c.Assembly.Lost + o.Assembly.Lost,
			Late: c.Assembly.Late + o.Assembly.Late, Malformed: c.Assembly.Malformed + o.Assembly.Malformed,
			Reordered: c.Assembly.Reordered + o.Assembly.Reordered, Restarts: c.Assembly.Restarts + o.Assembly.Restarts,
			Duplicates: c.Assembly.Duplicates + o.Assembly.Duplicates,
		},
	}
}
