package visca

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"greenroom/devices/serial"
)

// How long a camera may take to answer at all ("within 16 ms to acknowledge", and slower ones exist), and to carry out
// a command (a pan from one end to the other takes 10 s at the slowest common speed).
const (
	ackLimit  = time.Second
	doneLimit = 20 * time.Second
)

// ErrSilent: the camera did not answer in time.
var ErrSilent = errors.New("visca: the camera does not answer: check its power, the cable, the bit rate and the address")

// Camera is one camera on a port. Make it with New, have Run read the port, and ask for anything from any goroutine.
type Camera struct {
	port    serial.Port
	address int

	asking sync.Mutex // held from a command to its acknowledgement

	mu      sync.Mutex
	first   chan answer   // takes the acknowledgement, or an inquiry's answer; nil: nothing is asked
	ask     bool          // first waits for an inquiry's answer
	sockets [3]chan Reply // take the completion of a socket's command
	refused uint64        // packets that were not understood, or came from others
	changed bool          // addresses must be given again
}

// answer is a command's first answer and, of an acknowledgement, where its completion comes: that may be there already.
type answer struct {
	Reply
	done chan Reply
}

// New returns the camera at an address, 1 to 7.
func New(port serial.Port, address int) *Camera {
	return &Camera{port: port, address: address}
}

// Run reads the port until it fails or ctx ends; what waits for an answer then gets ErrSilent.
func (c *Camera) Run(ctx context.Context) error {
	var split Splitter
	buf := make([]byte, 64)
	for {
		n, err := c.port.Receive(ctx, buf)
		if err != nil {
			return err
		}
		dropped := split.Add(buf[:n], c.take)
		c.mu.Lock()
		c.refused += dropped
		c.mu.Unlock()
	}
}

// Refused returns how many packets were not understood or came from another camera.
func (c *Camera) Refused() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refused
}

// NetworkChanged reports whether a camera told that one came or went since the last Begin: then call Begin again.
func (c *Camera) NetworkChanged() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed
}

// take hands a packet to whoever waits for it.
func (c *Camera) take(packet []byte) {
	r, err := Parse(packet)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err == nil && r.Kind == KindNetwork:
		c.changed = true
	case err != nil || r.Camera != 0 && r.Camera != c.address || !c.deliver(r):
		c.refused++
	}
}

// deliver reports whether anybody waited for the answer.
func (c *Camera) deliver(r Reply) bool {
	a := answer{Reply: r}
	switch r.Kind {
	case KindCompletion, KindError:
		if r.Socket > 0 && c.sockets[r.Socket] != nil {
			c.sockets[r.Socket] <- r // has room for one
			c.sockets[r.Socket] = nil
			return true
		}
		if r.Kind == KindCompletion && !c.ask {
			return false
		}
	case KindAck:
		if c.first == nil || c.ask {
			return false
		}
		a.done = make(chan Reply, 1)
		c.sockets[r.Socket] = a.done
	case KindAddress, KindClear, KindNetwork:
	}
	if c.first == nil {
		return false
	}
	c.first <- a // has room for one
	c.first = nil
	return true
}

// exchange sends a packet and returns its first answer; with an acknowledgement comes where the completion will be.
func (c *Camera) exchange(ctx context.Context, packet []byte, ask bool) (Reply, chan Reply, error) {
	c.asking.Lock()
	defer c.asking.Unlock()
	ctx, stop := context.WithTimeout(ctx, ackLimit)
	defer stop()
	first := make(chan answer, 1)
	c.mu.Lock()
	c.first, c.ask = first, ask
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.first = nil
	}()
	if err := c.port.Send(ctx, packet); err != nil {
		return Reply{}, nil, err
	}
	select {
	case a := <-first:
		return a.Reply, a.done, nil
	case <-ctx.Done():
		return Reply{}, nil, fmt.Errorf("%w (% X): %w", ErrSilent, packet, ctx.Err())
	}
}

// Begin gives the cameras their addresses and has them forget what others asked of them; after it has power, too.
func (c *Camera) Begin(ctx context.Context) error {
	c.mu.Lock()
	c.changed = false
	c.mu.Unlock()
	r, _, err := c.exchange(ctx, addressSet(), true)
	if err != nil {
		return err
	}
	if r.Kind != KindAddress || int(r.Data[0]) <= c.address {
		return fmt.Errorf("visca: no camera has address %d: the cable leads to %d", c.address, count(r))
	}
	_, _, err = c.exchange(ctx, ifClear(), true)
	return err
}

