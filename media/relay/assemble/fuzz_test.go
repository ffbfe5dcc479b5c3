package assemble

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"greenroom/media"
)

// FuzzHostilePackets feeds packets that an enemy wrote: whatever comes, the bounds hold, and what comes out is a
// frame. Each packet of the input: control, 2 sequence, 1 timestamp, 1 milliseconds, length, payload.
func FuzzHostilePackets(f *testing.F) {
	f.Add([]byte{1, 0, 0, 1, 1, 2, 0x10, 0, 1, 0, 1, 2, 33, 3, 0x90, 0x80, 1})
	f.Add([]byte{0, 0, 0, 1, 1, 2, 0x10, 0, 1, 0, 2, 1, 33, 2, 0x00, 9, 1, 0, 1, 1, 200, 2, 0x00, 7})
	f.Add(bytes.Repeat([]byte{1, 0xff, 0xff, 1, 255, 1, 0x10}, 20))
	f.Add([]byte{0, 0, 0, 1, 1, 2, 0x67, 1, 0, 0, 1, 1, 1, 3, 0x7c, 0x85, 7, 1, 0, 2, 1, 1, 3, 0x7c, 0x45, 8})
	f.Add([]byte{1, 0, 0, 1, 1, 2, 0x67, 0x65, 1, 0, 1, 2, 33, 4, 0x18, 0, 1, 0x67, 1, 0, 2, 3, 33, 2, 0x41, 7})
	f.Fuzz(func(t *testing.T, input []byte) {
		for _, codec := range []media.Codec{media.VP8, media.Opus, media.H264} {
			checkHostile(t, New(codec), input)
		}
	})
}

func checkHostile(t *testing.T, a *Assembler, input []byte) {
	now := epoch
	var taken int
	for len(input) >= 6 {
		n := min(int(input[5]), len(input)-6)
		now = now.Add(time.Duration(input[4]) * time.Millisecond)
		taken += n
		if a.codec == media.H264 {
			taken += startCodeLen
		}
		a.Push(Packet{
			Marker: input[0]&1 != 0, Sequence: binary.BigEndian.Uint16(input[1:]), Timestamp: uint32(input[3]),
			Arrived: now, Payload: input[6 : 6+n],
		})
		input = input[6+n:]
		if a.held < 0 || a.held > Slots || len(a.frame.data) > MaxFrame {
			t.Fatalf("%d packets held, %d bytes of a frame", a.held, len(a.frame.data))
		}
		if a.held > 0 && a.waiting[a.next%Slots].used {
			t.Fatal("a packet whose turn it is still waits")
		}
		for f, ok := a.Pop(); ok; f, ok = a.Pop() {
			if taken -= len(f.Data); taken < 0 || len(f.Data) == 0 {
				t.Fatalf("frame of %d bytes out of nothing", len(f.Data))
			}
			if a.codec.Video() && f.Keyframe != media.Keyframe(a.codec, f.Data) && !isForeign(a.codec, f.Data) {
				t.Fatal("keyframe wrongly told")
			}
		}
	}
}

// isForeign reports whether a frame is a payload that was given out as it came.
func isForeign(c media.Codec, data []byte) bool {
	return c == media.H264 && media.NALType(data) > media.NALLast
}

// FuzzRoundTrip cuts the input into frames, packetises them, loses nothing but mixes up the order, and wants the very
// same frames back.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("a frame and another one"), uint16(5), uint64(1))
	f.Add(bytes.Repeat([]byte{2, 1}, 5000), uint16(3000), uint64(2))
	f.Fuzz(func(t *testing.T, input []byte, size uint16, seed uint64) {
		if len(input) > 1<<16 || len(input)/(int(size)+1) > 200 {
			return
		}
		random := rand.New(rand.NewPCG(seed, seed))
		a, s := New(media.VP8), &stream{sequence: uint16(seed)}
		first, packets := s.frame(true, 1, 0)
		data, got := [][]byte{first}, push(a, packets...)
		var all []Packet
		for len(input) > 0 {
			n := min(len(input), int(size)+1)
			d, packets := s.frame(input[0]&1 == 0, n, input[0])
			data, all = append(data, d), append(all, packets...)
			input = input[n:]
		}
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		for i := range all {
			all[i].Arrived = epoch
		}
		want(t, append(got, push(a, all...)...), data...)
	})
}
