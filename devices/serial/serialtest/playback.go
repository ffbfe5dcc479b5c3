// Package serialtest stands for what is at the other end of a serial port: Playback answers from a script (and what is
// left of the script at the end is a failure), Record writes such a script from a real port, and PTY is a port of the
// kernel's own, so that the real library is tested too.
package serialtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"greenroom/devices/serial"
)

// IO is one exchange: the bytes that the driver writes, then those that it can read.
type IO struct {
	W []byte
	R []byte
}

// Playback is a serial.Port that expects Ops in their order. Bytes may be written in any pieces. Its zero value expects
// nothing.
type Playback struct {
	Ops []IO

	mu      sync.Mutex
	written []byte
	ready   []byte
	wake    chan struct{}
	err     error
}

// Send takes what is written, which must be what the next exchange says.
func (p *Playback) Send(ctx context.Context, data []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return p.err
	}
	p.written = append(p.written, data...)
	for len(p.written) > 0 {
		if len(p.Ops) == 0 {
			return p.fail(fmt.Errorf("serialtest: % X was written, and nothing was expected", p.written))
		}
		want := p.Ops[0].W
		have := p.written[:min(len(want), len(p.written))]
		if !bytes.HasPrefix(want, have) || len(want) == 0 {
			return p.fail(fmt.Errorf("serialtest: % X was written, and % X expected", p.written, want))
		}
		if len(have) < len(want) {
			return nil
		}
		p.written = p.written[len(want):]
		p.ready = append(p.ready, p.Ops[0].R...)
		p.Ops = p.Ops[1:]
		p.signal()
	}
	return nil
}

func (p *Playback) fail(err error) error {
	p.err = err
	return err
}

func (p *Playback) signal() {
	if p.wake != nil {
		close(p.wake)
		p.wake = nil
	}
}

// Receive gives what the exchanges so far have made ready.
func (p *Playback) Receive(ctx context.Context, buf []byte) (int, error) {
	for {
		p.mu.Lock()
		if len(p.ready) > 0 {
			n := copy(buf, p.ready)
			p.ready = p.ready[n:]
			p.mu.Unlock()
			return n, nil
		}
		if p.wake == nil {
			p.wake = make(chan struct{})
		}
		wake := p.wake
		p.mu.Unlock()
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-wake:
		}
	}
}

// Discard forgets what is ready.
func (p *Playback) Discard() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ready = nil
	return nil
}

// Close fails if anything of the script is left over, or if anything went wrong before.
func (p *Playback) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.err != nil:
		return p.err
	case len(p.Ops) > 0:
		return fmt.Errorf("serialtest: %d exchanges were expected and did not come; the next one is % X", len(p.Ops), p.Ops[0].W)
	case len(p.written) > 0:
		return fmt.Errorf("serialtest: % X is half an exchange", p.written)
	case len(p.ready) > 0:
		return fmt.Errorf("serialtest: % X was answered and not read", p.ready)
	}
	return nil
}

// Record is a Port that notes what goes through another, for a Playback.
type Record struct {
	Port serial.Port

	mu  sync.Mutex
	ops []IO
}

// Send sends, and notes what.
func (r *Record) Send(ctx context.Context, data []byte) error {
	err := r.Port.Send(ctx, data)
	if err == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.ops = append(r.ops, IO{W: bytes.Clone(data)})
	}
	return err
}

// Receive receives, and notes what.
func (r *Record) Receive(ctx context.Context, buf []byte) (int, error) {
	n, err := r.Port.Receive(ctx, buf)
	r.mu.Lock()
	defer r.mu.Unlock()
	if n > 0 {
		if len(r.ops) == 0 {
			r.ops = []IO{{}}
		}
		last := &r.ops[len(r.ops)-1]
		last.R = append(last.R, buf[:n]...)
	}
	return n, err
}

// Discard discards.
func (r *Record) Discard() error { return r.Port.Discard() }

// Close closes.
func (r *Record) Close() error { return r.Port.Close() }

// Ops returns what was noted.
func (r *Record) Ops() []IO {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]IO(nil), r.ops...)
}

// Print writes what was noted as Go.
func (r *Record) Print(w io.Writer) error {
	var errs []error
	for _, op := range r.Ops() {
		_, err := fmt.Fprintf(w, "{W: []byte(%q), R: []byte(%q)},\n", op.W, op.R)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