func count(r Reply) int {
	if r.Kind != KindAddress {
		return 0
	}
	return int(r.Data[0]) - 1
}

// Start has a command begun: it returns when the camera has acknowledged it.
func (c *Camera) Start(ctx context.Context, cmd Command) error {
	_, _, err := c.start(ctx, cmd)
	return err
}

func (c *Camera) start(ctx context.Context, cmd Command) (Reply, chan Reply, error) {
	r, done, err := c.exchange(ctx, cmd.to(c.address), false)
	switch {
	case err != nil:
		return r, nil, err
	case r.Kind == KindError:
		return r, nil, &Error{Code: r.Code}
	case r.Kind != KindAck:
		return r, nil, fmt.Errorf("%w: % X came for an acknowledgement", ErrMalformed, r.Marshal())
	}
	return r, done, nil
}

// Do has a command carried out: it returns when the camera says that it is. When ctx ends first, the command is
// cancelled.
func (c *Camera) Do(ctx context.Context, cmd Command) error {
	ack, done, err := c.start(ctx, cmd)
	if err != nil || ack.Socket == 0 {
		return err
	}
	limit := time.NewTimer(doneLimit)
	defer limit.Stop()
	select {
	case r := <-done:
		if r.Kind == KindError {
			return &Error{Code: r.Code}
		}
		return nil
	case <-limit.C:
		return fmt.Errorf("%w: it acknowledged the command, and did not complete it in %v", ErrSilent, doneLimit)
	case <-ctx.Done():
		// The answer is the socket's own "cancelled", which goes to done.
		return errors.Join(ctx.Err(), c.port.Send(context.WithoutCancel(ctx), cancel(ack.Socket).to(c.address)))
	}
}

// inquire returns what an inquiry asked for, size bytes.
func (c *Camera) inquire(ctx context.Context, cmd Command, size int) ([]byte, error) {
	r, _, err := c.exchange(ctx, cmd.to(c.address), true)
	switch {
	case err != nil:
		return nil, err
	case r.Kind == KindError:
		return nil, &Error{Code: r.Code}
	case r.Kind != KindCompletion || len(r.Data) != size:
		return nil, fmt.Errorf("%w: % X came for %d bytes", ErrMalformed, r.Marshal(), size)
	}
	return r.Data, nil
}

// IsOn asks whether the camera is on ("CAM_PowerInq").
func (c *Camera) IsOn(ctx context.Context) (bool, error) {
	b, err := c.inquire(ctx, askPower(), 1)
	if err == nil && b[0] != 0x02 && b[0] != 0x03 {
		err = fmt.Errorf("%w: power %02X", ErrMalformed, b[0])
	}
	return err == nil && b[0] == 0x02, err
}

// Position is where a camera looks.
type Position struct {
	Pan, Tilt int16
	Zoom      uint16
}

// Position asks where the camera looks ("Pan-tiltPosInq", "CAM_ZoomPosInq").
func (c *Camera) Position(ctx context.Context) (Position, error) {
	turned, err := c.inquire(ctx, askPanTilt(), 8)
	if err != nil {
		return Position{}, err
	}
	zoom, err := c.inquire(ctx, askZoom(), 4)
	if err != nil {
		return Position{}, err
	}
	return Position{Pan: int16(joined(turned[:4])), Tilt: int16(joined(turned[4:])), Zoom: joined(zoom)}, nil
}

func joined(b []byte) uint16 {
	var v uint16
	for _, nibble := range b {
		v = v<<4 | uint16(nibble&0xF)
	}
	return v
}

// Version asks what the camera is ("CAM_VersionInq").
func (c *Camera) Version(ctx context.Context) (Version, error) {
	b, err := c.inquire(ctx, askVersion(), 7)
	if err != nil {
		return Version{}, err
	}
	return Version{Vendor: binary.BigEndian.Uint16(b), Model: binary.BigEndian.Uint16(b[2:]), ROM: binary.BigEndian.Uint16(b[4:])}, nil
}
