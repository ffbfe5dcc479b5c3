package packetise

import (
	"bytes"
	"testing"

	"github.com/pion/rtp/codecs"

	"greenroom/media"
	"greenroom/media/codec/codectest"
)

// TestAnotherReaderSeesTheUnits cuts what a real encoder wrote, and has pion's reader, which shares no code with ours, put it
// together again.
func TestAnotherReaderSeesTheUnits(t *testing.T) {
	var p Packetiser
	for i, frame := range codectest.H264(t, 640, 360, 12, 2_000_000) {
		var reader codecs.H264Packet
		var got []byte
		packets, marked := 0, 0
		err := p.Packets(media.H264, frame, func(payload []byte, last bool) error {
			if packets++; last {
				marked++
			}
			if len(payload) > MaxPayload || len(payload) == 0 {
				t.Errorf("a payload of %d bytes", len(payload))
			}
			units, err := reader.Unmarshal(payload)
			got = append(got, units...)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		var want []byte
		for nal, rest := media.NextNAL(frame); len(nal) > 0; nal, rest = media.NextNAL(rest) {
			if media.NALType(nal) != media.NALDelimiter {
				want = append(append(want, 0, 0, 0, 1), nal...)
			}
		}
		if !bytes.Equal(got, want) || marked != 1 {
			t.Errorf("frame %d: %d bytes of %d came back from %d packets, %d of them marked", i, len(got), len(want), packets, marked)
		}
	}
}

func TestUnitsThatAreNotSent(t *testing.T) {
	var p Packetiser
	sent := 0
	frame := []byte{0, 0, 1, 9, 0x10, 0, 0, 1, 12, 0xff, 0, 0, 1, 0x78, 1, 0, 0, 1, 0x60, 1}
	_ = p.Packets(media.H264, frame, func([]byte, bool) error { sent++; return nil })
	if sent != 0 {
		t.Errorf("%d packets of a delimiter, a filler, and kinds that RTP has for itself", sent)
	}
}

// FuzzUnit: what ParseUnit takes is within the payload, and what is cut out of anything can be taken.
func FuzzUnit(f *testing.F) {
	f.Add([]byte{0x7c, 0x85, 1, 2})
	f.Add([]byte{0x67, 1})
	f.Add([]byte{0x18, 0, 1, 0x67})
	f.Add([]byte{0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x65, 2, 3})
	f.Fuzz(func(t *testing.T, data []byte) {
		if u, err := ParseUnit(data); err == nil {
			if len(u.Data) == 0 || len(u.Data) > len(data) || u.Start && !u.Fragment {
				t.Fatalf("%x is %+v", data, u)
			}
		}
		var p Packetiser
		size, marked := 0, 0
		_ = p.Packets(media.H264, data, func(payload []byte, last bool) error {
			u, err := ParseUnit(payload)
			if err != nil || u.Several {
				t.Fatalf("%x was cut out of %x: %v", payload, data, err)
			}
			if size += len(u.Data); last {
				marked++
			}
			return nil
		})
		if size > len(data) || size > 0 && marked != 1 {
			t.Fatalf("%d bytes of %d, %d marked", size, len(data), marked)
		}
	})
}
