package packetise

import (
	"bytes"
	"errors"
	"testing"

	"greenroom/media"
)

func TestVP8Packets(t *testing.T) {
	for _, size := range []int{1, 10, MaxPayload - descriptorLen, MaxPayload - descriptorLen + 1, 50_000} {
		frame := bytes.Repeat([]byte{0xa5, 0x17, 0x03}, size/3+1)[:size]
		var p Packetiser
		p.picture = 0x7fff
		for round, wantID := range []uint16{0x7fff, 0} {
			var got []byte
			packets, ended := 0, false
			err := p.Packets(media.VP8, frame, func(payload []byte, last bool) error {
				if ended || len(payload) > MaxPayload {
					t.Fatalf("size %d: packet of %d bytes, after the last: %v", size, len(payload), ended)
				}
				d, rest, err := ParseDescriptor(payload)
				if err != nil {
					t.Fatal(err)
				}
				if d.FrameStart() != (packets == 0) || d.PictureID != wantID || !d.LongID {
					t.Fatalf("size %d, round %d, packet %d: %+v", size, round, packets, d)
				}
				got, ended = append(got, rest...), last
				packets++
				return nil
			})
			if err != nil || !ended || !bytes.Equal(got, frame) {
				t.Fatalf("size %d: ended %v, %d bytes back, %v", size, ended, len(got), err)
			}
		}
	}
}

func TestOpusIsOnePacket(t *testing.T) {
	var p Packetiser
	frame := bytes.Repeat([]byte{7}, 1275)
	calls := 0
	err := p.Packets(media.Opus, frame, func(payload []byte, last bool) error {
		calls++
		if !last || !bytes.Equal(payload, frame) {
			t.Errorf("last %v, %d bytes", last, len(payload))
		}
		return nil
	})
	if err != nil || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

func TestSendErrorEndsTheFrame(t *testing.T) {
	var p Packetiser
	broken := errors.New("broken")
	calls := 0
	err := p.Packets(media.VP8, make([]byte, 10_000), func([]byte, bool) error { calls++; return broken })
	if !errors.Is(err, broken) || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
	if err := p.Packets(media.VP8, nil, func([]byte, bool) error { return broken }); err != nil {
		t.Errorf("empty frame: %v", err)
	}
}

func TestDescriptorRefusals(t *testing.T) {
	for name, payload := range map[string][]byte{
		"empty":                nil,
		"reserved bit":         {0x40},
		"other reserved bit":   {0x08},
		"no extension byte":    {0x80},
		"no picture id":        {0x80, 0x80},
		"half a long id":       {0x80, 0x80, 0x80},
		"no TL0PICIDX":         {0x80, 0x40},
		"no TID":               {0x80, 0x20},
		"no KEYIDX, but an id": {0x80, 0x90, 0x01},
	} {
		if _, _, err := ParseDescriptor(payload); !errors.Is(err, ErrDescriptor) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// FuzzDescriptor holds that parse and append are inverse: for what parses, appending gives back the bytes (but for
// the reserved bits of the second byte, which are ignored).
func FuzzDescriptor(f *testing.F) {
	f.Add([]byte{0x10, 1, 2, 3})
	f.Add([]byte{0x90, 0x80, 0x80 | 0x12, 0x34, 9})
	f.Add([]byte{0xb3, 0xf0, 0x05, 0x77, 0xe1})
	f.Fuzz(func(t *testing.T, payload []byte) {
		d, rest, err := ParseDescriptor(payload)
		if err != nil {
			return
		}
		again := append(d.Append(nil), rest...)
		want := bytes.Clone(payload)
		if d.Extensions {
			want[1] &= 0xf0
		}
		if !bytes.Equal(again, want) {
			t.Errorf("%x parsed and appended is %x", payload, again)
		}
	})
}

func BenchmarkVP8(b *testing.B) {
	var p Packetiser
	frame := make([]byte, 8_300)
	b.SetBytes(int64(len(frame)))
	for b.Loop() {
		_ = p.Packets(media.VP8, frame, func([]byte, bool) error { return nil })
	}
}
