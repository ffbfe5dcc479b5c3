package peer

import (
	"time"

	"github.com/pion/rtcp"

	"greenroom/media"
)

// ReportEvery is how often a track is to be reported (RFC 3550, section 6.4.1).
const ReportEvery = time.Second

// maxAge is how old a frame may be when it is sent for its capture time to be believed.
const maxAge = 10 * time.Second

// ntpEpoch is the beginning of NTP's time (RFC 5905) before that of Unix, in seconds.
const ntpEpoch = 2_208_988_800

// ntp returns a time in NTP's 64-bit form: seconds, and their fraction.
func ntp(t time.Time) uint64 {
	return uint64(t.Unix()+ntpEpoch)<<32 | uint64(t.Nanosecond())<<32/uint64(time.Second)
}

// FromNTP returns the time of NTP's 64-bit form.
func FromNTP(n uint64) time.Time {
	return time.Unix(int64(n>>32)-ntpEpoch, int64((n&(1<<32-1))*uint64(time.Second)>>32))
}

// clock remembers when the latest frame was captured: what a track tells of the way from its timestamps to the time, by
// which the other side plays pictures and sound in step. pion's own reports take the time at which a packet left for
// that; pictures leave later than sound.
type clock struct {
	started   bool
	timestamp uint32
	captured  time.Time
	packets   uint32
	octets    uint32
}

// note notes a frame that is sent now.
func (c *clock) note(f media.Frame, timestamp uint32, now time.Time) {
	c.started, c.timestamp, c.captured = true, timestamp, f.Captured
	if age := now.Sub(f.Captured); age < -maxAge || age > maxAge {
		c.captured = now // of no time, or made up
	}
}

// Report returns what there is to report of the track: which timestamp a frame would have that is captured now. It is
// nil before the first frame.
func (t *Track) Report(now time.Time) *rtcp.SenderReport {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := &t.clock
	if !c.started || t.writer == nil {
		return nil
	}
	since := now.Sub(c.captured)
	ticks := int64(since) / int64(time.Microsecond) * int64(t.codec.ClockRate()) / 1_000_000
	return &rtcp.SenderReport{
		SSRC: t.ssrc, NTPTime: ntp(now), RTPTime: c.timestamp + uint32(ticks), PacketCount: c.packets, OctetCount: c.octets,
	}
}
