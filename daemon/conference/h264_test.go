package conference

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"greenroom/media"
	"greenroom/media/codec/codectest"
	"greenroom/media/relay"
	"greenroom/meeting/wire"
)

// h264 returns real encoded pictures, each 15th a keyframe.
func h264(t *testing.T, frames int) (all []media.Frame) {
	t.Helper()
	for i, data := range codectest.H264(t, 640, 360, frames, 1_000_000) {
		f := media.Frame{
			Codec: media.H264, Keyframe: media.H264Keyframe(data), Timestamp: uint32(i) * 3000, Duration: time.Second / 30, Data: data,
		}
		if f.Keyframe != (i%15 == 0) {
			t.Fatalf("picture %d of x264: keyframe is %v", i, f.Keyframe)
		}
		all = append(all, f)
	}
	return all
}

func sendsH264(c *Config) {
	c.Publish = []relay.Publication{{Stream: media.Camera, Codec: media.H264, Width: 640, Height: 360}, {Stream: media.Microphone, Codec: media.Opus}}
}

// TestMeetingInTwoCodecs: one room's encoder makes H.264, the other's VP8. Each sees what the other sent, byte by byte; what
// the relay sees are NAL units of which no decoder makes a picture.
func TestMeetingInTwoCodecs(t *testing.T) {
	h := newHall(t)
	pictures := map[string][]media.Frame{"Aspen": h264(t, 30), "Birch": vp8(t, 30)}
	aspen, birch := h.enter("Aspen", wire.RoleHost, sendsH264), h.enter("Birch", wire.RoleParticipant)
	aspen.awaitMembers(t, 2)
	birch.awaitMembers(t, 2)
	stranger := h.tap()
	aspen.show(t, pictures["Aspen"])
	birch.show(t, pictures["Birch"])
	for _, c := range []struct {
		from, to *guest
		sent     []media.Frame
	}{{aspen, birch, pictures["Aspen"]}, {birch, aspen, pictures["Birch"]}} {
		id := streamID{c.from.id, media.Camera}
		c.to.await(t, "45 pictures", func() bool { return len(c.to.played[id]) >= 45 })
		c.to.mu.Lock()
		for i, data := range c.to.played[id] {
			if !slices.ContainsFunc(c.sent, func(f media.Frame) bool { return bytes.Equal(f.Data, data) }) {
				t.Errorf("picture %d is none of those that were sent", i)
			}
		}
		c.to.mu.Unlock()
		c.to.await(t, "a tile without a complaint", func() bool { r, told := c.to.tiles[id]; return told && r == "" })
	}
	sealed := stranger.take(t, 45, func(f tapped) bool { return f.from == aspen.id && f.stream == media.Camera })
	expectNoPicture(t, sealed, pictures["Aspen"])
}

// expectNoPicture checks what a relay has of H.264 pictures.
func expectNoPicture(t *testing.T, sealed []tapped, plain []media.Frame) {
	t.Helper()
	leaks := leakFinder(t, plain)
	var stream []byte
	keyframes := 0
	for i, f := range sealed {
		if n := media.ClearLen(f.Codec, f.Data); f.Codec != media.H264 || n == 0 || f.Keyframe != media.H264Keyframe(f.Data[:n]) {
			t.Fatalf("the relay has a %s frame with %d clear bytes", f.Codec, n)
		}
		if f.Keyframe {
			keyframes++
		}
		if leaks(f.Data) {
			t.Errorf("picture %d holds %d bytes of an encoded frame", i, leak)
		}
		stream = append(stream, f.Data...)
	}
	if keyframes == 0 || keyframes == len(sealed) {
		t.Errorf("%d of %d sealed pictures are keyframes", keyframes, len(sealed))
	}
	if n := codectest.TriesH264(t, stream); n != 0 {
		t.Errorf("a decoder without the key made %d bytes of pictures", n)
	}
	stream = nil
	for _, f := range plain {
		stream = append(stream, f.Data...)
	}
	if n := codectest.TriesH264(t, stream); n == 0 {
		t.Error("the same decoder makes nothing of what was encoded")
	}
}
