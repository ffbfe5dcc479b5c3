package opus

import (
	"fmt"
	"io"
	"sync"

	mcodec "github.com/pion/mediadevices/pkg/codec"
	"github.com/pion/mediadevices/pkg/io/audio"
	"github.com/pion/mediadevices/pkg/prop"
	"github.com/pion/mediadevices/pkg/wave"
)

// Params builds encoders for mediadevices.
type Params struct {
	// BitRate in bits a second; 0 chooses by the number of channels.
	BitRate int
}

var (
	_ mcodec.AudioEncoderBuilder = Params{}
	_ mcodec.BitRateController   = (*stream)(nil)
)

// RTPCodec tells mediadevices what is made here.
func (p Params) RTPCodec() *mcodec.RTPCodec {
	c := mcodec.NewRTPOpusCodec(SampleRate)
	c.Latency = FrameDuration
	return c
}

// BuildAudioEncoder returns an encoder of r's sound, which is at 48 kHz and in interleaved chunks of any length. Its
// controller is a codec.BitRateController. A packet is valid until the next Read.
func (p Params) BuildAudioEncoder(r audio.Reader, m prop.Media) (mcodec.ReadCloser, error) {
	if m.SampleRate != SampleRate {
		return nil, fmt.Errorf("opus: sound at %d Hz: it must be at %d Hz", m.SampleRate, SampleRate)
	}
	e, err := NewEncoder(m.ChannelCount, p.BitRate)
	if err != nil {
		return nil, err
	}
	return &stream{chunks: audio.NewBuffer(FrameSamples)(r), encoder: e}, nil
}

// stream encodes what a reader gives. Its methods may be called from several goroutines.
type stream struct {
	chunks  audio.Reader
	samples []int16

	mu      sync.Mutex
	encoder *Encoder
}

// SetBitRate changes the bit rate, in bits a second; 0 chooses by the number of channels.
func (s *stream) SetBitRate(bitsPerSecond int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.encoder.SetBitRate(bitsPerSecond)
}

// Controller returns the stream itself.
func (s *stream) Controller() mcodec.EncoderController { return s }

// Read encodes the next 20 ms.
func (s *stream) Read() ([]byte, func(), error) {
	chunk, release, err := s.chunks.Read()
	if err != nil {
		return nil, func() {}, err
	}
	defer release()
	s.samples, err = Samples(s.samples[:0], chunk)
	if err != nil {
		return nil, func() {}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.encoder.c == nil {
		return nil, func() {}, io.EOF
	}
	packet, err := s.encoder.Encode(s.samples)
	return packet, func() {}, err
}

// Close frees the encoder.
func (s *stream) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.encoder.Close()
}

// Samples appends a chunk's interleaved samples to dst, as 16-bit numbers.
func Samples(dst []int16, chunk wave.Audio) ([]int16, error) {
	switch c := chunk.(type) {
	case *wave.Int16Interleaved:
		return append(dst, c.Data...), nil
	case *wave.Float32Interleaved:
		for _, v := range c.Data {
			dst = append(dst, int16(max(-1, min(1, v))*32767))
		}
		return dst, nil
	}
	return dst, fmt.Errorf("opus: sound of the type %T", chunk)
}
