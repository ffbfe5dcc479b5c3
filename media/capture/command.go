package capture

import (
	"errors"
	"image"
	"io"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"greenroom/media/capture/y4m"
	"greenroom/media/pipe"
	"greenroom/media/process"
)

// commandEndLimit is how long a command may take to end after it has closed its output.
const commandEndLimit = 500 * time.Millisecond

// pipeSize is asked for pictures: 1 MiB is most of one, and saves hundreds of switches between the processes.
const pipeSize = 1 << 20

// startCommand starts the external command of spec.
func startCommand(spec pipe.Spec, size int) (*process.Process, error) {
	p, err := process.Start(process.Config{Command: spec.Command, PipeSize: size, DeathSignal: syscall.SIGKILL})
	if err != nil {
		return nil, faultf(pipe.CommandEnded, "The %s cannot be started: %v", spec.Noun(), err)
	}
	return p, nil
}

// openVideoCommand starts a command that writes YUV4MPEG2.
func openVideoCommand(spec pipe.Spec) (*videoSource, error) {
	p, err := startCommand(spec, pipeSize)
	if err != nil {
		return nil, err
	}
	var in *y4m.Reader
	source := &videoSource{device: filepath.Base(spec.Command[0]), close: func() { p.Stop(0) }}
	source.begin = func() (milliFPS int, err error) {
		if in, err = y4m.NewReader(p.Stdout); err != nil {
			return 0, commandFault(spec, p, err)
		}
		return in.Header.MilliFPS(), nil
	}
	source.read = func(img *image.YCbCr) (time.Time, error) {
		err := in.Begin()
		at := time.Now()
		if err == nil {
			err = in.ReadPicture(img)
		}
		if err != nil {
			return at, commandFault(spec, p, err)
		}
		return at, nil
	}
	return source, nil
}

// commandFault says why nothing more can be read from a command.
func commandFault(spec pipe.Spec, p *process.Process, err error) error {
	format := errors.Is(err, y4m.ErrFormat)
	if !format && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return faultf(pipe.CommandEnded, "The %s cannot be read: %v", spec.Noun(), err)
	}
	gone := p.Gone(commandEndLimit)
	switch {
	case gone && !strings.HasPrefix(p.Outcome(), "exit status 0"):
		return faultf(pipe.CommandEnded, "The %s ended: %s", spec.Noun(), p.Outcome())
	case format:
		return faultf(pipe.BadInput, "The %s writes what cannot be used: %v", spec.Noun(), err)
	case gone:
		return faultf(pipe.CommandEnded, "The %s ended: %s", spec.Noun(), p.Outcome())
	}
	return faultf(pipe.CommandEnded, "The %s has closed its output", spec.Noun())
}
