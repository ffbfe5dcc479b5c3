package capture

import (
	"errors"
	"fmt"

	"greenroom/media/pipe"
)

// Fault is why capturing ended, in a sentence for the screen.
type Fault struct {
	Code pipe.Code
	Text string
}

// Error returns the sentence.
func (f *Fault) Error() string { return f.Text }

func faultf(code pipe.Code, format string, args ...any) *Fault {
	return &Fault{Code: code, Text: fmt.Sprintf(format, args...)}
}

// asFault returns err as a Fault; one that nobody has made a sentence of gets code.
func asFault(err error, code pipe.Code, noun string) *Fault {
	if f := new(Fault); errors.As(err, &f) {
		return f
	}
	return faultf(code, "The %s failed: %v", noun, err)
}
