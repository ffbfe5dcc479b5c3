package capture

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"path/filepath"
	"sync"
	"time"

	mcodec "github.com/pion/mediadevices/pkg/codec"
	"github.com/pion/mediadevices/pkg/io/audio"
	"github.com/pion/mediadevices/pkg/prop"
	"github.com/pion/mediadevices/pkg/wave"

	"greenroom/media"
	"greenroom/media/codec/opus"
	"greenroom/media/pipe"
	"greenroom/media/process"
)

// levelEvery is how many packets of 20 ms pass between the levels of a muted microphone.
const levelEvery = 5

// audioSource is an open microphone or command.
type audioSource struct {
	device   string
	channels int
	echo     pipe.Echo
	sound    audio.Reader // at 48 kHz; ends soon after close
	close    func()       // may be called again, and while sound is read
	// lost gives the Fault of a device that was pulled out, which the driver may never tell. nil: sound tells it.
	lost <-chan *Fault
}

func (s *session) openAudio() (*audioSource, error) {
	if s.spec.Kind == pipe.KindPipe {
		return openAudioCommand(s.spec)
	}
	return openMicrophone(s.spec)
}

// audio captures sound until ctx ends.
func (s *session) audio(ctx context.Context) error {
	if err := s.out.status(ctx, pipe.Status{Code: pipe.Opening}); err != nil {
		return err
	}
	source, err := s.openAudio()
	if err != nil {
		return err
	}
	defer source.close()
	defer context.AfterFunc(ctx, source.close)()
	defer s.tellLoss(ctx, source)()
	bitRate, _ := s.controls.rate()
	meter := &meter{sound: audio.NewBuffer(opus.FrameSamples)(source.sound)}
	encoder, err := opus.Params{BitRate: bitRate}.BuildAudioEncoder(meter, prop.Media{
		Audio: prop.Audio{ChannelCount: source.channels, SampleRate: opus.SampleRate},
	})
	if err != nil {
		return asFault(err, pipe.EncodeFailed, "audio encoder")
	}
	defer encoder.Close()
	buf, err := s.out.reserve(ctx)
	if err != nil {
		return err
	}
	s.out.push(pipe.AppendFormat(buf, pipe.Format{Codec: media.Opus, Channels: source.channels, Echo: source.echo, Device: source.device}))
	for packet := 0; ; packet++ {
		if err := s.packet(packet, meter, encoder); err != nil {
			return err
		}
	}
}

// tellLoss tells at once that the device was pulled out, and then closes the source: a driver without its device may take
// long for that. The function that it returns ends it.
func (s *session) tellLoss(ctx context.Context, source *audioSource) func() {
	ctx, cancel := context.WithCancel(ctx)
	var watch sync.WaitGroup
	watch.Go(func() {
		select {
		case fault := <-source.lost:
			_ = s.out.status(ctx, pipe.Status{Code: fault.Code, Text: fault.Text})
			source.close()
		case <-ctx.Done():
		}
	})
	return func() {
		cancel()
		watch.Wait()
	}
}

// packet takes the next 20 ms, and sends them or, when muted, now and then their level.
func (s *session) packet(n int, m *meter, encoder mcodec.ReadCloser) error {
	if rate, changed := s.controls.rate(); changed {
		if err := encoder.Controller().(mcodec.BitRateController).SetBitRate(rate); err != nil {
			return asFault(err, pipe.EncodeFailed, "audio encoder")
		}
	}
	if !s.controls.isOn() {
		_, release, err := m.Read()
		if err != nil {
			return err
		}
		release()
		s.captured.Add(1)
		if buf, ok := s.out.tryReserveIf(n%levelEvery == 0); ok {
			s.out.push(pipe.AppendLevel(buf, m.level, m.voice))
		}
		return nil
	}
	data, release, err := encoder.Read()
	if err != nil {
		return err
	}
	defer release()
	s.captured.Add(1)
	if !s.controls.isOn() {
		return nil // muted while these 20 ms were spoken
	}
	if opus.Silent(data) {
		if buf, ok := s.out.tryReserveIf(n%levelEvery == 0); ok {
			s.out.push(pipe.AppendLevel(buf, m.level, m.voice))
		}
		return nil
	}
	if buf, ok := s.out.tryReserve(); ok {
		s.out.push(pipe.AppendFrame(buf, media.Frame{
			Codec: media.Opus, Timestamp: uint32(n * opus.FrameSamples), Duration: opus.FrameDuration,
			Captured: time.Now().Add(-opus.FrameDuration), Level: m.level, Voice: m.voice, Data: data,
		}))
	}
	return nil
}

// tryReserveIf is tryReserve under a condition.
func (o *outbox) tryReserveIf(want bool) ([]byte, bool) {
	if !want {
		return nil, false
	}
	return o.tryReserve()
}

// meter measures the sound that passes through it.
type meter struct {
	sound   audio.Reader
	samples []int16
	speech  voice

	level uint8
	voice bool
}

// Read returns the next chunk; level and voice are then those of the chunk.
func (m *meter) Read() (wave.Audio, func(), error) {
	chunk, release, err := m.sound.Read()
	if err != nil {
		return nil, func() {}, err
	}
	if m.samples, err = opus.Samples(m.samples[:0], chunk); err != nil {
		release()
		return nil, func() {}, err
	}
	m.level = dBov(m.samples)
	m.voice = m.speech.hears(m.level)
	return chunk, release, nil
}

// openAudioCommand starts a command that writes signed 16-bit little-endian samples at 48 kHz.
func openAudioCommand(spec pipe.Spec) (*audioSource, error) {
	channels := max(spec.Channels, 1)
	p, err := startCommand(spec, 0)
	if err != nil {
		return nil, err
	}
	return &audioSource{
		device: filepath.Base(spec.Command[0]), channels: channels,
		sound: pcmReader(spec, p, channels), close: func() { p.Stop(0) },
	}, nil
}

func pcmReader(spec pipe.Spec, p *process.Process, channels int) audio.Reader {
	in := bufio.NewReaderSize(p.Stdout, 2*opus.FrameSamples*channels)
	raw := make([]byte, 2*opus.FrameSamples*channels)
	chunk := wave.NewInt16Interleaved(wave.ChunkInfo{Len: opus.FrameSamples, Channels: channels, SamplingRate: opus.SampleRate})
	return audio.ReaderFunc(func() (wave.Audio, func(), error) {
		if _, err := io.ReadFull(in, raw); err != nil {
			if errors.Is(err, io.ErrUnexpectedEOF) {
				err = io.EOF // a last packet that is not whole is no fault of its own
			}
			return nil, func() {}, commandFault(spec, p, err)
		}
		for i := range chunk.Data {
			chunk.Data[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
		}
		return chunk, func() {}, nil
	})
}
