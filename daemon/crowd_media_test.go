package daemon

import (
	"bytes"
	"context"
	"encoding/binary"
	"time"

	"greenroom/daemon/conference"
	"greenroom/media"
)

// framesEvery is the pace of a crowd's media: as little as says at once whether somebody is seen and heard.
const framesEvery = 250 * time.Millisecond

// A crowd's frames say when they were sent: a head that a relay takes for VP8 or Opus, a mark, and the time. Every
// picture is a keyframe of 64 x 36 (RFC 6386, section 9.1), so that each stands alone.
const (
	pictureHead = "\x10\x00\x00\x9d\x01\x2a\x40\x00\x24\x00"
	soundHead   = "\xf8"
	frameMark   = "greenroom crowd "
)

// stamped makes a frame that says when it was sent.
func stamped(s media.Stream, sent time.Time, number uint32) media.Frame {
	f := media.Frame{Codec: media.VP8, Keyframe: true, Data: []byte(pictureHead), Duration: framesEvery, Level: 127}
	if s.Audio() {
		f.Codec, f.Keyframe, f.Data = media.Opus, false, []byte(soundHead)
	}
	f.Timestamp = number * uint32(framesEvery*time.Duration(f.Codec.ClockRate())/time.Second)
	f.Data = binary.BigEndian.AppendUint64(append(f.Data, frameMark...), uint64(sent.UnixNano()))
	return f
}

// sentAt returns when a frame was sent, if it is one of a crowd's.
func sentAt(f media.Frame) (time.Time, bool) {
	_, stamp, ok := bytes.Cut(f.Data, []byte(frameMark))
	if !ok || len(stamp) != 8 {
		return time.Time{}, false
	}
	return time.Unix(0, int64(binary.BigEndian.Uint64(stamp))), true
}

// send sends pictures and sound until ctx ends.
func (r *crowdRoom) send(ctx context.Context, c *conference.Conference) {
	tick := time.NewTicker(framesEvery)
	defer tick.Stop()
	for n := uint32(1); ; n++ {
		for _, s := range []media.Stream{media.Camera, media.Microphone} {
			_ = c.Send(s, stamped(s, time.Now(), n)) // while the relay is away there is nobody to send to
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
