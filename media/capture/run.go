package capture

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"greenroom/media/pipe"
)

// How many messages may wait for the daemon: pictures must be new, sound must not have gaps.
const (
	videoSlots = 2 * pipe.MaxLayers
	audioSlots = 12
)

// alivePause is the time between Alive messages.
const alivePause = time.Second

// session is one run of the program.
type session struct {
	spec     pipe.Spec
	h264     Builder
	start    time.Time // timestamps count from here
	controls *controls
	out      *outbox
	captured atomic.Uint64 // pictures, or packets of sound, that the device gave
}

// Run captures what spec says until ctx ends, in ends, or something fails. It reads requests from in and writes
// messages to out. A failure is written to out, and returned, as a *Fault. Run closes in.
func Run(ctx context.Context, spec pipe.Spec, in io.ReadCloser, out Output) error {
	return run(ctx, spec, hardware, "", in, out)
}

// run is Run, which says first how weak the process's protection is, if it is.
func run(ctx context.Context, spec pipe.Spec, h264 Builder, weak string, in io.ReadCloser, out Output) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	slots := videoSlots
	if spec.Stream.Audio() {
		slots = audioSlots
	}
	s := &session{spec: spec, h264: h264, start: time.Now(), controls: newControls(spec), out: newOutbox(out, slots)}
	s.out.push(pipe.AppendHello(<-s.out.slots))
	if weak != "" {
		s.out.push(pipe.AppendStatus(<-s.out.slots, pipe.Status{Code: pipe.Weak, Text: weak}))
	}

	var writer, others sync.WaitGroup
	writer.Go(func() { s.out.write(cancel) }) // without an output there is nobody to capture for
	others.Go(func() {
		defer cancel()
		_ = s.controls.read(in) // whatever it is, the daemon has no more to say
	})
	others.Go(func() { s.alive(ctx) })

	err := s.capture(ctx)
	cancel()
	_ = in.Close()
	others.Wait()
	if fault := new(Fault); errors.As(err, &fault) {
		last, stop := context.WithTimeout(context.WithoutCancel(ctx), lastWordsLimit)
		_ = s.out.status(last, pipe.Status{Code: fault.Code, Text: fault.Text})
		stop()
	}
	s.out.close()
	writer.Wait()
	return err
}

// capture returns nil when ctx ends, and a *Fault otherwise.
func (s *session) capture(ctx context.Context) error {
	var err error
	if s.spec.Stream.Audio() {
		err = s.audio(ctx)
	} else {
		err = s.video(ctx)
	}
	if ctx.Err() != nil || err == nil {
		return nil
	}
	return asFault(err, pipe.DeviceFailed, s.spec.Noun())
}

// alive says once a second that the process is not stuck, and what it has captured.
func (s *session) alive(ctx context.Context) {
	ticker := time.NewTicker(alivePause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if buf, ok := s.out.tryReserve(); ok {
			s.out.push(pipe.AppendAlive(buf, s.captured.Load()))
		}
	}
}
