package relay

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"greenroom/media"
	"greenroom/media/relay/relaytest"
)

func TestTwoClientsExchangeDataAndFrames(t *testing.T) {
	srv := startRelay(t)
	a, b := join(t, srv, "room", "aspen", both()...), join(t, srv, "room", "birch", both()...)
	a.wait("birch is there", func(h *observer) bool { return h.present["birch"] })
	b.wait("aspen is there", func(h *observer) bool { return h.present["aspen"] })

	for _, pair := range [][2]*client{{a, b}, {b, a}} {
		from, to := pair[0], pair[1]
		message := make([]byte, 15_000)
		_, _ = rand.Read(message)
		if err := from.Send(nil, message); err != nil {
			t.Fatal(err)
		}
		to.wait("the message", func(h *observer) bool { return bytes.Equal(h.lastData[from.name], message) })
	}
	for _, stream := range []media.Stream{media.Camera, media.Microphone} {
		exchange(t, a, b, stream)
		exchange(t, b, a, stream)
	}
}

// exchange sends frames until the other has got three in a row, byte for byte.
func exchange(t *testing.T, from, to *client, stream media.Stream) {
	t.Helper()
	defer from.send(stream)() // LiveKit publishes a video track when its first packets come
	to.wait("the track "+stream.String(), func(h *observer) bool { _, ok := h.tracks[from.name][stream]; return ok })
	to.wait("three whole frames of "+stream.String(), func(h *observer) bool { return h.intact[from.name][stream] >= 3 })
}

