package assemble

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"greenroom/media"
	"greenroom/media/relay/packetise"
)

var epoch = time.Unix(1_000_000_000, 0)

// stream makes RTP packets as a sender does.
type stream struct {
	packetiser packetise.Packetiser
	sequence   uint16
	at         time.Duration
}

// frame makes the packets of one VP8 frame that begins with a frame tag of its kind.
func (s *stream) frame(keyframe bool, size int, fill byte) (data []byte, packets []Packet) {
	data = bytes.Repeat([]byte{fill}, size)
	data[0] = 1
	if keyframe {
		data[0] = 0
	}
	s.at += 33 * time.Millisecond
	_ = s.packetiser.Packets(media.VP8, data, func(payload []byte, last bool) error {
		packets = append(packets, Packet{
			Sequence: s.sequence, Timestamp: uint32(s.at.Milliseconds() * 90), Marker: last,
			Payload: bytes.Clone(payload), Arrived: epoch.Add(s.at),
		})
		s.sequence++
		return nil
	})
	return data, packets
}

func push(a *Assembler, packets ...Packet) (frames []media.Frame) {
	for _, p := range packets {
		a.Push(p)
		for {
			f, ok := a.Pop()
			if !ok {
				break
			}
			frames = append(frames, f)
		}
	}
	return frames
}

// want checks that the frames hold just these bytes.
func want(t *testing.T, frames []media.Frame, data ...[]byte) {
	t.Helper()
	if len(frames) != len(data) {
		t.Fatalf("got %d frames, want %d", len(frames), len(data))
	}
	for i, f := range frames {
		if !bytes.Equal(f.Data, data[i]) {
			t.Errorf("frame %d: %d bytes that differ from the %d sent", i, len(f.Data), len(data[i]))
		}
	}
}

func TestFrameIsGivenOutAtItsMarker(t *testing.T) {
	a, s := New(media.VP8), &stream{sequence: 0xfffe}
	key, packets := s.frame(true, 5000, 7)
	last := len(packets) - 1
	want(t, push(a, packets[:last]...))
	frames := push(a, packets[last])
	want(t, frames, key)
	f := frames[0]
	if !f.Keyframe || f.Timestamp != packets[0].Timestamp || !f.Captured.Equal(packets[last].Arrived) {
		t.Errorf("frame is %v, %d, %v", f.Keyframe, f.Timestamp, f.Captured)
	}
	delta, packets := s.frame(false, 100, 8)
	want(t, push(a, packets...), delta)
}

func TestNothingBeforeTheFirstKeyframe(t *testing.T) {
	a, s := New(media.VP8), &stream{}
	if !a.KeyframeWanted() || a.KeyframeWanted() {
		t.Error("a fresh assembler must want a keyframe, once")
	}
	_, packets := s.frame(false, 3000, 1)
	want(t, push(a, packets[1:]...)) // even begun in the middle
	_, packets = s.frame(false, 3000, 2)
	want(t, push(a, packets...))
	key, packets := s.frame(true, 3000, 3)
	want(t, push(a, packets...), key)
	if c := a.Counters(); c.Frames != 1 || c.Skipped != 1 || a.KeyframeWanted() || a.needKeyframe {
		t.Errorf("%+v", c)
	}
}

func TestOrderIsRestored(t *testing.T) {
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 1))
		a, s := New(media.VP8), &stream{sequence: 0xff00}
		first, all := s.frame(true, 4000, 1)
		data := [][]byte{first}
		frames := push(a, all...)
		all = nil
		for i := range 60 {
			d, packets := s.frame(i%20 == 0, 1+random.IntN(6000), byte(i))
			data, all = append(data, d), append(all, packets...)
		}
		for i := range all { // shuffle by up to 8 places, within the patience
			j := min(len(all)-1, i+random.IntN(8))
			all[i], all[j] = all[j], all[i]
		}
		for i := range all {
			all[i].Arrived = epoch.Add(s.at)
		}
		frames = append(frames, push(a, all...)...)
		want(t, frames, data...)
		if c := a.Counters(); c.Dropped+c.Lost+c.Skipped+c.Malformed != 0 || c.Reordered == 0 {
			t.Errorf("seed %d: %+v", seed, c)
		}
	}
}

