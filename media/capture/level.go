package capture

import "math"

// silence is the lowest level (RFC 6464): -127 dBov.
const silence = 127

// dBov returns how loud 16-bit samples are together, in -dBov as in RFC 6464: 0 is as loud as can be.
func dBov(samples []int16) uint8 {
	if len(samples) == 0 {
		return silence
	}
	var sum float64
	for _, v := range samples {
		sum += float64(v) * float64(v)
	}
	power := sum / float64(len(samples)) / (32768 * 32768)
	if power == 0 {
		return silence
	}
	return uint8(max(0, min(silence, math.Round(-10*math.Log10(power)))))
}

// The voice detector's settings, in dB and in packets of 20 ms.
const (
	voiceAbove  = 9.0  // a voice is that much louder than the room
	voiceFloor  = 60.0 // and never below -60 dBov
	voiceHold   = 15   // 300 ms: a pause between words is no end
	floorFall   = 0.5  // the room's level follows a quieter packet by half of the way
	floorRise   = 0.05 // and a louder one by 1 dB in 400 ms
	floorAtMost = 30.0 // a room louder than -30 dBov is taken for one that speaks
)

// voice tells speech from the room's own noise by level alone. Its zero value knows nothing about the room yet.
type voice struct {
	floor float64 // the room's level in dBov; 0: not known yet
	hold  int
}

// hears takes the level of the next packet and reports whether somebody speaks.
func (v *voice) hears(level uint8) bool {
	now := -float64(level)
	switch {
	case v.floor == 0:
		v.floor = min(now, -voiceFloor)
	case now < v.floor:
		v.floor += floorFall * (now - v.floor)
	default:
		v.floor = min(v.floor+floorRise, -floorAtMost)
	}
	if now > v.floor+voiceAbove && now > -voiceFloor {
		v.hold = voiceHold
	} else if v.hold > 0 {
		v.hold--
	}
	return v.hold > 0
}
