package peer

import (
	"encoding/binary"
	"net"
	"testing"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
)

func datagram(sequence uint16, ssrc uint32) []byte {
	b := make([]byte, 20)
	b[0], b[1] = 0x80, 96
	binary.BigEndian.PutUint16(b[2:], sequence)
	binary.BigEndian.PutUint32(b[8:], ssrc)
	return b
}

// Packets come one after another over a real socket, and are read much later, all at once.
func TestArrivalsAreTheKernels(t *testing.T) {
	const packets, apart = 5, 20 * time.Millisecond
	s := &stamps{}
	n, err := newNetwork(s)
	if err != nil {
		t.Fatal(err)
	}
	in, err := n.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := net.Dial("udp4", in.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	buffer := make([]byte, MTU)
	// A kernel that stamped nothing before begins a little later to stamp packets when they come.
	for stamped, limit := false, time.Now().Add(time.Minute); !stamped; {
		if _, err := out.Write(datagram(1000, 7)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(apart)
		read := time.Now()
		if _, _, err := in.ReadFrom(buffer); err != nil || read.After(limit) {
			t.Fatalf("the kernel does not stamp packets: %v", err)
		}
		stamped = s.take(7, 1000, read).Before(read)
	}
	for i := range packets {
		if i > 0 {
			time.Sleep(apart)
		}
		if _, err := out.Write(datagram(uint16(i), 7)); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	var last time.Time
	for i := range packets {
		size, from, err := in.ReadFrom(buffer)
		if err != nil || size != 20 || from.String() != out.LocalAddr().String() {
			t.Fatalf("%d bytes from %v: %v", size, from, err)
		}
		at := s.take(7, uint16(i), time.Time{})
		if at.IsZero() || at.After(began) || i > 0 && at.Sub(last) < apart/2 {
			t.Errorf("packet %d arrived at %v, after the one before by %v", i, at, at.Sub(last))
		}
		last = at
	}
}

func TestOnlyMediaIsStamped(t *testing.T) {
	at, none := time.Unix(1_700_000_000, 0), time.Time{}
	for name, b := range map[string][]byte{
		"nothing": nil, "short": datagram(3, 7)[:11], "STUN": {0, 1, 0, 3, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 7, 0, 0},
		"DTLS": {22, 254, 0, 3, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0}, "RTCP": {0x80, 200, 0, 3, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0},
	} {
		s := &stamps{}
		if s.put(b, at); !s.take(7, 3, none).IsZero() {
			t.Errorf("%s was taken for media", name)
		}
	}
	s := &stamps{}
	s.put(datagram(3, 7), at)
	if !s.take(8, 3, none).IsZero() || !s.take(7, 3+stamped, none).IsZero() {
		t.Error("another packet's arrival was taken")
	}
	if got := s.take(7, 3, none); !got.Equal(at) {
		t.Errorf("it arrived at %v", got)
	}
	if !s.take(7, 3, none).IsZero() {
		t.Error("one arrival was taken twice")
	}
}

// What is told is when packets arrived, not when they were read.
func TestFeedbackTellsOfArrivals(t *testing.T) {
	s := &stamps{}
	made, err := feedbacks{s}.NewInterceptor("")
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan *rtcp.TransportLayerCC, 1)
	made.BindRTCPWriter(interceptor.RTCPWriterFunc(func(list []rtcp.Packet, _ interceptor.Attributes) (int, error) {
		for _, p := range list {
			told <- p.(*rtcp.TransportLayerCC)
		}
		return 0, nil
	}))
	var next []byte
	r := made.BindRemoteStream(&interceptor.StreamInfo{RTPHeaderExtensions: []interceptor.RTPHeaderExtension{
		{URI: sdp.TransportCCURI, ID: 5},
	}}, interceptor.RTPReaderFunc(func(b []byte, a interceptor.Attributes) (int, interceptor.Attributes, error) {
		return copy(b, next), a, nil
	}))
	f := made.(*feedback)
	arrived := make([]time.Time, 3)
	var packets [3][]byte
	for i := range packets {
		arrived[i] = f.began.Add(time.Second + time.Duration(i)*10*time.Millisecond)
		p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 96, SequenceNumber: uint16(100 + i), SSRC: 7}, Payload: []byte{1}}
		if err := p.SetExtension(5, []byte{0, byte(i)}); err != nil {
			t.Fatal(err)
		}
		if packets[i], err = p.Marshal(); err != nil {
			t.Fatal(err)
		}
		s.put(packets[i], arrived[i])
	}
	buffer := make([]byte, MTU)
	for _, next = range packets {
		if _, _, err := r.Read(buffer, nil); err != nil {
			t.Fatal(err)
		}
	}
	var a arrivals
	var came []time.Duration
	for len(came) < 3 {
		select {
		case fb := <-told:
			for _, ack := range a.read(fb) {
				if ack.Received {
					came = append(came, ack.Arrived)
				}
			}
		case <-time.After(time.Minute):
			t.Fatalf("%d packets were told of", len(came))
		}
	}
	for i := 1; i < 3; i++ {
		if d := came[i] - came[i-1]; d != 10*time.Millisecond {
			t.Errorf("packet %d came %v after the one before, by what is told", i, d)
		}
	}
	if err := made.Close(); err != nil {
		t.Fatal(err)
	}
}
