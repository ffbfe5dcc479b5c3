package source

import (
	"fmt"
	"time"

	"greenroom/media/pipe"
)

// State is what a source does.
type State string

// The states of a source.
const (
	Starting State = "starting" // the child is started, or opens its device
	Running  State = "running"  // frames come, or would if the microphone were not muted
	Off      State = "off"      // switched off; the device is closed
	Failed   State = "failed"   // the child has ended, or is about to; there is another try in RetryIn
)

// Status is what may be shown of a source.
type Status struct {
	State    State
	Device   string // the name of what is captured, once it is known
	Node     string // Running: the device file of the camera
	Code     pipe.Code
	Reason   string        // Failed: a plain sentence
	Since    time.Time     // when State began
	Restarts int           // how often the child was started again since the source began
	RetryIn  time.Duration // Failed: the pause from Since to the next try

	Width, Height int     // of the picture, once it is known
	FPS           float64 // as the device announces it; 0: unknown
	Channels      int     // of the sound
	Echo          pipe.Echo
}

// String returns one sentence for a log or a screen.
func (s Status) String() string {
	if s.State != Failed {
		return string(s.State)
	}
	return fmt.Sprintf("%s; next try in %v", s.Reason, s.RetryIn.Round(100*time.Millisecond))
}
