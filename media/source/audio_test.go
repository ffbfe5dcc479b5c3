package source

import (
	"testing"

	"greenroom/media"
	"greenroom/media/codec/codectest"
)

func soundSpec(source string, channels int) Spec {
	return Spec{Stream: media.Microphone, Kind: Pipe, Command: soundCommand(source, channels), Channels: channels}
}

func TestSoundOfACommandIsDecodable(t *testing.T) {
	t.Parallel()
	for channels := 1; channels <= 2; channels++ {
		r := run(t, Config{Spec: soundSpec("sine=frequency=1000:sample_rate=48000", channels)})
		if s := r.state(Running); s.Channels != channels {
			t.Errorf("status %+v", s)
		}
		var packets [][]byte
		last := r.frame("packet", anyFrame)
		for len(packets) < 100 {
			f := r.frame("packet", anyFrame)
			packets = append(packets, f.Data)
			if step := f.Timestamp - last.Timestamp; step%960 != 0 || f.Codec != media.Opus {
				t.Fatalf("a packet of %v, %d ticks after the one before", f.Codec, step)
			}
			last = f
		}
		// ffmpeg's sine has an eighth of the full amplitude: -18 dB, and -3 for a sine, and -3 for two channels.
		if want := uint8(18 + 3*channels); last.Level+1 < want || last.Level > want+1 {
			t.Errorf("the level is -%d dBov, and should be -%d", last.Level, want)
		}
		if share := codectest.Tone(codectest.DecodeOpus(t, packets, channels)[48_000:], 1000); share < 0.9 {
			t.Errorf("the tone holds %.2f of the energy", share)
		}
		r.stop()
	}
}

func TestSpeechIsTakenForAVoiceAndSilenceIsNot(t *testing.T) {
	speech := run(t, Config{Spec: soundSpec("flite=text='good morning everybody in this room'", 1)})
	speech.frame("packet with a voice", func(f media.Frame) bool { return f.Voice && f.Level < 40 })
	silent := run(t, Config{Spec: soundSpec("anullsrc=r=48000:cl=mono", 1)})
	for range 30 {
		if f := silent.frame("packet", anyFrame); f.Voice || f.Level != 127 {
			t.Fatalf("silence has the level -%d dBov, voice %v", f.Level, f.Voice)
		}
	}
}

func TestAMutedMicrophoneTellsItsLevelAndNothingElse(t *testing.T) {
	t.Parallel()
	r := run(t, Config{Spec: soundSpec("sine=frequency=1000:sample_rate=48000", 1)})
	for range 2 {
		r.frame("packet", anyFrame)
		r.SetEnabled(false)
		// The first level comes behind the last packet.
		next(t, r.levels, "level")
		for len(r.frames) > 0 {
			<-r.frames
		}
		for range 5 {
			if level := next(t, r.levels, "level"); level < 20 || level > 22 {
				t.Errorf("the level is -%d dBov, and should be -21", level)
			}
		}
		if len(r.frames) != 0 {
			t.Errorf("%d packets came from a muted microphone", len(r.frames))
		}
		r.SetEnabled(true)
		r.frame("packet", anyFrame)
		for len(r.levels) > 0 {
			<-r.levels
		}
	}
}

func TestAMicrophoneThatStartsMutedRuns(t *testing.T) {
	spec := soundSpec("sine=frequency=1000:sample_rate=48000", 1)
	spec.Off = true
	r := run(t, Config{Spec: spec})
	if s := r.state(Running); s.Device != "ffmpeg" {
		t.Errorf("status %+v", s)
	}
	if len(r.frames) != 0 {
		t.Error("a packet came from a muted microphone")
	}
}
