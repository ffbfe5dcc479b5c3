package peer

import (
	"testing"
	"time"

	"github.com/pion/rtcp"

	"greenroom/media/relay/congestion"
)

func TestFeedbackIsReadInBothForms(t *testing.T) {
	var a arrivals
	fb := &rtcp.TransportLayerCC{
		BaseSequenceNumber: 65534, PacketStatusCount: 5, ReferenceTime: 0xffffff,
		PacketChunks: []rtcp.PacketStatusChunk{
			&rtcp.RunLengthChunk{PacketStatusSymbol: rtcp.TypeTCCPacketReceivedSmallDelta, RunLength: 2},
			&rtcp.StatusVectorChunk{SymbolList: []uint16{rtcp.TypeTCCPacketNotReceived, rtcp.TypeTCCPacketReceivedLargeDelta, 0, 0, 0, 0, 0}},
		},
		RecvDeltas: []*rtcp.RecvDelta{{Delta: 1000}, {Delta: 250}, {Delta: -500}},
	}
	want := []congestion.Ack{
		{Sequence: 65534, Received: true, Arrived: time.Millisecond},
		{Sequence: 65535, Received: true, Arrived: 1250 * time.Microsecond},
		{Sequence: 0},
		{Sequence: 1, Received: true, Arrived: 750 * time.Microsecond},
		{Sequence: 2},
	}
	got := a.read(fb)
	if len(got) != len(want) {
		t.Fatalf("%v", got)
	}
	for i, w := range want {
		if got[i] != w {
			t.Errorf("%d: %+v, want %+v", i, got[i], w)
		}
	}
	fb.ReferenceTime = 1 // the 24 bits have run over
	if got := a.read(fb); got[0].Arrived != 2*64*time.Millisecond+time.Millisecond {
		t.Errorf("after the run-over: %v", got[0].Arrived)
	}
	fb.RecvDeltas = nil
	for _, ack := range a.read(fb) {
		if ack.Received {
			t.Errorf("feedback that is cut short means %+v", ack)
		}
	}
}

// FuzzFeedback: no feedback of a relay panics, or makes more of its packets than it says.
func FuzzFeedback(f *testing.F) {
	whole := &rtcp.TransportLayerCC{
		BaseSequenceNumber: 7, PacketStatusCount: 2, ReferenceTime: 9,
		PacketChunks: []rtcp.PacketStatusChunk{&rtcp.RunLengthChunk{PacketStatusSymbol: 1, RunLength: 2}},
		RecvDeltas:   []*rtcp.RecvDelta{{Type: 1, Delta: 1000}, {Type: 1, Delta: 250}},
	}
	whole.Header = rtcp.Header{Count: rtcp.FormatTCC, Type: rtcp.TypeTransportSpecificFeedback, Length: uint16(whole.Len()/4 - 1)}
	raw, err := whole.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		packets, err := rtcp.Unmarshal(raw)
		if err != nil {
			return
		}
		u := NewUplink(func(int) {})
		for range 4 {
			u.sent(time.Now(), 1000)
		}
		for _, p := range packets {
			fb, ok := p.(*rtcp.TransportLayerCC)
			if !ok {
				continue
			}
			var a arrivals
			if got := len(a.read(fb)); got > int(fb.PacketStatusCount) {
				t.Errorf("%d packets of %d", got, fb.PacketStatusCount)
			}
			u.take(fb)
		}
		if target := u.estimate.Target(); target < congestion.Floor || target > congestion.Ceiling {
			t.Errorf("an estimate of %d", target)
		}
	})
}
