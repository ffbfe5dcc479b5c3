package localapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"greenroom/daemon/room"
)

// The pace of an event stream.
const (
	eventPause  = 50 * time.Millisecond // between two States: at most 20 a second
	commentTime = 15 * time.Second      // a comment in a silence, so that a dead connection is noticed
	eventTime   = 10 * time.Second      // how long a client may take for one event
	retryTime   = time.Second           // after which a browser comes back
)

// events streams the State: as it is now, and after changes. A client that reads slowly gets the newest State when it
// is ready for it and none of those in between; one that does not read at all is cut off.
func (s *Server) events(w http.ResponseWriter, r *http.Request, streams chan struct{}) {
	c := callerOf(r)
	if _, ok := c.origin(); !ok {
		s.fail(w, r, errNoToken())
		return
	}
	select {
	case streams <- struct{}{}:
		defer func() { <-streams }()
	default:
		s.fail(w, r, errorf(http.StatusServiceUnavailable, codeTooMany, "%d views are watching the room already. Close one.", cap(streams)))
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	out := &eventWriter{w: w, control: http.NewResponseController(w)}
	if err := out.begin(); err != nil {
		return
	}
	states := s.room.Watch(ctx)
	_ = out.stream(ctx, states, c) // the client has gone, or the daemon goes: there is nobody to tell
	cancel()
	for range states { // until the room has noticed
	}
}

// eventWriter writes server-sent events (WHATWG HTML, section 9.2).
type eventWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (e *eventWriter) begin() error {
	// The server's read and write limits are for a request and an answer; a stream has a limit for each event.
	if err := e.control.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	e.w.Header().Set("Content-Type", "text/event-stream")
	e.w.Header().Set("X-Accel-Buffering", "no")
	return e.write("retry: %d\n\n", retryTime.Milliseconds())
}

// stream writes States until ctx or the connection ends.
func (e *eventWriter) stream(ctx context.Context, states <-chan room.State, c caller) error {
	comment := time.NewTicker(commentTime)
	defer comment.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-comment.C:
			if err := e.write(": still here\n\n"); err != nil {
				return err
			}
		case st, more := <-states:
			if !more {
				return nil
			}
			if err := e.state(st, c); err != nil {
				return err
			}
			comment.Reset(commentTime)
			if !pause(ctx, eventPause) {
				return ctx.Err()
			}
		}
	}
}

func (e *eventWriter) state(st room.State, c caller) error {
	shown, ok := c.show(st)
	if !ok {
		return errNoToken()
	}
	data, err := json.Marshal(shown) // holds no line break
	if err != nil {
		return err
	}
	return e.write("event: state\nid: %d\ndata: %s\n\n", shown.Revision, data)
}

func (e *eventWriter) write(format string, args ...any) error {
	if err := e.control.SetWriteDeadline(time.Now().Add(eventTime)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(e.w, format, args...); err != nil {
		return err
	}
	return e.control.Flush()
}

// pause waits, and reports whether ctx still goes on.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
