package assemble

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"greenroom/media"
)

// h264Stream makes RTP packets of sealed H.264 frames, as a sender does.
type h264Stream struct {
	stream
	random *rand.Rand
}

func newH264Stream(seed uint64) *h264Stream {
	return &h264Stream{stream{sequence: uint16(seed)}, rand.New(rand.NewPCG(seed, 2))}
}

// frame makes the packets of a frame whose sealed part are size bytes that mean nothing, many of them zeros.
func (s *h264Stream) frame(t testing.TB, keyframe bool, size int) (data []byte, packets []Packet) {
	t.Helper()
	picture := []byte{0, 0, 0, 1, 0x41, 7}
	if keyframe {
		picture = []byte{0, 0, 0, 1, 0x67, 7, 0, 0, 0, 1, 0x65, 7}
	}
	data, _, err := media.Split(media.H264, picture, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := len(data)
	for range size {
		data = append(data, byte(s.random.Uint32())>>s.random.UintN(8))
	}
	data = media.Escape(media.H264, data, n)
	s.at += 33 * time.Millisecond
	_ = s.packetiser.Packets(media.H264, data, func(payload []byte, last bool) error {
		packets = append(packets, Packet{
			Sequence: s.sequence, Timestamp: uint32(s.at.Milliseconds() * 90), Marker: last,
			Payload: bytes.Clone(payload), Arrived: epoch.Add(s.at),
		})
		s.sequence++
		return nil
	})
	return data, packets
}

func TestH264IsGivenOutAtItsMarker(t *testing.T) {
	a, s := New(media.H264), newH264Stream(1)
	for i, size := range []int{5000, 0, 100, 1160, 1180, 3000} {
		data, packets := s.frame(t, i == 0, size)
		last := len(packets) - 1
		want(t, push(a, packets[:last]...))
		frames := push(a, packets[last])
		want(t, frames, data)
		if frames[0].Keyframe != (i == 0) {
			t.Errorf("frame %d: keyframe is %v", i, i != 0)
		}
	}
}

func TestH264OrderIsRestored(t *testing.T) {
	for seed := range uint64(50) {
		a, s := New(media.H264), newH264Stream(seed)
		first, all := s.frame(t, true, 4000)
		data, frames := [][]byte{first}, push(a, all...)
		all = nil
		for i := range 60 {
			d, packets := s.frame(t, i%20 == 0, s.random.IntN(6000))
			data, all = append(data, d), append(all, packets...)
		}
		for i := range all {
			j := min(len(all)-1, i+s.random.IntN(8))
			all[i], all[j] = all[j], all[i]
		}
		for i := range all {
			all[i].Arrived = epoch.Add(s.at)
		}
		want(t, append(frames, push(a, all...)...), data...)
		if c := a.Counters(); c.Dropped+c.Lost+c.Skipped+c.Malformed != 0 {
			t.Errorf("seed %d: %+v", seed, c)
		}
	}
}

// Whichever packet is lost, nothing that lacks it, or builds on what lacks it, is given out.
func TestH264LossDropsUntilTheNextKeyframe(t *testing.T) {
	for lost := range 9 {
		a, s := New(media.H264), newH264Stream(uint64(lost))
		first, packets := s.frame(t, true, 3000)
		want(t, push(a, packets...), first)
		a.KeyframeWanted()
		// A keyframe of five packets and a picture of three: one of them never comes.
		second, packets := s.frame(t, true, 3000)
		third, more := s.frame(t, false, 3000)
		packets = append(packets, more...)
		frames := push(a, append(packets[:lost:lost], packets[min(lost+1, len(packets)):]...)...)
		for range 20 { // for longer than the missing packet is waited for
			_, later := s.frame(t, false, 2000)
			frames = append(frames, push(a, later...)...)
		}
		switch {
		case lost < 5:
			want(t, frames)
		case lost < 8:
			want(t, frames, second)
		default: // nothing is lost
			if len(frames) != 22 || !bytes.Equal(frames[1].Data, third) {
				t.Errorf("%d frames without a loss", len(frames))
			}
		}
		if asked := a.KeyframeWanted(); asked != (lost < 8) {
			t.Errorf("packet %d: a keyframe is wanted: %v", lost, asked)
		}
		key, packets := s.frame(t, true, 3000)
		if got := push(a, packets...); len(got) != 1 || !bytes.Equal(got[0].Data, key) {
			t.Errorf("packet %d: %d frames at the next keyframe", lost, len(got))
		}
	}
}

func TestH264AKeyframeEndsTheWait(t *testing.T) {
	a, s := New(media.H264), newH264Stream(3)
	_, packets := s.frame(t, false, 3000)
	want(t, push(a, packets[0], packets[2])) // packets[1] never comes
	key, packets := s.frame(t, true, 3000)
	want(t, push(a, packets...), key)
}

// The relay's own frames are several units in one packet: they come out as they are, for the trailer to be found.
func TestH264TheRelaysOwnFrames(t *testing.T) {
	a, s := New(media.H264), newH264Stream(4)
	key, packets := s.frame(t, true, 3000)
	want(t, push(a, packets...), key)
	own := []byte("\x18\x00\x02\x67\x01\x00\x02\x65\x02trailer")
	frames := push(a, Packet{Sequence: s.sequence, Timestamp: 1, Marker: true, Payload: own, Arrived: epoch.Add(s.at)})
	want(t, frames, own)
	if frames[0].Keyframe {
		t.Error("it is no keyframe of ours")
	}
}

func TestH264MalformedFramesAreDropped(t *testing.T) {
	for name, packets := range map[string][]Packet{
		"kind 0":                 {{Payload: []byte{0x60, 1}, Marker: true}},
		"kind 30":                {{Payload: []byte{0x7e, 1}, Marker: true}},
		"an empty fragment":      {{Payload: []byte{0x7c, 0x81}}},
		"first and last at once": {{Payload: []byte{0x7c, 0xc1, 2}, Marker: true}},
		"a fragment of kind 28":  {{Payload: []byte{0x7c, 0x9c, 2}}},
		"the middle of none":     {{Payload: []byte{0x41, 1}}, {Payload: []byte{0x7c, 0x01, 2}, Marker: true}},
		"a unit within another":  {{Payload: []byte{0x7c, 0x81, 2}}, {Payload: []byte{0x41, 2}, Marker: true}},
		"two starts":             {{Payload: []byte{0x7c, 0x81, 2}}, {Payload: []byte{0x7c, 0x81, 2}}},
		"never ended":            {{Payload: []byte{0x7c, 0x81, 2}}, {Payload: []byte{0x7c, 0x01, 2}, Marker: true}},
		"no marker":              {{Payload: []byte{0x41, 1}}, {Payload: []byte{0x41, 1}, Timestamp: 5, Marker: true}},
		"several in the middle":  {{Payload: []byte{0x41, 1}}, {Payload: []byte{0x18, 0, 1, 0x41}, Marker: true}},
	} {
		t.Run(name, func(t *testing.T) {
			a, s := New(media.H264), newH264Stream(5)
			key, first := s.frame(t, true, 10)
			want(t, push(a, first...), key)
			a.KeyframeWanted()
			for i := range packets {
				packets[i].Sequence = s.sequence
				s.sequence++
			}
			want(t, push(a, packets...))
			if !a.KeyframeWanted() {
				t.Error("no keyframe is wanted")
			}
			key, again := s.frame(t, true, 10)
			want(t, push(a, again...), key)
		})
	}
}

func TestH264TooLargeAFrameIsDropped(t *testing.T) {
	a, s := New(media.H264), newH264Stream(6)
	_, packets := s.frame(t, true, MaxFrame)
	want(t, push(a, packets...))
	if c := a.Counters(); c.Dropped == 0 {
		t.Errorf("%+v", c)
	}
}
