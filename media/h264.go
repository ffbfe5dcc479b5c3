package media

import (
	"bytes"
	"errors"
)

// The kinds of NAL unit that are told apart here (ITU-T H.264, table 7-1).
const (
	NALSlice     = 1  // of a picture that needs an earlier one
	NALIDR       = 5  // a slice of a picture that needs none
	NALSPS       = 7  // sequence parameter set
	NALPPS       = 8  // picture parameter set
	NALDelimiter = 9  // access unit delimiter
	NALFiller    = 12 // nothing
	NALLast      = 23 // the last kind that may stand in a stream; those from 24 on are RTP's own (RFC 6184, section 5.2)
)

// NALType returns the kind of a NAL unit, which must not be empty.
func NALType(nal []byte) byte { return nal[0] & 0x1f }

// NextNAL returns the first NAL unit of a byte stream (H.264, annex B) without its start code, and what follows it. The
// unit is empty at the end of the stream alone. What stands before the first start code is left out.
func NextNAL(stream []byte) (nal, rest []byte) {
	for len(nal) == 0 {
		at := bytes.Index(stream, startCode)
		if at < 0 {
			return nil, nil
		}
		stream = stream[at+len(startCode):]
		nal, rest = stream, nil
		// A unit ends before the next start code, or before three zero bytes: a start code may have four.
		if end := bytes.Index(stream, startCode); end >= 0 {
			nal, rest = stream[:end], stream[end:]
		}
		nal = bytes.TrimRight(nal, "\x00")
		stream = rest
	}
	return nal, rest
}

// startCode begins each NAL unit; a further zero byte may stand before it.
var startCode = []byte{0, 0, 1}

// H264Keyframe reports whether the access unit in data needs no earlier one, and brings the parameter sets that it needs: its
// first slice is an IDR picture's, and a sequence parameter set stands before it.
func H264Keyframe(data []byte) bool {
	kind, parameters := firstSlice(data)
	return kind == NALIDR && parameters
}

// firstSlice returns the kind of the first slice, 0 if there is none, and whether a sequence parameter set stands before it.
func firstSlice(data []byte) (kind byte, parameters bool) {
	for nal, rest := NextNAL(data); len(nal) > 0; nal, rest = NextNAL(rest) {
		switch t := NALType(nal); t {
		case NALSlice, NALIDR:
			return t, parameters
		case NALSPS:
			parameters = true
		}
	}
	return 0, false
}

// errEscape: bytes stand in a NAL unit that Escape does not write.
var errEscape = errors.New("a sealed H.264 frame that is no NAL unit")

// The bytes that Escape adds (H.264, section 7.4.1): preventer stands after two zero bytes wherever the next byte is no larger
// than it, and stop is last, because no NAL unit ends in a zero byte.
const (
	preventer = 0x03
	stop      = 0x80
)

var zeros = []byte{0, 0}

// Escape makes of a sealed H.264 frame, of which n bytes are in clear, a sequence of NAL units: no start code stands in it but
// those of the clear header. It changes data and returns it with the bytes that were added. Other codecs' frames it returns as
// they are.
func Escape(c Codec, data []byte, n int) []byte {
	if c != H264 || n > len(data) {
		return data
	}
	added := 0
	eachEscape(data[n:], func(int) { added++ })
	if added > 0 { // once in four million bytes, and where a counter in the SFrame header is such a number
		plain, from := bytes.Clone(data[n:]), 0
		data = data[:n]
		eachEscape(plain, func(at int) {
			data = append(append(data, plain[from:at]...), preventer)
			from = at
		})
		data = append(data, plain[from:]...)
	}
	return append(data, stop)
}

// eachEscape calls f with each place of b before which a preventer must stand.
func eachEscape(b []byte, f func(at int)) {
	for from := 0; ; {
		at := bytes.Index(b[from:], zeros)
		if at < 0 || from+at+len(zeros) == len(b) {
			return
		}
		from += at + len(zeros)
		if b[from] <= preventer {
			f(from)
		}
	}
}

// Unescape is the inverse of Escape. The result lies in data, unless bytes had been added; a frame without a clear header is
// returned as it is. What Escape does not write is an error.
func Unescape(c Codec, data []byte) ([]byte, error) {
	n := ClearLen(c, data)
	if c != H264 || n == 0 {
		return data, nil
	}
	end := len(data) - 1
	if end < n || data[end] != stop {
		return nil, errEscape
	}
	data = data[:end]
	if !bytes.Contains(data[n:], zeros) {
		return data, nil
	}
	plain := append(make([]byte, 0, end), data[:n]...)
	run := 0 // zero bytes just before
	for i := n; i < end; i++ {
		switch v := data[i]; {
		case run < len(zeros) || v > preventer:
			plain = append(plain, v)
		case v < preventer || i+1 == end || data[i+1] > preventer:
			return nil, errEscape
		}
		if run++; data[i] != 0 {
			run = 0
		}
	}
	return plain, nil
}
