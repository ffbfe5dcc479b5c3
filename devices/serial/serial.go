// Package serial is the wire to cameras, displays and whatever else has an RS-232 port.
//
// A driver takes a Port, never a path, and so is tested with package serialtest. Open makes a Port of a device file,
// by the library go.bug.st/serial (without C code on Linux). Name the file by /dev/serial/by-id, which stays the same
// whichever socket a USB adapter is put into. A Port that has vanished says ErrGone and stays so; Keep opens it anew.
package serial

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"go.bug.st/serial"
)

// Port is an open serial port, or what stands for one. One goroutine may Send while another Receives.
type Port interface {
	// Send writes all of data, or says why it could not within ctx.
	Send(ctx context.Context, data []byte) error
	// Receive waits for at least one byte, and reads up to len(buf) of what there is. When ctx ends first, the error
	// is that of ctx and the port stays usable.
	Receive(ctx context.Context, buf []byte) (int, error)
	// Discard forgets what was received and not read yet.
	Discard() error
	Close() error
}

// ErrGone: the device file is not there, or no longer leads to a device (an adapter was pulled). Open it again later.
var ErrGone = errors.New("the serial port is gone")

// What else Open can find out about a port.
var (
	ErrInUse     = errors.New("another program has it open")
	ErrForbidden = errors.New("not allowed: the daemon's user must be in the group of the file (dialout)")
	ErrNoPort    = errors.New("it is no serial port")
)

// slice is how long a read waits before it looks whether ctx has ended.
const slice = 50 * time.Millisecond

// sendLimit is how long a write may take whatever ctx says: a frame of 255 bytes takes 2.2 s at 1,200 bit/s.
const sendLimit = 5 * time.Second

// MaxSend is the longest message, in bytes: less than the kernel holds, so that it takes one without waiting.
const MaxSend = 512

// port is a Port over the library.
type port struct {
	path string
	lib  serial.Port

	sending sync.Mutex
	stuck   bool // a write did not end in time
}

// Open opens the device file at path, alone: nobody else can open it meanwhile.
func Open(path string, s Settings) (Port, error) {
	lib, err := serial.Open(path, s.mode())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, explain(err))
	}
	if err := lib.SetReadTimeout(slice); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: set how long a read waits: %w", path, err), lib.Close())
	}
	return &port{path: path, lib: lib}, nil
}

// explain says of the library's errors what they mean here.
func explain(err error) error {
	var known *serial.PortError
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	if !errors.As(err, &known) {
		return err
	}
	switch known.Code() {
	case serial.PortNotFound, serial.PortClosed:
		return fmt.Errorf("%w: plug it in; the path must be of /dev/serial/by-id to find it in any socket", ErrGone)
	case serial.PortBusy:
		return ErrInUse
	case serial.PermissionDenied:
		return ErrForbidden
	case serial.InvalidSerialPort:
		return ErrNoPort
	}
	return err
}

func (p *port) Receive(ctx context.Context, buf []byte) (int, error) {
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n, err := p.lib.Read(buf)
		switch {
		case err != nil:
			return 0, fmt.Errorf("read %s: %w", p.path, gone(err))
		case n > 0:
			return n, nil
		}
	}
}

func (p *port) Send(ctx context.Context, data []byte) error {
	if len(data) > MaxSend {
		return fmt.Errorf("write %s: %d bytes are more than the %d that go at once", p.path, len(data), MaxSend)
	}
	if err := ctx.Err(); err != nil {
		return err // nothing is written, and nothing is wrong with the port
	}
	p.sending.Lock()
	defer p.sending.Unlock()
	if p.stuck {
		return fmt.Errorf("write %s: %w: nothing takes the bytes; it must be opened anew", p.path, ErrGone)
	}
	ctx, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- p.write(data) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		// Somebody may have given up in the moment in which the kernel takes the bytes.
		select {
		case err := <-done:
			return err
		case <-time.After(slice):
		}
		// The kernel has no way to end a write that waits but a hang-up. A real port drains by itself: the library sets
		// no flow control. So this is a pseudo terminal that nobody reads, and the write ends with its other end.
		p.stuck = true
		return fmt.Errorf("write %s: nothing takes the bytes: %w", p.path, ctx.Err())
	}
}

func (p *port) write(data []byte) error {
	for len(data) > 0 {
		n, err := p.lib.Write(data)
		if err != nil {
			return fmt.Errorf("write %s: %w", p.path, gone(err))
		}
		data = data[n:]
	}
	return nil
}

func (p *port) Discard() error {
	if err := p.lib.ResetInputBuffer(); err != nil {
		return fmt.Errorf("empty %s: %w", p.path, gone(err))
	}
	return nil
}

func (p *port) Close() error { return p.lib.Close() }

// gone marks any error of an open port: a port that fails once is never to be trusted again, so it is opened anew.
func gone(err error) error { return fmt.Errorf("%w: %w", ErrGone, err) }
