package playout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/pion/webrtc/v3"

	"greenroom/media"
)

// newPlayout returns a playout of three slots and the channel of the slots that it asks keyframes of.
func newPlayout(t *testing.T) (*Playout, <-chan int) {
	t.Helper()
	leaks(t)
	asked := make(chan int, 1000)
	p, err := New(Config{Slots: 3, KeyframeWanted: func(slot int) { asked <- slot }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p, asked
}

func picture(keyframe bool, timestamp uint32, fill byte, size int) media.Frame {
	data := bytes.Repeat([]byte{fill}, size)
	data[0] = 1
	if keyframe {
		data[0] = 0
	}
	return media.Frame{Codec: media.VP8, Keyframe: keyframe, Timestamp: timestamp, Data: data}
}

func sound(timestamp uint32, fill byte) media.Frame {
	return media.Frame{Codec: media.Opus, Timestamp: timestamp, Data: bytes.Repeat([]byte{fill}, 80), Level: 30, Voice: true}
}

// awaitAsk waits until a keyframe of the slot is asked for.
func awaitAsk(t *testing.T, asked <-chan int, slot int) {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case got := <-asked:
			if got == slot {
				return
			}
		case <-deadline:
			t.Fatalf("no keyframe of slot %d was asked for", slot)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// awaitViewers waits until the playout knows of so many connected pages.
func awaitViewers(t *testing.T, p *Playout, want int) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for p.connected() != want {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%d viewers, want %d", p.connected(), want)
		}
	}
}

func TestFramesReachTheirSlots(t *testing.T) {
	p, _ := newPlayout(t)
	v := view(t, p)
	awaitViewers(t, p, 1)
	var pictures [3]media.Frame
	for slot := range 3 {
		pictures[slot] = picture(true, 1000, byte(slot+1), 20_000)
		must(t, p.WriteVideo(slot, pictures[slot]))
		must(t, p.WriteAudio(slot, sound(5, byte(slot+1))))
		must(t, p.WriteVideo(slot, picture(false, 4000, byte(slot+1), 3000)))
	}
	for slot := range 3 {
		video, audio := fmt.Sprintf("video-%d", slot), fmt.Sprintf("audio-%d", slot)
		v.wait(video+" and "+audio, func() bool { return len(v.frames[video]) == 2 && len(v.frames[audio]) == 1 })
		if got := v.received(video); !bytes.Equal(got[0].Data, pictures[slot].Data) || got[1].Timestamp-got[0].Timestamp != 3000 {
			t.Errorf("%s: %d bytes, timestamps %d and %d", video, len(got[0].Data), got[0].Timestamp, got[1].Timestamp)
		}
		if got := v.received(audio)[0].Data; !bytes.Equal(got, sound(5, byte(slot+1)).Data) {
			t.Errorf("%s: %x", audio, got)
		}
	}
	for i, tr := range v.pc.GetTransceivers() { // slot order is the order of the media sections
		want := fmt.Sprintf("video-%d", i)
		if i >= 3 {
			want = fmt.Sprintf("audio-%d", i-3)
		}
		if got := tr.Receiver().Track().ID(); got != want {
			t.Errorf("media section %d carries %s, want %s", i, got, want)
		}
	}
}

func TestAnotherSourceGoesOnInTheSlot(t *testing.T) {
	p, asked := newPlayout(t)
	v := view(t, p)
	awaitViewers(t, p, 1)
	must(t, p.WriteVideo(1, picture(true, 1000, 1, 5000)))
	must(t, p.WriteVideo(1, picture(false, 4000, 2, 5000)))
	v.wait("the first source", func() bool { return len(v.frames["video-1"]) == 2 })

	p.Reset(1)
	awaitAsk(t, asked, 1)
	must(t, p.WriteVideo(1, picture(false, 3_000_000_000, 3, 100))) // is of no use to the page
	must(t, p.WriteVideo(1, picture(true, 3_000_003_000, 4, 5000)))
	must(t, p.WriteVideo(1, picture(false, 3_000_006_000, 5, 100)))
	v.wait("the second source", func() bool { return len(v.frames["video-1"]) == 4 })

	var fills []byte
	frames := v.received("video-1")
	for i, f := range frames {
		fills = append(fills, f.Data[1])
		if i > 0 {
			if step := f.Timestamp - frames[i-1].Timestamp; step == 0 || step > 90_000*20 {
				t.Errorf("the timestamp steps by %d before frame %d", int32(step), i)
			}
		}
	}
	if !bytes.Equal(fills, []byte{1, 2, 4, 5}) {
		t.Errorf("the page got frames %v", fills)
	}
	v.mu.Lock()
	packets := slices.Clone(v.packets["video-1"])
	v.mu.Unlock()
	for i := range packets[1:] {
		if packets[i+1].SequenceNumber != packets[i].SequenceNumber+1 {
			t.Errorf("the sequence jumps from %d to %d", packets[i].SequenceNumber, packets[i+1].SequenceNumber)
		}
	}
}

// A slot's track goes on in the other codec of pictures, without negotiating again, and back.
func TestAnotherCodecGoesOnInTheSlot(t *testing.T) {
	p, _ := newPlayout(t)
	v := view(t, p)
	awaitViewers(t, p, 1)
	h264 := media.Frame{
		Codec: media.H264, Keyframe: true, Timestamp: 500,
		Data: append([]byte{0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 2, 0, 0, 0, 1, 0x65}, bytes.Repeat([]byte{7}, 3000)...),
	}
	frames := []media.Frame{picture(true, 1000, 1, 5000), h264, picture(true, 70, 2, 5000)}
	for i, f := range frames {
		p.Reset(1)
		must(t, p.WriteVideo(1, f))
		v.wait(fmt.Sprintf("picture %d", i), func() bool { return len(v.frames["video-1"]) == i+1 })
	}
	for i, f := range v.received("video-1") {
		if f.Codec != frames[i].Codec || !f.Keyframe || !bytes.Equal(f.Data, frames[i].Data) {
			t.Errorf("picture %d: %s, %d bytes, keyframe %v", i, f.Codec, len(f.Data), f.Keyframe)
		}
	}
	types := map[uint8]bool{}
	for _, packet := range v.packets["video-1"] {
		types[packet.PayloadType] = true
	}
	if len(types) != 2 {
		t.Errorf("payload types %v for two codecs", types)
	}
}

func TestKeyframesAreAskedFor(t *testing.T) {
	p, asked := newPlayout(t)
	must(t, p.WriteVideo(2, picture(true, 0, 1, 100))) // nobody looks on
	v := view(t, p)
	awaitAsk(t, asked, 2) // because the page came late
	awaitViewers(t, p, 1)
	must(t, p.WriteVideo(2, picture(true, 3000, 2, 100)))
	v.wait("a picture", func() bool { return len(v.frames["video-2"]) == 1 })
	for len(asked) > 0 {
		<-asked
	}
	deadline := time.After(patience)
	for got := -1; got != 2; { // requests that follow too soon are thinned out, so ask until it is heard
		v.pli("video-2")
		select {
		case got = <-asked:
		case <-time.After(50 * time.Millisecond):
		case <-deadline:
			t.Fatal("the page's PLI was not passed on")
		}
	}
}

func TestPagesComeAndGo(t *testing.T) {
	p, _ := newPlayout(t)
	first := view(t, p)
	for range MaxPages {
		view(t, p)
	}
	first.wait("the oldest page is let go", func() bool {
		switch first.pc.ConnectionState() {
		case webrtc.PeerConnectionStateClosed, webrtc.PeerConnectionStateDisconnected, webrtc.PeerConnectionStateFailed:
			return true
		default:
			return false
		}
	})
	awaitViewers(t, p, MaxPages)
	last := view(t, p)
	awaitViewers(t, p, MaxPages)
	last.close()
	awaitViewers(t, p, MaxPages-1)
}

func TestOffersThatDoNotFit(t *testing.T) {
	p, _ := newPlayout(t)
	for name, counts := range map[string][2]int{"too few": {2, 3}, "too many": {4, 3}, "no sound": {6, 0}} {
		_, offer := offerer(t, counts[0], counts[1])
		if _, err := p.Answer(t.Context(), offer); !errors.Is(err, ErrOffer) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, offer := range []string{"", "v=0", "not SDP at all\r\n"} {
		if _, err := p.Answer(t.Context(), offer); !errors.Is(err, ErrOffer) {
			t.Errorf("%q: %v", offer, err)
		}
	}
	if p.connected() != 0 {
		t.Errorf("%d viewers", p.connected())
	}
}

func TestWrongFrames(t *testing.T) {
	p, _ := newPlayout(t)
	for _, slot := range []int{-1, 3} {
		if err := p.WriteVideo(slot, picture(true, 0, 1, 10)); !errors.Is(err, ErrSlot) {
			t.Errorf("slot %d: %v", slot, err)
		}
		p.Reset(slot)
	}
	if err := p.WriteVideo(0, sound(0, 1)); !errors.Is(err, ErrCodec) {
		t.Errorf("sound as a picture: %v", err)
	}
}

// TestSlowPageHoldsNobodyUp writes to a page whose goroutine does nothing: everything that does not fit is dropped,
// and the page then waits for a keyframe.
func TestSlowPageHoldsNobodyUp(t *testing.T) {
	p, asked := newPlayout(t)
	slow := &page{playout: p, queue: make(chan item, queueLength), gone: make(chan struct{}), waits: make([]bool, 3), connected: true}
	p.mu.Lock()
	p.pages = append(p.pages, slow)
	p.mu.Unlock()
	for i := range 3 * queueLength {
		must(t, p.WriteVideo(0, picture(i == 0, uint32(i)*3000, 1, 10)))
		must(t, p.WriteAudio(0, sound(uint32(i)*960, 1)))
	}
	awaitAsk(t, asked, 0)
	if len(slow.queue) != queueLength || !slow.waits[0] {
		t.Errorf("%d frames wait; keyframe awaited: %v", len(slow.queue), slow.waits[0])
	}
}

func TestRunEndsEverything(t *testing.T) {
	p, _ := newPlayout(t)
	v := view(t, p)
	awaitViewers(t, p, 1)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- p.Run(ctx) }()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v", err)
	}
	if err := p.WriteVideo(0, picture(true, 0, 1, 10)); !errors.Is(err, ErrClosed) || p.connected() != 0 {
		t.Errorf("after Run: %v, %d viewers", err, p.connected())
	}
	_, offer := offerer(t, 3, 3)
	if _, err := p.Answer(t.Context(), offer); !errors.Is(err, ErrClosed) {
		t.Errorf("Answer after Run: %v", err)
	}
	v.wait("the page is let go", func() bool { return v.pc.ConnectionState() != webrtc.PeerConnectionStateConnected })
}

// TestWatched: who captures is told when a page watches, and when none does any longer, however it went.
func TestWatched(t *testing.T) {
	leaks(t)
	told := make(chan int, 100)
	p, err := New(Config{Slots: 1, Watched: func(pages int) { told <- pages }})
	must(t, err)
	t.Cleanup(p.Close)
	expect := func(want int) {
		t.Helper()
		select {
		case got := <-told:
			if got != want {
				t.Fatalf("%d pages watch, want %d", got, want)
			}
		case <-time.After(patience):
			t.Fatalf("nobody was told that %d pages watch", want)
		}
	}
	v := view(t, p)
	expect(1)
	must(t, v.pc.Close())
	expect(0)
	view(t, p)
	expect(1)
}
