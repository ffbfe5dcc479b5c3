package peer

import (
	"bytes"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v3"

	"greenroom/media"
	"greenroom/media/relay/congestion"
)

// line is a wire that keeps what came over it, and when. Several tracks write to it, one at a time.
type line struct {
	wire
	ssrc webrtc.SSRC
	log  *arrivalLog
}

// arrivalLog is what came over some lines.
type arrivalLog struct {
	mu   sync.Mutex
	list []arrived
}

// all returns what came until all goroutines wait.
func (l *arrivalLog) all() []arrived {
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.list)
}

type arrived struct {
	at       time.Time
	ssrc     uint32
	sequence uint16
	number   uint16
	marker   bool
	payload  []byte
}

func (l *line) SSRC() webrtc.SSRC                    { return l.ssrc }
func (l *line) WriteStream() webrtc.TrackLocalWriter { return l }
func (l *line) WriteRTP(h *rtp.Header, p []byte) (int, error) {
	n := h.GetExtension(1)
	l.log.mu.Lock()
	defer l.log.mu.Unlock()
	l.log.list = append(l.log.list, arrived{
		time.Now(), h.SSRC, h.SequenceNumber, uint16(n[0])<<8 | uint16(n[1]), h.Marker, bytes.Clone(p),
	})
	return len(p), nil
}

// paced returns a running pacer with a track for each rank, and what they send.
func paced(t *testing.T, ranks ...int) (p *Pacer, tracks []*Track, sent *arrivalLog) {
	t.Helper()
	p, sent = NewPacer(NewUplink(func(int) {})), &arrivalLog{}
	for i, rank := range ranks {
		track := NewLayer("camera", "greenroom", "h", func() string { return "4" }, media.VP8)
		track.SetPacer(p, rank)
		if _, err := track.Bind(&line{ssrc: webrtc.SSRC(i), log: sent}); err != nil {
			t.Fatal(err)
		}
		tracks = append(tracks, track)
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() { defer close(ended); p.Run(done) }()
	t.Cleanup(func() { close(done); <-ended })
	return p, tracks, sent
}

func picture(size int) media.Frame {
	return media.Frame{Codec: media.VP8, Data: bytes.Repeat([]byte{0x5a, 7, 1}, size/3+1)[:size]}
}

// settle lets a time pass, and what is to happen then.
func settle(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func write(t *testing.T, track *Track, size int) {
	t.Helper()
	if err := track.Write(picture(size), 90_000); err != nil {
		t.Fatal(err)
	}
}

// check holds that a track's packets came in order, without a gap, and with numbers of their own.
func check(t *testing.T, sent []arrived, ssrc uint32, first uint16) (packets int) {
	t.Helper()
	for i, a := range sent {
		if i > 0 && a.number != sent[i-1].number+1 {
			t.Errorf("packet %d has the transport-wide number %d after %d", i, a.number, sent[i-1].number)
		}
		if a.ssrc != ssrc {
			continue
		}
		if a.sequence != first {
			t.Fatalf("packet %d has the number %d, want %d", i, a.sequence, first)
		}
		first++
		packets++
	}
	return packets
}

func TestALargePictureIsSpreadOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, tracks, sent := paced(t, 0)
		first := tracks[0].sequence
		start := time.Now()
		write(t, tracks[0], 100_000)
		synctest.Wait()
		if now := len(sent.all()); now < 4 || now > 20 {
			t.Errorf("%d packets left at once", now)
		}
		settle(time.Second)
		if got := check(t, sent.all(), 0, first); got != 86 {
			t.Errorf("%d packets", got)
		}
		last := sent.all()[len(sent.all())-1]
		// 100 kB at 15 Mbit/s, but for the burst at its beginning.
		if took := last.at.Sub(start); took < 35*time.Millisecond || took > 70*time.Millisecond || !last.marker {
			t.Errorf("the last packet left after %v, marker %v", took, last.marker)
		}
		var whole []byte
		for _, a := range sent.all() {
			_, rest := a.payload[:4], a.payload[4:]
			whole = append(whole, rest...)
		}
		if !bytes.Equal(whole, picture(100_000).Data) {
			t.Error("the packets hold another picture")
		}
	})
}

func TestNoPacketWaitsLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, tracks, sent := paced(t, 0)
		for range 200 { // the way is told to be as thin as can be
			p.uplink.estimate.Sent(time.Now(), 1000)
			time.Sleep(100 * time.Millisecond)
		}
		if pace, _ := p.uplink.pace(time.Now()); pace > 1_000_000 {
			t.Fatalf("silence leaves a pace of %d bit/s", pace)
		}
		start := time.Now()
		write(t, tracks[0], 300_000)
		settle(10 * time.Second)
		if took := sent.all()[len(sent.all())-1].at.Sub(start); took > 4*longestWait {
			t.Errorf("the last packet left after %v", took)
		}
	})
}

func TestTheSmallestLayerGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, tracks, sent := paced(t, 2, 0)
		first := [2]uint16{tracks[0].sequence, tracks[1].sequence}
		write(t, tracks[0], 100_000)
		write(t, tracks[1], 5_000)
		settle(time.Second)
		if large, small := check(t, sent.all(), 0, first[0]), check(t, sent.all(), 1, first[1]); large != 86 || small != 5 {
			t.Errorf("%d and %d packets", large, small)
		}
		last := slices.IndexFunc(sent.all(), func(a arrived) bool { return a.ssrc == 1 && a.marker })
		if last > 40 {
			t.Errorf("the small picture was whole after %d packets", last)
		}
	})
}

func TestWhatIsMissedIsSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, tracks, sent := paced(t, 0)
		first := tracks[0].sequence
		write(t, tracks[0], 5_000)
		settle(100 * time.Millisecond)
		if len(sent.all()) != 5 {
			t.Fatalf("%d packets", len(sent.all()))
		}
		missed := []rtcp.NackPair{{PacketID: first + 1, LostPackets: 1 << 1}} // the second and the fourth
		p.again(tracks[0], missed)
		p.again(tracks[0], missed)                                 // the same wish
		p.again(tracks[0], []rtcp.NackPair{{PacketID: first + 5}}) // nothing was sent with that number
		settle(100 * time.Millisecond)
		if len(sent.all()) != 7 || p.Resent() != 2 {
			t.Fatalf("%d packets, %d of them again", len(sent.all()), p.Resent())
		}
		for i, of := range []int{1, 3} {
			got, was := sent.all()[5+i], sent.all()[of]
			if got.sequence != was.sequence || got.marker != was.marker || !bytes.Equal(got.payload, was.payload) || got.number != uint16(5+i) {
				t.Errorf("packet %d came again with the numbers %d and %d, marker %v", was.sequence, got.sequence, got.number, got.marker)
			}
		}
		tracks[0].mu.Lock()
		tracks[0].history.keyframe() // a picture begins that needs none before it
		tracks[0].mu.Unlock()
		p.again(tracks[0], missed)
		write(t, tracks[0], 1_000)
		p.again(tracks[0], []rtcp.NackPair{{PacketID: first + 5}})
		settle(2 * resendPause)
		p.again(tracks[0], []rtcp.NackPair{{PacketID: first + 5}})
		if got := sent.all(); len(got) != 9 || got[8].sequence != first+5 {
			t.Errorf("%d packets: what came before a keyframe is to be left, what belongs to it sent again", len(got))
		}
		settle(2 * resendAge)
		p.again(tracks[0], missed)
		if len(sent.all()) != 9 {
			t.Error("a packet that nobody waits for any more was sent again")
		}
	})
}

// A queue that is full loses packets, and what is sent again for them: that must not be more and more.
func TestWhatIsSentAgainIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, tracks, sent := paced(t, 0)
		from := tracks[0].sequence
		start, requests := time.Now(), 0
		for time.Since(start) < 4*time.Second {
			write(t, tracks[0], 8_000)
			var all []rtcp.NackPair
			synctest.Wait()
			tracks[0].mu.Lock()
			out := tracks[0].history.out
			tracks[0].mu.Unlock()
			for n := out - 100; n != out; n++ {
				if n-from < 1<<15 {
					all = append(all, rtcp.NackPair{PacketID: n})
				}
			}
			requests += len(all)
			p.again(tracks[0], all)
			time.Sleep(33 * time.Millisecond)
		}
		settle(time.Second)
		again := int(p.Resent())
		if most := int(resendShare * congestion.Start * 5 / 8 / 1000); again > most || again > resendMost*len(sent.all()) || again < 100 {
			t.Errorf("%d of %d requests were answered, want at most %d", again, requests, most)
		}
		if fresh := len(sent.all()) - again; fresh < 800 {
			t.Errorf("%d packets were new, of some 840 written", fresh)
		}
	})
}

func TestWhatIsDroppedLeavesNoGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, tracks, sent := paced(t, 0)
		first := tracks[0].sequence
		write(t, tracks[0], 100_000)
		tracks[0].Drop()
		synctest.Wait()
		begun := len(sent.all())
		settle(time.Second)
		if len(sent.all()) != begun {
			t.Errorf("%d packets left after the rest was dropped", len(sent.all())-begun)
		}
		write(t, tracks[0], 5_000)
		settle(time.Second)
		if got := check(t, sent.all(), 0, first); got != begun+5 {
			t.Errorf("%d packets, want %d", got, begun+5)
		}
	})
}

func TestMoreThanIsKeptLeavesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, tracks, sent := paced(t, 0)
		first := tracks[0].sequence
		write(t, tracks[0], 1_000_000) // more packets than are kept
		settle(10 * time.Second)
		if got := check(t, sent.all(), 0, first); got != 851 {
			t.Errorf("%d packets", got)
		}
	})
}

func TestATrackThatEndsWithPacketsWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, tracks, sent := paced(t, 0)
		write(t, tracks[0], 100_000)
		if err := tracks[0].Unbind(nil); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		begun := len(sent.all())
		settle(time.Second)
		if len(sent.all()) != begun {
			t.Error("packets left after the end")
		}
		if err := tracks[0].Write(picture(100), 1); err != ErrUnbound {
			t.Errorf("got %v", err)
		}
	})
}
