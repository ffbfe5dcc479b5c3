package opus

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	mcodec "github.com/pion/mediadevices/pkg/codec"
	"github.com/pion/mediadevices/pkg/io/audio"
	"github.com/pion/mediadevices/pkg/prop"
	"github.com/pion/mediadevices/pkg/wave"

	"greenroom/media/codec/codectest"
)

// tone returns two seconds of a tone.
func tone(t testing.TB, frequency, channels int) []int16 {
	t.Helper()
	raw := codectest.FFmpeg(t, nil, "-f", "lavfi", "-i", fmt.Sprintf("sine=frequency=%d:sample_rate=48000:duration=2", frequency),
		"-ac", fmt.Sprint(channels), "-f", "s16le", "-")
	samples := make([]int16, len(raw)/2)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	return samples
}

func TestAnotherDecoderHearsTheTone(t *testing.T) {
	for channels := 1; channels <= 2; channels++ {
		e, err := NewEncoder(channels, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		var packets [][]byte
		for s := tone(t, 1000, channels); len(s) >= FrameSamples*channels; s = s[FrameSamples*channels:] {
			p, err := e.Encode(s[:FrameSamples*channels])
			if err != nil {
				t.Fatal(err)
			}
			packets = append(packets, bytes.Clone(p))
		}
		heard := codectest.DecodeOpus(t, packets, channels)
		if len(packets) != 100 || len(heard) < 90_000 {
			t.Fatalf("%d packets, %d samples", len(packets), len(heard))
		}
		heard = heard[48_000:] // in stereo the encoder takes a second to find how wide the sound is
		if share := codectest.Tone(heard, 1000); share < 0.9 {
			t.Errorf("%d channels: the tone holds %.2f of the energy", channels, share)
		}
		if share := codectest.Tone(heard, 3000); share > 0.05 {
			t.Errorf("%d channels: %.2f of the energy is where no tone was", channels, share)
		}
	}
}

// Error correction costs bits: a packet carries a coarse copy of the one before it. Its presence shows in the TOC and
// in the SILK header: the second bit after the voice activity flags of one 20 ms frame says that a copy follows
// (RFC 6716, section 4.2.3). For speech it has to be there.
func TestPacketsCarryErrorCorrection(t *testing.T) {
	raw := codectest.FFmpeg(t, nil, "-f", "lavfi", "-i", "flite=text='one two three four five six seven eight nine ten'",
		"-ac", "1", "-ar", "48000", "-f", "s16le", "-")
	e, err := NewEncoder(1, 24_000)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	silk, corrected := 0, 0
	samples := make([]int16, FrameSamples)
	for ; len(raw) >= 2*FrameSamples; raw = raw[2*FrameSamples:] {
		for i := range samples {
			samples[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
		}
		p, err := e.Encode(samples)
		if err != nil {
			t.Fatal(err)
		}
		if p[0]&0x80 == 0 && len(p) > 1 { // SILK or hybrid
			silk++
			if p[1]&0x40 != 0 {
				corrected++
			}
		}
	}
	if silk == 0 || corrected < silk/4 {
		t.Errorf("%d of %d packets carry a copy of the one before", corrected, silk)
	}
}

// playback is an audio.Reader of chunks of an odd length.
type playback struct {
	samples []int16
	float   bool
}

func (p *playback) Read() (wave.Audio, func(), error) {
	const n = 441
	if len(p.samples) < n {
		return nil, func() {}, io.EOF
	}
	info := wave.ChunkInfo{Len: n, Channels: 1, SamplingRate: SampleRate}
	chunk := p.samples[:n]
	p.samples = p.samples[n:]
	if !p.float {
		return &wave.Int16Interleaved{Data: chunk, Size: info}, func() {}, nil
	}
	out := wave.NewFloat32Interleaved(info)
	for i, v := range chunk {
		out.Data[i] = float32(v) / 32768
	}
	return out, func() {}, nil
}

func TestBuilderTakesAnyChunks(t *testing.T) {
	for _, float := range []bool{false, true} {
		var builder mcodec.AudioEncoderBuilder = Params{}
		sound := prop.Media{Audio: prop.Audio{ChannelCount: 1, SampleRate: SampleRate}}
		stream, err := builder.BuildAudioEncoder(audio.Reader(&playback{tone(t, 440, 1), float}), sound)
		if err != nil {
			t.Fatal(err)
		}
		if err := stream.Controller().(mcodec.BitRateController).SetBitRate(32_000); err != nil {
			t.Error(err)
		}
		var packets [][]byte
		for {
			p, release, err := stream.Read()
			if errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			packets = append(packets, bytes.Clone(p))
			release()
		}
		if len(packets) != 99 { // the last chunk is not whole
			t.Errorf("%d packets", len(packets))
		}
		if share := codectest.Tone(codectest.DecodeOpus(t, packets, 1)[9600:], 440); share < 0.9 {
			t.Errorf("the tone holds %.2f of the energy", share)
		}
		if err := errors.Join(stream.Close(), stream.Close()); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatCannotBeEncodedIsRefused(t *testing.T) {
	if _, err := NewEncoder(3, 0); err == nil {
		t.Error("three channels are not refused")
	}
	if _, err := (Params{}).BuildAudioEncoder(nil, prop.Media{Audio: prop.Audio{ChannelCount: 1, SampleRate: 44_100}}); err == nil {
		t.Error("44.1 kHz is not refused")
	}
	e, err := NewEncoder(1, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Encode(make([]int16, 100)); err == nil {
		t.Error("a short packet is not refused")
	}
	_ = e.Close()
	if _, err := e.Encode(make([]int16, FrameSamples)); err == nil {
		t.Error("a closed encoder encodes")
	}
	if err := e.SetBitRate(1000); err == nil {
		t.Error("a closed encoder takes a bit rate")
	}
}

// Of silence little is sent, once the encoder has heard what is none, and of a tone all.
func TestSilenceIsNotSent(t *testing.T) {
	for channels := 1; channels <= 2; channels++ {
		e, err := NewEncoder(channels, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		share := func(samples []int16) (silent, longest float64) {
			n, gap := 0, 0
			for ; len(samples) >= FrameSamples*channels; samples = samples[FrameSamples*channels:] {
				p, err := e.Encode(samples[:FrameSamples*channels])
				if err != nil {
					t.Fatal(err)
				}
				n++
				if gap++; !Silent(p) {
					gap = 0
				} else {
					silent++
				}
				longest = max(longest, float64(gap))
			}
			return silent / float64(n), longest * FrameDuration.Seconds()
		}
		noise := rand.New(rand.NewPCG(1, 2))
		quiet := make([]int16, 3*SampleRate*channels)
		for i := range quiet {
			quiet[i] = int16(noise.IntN(9)) - 4 // a very quiet room
		}
		if silent, _ := share(tone(t, 1000, channels)); silent > 0.02 {
			t.Errorf("%d channels: %.2f of a tone is not sent", channels, silent)
		}
		if silent, longest := share(quiet); silent < 0.7 || longest > 0.5 {
			t.Errorf("%d channels: of silence %.2f is not sent, for %.2f s in a row; want most, and never for long", channels, silent, longest)
		}
	}
}
