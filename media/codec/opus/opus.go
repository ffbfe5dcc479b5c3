// Package opus encodes Opus with libopus for conversation: 20 ms packets at 48 kHz with in-band forward error
// correction, so that a receiver conceals a lost packet from the next one, and with discontinuous transmission: of
// silence, little is sent.
//
// It stands in for mediadevices' own Opus encoder, which cannot switch error correction on. Encoder is the plain form;
// Params makes it a mediadevices codec.AudioEncoderBuilder. libopus-dev is needed to build, libopus0 to run.
package opus

// #cgo pkg-config: opus
// #cgo CFLAGS: -std=c11 -Wall -Wextra
// #include <opus.h>
//
// // opus_encoder_ctl takes any number of arguments, which Go cannot call.
// static int set_rate(OpusEncoder *e, opus_int32 rate) { return opus_encoder_ctl(e, OPUS_SET_BITRATE(rate)); }
// static int settle(OpusEncoder *e, opus_int32 rate, opus_int32 loss) {
//   int code = set_rate(e, rate);
//   if (code == OPUS_OK) code = opus_encoder_ctl(e, OPUS_SET_INBAND_FEC(1));
//   if (code == OPUS_OK) code = opus_encoder_ctl(e, OPUS_SET_PACKET_LOSS_PERC(loss));
//   if (code == OPUS_OK) code = opus_encoder_ctl(e, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
//   if (code == OPUS_OK) code = opus_encoder_ctl(e, OPUS_SET_DTX(1));
//   return code;
// }
import "C"

import (
	"errors"
	"fmt"
	"time"

	"greenroom/media/codec"
)

// What every packet holds.
const (
	SampleRate    = 48_000
	FrameDuration = 20 * time.Millisecond
	FrameSamples  = 960 // a channel
)

const (
	// maxPacket is the largest packet that the RFC foresees (RFC 6716, section 3.4).
	maxPacket = 1275
	// expectedLoss in percent makes the encoder spend bits on error correction.
	expectedLoss = 10
)

// Encoder encodes sound of one or two channels. It is for one goroutine, and must be closed.
type Encoder struct {
	c        *C.OpusEncoder
	channels int
	buf      [maxPacket]byte
}

// NewEncoder returns an encoder. bitRate is in bits a second; 0 chooses by the number of channels.
func NewEncoder(channels, bitRate int) (*Encoder, error) {
	if channels != 1 && channels != 2 {
		return nil, fmt.Errorf("opus: %d channels: it must be 1 or 2", channels)
	}
	if bitRate <= 0 {
		bitRate = codec.AudioBitRate(channels)
	}
	var code C.int
	c := C.opus_encoder_create(SampleRate, C.int(channels), C.OPUS_APPLICATION_VOIP, &code)
	if code == C.OPUS_OK {
		code = C.settle(c, C.opus_int32(bitRate), expectedLoss)
	}
	if code != C.OPUS_OK {
		C.opus_encoder_destroy(c)
		return nil, fmt.Errorf("opus: open an encoder at %d bit/s: %s", bitRate, words(code))
	}
	return &Encoder{c: c, channels: channels}, nil
}

func words(code C.int) string { return C.GoString(C.opus_strerror(code)) }

// Silent reports whether a packet need not be sent: the receiver goes on with the background noise that it heard last
// (RFC 6716, section 2.1.9). While it is silent, about every 400 ms a packet that must be sent renews that.
func Silent(packet []byte) bool { return len(packet) <= 2 }

// Encode encodes 20 ms: FrameSamples interleaved samples of every channel. The packet is valid until the next call.
func (e *Encoder) Encode(samples []int16) ([]byte, error) {
	if e.c == nil {
		return nil, errors.New("opus: the encoder is closed")
	}
	if len(samples) != FrameSamples*e.channels {
		return nil, fmt.Errorf("opus: %d samples for a packet of %d", len(samples), FrameSamples*e.channels)
	}
	n := C.opus_encode(e.c, (*C.opus_int16)(&samples[0]), FrameSamples, (*C.uchar)(&e.buf[0]), maxPacket)
	if n < 0 {
		return nil, fmt.Errorf("opus: encode a packet: %s", words(C.int(n)))
	}
	return e.buf[:n], nil
}

// SetBitRate changes the bit rate, in bits a second, from the next packet on; 0 chooses by the number of channels.
func (e *Encoder) SetBitRate(bitsPerSecond int) error {
	if e.c == nil {
		return errors.New("opus: the encoder is closed")
	}
	if bitsPerSecond == 0 {
		bitsPerSecond = codec.AudioBitRate(e.channels)
	}
	if code := C.set_rate(e.c, C.opus_int32(bitsPerSecond)); code != C.OPUS_OK {
		return fmt.Errorf("opus: set the bit rate to %d: %s", bitsPerSecond, words(code))
	}
	return nil
}

// Close frees the encoder. It may be called again.
func (e *Encoder) Close() error {
	if e.c != nil {
		C.opus_encoder_destroy(e.c)
	}
	e.c = nil
	return nil
}
