package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"greenroom/media"
	"greenroom/media/pipe"
	"greenroom/media/process"
)

// session is one child's life as seen from the daemon. read runs in Run's goroutine; send in one that read waits for.
type session struct {
	source   *Source
	child    *process.Process
	spec     Spec // what the child captures
	tuning   Tuning
	controls sync.WaitGroup

	mu    sync.Mutex
	ended bool
	other bool          // another child is to take this one's place
	on    bool          // what was asked of the child
	due   time.Time     // when the next sign of life is missing
	limit time.Duration // how long before due the wait for it began

	sent      wanted // the control goroutine's own
	format    pipe.Format
	hasFormat bool
	lastWords pipe.Status // the fault that the child itself told, with which reading ends
	first     time.Time   // when the first frame came
	last      time.Time   // when the latest frame came
	flood     floodGate
	captured  uint64 // by the child's own word
	offset    uint32 // what is added to the child's timestamps
}

func newSession(s *Source, c *process.Process, spec Spec, started wanted) *session {
	r := &session{source: s, child: c, spec: spec, tuning: s.cfg.Tuning, sent: started, on: started.on}
	r.expect(s.cfg.Tuning.FirstFrame)
	return r
}

// good reports whether the child gave frames for so long that what ended it was bad luck.
func (r *session) good() bool {
	return !r.first.IsZero() && r.last.Sub(r.first) >= r.tuning.GoodRun
}

// read handles the child's messages until there are no more, and says why. It waits for what it started.
func (r *session) read(ctx context.Context) pipe.Status {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, r.end)
	defer stop()
	r.controls.Go(func() { r.send(ctx) })

	reader := pipe.NewReader(r.child.Stdout)
	kind, body, err := r.next(reader)
	if err == nil && kind != pipe.TypeHello {
		err = fmt.Errorf("%w: the first message is of type %d", pipe.ErrProtocol, kind)
	}
	if err == nil {
		err = pipe.ParseHello(body)
	}
	for err == nil {
		if kind, body, err = r.next(reader); err == nil {
			err = r.handle(kind, body)
		}
	}
	return r.fault(err)
}

// next reads one message, but waits no longer than until due.
func (r *session) next(reader *pipe.Reader) (pipe.Type, []byte, error) {
	r.mu.Lock()
	if !r.ended {
		_ = r.child.Stdout.SetReadDeadline(r.due)
	}
	r.mu.Unlock()
	return reader.Next()
}

// end makes read return.
func (r *session) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	_ = r.child.Stdout.SetReadDeadline(time.Unix(1, 0))
}

// replace makes read return, for another child to take this one's place.
func (r *session) replace() {
	r.mu.Lock()
	r.other = true
	r.mu.Unlock()
	r.end()
}

func (r *session) isReplaced() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.other
}

// switched notes that the child is asked to switch on or off: a device takes longer to open than a frame may be late.
func (r *session) switched(on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.on = on
	r.expect(r.tuning.FirstFrame)
	if !r.ended {
		_ = r.child.Stdout.SetReadDeadline(r.due)
	}
}

// alive moves the time by which the next sign of life must come. Only a frame counts for a stream that is on.
func (r *session) alive(frame bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if frame || (!r.on && time.Until(r.due) < r.tuning.NextFrame) {
		r.expect(r.tuning.NextFrame)
	}
}

// expect sets by when the next sign of life must come.
func (r *session) expect(limit time.Duration) { r.due, r.limit = time.Now().Add(limit), limit }

// waited returns how long the latest wait was.
func (r *session) waited() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.limit
}

