package conference

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"greenroom/daemon/room"
	"greenroom/media"
	"greenroom/media/sframe"
	"greenroom/meeting"
	"greenroom/meeting/wire"
)

// TestRelayKilledAndStartedAgain: pictures come again by themselves, both ways, in the same meeting.
func TestRelayKilledAndStartedAgain(t *testing.T) {
	h := newHall(t)
	frames := vp8(t, 30)
	aspen, birch := h.enter("Aspen", wire.RoleHost), h.enter("Birch", wire.RoleParticipant)
	aspen.awaitMembers(t, 2)
	birch.awaitMembers(t, 2)
	aspen.show(t, frames)
	birch.show(t, frames)
	picture := func(of *guest) streamID { return streamID{of.id, media.Camera} }
	aspen.await(t, "a picture", func() bool { return len(aspen.played[picture(birch)]) > 0 })
	code := aspen.look().Code

	if err := h.relay.Kill(); err != nil {
		t.Fatal(err)
	}
	for _, g := range []*guest{aspen, birch} {
		g.await(t, "word that the relay is gone", func() bool { return g.downs > 0 })
	}
	if err := h.relay.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	seenA, seenB := aspen.count(picture(birch)), birch.count(picture(aspen))
	aspen.await(t, "Birch's picture again", func() bool { return len(aspen.played[picture(birch)]) > seenA+10 })
	birch.await(t, "Aspen's picture again", func() bool { return len(birch.played[picture(aspen)]) > seenB+10 })
	for _, g := range []*guest{aspen, birch} {
		g.awaitMembers(t, 2)
		if g.look().Code != code {
			t.Error("another code after the relay's return: the leader must be the same")
		}
	}
}

// TestHostileFrames: what a relay may do to frames. Each is dropped, counted as what it is, and shown to nobody.
func TestHostileFrames(t *testing.T) {
	var err error
	h := newHall(t)
	stranger := h.tap()
	aspen, birch := h.enter("Aspen", wire.RoleHost), h.enter("Birch", wire.RoleParticipant)
	aspen.awaitMembers(t, 2)
	birch.awaitMembers(t, 2)
	stop := aspen.show(t, vp8(t, 15))
	good := stranger.take(t, 30, func(f tapped) bool { return f.stream == media.Camera })
	birch.await(t, "30 pictures", func() bool { return len(birch.played[streamID{aspen.id, media.Camera}]) >= 30 })
	stop()
	// The last picture is unlike all others: when it is there, none is on its way any more.
	last := vp8(t, 1)[0]
	last.Timestamp, last.Data = 1<<28, append(last.Data, "the last one"...)
	want := bytes.Clone(last.Data)
	if err := aspen.Send(media.Camera, last); err != nil {
		t.Fatal(err)
	}
	picture := streamID{aspen.id, media.Camera}
	birch.await(t, "the last picture", func() bool {
		played := birch.played[picture]
		return bytes.Equal(played[len(played)-1], want)
	})
	shown := birch.count(picture)

	sealed, plain := good[10].Frame, vp8(t, 1)[0]
	fresh := plain // sealed by Aspen, and never sent
	plain.Data = slices.Clone(plain.Data)
	if fresh.Data, err = aspen.sealer.seal(media.Camera, fresh); err != nil {
		t.Fatal(err)
	}
	with := func(change func([]byte) []byte) media.Frame {
		f := fresh
		f.Data = change(slices.Clone(f.Data))
		return f
	}
	flip := func(at int) media.Frame {
		return with(func(b []byte) []byte { b[(at+len(b))%len(b)] ^= 0x10; return b })
	}
	for name, c := range map[string]struct {
		from   string
		stream media.Stream
		frame  media.Frame
		want   error
	}{
		"replayed":                     {aspen.id, media.Camera, sealed, sframe.ErrReplay},
		"as somebody else's":           {birch.id, media.Camera, sealed, errWrongSender},
		"as another stream":            {aspen.id, media.Content, sealed, errWrongSender},
		"a bit of the clear header":    {aspen.id, media.Camera, flip(1), sframe.ErrAuth},
		"a bit of the ciphertext":      {aspen.id, media.Camera, flip(-20), sframe.ErrAuth},
		"a bit of the tag":             {aspen.id, media.Camera, flip(-1), sframe.ErrAuth},
		"cut short":                    {aspen.id, media.Camera, with(func(b []byte) []byte { return b[:len(b)-1] }), sframe.ErrAuth},
		"cut to its header":            {aspen.id, media.Camera, with(func(b []byte) []byte { return b[:3] }), sframe.ErrMalformed},
		"empty":                        {aspen.id, media.Camera, with(func([]byte) []byte { return nil }), sframe.ErrMalformed},
		"from an epoch that never was": {aspen.id, media.Camera, with(func(b []byte) []byte { return forgeKeyID(b, fresh) }), sframe.ErrNoKey},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := birch.opener.open(c.from, c.stream, c.frame); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			handler{birch.Conference}.Frame(c.from, c.stream, c.frame)
		})
	}
	if data, err := birch.opener.open(aspen.id, media.Camera, fresh); err != nil || !bytes.Equal(data, plain.Data) {
		t.Errorf("the same frame, unchanged, does not open: %v", err)
	}
	if now := birch.count(picture); now != shown {
		t.Errorf("%d hostile frames were shown", now-shown)
	}
}

