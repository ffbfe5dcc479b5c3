package m2m

import (
	"bytes"

	"greenroom/media"
)

// parameters are the parameter sets of a stream, for drivers that give them once, or in a buffer of their own.
type parameters struct{ sets []byte }

// complete returns an access unit that begins with its parameter sets if it is a keyframe; it is empty if frame has no picture.
// The result lies in frame where nothing has to be added.
func (p *parameters) complete(frame []byte) []byte {
	var sets []byte
	picture, idr := false, false
	for nal, rest := media.NextNAL(frame); len(nal) > 0; nal, rest = media.NextNAL(rest) {
		switch media.NALType(nal) {
		case media.NALSPS, media.NALPPS:
			sets = append(append(sets, 0, 0, 0, 1), nal...)
		case media.NALIDR:
			picture, idr = true, true
		case media.NALSlice:
			picture = true
		}
	}
	if len(sets) > 0 {
		p.sets = sets
	}
	switch {
	case !picture:
		return nil
	case idr && len(sets) == 0:
		return append(bytes.Clone(p.sets), frame...)
	}
	return frame
}