// handle takes one message after the first. The errors are of a child that does not keep to the layouts.
func (r *session) handle(kind pipe.Type, body []byte) error {
	switch kind {
	case pipe.TypeFrame:
		return r.frame(body)
	case pipe.TypeFormat:
		format, err := pipe.ParseFormat(body)
		if err == nil && (format.Codec == media.Opus) != r.spec.Stream.Audio() {
			err = fmt.Errorf("%w: %v for the %v", pipe.ErrProtocol, format.Codec, r.spec.Stream)
		}
		r.format, r.hasFormat = format, true
		r.source.status.Device = format.Device
		if r.source.status.State == Running {
			r.running()
		}
		return err
	case pipe.TypeLevel:
		level, voice, err := pipe.ParseLevel(body)
		if err != nil {
			return err
		}
		r.alive(false)
		r.muted(level, voice)
		return nil
	case pipe.TypeControls:
		all, err := pipe.ParseControls(body)
		if err == nil {
			err = r.flood.pass(time.Now(), len(body))
		}
		if err == nil && r.source.cfg.Controls != nil {
			r.source.cfg.Controls(all)
		}
		return err
	case pipe.TypeStatus:
		status, err := pipe.ParseStatus(body)
		if err == nil && status.Code.Fault() {
			r.lastWords = status
			return errLastWords
		}
		if err == nil {
			r.tell(status)
		}
		return err
	case pipe.TypeAlive:
		captured, err := pipe.ParseAlive(body)
		if err == nil && captured < r.captured {
			err = fmt.Errorf("%w: %d frames were captured, after %d", pipe.ErrProtocol, captured, r.captured)
		}
		if err != nil {
			return err
		}
		r.alive(false)
		if r.source.cfg.Captured != nil {
			r.source.cfg.Captured(captured - r.captured)
		}
		r.captured = captured
		return nil
	}
	return fmt.Errorf("%w: a message of type %d from the child", pipe.ErrProtocol, kind)
}

// frame hands a frame on, with what cannot be true put right.
func (r *session) frame(body []byte) error {
	f, err := pipe.ParseFrame(body)
	if err != nil {
		return err
	}
	if !r.hasFormat || f.Codec != r.format.Codec {
		return fmt.Errorf("%w: a frame of another format than announced", pipe.ErrProtocol)
	}
	now := time.Now()
	if err := r.flood.pass(now, len(f.Data)); err != nil {
		return err
	}
	if age := now.Sub(f.Captured); age < 0 || age > time.Minute {
		f.Captured = now
	}
	f.Duration = min(f.Duration, time.Second)
	if r.first.IsZero() {
		r.first = now
		r.offset = r.source.clock.join(f.Timestamp, f.Codec.ClockRate(), now)
	}
	f.Timestamp += r.offset
	r.source.clock = clock{timestamp: f.Timestamp, at: now, runs: true}
	r.last = now
	r.alive(true)
	if r.source.status.State != Running {
		r.running()
	}
	r.source.cfg.Frame(f)
	return nil
}

func (r *session) running() {
	r.source.tell(Status{
		State: Running, Device: r.format.Device, Node: r.format.Node, Width: r.format.Width, Height: r.format.Height,
		FPS: float64(r.format.MilliFPS) / 1000, Channels: r.format.Channels, Echo: r.format.Echo,
	})
}

// muted takes a level; a muted microphone runs, although it gives no frame.
func (r *session) muted(level uint8, voice bool) {
	if r.source.status.State != Running && r.hasFormat {
		r.running()
	}
	if r.source.cfg.Level != nil {
		r.source.cfg.Level(level, voice)
	}
}

// errLastWords: the child has told why it ends.
var errLastWords = errors.New("the child ends by its own word")

// tell takes the child's own account of what it does.
func (r *session) tell(status pipe.Status) {
	switch {
	case status.Code == pipe.Weak:
		r.source.weak(status.Text)
	case status.Code == pipe.Off:
		r.source.tell(Status{State: Off, Device: r.source.status.Device})
	case r.source.status.State != Starting:
		r.source.tell(Status{State: Starting, Device: r.source.status.Device})
	}
}

// fault says in a sentence what err means.
func (r *session) fault(err error) pipe.Status {
	noun := r.spec.Noun()
	switch {
	case errors.Is(err, errLastWords) && r.lastWords.Text != "":
		return r.lastWords
	case errors.Is(err, os.ErrDeadlineExceeded):
		return pipe.Status{Code: pipe.DeviceFailed, Text: fmt.Sprintf("The %s hangs: no frame for %v", noun, r.waited())}
	case errors.Is(err, pipe.ErrProtocol):
		return pipe.Status{Text: fmt.Sprintf("The capture program for the %s was stopped: %v", noun, err)}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return pipe.Status{} // explained by how it ended
	case errors.Is(err, errLastWords):
		return pipe.Status{} // it has told a code, and no words
	}
	return pipe.Status{Text: fmt.Sprintf("The capture program for the %s cannot be read: %v", noun, err)}
}

// unexplained says how the child ended, which has not said so itself.
func (r *session) unexplained() pipe.Status {
	text := fmt.Sprintf("The capture program for the %s ended: %s", r.spec.Noun(), r.child.Outcome())
	return pipe.Status{Code: r.lastWords.Code, Text: pipe.CleanText(text)}
}