// forgeKeyID replaces the SFrame header by one for the same sender in another epoch.
func forgeKeyID(data []byte, f media.Frame) []byte {
	n := media.ClearLen(f.Codec, f.Data)
	kid, err := sframe.PeekKeyID(f.Data, n)
	if err != nil {
		panic(err)
	}
	low, index, stream := meeting.SplitKeyID(kid)
	sender, err := sframe.NewSender(meeting.KeyID(uint64(low+100), index, stream), make([]byte, 32))
	if err != nil {
		panic(err)
	}
	forged, err := sender.Seal(nil, data[:n], nil, data[n:])
	if err != nil {
		panic(err)
	}
	return forged
}

// TestHostileMessages: malformed, truncated and replayed protocol messages change nothing.
func TestHostileMessages(t *testing.T) {
	h := newHall(t)
	stranger := h.tap()
	aspen, birch := h.enter("Aspen", wire.RoleHost), h.enter("Birch", wire.RoleParticipant)
	aspen.awaitMembers(t, 2)
	birch.awaitMembers(t, 2)
	before := birch.look()

	stranger.mu.Lock()
	heard := slices.Clone(stranger.data)
	stranger.mu.Unlock()
	if len(heard) == 0 {
		t.Fatal("no protocol message to play with")
	}
	sent := 0
	for _, message := range heard {
		half := message[:len(message)/2]
		changed := slices.Clone(message)
		changed[len(changed)-1] ^= 1
		for _, hostile := range [][]byte{message, half, changed, nil} {
			handler{birch.Conference}.Data(aspen.id, hostile)
			handler{birch.Conference}.Data("not-a-participant", hostile)
			sent++
		}
	}
	birch.await(t, "word of dropped messages", func() bool {
		return slices.ContainsFunc(birch.events, func(e meeting.Event) bool { _, dropped := e.(meeting.Dropped); return dropped })
	})
	cedar := h.enter("Cedar", wire.RoleParticipant) // the meeting works all the same
	for _, g := range []*guest{aspen, birch, cedar} {
		g.awaitMembers(t, 3)
	}
	if after := birch.look(); after.Leader != before.Leader || after.Code != before.Code {
		t.Errorf("%d hostile messages changed the leader or the code", sent)
	}
}

// TestTroubleIsTold: what a relay or a member sends over a real relay instead of frames in order, what the observer is
// told of it for picture and sound, and that it is told when all is well again.
func TestTroubleIsTold(t *testing.T) {
	h := newHall(t)
	stranger := h.tap()
	aspen, birch := h.enter("Aspen", wire.RoleHost), h.enter("Birch", wire.RoleParticipant)
	aspen.awaitMembers(t, 2)
	birch.awaitMembers(t, 2)
	frames, streams := vp8(t, 15), []media.Stream{media.Camera, media.Microphone}
	awaitBoth := func(want room.TileReason) {
		t.Helper()
		birch.await(t, fmt.Sprintf("%q of both streams", want), func() bool {
			return !slices.ContainsFunc(streams, func(s media.Stream) bool {
				reason, told := birch.tiles[streamID{aspen.id, s}]
				return !told || reason != want
			})
		})
	}
	stop := aspen.show(t, frames)
	awaitBoth("")
	old := map[media.Stream]media.Frame{}
	for _, s := range streams {
		old[s] = stranger.take(t, 5, func(f tapped) bool { return f.stream == s })[0].Frame
	}
	stop()
	clear := map[media.Stream]media.Frame{
		media.Camera:     frames[0],
		media.Microphone: with(old[media.Microphone], bytes.Repeat([]byte{0xfc}, 200)), // as Opus begins
	}
	for _, c := range []struct {
		want  room.TileReason
		frame func(media.Stream) media.Frame
	}{
		{room.TileReplay, func(s media.Stream) media.Frame { return old[s] }},
		{room.TileWrongKey, func(s media.Stream) media.Frame { return sealedAs(t, aspen, clear[s], media.Content) }},
		{room.TileNotEncrypted, func(s media.Stream) media.Frame { return clear[s] }},
		{room.TileWaitingKey, func(s media.Stream) media.Frame { return with(old[s], forgeKeyID(old[s].Data, old[s])) }},
	} {
		stopPicture := aspen.insist(t, media.Camera, c.frame(media.Camera))
		stopSound := aspen.insist(t, media.Microphone, c.frame(media.Microphone))
		awaitBoth(c.want)
		stopPicture()
		stopSound()
	}
	stop = aspen.show(t, frames)
	awaitBoth("")
	stop()
}

func with(f media.Frame, data []byte) media.Frame {
	f.Data = data
	return f
}

// sealedAs returns the frame as the guest seals it for a stream that it does not send.
func sealedAs(t *testing.T, g *guest, f media.Frame, s media.Stream) media.Frame {
	t.Helper()
	f.Data = slices.Clone(f.Data)
	sealed, err := g.sealer.seal(s, f)
	if err != nil {
		t.Fatal(err)
	}
	return with(f, slices.Clone(sealed))
}

// insist sends one frame as it is, past the sealer, until the returned function is called.
func (g *guest) insist(t *testing.T, s media.Stream, f media.Frame) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(time.Second / 30)
		defer tick.Stop()
		for i := range uint32(1 << 31) {
			f.Timestamp, f.Duration = i*1600, time.Second/30
			_ = g.relay.WriteFrame(s, f)
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	})
	stop = sync.OnceFunc(func() { cancel(); wg.Wait() })
	t.Cleanup(stop)
	return stop
}
