package peer

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
)

// feedbackEvery is how often the other side is told what arrived.
const feedbackEvery = 100 * time.Millisecond

// feedbacks makes a feedback for each peer connection.
type feedbacks struct{ stamps *stamps }

// NewInterceptor implements interceptor.Factory.
func (f feedbacks) NewInterceptor(string) (interceptor.Interceptor, error) {
	return &feedback{
		stamps: f.stamps, began: time.Now(), recorder: twcc.NewRecorder(rand.Uint32()), done: make(chan struct{}),
	}, nil
}

// feedback tells the other side when its packets arrived (transport-wide congestion control). Unlike pion's interceptor of
// that kind it goes by the kernel's word, and hands no packet from one goroutine to another.
type feedback struct {
	interceptor.NoOp
	stamps *stamps
	began  time.Time

	mu       sync.Mutex
	recorder *twcc.Recorder
	done     chan struct{}
	closed   bool
	running  sync.WaitGroup
}

// BindRTCPWriter begins to tell.
func (f *feedback) BindRTCPWriter(w interceptor.RTCPWriter) interceptor.RTCPWriter {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.running.Go(func() { f.tell(w) })
	}
	return w
}

func (f *feedback) tell(w interceptor.RTCPWriter) {
	tick := time.NewTicker(feedbackEvery)
	defer tick.Stop()
	for {
		select {
		case <-f.done:
			return
		case <-tick.C:
		}
		f.mu.Lock()
		packets := f.recorder.BuildFeedbackPacket()
		f.mu.Unlock()
		if len(packets) > 0 {
			_, _ = w.Write(packets, nil) // an error means that the connection ends
		}
	}
}

// BindRemoteStream notes the packets of a stream that has transport-wide numbers.
func (f *feedback) BindRemoteStream(info *interceptor.StreamInfo, r interceptor.RTPReader) interceptor.RTPReader {
	id := 0
	for _, e := range info.RTPHeaderExtensions {
		if e.URI == sdp.TransportCCURI {
			id = e.ID
		}
	}
	if id == 0 {
		return r
	}
	return interceptor.RTPReaderFunc(func(b []byte, a interceptor.Attributes) (int, interceptor.Attributes, error) {
		n, a, err := r.Read(b, a)
		if err != nil {
			return n, a, err
		}
		if a == nil {
			a = interceptor.Attributes{}
		}
		h, err := a.GetRTPHeader(b[:n])
		if err != nil {
			return n, a, err
		}
		f.note(h, uint8(id))
		return n, a, nil
	})
}

// note notes one packet. One without a number that can be read is left out.
func (f *feedback) note(h *rtp.Header, id uint8) {
	var number rtp.TransportCCExtension
	if number.Unmarshal(h.GetExtension(id)) != nil {
		return
	}
	at := f.stamps.take(h.SSRC, h.SequenceNumber, time.Now())
	f.mu.Lock()
	defer f.mu.Unlock()
	f.recorder.Record(h.SSRC, number.TransportSequence, at.Sub(f.began).Microseconds())
}

// Close ends the telling and waits for it.
func (f *feedback) Close() error {
	f.mu.Lock()
	if !f.closed {
		f.closed = true
		close(f.done)
	}
	f.mu.Unlock()
	f.running.Wait()
	return nil
}
