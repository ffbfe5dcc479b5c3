package pipe

import "fmt"

// Echo says what takes the loudspeaker's echo out of a microphone's sound.
type Echo uint8

// What takes it out.
const (
	EchoUnknown     Echo = 0 // no microphone
	EchoSoundServer Echo = 1 // PipeWire's canceller
	EchoDevice      Echo = 2 // the device, as it says itself or as it was configured
	EchoHeard       Echo = 3 // nothing: the others may hear themselves
)

// EchoWish says who is to take it out.
type EchoWish string

// The wishes. The empty one is EchoAuto.
const (
	EchoAuto         EchoWish = "auto"     // PipeWire's canceller if it runs, else a device that does, else the first
	EchoBySound      EchoWish = "pipewire" // PipeWire's canceller, which is waited for
	EchoByDevice     EchoWish = "device"   // the device, even if it does not say that it does
	EchoNotCancelled EchoWish = "none"     // nobody
)

func (w EchoWish) check() error {
	switch w {
	case "", EchoAuto, EchoBySound, EchoByDevice, EchoNotCancelled:
		return nil
	}
	return fmt.Errorf("echo %q: it must be auto, pipewire, device or none", string(w))
}
