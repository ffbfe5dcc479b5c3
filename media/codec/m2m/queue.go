package m2m

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// queue is one of a device's two queues and its buffers, each mapped into memory as one piece.
type queue struct {
	fd      int
	kind    uint32
	several bool // a v4l2_buffer names an array of planes, of which there is one
	memory  [][]byte
	free    []uint32 // buffers that the device does not have
	plane   *plane   // what a v4l2_buffer points to, where it stays while the kernel looks
	pinned  runtime.Pinner
}

// allocate has the driver make buffers and maps them. Fewer or more than wanted may come.
func (q *queue) allocate(wanted uint32) error {
	q.plane = new(plane)
	q.pinned.Pin(q.plane)
	r := bufferRequest{count: wanted, kind: q.kind, memory: memoryMapped}
	if err := ask(q.fd, requestBuffers, &r); err != nil {
		return fmt.Errorf("make buffers: %w", err)
	}
	if r.count == 0 || r.count > mostBuffers {
		return fmt.Errorf("make buffers: the driver made %d", r.count)
	}
	for i := range r.count {
		b, p := q.buffer(i)
		if err := ask(q.fd, requestQueryBuffer, b); err != nil {
			return fmt.Errorf("ask for a buffer: %w", err)
		}
		length, offset := b.length, b.where
		if q.several {
			length, offset = p.length, p.offset&0xffffffff
		}
		memory, err := unix.Mmap(q.fd, int64(offset), int(length), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
		if err != nil {
			return fmt.Errorf("map a buffer of %d bytes: %w", length, err)
		}
		q.memory, q.free = append(q.memory, memory), append(q.free, i)
	}
	return nil
}

// buffer returns what names a buffer to the kernel, and its plane where the queue has such.
func (q *queue) buffer(index uint32) (*buffer, *plane) {
	*q.plane = plane{}
	b := &buffer{index: index, kind: q.kind, memory: memoryMapped, field: fieldNone}
	if q.several {
		b.where, b.length = uint64(uintptr(unsafe.Pointer(q.plane))), 1
	}
	return b, q.plane
}

// give hands a free buffer with so many bytes in it to the device. at is handed through to what the device makes of it.
func (q *queue) give(index, used uint32, seconds, microseconds int64) error {
	b, p := q.buffer(index)
	b.seconds, b.microseconds = seconds, microseconds
	if q.several {
		p.used, p.length = used, uint32(len(q.memory[index]))
	} else {
		b.used = used
	}
	return ask(q.fd, requestQueue, b)
}

// giveAll hands all free buffers to the device, empty.
func (q *queue) giveAll() error {
	for len(q.free) > 0 {
		last := len(q.free) - 1
		if err := q.give(q.free[last], 0, 0, 0); err != nil {
			return fmt.Errorf("queue a buffer: %w", err)
		}
		q.free = q.free[:last]
	}
	return nil
}

// filled is what the device gave back.
type filled struct {
	index    uint32
	data     []byte // a part of the buffer's memory
	flags    uint32
	sequence uint32
}

// take takes a buffer back from the device. ok is false where there is none yet.
func (q *queue) take() (f filled, ok bool, err error) {
	b, p := q.buffer(0)
	err = ask(q.fd, requestDequeue, b)
	switch {
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EPIPE): // EPIPE: all is drained
		return filled{}, false, nil
	case err != nil:
		return filled{}, false, fmt.Errorf("take a buffer back: %w", err)
	}
	if int(b.index) >= len(q.memory) {
		return filled{}, false, fmt.Errorf("take a buffer back: the driver gave number %d of %d", b.index, len(q.memory))
	}
	from, used := uint32(0), b.used
	if q.several {
		from, used = p.dataOffset, p.used
	}
	memory := q.memory[b.index]
	if used > uint32(len(memory)) || from > used {
		return filled{}, false, fmt.Errorf("take a buffer back: bytes %d to %d of %d", from, used, len(memory))
	}
	return filled{index: b.index, data: memory[from:used], flags: b.flags, sequence: b.sequence}, true, nil
}

// turn turns the queue on or off. What the device had of it when it is turned off is free again.
func (q *queue) turn(on bool) error {
	kind, request := q.kind, uint(requestOff)
	if on {
		request = requestOn
	}
	if err := ask(q.fd, request, &kind); err != nil {
		return err
	}
	if !on {
		q.free = q.free[:0]
		for i := range q.memory {
			q.free = append(q.free, uint32(i))
		}
	}
	return nil
}

// unmap lets the memory go.
func (q *queue) unmap() {
	for _, memory := range q.memory {
		_ = unix.Munmap(memory)
	}
	q.memory, q.free = nil, nil
	q.pinned.Unpin()
}