func TestLossDropsUntilTheNextKeyframe(t *testing.T) {
	a, s := New(media.VP8), &stream{}
	key, packets := s.frame(true, 3000, 1)
	want(t, push(a, packets...), key)
	a.KeyframeWanted()
	_, packets = s.frame(false, 3000, 2)
	want(t, push(a, packets[0], packets[2])) // packets[1] never comes
	for range 15 {
		_, packets = s.frame(false, 2000, 3)
		want(t, push(a, packets...))
		if !a.needKeyframe && a.KeyframeWanted() {
			t.Fatal("gave up too early")
		}
	}
	_, packets = s.frame(false, 2000, 4)
	want(t, push(a, packets...)) // 528 ms after the gap
	if !a.KeyframeWanted() || a.KeyframeWanted() {
		t.Error("the loss must ask for a keyframe, once")
	}
	key, packets = s.frame(true, 3000, 5)
	want(t, push(a, packets...), key)
	if c := a.Counters(); c.Lost != 1 || c.Dropped != 1 || c.Skipped != 16 {
		t.Errorf("%+v", c)
	}
}

// While a keyframe is waited for, one that comes is not held up by what is missing before it.
func TestAKeyframeEndsTheWaitAtOnce(t *testing.T) {
	a, s := New(media.VP8), &stream{}
	_, packets := s.frame(false, 3000, 1)
	want(t, push(a, packets...))
	_, packets = s.frame(false, 3000, 2)
	want(t, push(a, packets[0], packets[2])) // packets[1] never comes
	late := packets[1]
	key, packets := s.frame(true, 3000, 3)
	want(t, push(a, packets...), key)
	want(t, push(a, late))
	delta, packets := s.frame(false, 3000, 4)
	want(t, push(a, packets...), delta)
	if c := a.Counters(); c.Lost != 1 || c.Late != 1 {
		t.Errorf("%+v", c)
	}
}

// A keyframe that comes while a packet has been missing for a while is shown without it.
func TestAKeyframeDoesNotWaitForWhatIsLongMissing(t *testing.T) {
	a, s := New(media.VP8), &stream{}
	first, packets := s.frame(true, 3000, 1)
	want(t, push(a, packets...), first)
	_, packets = s.frame(false, 3000, 2)
	want(t, push(a, packets[0], packets[2])) // packets[1] never comes
	for range 4 {
		_, packets = s.frame(false, 2000, 3)
		want(t, push(a, packets...))
	}
	key, packets := s.frame(true, 3000, 4)
	want(t, push(a, packets...), key)
	delta, packets := s.frame(false, 3000, 5)
	want(t, push(a, packets...), delta)
}

func TestLatePacketHealsTheGap(t *testing.T) {
	a, s := New(media.VP8), &stream{}
	key, packets := s.frame(true, 3000, 1)
	want(t, push(a, packets...), key)
	d1, p1 := s.frame(false, 3000, 2)
	d2, p2 := s.frame(false, 3000, 3)
	want(t, push(a, p1[0], p1[2]))
	want(t, push(a, p2...))
	sentAgain := p1[1]
	sentAgain.Arrived = epoch.Add(s.at + 20*time.Millisecond)
	want(t, push(a, sentAgain), d1, d2)
	want(t, push(a, sentAgain)) // twice
	if c := a.Counters(); c.Late != 1 || c.Lost != 0 {
		t.Errorf("%+v", c)
	}
}

func TestPaddingPacketsFillTheNumbering(t *testing.T) {
	a, s := New(media.VP8), &stream{}
	key, packets := s.frame(true, 3000, 1)
	want(t, push(a, packets...), key)
	s.sequence += 2
	want(t, push(a, Packet{Sequence: s.sequence - 2, Marker: true}, Packet{Sequence: s.sequence - 1}))
	delta, packets := s.frame(false, 10, 2)
	want(t, push(a, packets...), delta)
}