func TestDataToOne(t *testing.T) {
	srv := startRelay(t)
	a, b, c := join(t, srv, "room", "aspen"), join(t, srv, "room", "birch"), join(t, srv, "room", "cedar")
	a.wait("both are there", func(h *observer) bool { return h.present["birch"] && h.present["cedar"] })
	for _, m := range []struct {
		to   []string
		text string
	}{{[]string{"cedar"}, "for cedar"}, {nil, "for everybody"}} {
		if err := a.Send(m.to, []byte(m.text)); err != nil {
			t.Fatal(err)
		}
	}
	c.wait("both messages", func(h *observer) bool { return h.dataCount["aspen"] == 2 })
	b.wait("the second message", func(h *observer) bool { return string(h.lastData["aspen"]) == "for everybody" })
	b.check(func(h *observer) {
		if h.dataCount["aspen"] != 1 {
			t.Errorf("birch got %d messages", h.dataCount["aspen"])
		}
	})
	if err := a.Send(nil, make([]byte, MaxData+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large a message: %v", err)
	}
}

func TestLateJoinerGetsAKeyframe(t *testing.T) {
	srv := startRelay(t)
	a := join(t, srv, "room", "aspen", both()...)
	defer a.send(media.Camera)()
	b := join(t, srv, "room", "birch")
	b.wait("pictures", func(h *observer) bool { return h.intact["aspen"][media.Camera] >= 3 })
	before := a.Counters().KeyframesWanted
	if before == 0 {
		t.Error("nobody asked for a keyframe, so the test shows nothing")
	}
	c := join(t, srv, "room", "cedar")
	c.wait("pictures", func(h *observer) bool { return h.intact["aspen"][media.Camera] >= 3 })

	keyframes := 0
	b.check(func(h *observer) { keyframes = h.keyframes["aspen"] })
	b.RequestKeyframe("aspen", media.Camera)
	b.wait("one more keyframe", func(h *observer) bool { return h.keyframes["aspen"] > keyframes })
}

func TestMute(t *testing.T) {
	srv := startRelay(t)
	a, b := join(t, srv, "room", "aspen", both()...), join(t, srv, "room", "birch")
	defer a.send(media.Microphone)()
	b.wait("sound", func(h *observer) bool { return h.intact["aspen"][media.Microphone] >= 3 })
	a.SetMuted(media.Microphone, true)
	b.wait("muted", func(h *observer) bool { return h.tracks["aspen"][media.Microphone] })
	// A frame that was being sent meanwhile still counts as sent; the one after it does not.
	a.wait("a frame dropped at the source", func(*observer) bool { return a.Counters().FramesMuted > 0 })
	muted := a.Counters()
	a.wait("more of them", func(*observer) bool { return a.Counters().FramesMuted > muted.FramesMuted+5 })
	if sent := a.Counters().FramesSent; sent != muted.FramesSent {
		t.Errorf("%d frames were sent while muted", sent-muted.FramesSent)
	}
	a.SetMuted(media.Microphone, false)
	b.wait("unmuted", func(h *observer) bool { return !h.tracks["aspen"][media.Microphone] })
	got := 0
	b.check(func(h *observer) { got = h.intact["aspen"][media.Microphone] })
	b.wait("sound again", func(h *observer) bool { return h.intact["aspen"][media.Microphone] > got+3 })
	b.check(func(h *observer) {
		if h.damaged > 0 {
			t.Errorf("%d frames arrived that nobody sent (the relay injected %d)", h.damaged, b.Counters().FramesInjected)
		}
	})
}

func TestMutedFromTheStart(t *testing.T) {
	srv := startRelay(t)
	_ = join(t, srv, "room", "aspen", Publication{Stream: media.Microphone, Codec: media.Opus, Muted: true})
	b := join(t, srv, "room", "birch")
	b.wait("muted", func(h *observer) bool { return h.tracks["aspen"][media.Microphone] })
}

func TestLeavingIsSeen(t *testing.T) {
	srv := startRelay(t)
	a, b := join(t, srv, "room", "aspen", both()...), join(t, srv, "room", "birch")
	defer a.send(media.Camera)()
	b.wait("aspen and its tracks", func(h *observer) bool { return h.present["aspen"] && len(h.tracks["aspen"]) == 2 })
	a.stop()
	b.wait("aspen left", func(h *observer) bool { return !h.present["aspen"] && len(h.tracks["aspen"]) == 0 })
}

func TestRelayKilledAndRestarted(t *testing.T) {
	srv := startRelay(t)
	a, b := join(t, srv, "room", "aspen", both()...), join(t, srv, "room", "birch", both()...)
	exchange(t, a, b, media.Camera)
	if err := srv.Kill(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*client{a, b} {
		c.wait("the loss", func(h *observer) bool { return h.disconnected > 0 })
		if err := c.Send(nil, []byte("lost")); !errors.Is(err, ErrNotConnected) {
			t.Errorf("Send without a relay: %v", err)
		}
	}
	a.SetMuted(media.Microphone, true)
	if err := srv.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for _, c := range []*client{a, b} {
		c.wait("back", func(h *observer) bool { return h.connected == 2 })
	}
	t.Logf("back %v after the relay", time.Since(began))
	a.wait("birch is back", func(h *observer) bool { return h.present["birch"] })
	b.wait("aspen is back", func(h *observer) bool { return h.present["aspen"] })
	exchange(t, a, b, media.Camera)
	exchange(t, b, a, media.Microphone)
	b.wait("aspen is still muted", func(h *observer) bool { return h.tracks["aspen"][media.Microphone] })
}

func TestRefusals(t *testing.T) {
	srv := startRelay(t)
	t.Run("token", func(t *testing.T) {
		c := start(t, srv, "room", "aspen", relaytest.TokenOptions{Expires: time.Now().Add(-time.Hour)})
		c.wantRefusal(RefusedToken)
	})
	t.Run("duplicate", func(t *testing.T) {
		first := join(t, srv, "room", "birch")
		second := join(t, srv, "room", "birch")
		first.wantRefusal(RefusedDuplicate)
		if err := second.Send(nil, []byte("still here")); err != nil {
			t.Error(err)
		}
	})
	t.Run("removed", func(t *testing.T) {
		c := join(t, srv, "room", "cedar")
		if err := srv.RemoveParticipant(t.Context(), "room", "cedar"); err != nil {
			t.Fatal(err)
		}
		c.wantRefusal(RefusedRemoved)
	})
	t.Run("room closed", func(t *testing.T) {
		c := join(t, srv, "hall", "douglas")
		if err := srv.DeleteRoom(t.Context(), "hall"); err != nil {
			t.Fatal(err)
		}
		c.wantRefusal(RefusedRoomClosed)
	})
}

func TestTokenErrorsAreRetried(t *testing.T) {
	srv := startRelay(t)
	h := newObserver(t)
	tries := 0
	c := New(Config{URL: srv.URL(), Handler: h, Token: func(context.Context) (string, error) {
		if tries++; tries < 3 {
			return "", errors.New("the hub is away")
		}
		return srv.Token("aspen", "room", relaytest.TokenOptions{})
	}})
	r := run(t, c, h, "aspen")
	r.wait("connected", func(h *observer) bool { return h.connected == 1 && h.disconnected == 2 })
	if err := c.WriteFrame(media.Camera, media.Frame{Codec: media.VP8}); !errors.Is(err, ErrNotPublished) {
		t.Errorf("a frame of no publication: %v", err)
	}
}

func TestConfigurationIsChecked(t *testing.T) {
	for _, url := range []string{"", "relay.example.org", "ftp://relay.example.org", "ws://"} {
		c := New(Config{URL: url, Handler: newObserver(t), Token: nil})
		if err := c.Run(t.Context()); err == nil {
			t.Errorf("%q was taken for a relay's address", url)
		}
	}
}

func TestSpeakersAreTold(t *testing.T) {
	srv := startRelay(t)
	a, b := join(t, srv, "room", "aspen", both()...), join(t, srv, "room", "birch")
	defer a.send(media.Microphone)()
	b.wait("aspen speaks", func(h *observer) bool { return len(h.speakers) == 1 && h.speakers[0] == "aspen" })
	a.SetMuted(media.Microphone, true)
	b.wait("nobody speaks", func(h *observer) bool { return len(h.speakers) == 0 })
}
