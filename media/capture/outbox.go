package capture

import (
	"context"
	"errors"
	"time"

	"greenroom/media/pipe"
)

// Output is where messages go: a pipe. A write that takes too long is given up by its deadline.
type Output interface {
	Write(p []byte) (int, error)
	SetWriteDeadline(t time.Time) error
}

// lastWordsLimit is how long the last messages may take.
const lastWordsLimit = time.Second

var errClosed = errors.New("capture: the output is closed")

// outbox holds the few messages that wait to be written. Who wants to send reserves a slot first; a reserved slot makes
// that push never waits.
type outbox struct {
	out    Output
	slots  chan []byte // free slots, with their buffers
	queue  chan []byte
	broken chan struct{} // closed when the output takes nothing more
}

func newOutbox(out Output, size int) *outbox {
	o := &outbox{
		out: out, slots: make(chan []byte, size), queue: make(chan []byte, size), broken: make(chan struct{}),
	}
	for range size {
		o.slots <- nil
	}
	return o
}

// write writes what is pushed until close. When the output breaks it calls onBreak, and drops the rest.
func (o *outbox) write(onBreak func()) {
	for message := range o.queue {
		if _, err := o.out.Write(message); err != nil {
			onBreak() // first: who then meets errClosed knows that it is no fault of the device
			close(o.broken)
			break
		}
		o.slots <- message[:0]
	}
	for range o.queue { // empty unless it broke
	}
}

// reserve waits for a free slot and returns its empty buffer.
func (o *outbox) reserve(ctx context.Context) ([]byte, error) {
	select {
	case buf := <-o.slots:
		return buf, nil
	case <-o.broken:
		return nil, errClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// tryReserve returns a free slot's buffer if there is one now.
func (o *outbox) tryReserve() ([]byte, bool) {
	select {
	case buf := <-o.slots:
		return buf, true
	default:
		return nil, false
	}
}

// push sends what was built in a reserved slot's buffer; giveBack returns the slot unused.
func (o *outbox) push(message []byte) { o.queue <- message }
func (o *outbox) giveBack(buf []byte) { o.slots <- buf[:0] }

// status tells what the process does, or why it ends.
func (o *outbox) status(ctx context.Context, s pipe.Status) error {
	buf, err := o.reserve(ctx)
	if err == nil {
		o.push(pipe.AppendStatus(buf, s))
	}
	return err
}

// close lets write end, once the messages that wait are written or time is up. Nothing may be pushed after it.
func (o *outbox) close() {
	_ = o.out.SetWriteDeadline(time.Now().Add(lastWordsLimit))
	close(o.queue)
}