func TestMalformedFramesAreDropped(t *testing.T) {
	start := packetise.Descriptor{Start: true}.Append(nil)
	middle := packetise.Descriptor{}.Append(nil)
	delta := append(bytes.Clone(start), 1, 2, 3)
	for name, packets := range map[string][]Packet{
		"reserved bits":    {{Payload: []byte{0x48, 1, 2}, Marker: true}},
		"empty frame":      {{Payload: start, Marker: true}},
		"middle only":      {{Payload: append(bytes.Clone(middle), 9), Marker: true}},
		"two starts":       {{Payload: delta}, {Payload: delta, Marker: true}},
		"two timestamps":   {{Payload: delta}, {Payload: append(bytes.Clone(middle), 9), Timestamp: 5, Marker: true}},
		"start, no marker": {{Payload: delta, Timestamp: 1}, {Payload: delta, Timestamp: 2, Marker: true}},
	} {
		t.Run(name, func(t *testing.T) {
			a, s := New(media.VP8), &stream{}
			key, first := s.frame(true, 10, 1)
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
			key, again := s.frame(true, 10, 2)
			want(t, push(a, again...), key)
		})
	}
}

func TestTooLargeAFrameIsDropped(t *testing.T) {
	a, s := New(media.VP8), &stream{}
	_, packets := s.frame(true, MaxFrame+1, 1)
	want(t, push(a, packets...))
	if c := a.Counters(); c.Dropped != 1 {
		t.Errorf("%+v", c)
	}
	whole, packets := s.frame(true, MaxFrame, 2)
	want(t, push(a, packets...), whole)
}

func TestNewNumberingIsFollowed(t *testing.T) {
	for name, jump := range map[string]uint16{"forward": 20_000, "back": 0xffff - 5_000} {
		t.Run(name, func(t *testing.T) {
			a, s := New(media.VP8), &stream{sequence: 30_000}
			key, packets := s.frame(true, 3000, 1)
			want(t, push(a, packets...), key)
			s.sequence += jump
			var got []media.Frame
			for range 2 * lateRun {
				_, packets = s.frame(true, 10, 2)
				got = append(got, push(a, packets...)...)
			}
			if len(got) < lateRun || a.Counters().Restarts != 1 {
				t.Errorf("%d frames after the jump, %+v", len(got), a.Counters())
			}
		})
	}
}

func TestOpus(t *testing.T) {
	a := New(media.Opus)
	packet := func(seq uint16, at time.Duration) Packet {
		return Packet{
			Sequence: seq, Timestamp: uint32(seq) * 960, Payload: []byte{byte(seq), 9}, Arrived: epoch.Add(at), Level: 30, Voice: true,
		}
	}
	frames := push(a, packet(1, 0), packet(3, 20*time.Millisecond), packet(2, 25*time.Millisecond))
	want(t, frames, []byte{1, 9}, []byte{2, 9}, []byte{3, 9})
	if frames[0].Level != 30 || !frames[0].Voice || frames[0].Codec != media.Opus {
		t.Errorf("%+v", frames[0])
	}
	// 4 is lost: 5 waits for the patience, no longer, and nothing asks for a keyframe.
	frames = push(a, packet(5, 100*time.Millisecond), packet(6, 120*time.Millisecond), packet(7, 140*time.Millisecond))
	want(t, frames, []byte{5, 9}, []byte{6, 9}, []byte{7, 9})
	if a.KeyframeWanted() || a.needKeyframe || a.Counters().Lost != 1 {
		t.Errorf("%+v", a.Counters())
	}
}

func BenchmarkVP8(b *testing.B) {
	a, s := New(media.VP8), &stream{}
	_, packets := s.frame(true, 8_300, 1)
	push(a, packets...)
	_, packets = s.frame(false, 8_300, 1)
	b.SetBytes(8_300)
	b.ReportAllocs()
	next := packets[0].Sequence
	for b.Loop() {
		for _, p := range packets {
			p.Sequence = next
			next++
			a.Push(p)
		}
		if _, ok := a.Pop(); !ok {
			b.Fatal("no frame")
		}
	}
}
