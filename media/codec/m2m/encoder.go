package m2m

import (
	"errors"
	"fmt"
	"image"
	"time"

	"golang.org/x/sys/unix"
)

// Settings of an encoder.
type Settings struct {
	Node          string // the device file
	Codec         uint32 // FormatH264
	Width, Height int
	BitRate       int // bits a second
	FPS           int // what is expected; 0 means 30
}

// How many buffers a queue has at least, and how long a frame is waited for: briefly while there is room for another picture,
// and long enough for any chip where there is none.
const (
	buffers  = 4
	brief    = 200 * time.Millisecond
	patience = 3 * time.Second
)

// Encoder encodes pictures of one size. It is for one goroutine, and must be closed.
type Encoder struct {
	settings Settings
	device   *device
	in, out  queue
	layout   layout
	units    parameters
	frame    []byte
	queued   int64 // pictures, which number the frames
	restarts bool  // keyframes come by turning the queues off and on
}

// NewEncoder opens a device for pictures of one size. Errors say what the driver refused.
func NewEncoder(s Settings) (*Encoder, error) {
	if s.FPS <= 0 {
		s.FPS = 30
	}
	d, err := openDevice(s.Node)
	if err != nil {
		return nil, fmt.Errorf("m2m: %w", err)
	}
	e := &Encoder{settings: s, device: d, in: d.queue(true), out: d.queue(false)}
	if err := e.open(); err != nil {
		_ = e.Close()
		return nil, fmt.Errorf("m2m: %s: %dx%d: %w", s.Node, s.Width, s.Height, err)
	}
	return e, nil
}

// open goes through the steps of the kernel's interface: what comes out, what goes in, controls, buffers, on.
func (e *Encoder) open() error {
	raw, ok := e.device.encodes(e.settings.Codec)
	if !ok {
		return fmt.Errorf("%w: it does not make %s out of YU12 or NV12", ErrNone, fourCC(e.settings.Codec))
	}
	if err := e.device.setCoded(e.settings); err != nil {
		return err
	}
	var err error
	if e.layout, err = e.device.setRaw(e.settings, raw); err != nil {
		return err
	}
	if err := e.control(); err != nil {
		return err
	}
	for _, q := range []*queue{&e.in, &e.out} {
		if err := q.allocate(buffers); err != nil {
			return err
		}
	}
	if size := len(e.in.memory[0]); size < e.layout.size() {
		return fmt.Errorf("its buffers of %d bytes hold no picture of %d", size, e.layout.size())
	}
	return e.turn(true)
}

// turn turns both queues on or off.
func (e *Encoder) turn(on bool) error {
	if on {
		if err := e.out.giveAll(); err != nil {
			return err
		}
	}
	for _, q := range []*queue{&e.in, &e.out} {
		if err := q.turn(on); err != nil {
			return fmt.Errorf("turn a queue on or off: %w", err)
		}
	}
	return nil
}

// SetBitRate changes the bit rate, in bits a second.
func (e *Encoder) SetBitRate(bitsPerSecond int) error {
	if e.device == nil {
		return errClosed
	}
	if err := e.device.set(controlBitRate, bitsPerSecond); err != nil && e.settings.Codec == FormatH264 {
		return fmt.Errorf("m2m: %s: %d bit/s: %w", e.settings.Node, bitsPerSecond, err)
	}
	return nil
}

var errClosed = errors.New("m2m: the encoder is closed")

// Encode returns the frame of a picture, or of the one before where the chip holds pictures back; it is empty where there is
// none yet. It is valid until the next call. keyframe asks for a frame that needs no earlier one.
func (e *Encoder) Encode(p *image.YCbCr, _ time.Duration, keyframe bool) ([]byte, error) {
	if e.device == nil {
		return nil, errClosed
	}
	if err := e.layout.check(p); err != nil {
		return nil, fmt.Errorf("m2m: %w", err)
	}
	if keyframe && e.queued > 0 {
		if err := e.force(); err != nil {
			return nil, fmt.Errorf("m2m: %s: a keyframe: %w", e.settings.Node, err)
		}
	}
	frame, err := e.pass(p)
	if err != nil {
		return nil, fmt.Errorf("m2m: %s: %w", e.settings.Node, err)
	}
	return frame, nil
}

// force makes the next picture a keyframe.
func (e *Encoder) force() error {
	if !e.restarts {
		return e.device.set(controlForceKeyframe, 1)
	}
	if err := e.turn(false); err != nil {
		return err
	}
	return e.turn(true)
}

// pass puts a picture in and takes a frame out.
func (e *Encoder) pass(p *image.YCbCr) ([]byte, error) {
	if err := e.reclaim(); err != nil {
		return nil, err
	}
	if len(e.in.free) == 0 {
		return nil, fmt.Errorf("it hangs: it took none of %d pictures", len(e.in.memory))
	}
	last := len(e.in.free) - 1
	index := e.in.free[last]
	e.layout.write(e.in.memory[index], p)
	e.queued++
	if err := e.in.give(index, uint32(e.layout.size()), e.queued, 0); err != nil {
		return nil, fmt.Errorf("queue a picture: %w", err)
	}
	e.in.free = e.in.free[:last]
	limit := brief
	if last == 0 {
		limit = patience
	}
	for deadline := time.Now().Add(limit); ; {
		frame, err := e.collect()
		if len(frame) > 0 || err != nil {
			return frame, err
		}
		wait := time.Until(deadline)
		if wait <= 0 {
			if last == 0 {
				return nil, fmt.Errorf("it hangs: no frame for %v", limit)
			}
			return nil, nil
		}
		if err := e.wait(wait); err != nil {
			return nil, err
		}
	}
}

// reclaim takes back the pictures that the device has done with.
func (e *Encoder) reclaim() error {
	for {
		f, ok, err := e.in.take()
		if err != nil || !ok {
			return err
		}
		e.in.free = append(e.in.free, f.index)
	}
}

// collect takes frames that the device has made until one is whole; it is empty if there is none.
func (e *Encoder) collect() ([]byte, error) {
	if err := e.reclaim(); err != nil {
		return nil, err
	}
	f, ok, err := e.out.take()
	if err != nil || !ok {
		return nil, err
	}
	e.frame = e.frame[:0]
	if f.flags&flagError == 0 {
		e.frame = append(e.frame, f.data...)
		if e.settings.Codec == FormatH264 {
			e.frame = e.units.complete(e.frame)
		}
	}
	if err := e.out.give(f.index, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("queue a buffer: %w", err)
	}
	return e.frame, nil
}

// wait waits until the device has something to give, or for so long.
func (e *Encoder) wait(limit time.Duration) error {
	events := []unix.PollFd{{Fd: int32(e.device.fd), Events: unix.POLLIN}}
	_, err := unix.Poll(events, int(limit.Milliseconds())+1)
	if err != nil && !errors.Is(err, unix.EINTR) {
		return fmt.Errorf("wait for a frame: %w", err)
	}
	if events[0].Revents&(unix.POLLERR|unix.POLLHUP|unix.POLLNVAL) != 0 && events[0].Revents&unix.POLLIN == 0 {
		return errors.New("the device is gone, or has failed")
	}
	return nil
}

// Close gives the device up. Closing again does nothing.
func (e *Encoder) Close() error {
	if e.device == nil {
		return nil
	}
	for _, q := range []*queue{&e.in, &e.out} {
		_ = q.turn(false) // it may not be on, and is let go in any case
		q.unmap()
	}
	e.device.close()
	e.device = nil
	return nil
}
