package m2m

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// ErrNone: no device of Video4Linux encodes what is asked for.
var ErrNone = errors.New("there is no hardware encoder of Video4Linux for this codec")

// device is an open device file.
type device struct {
	fd      int
	node    string
	several bool // its queues have planes
}

// openDevice opens a device file and checks that it is an encoder or a decoder.
func openDevice(node string) (*device, error) {
	fd, err := unix.Open(node, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", node, err)
	}
	d := &device{fd: fd, node: node}
	var c capabilities
	if err := ask(fd, requestCapabilities, &c); err != nil {
		d.close()
		return nil, fmt.Errorf("%s is no device of Video4Linux: %w", node, err)
	}
	has := c.capabilities
	if has&capPerDevice != 0 {
		has = c.device
	}
	d.several = has&capM2MPlanes != 0
	if has&(capM2M|capM2MPlanes) == 0 || has&capStreaming == 0 {
		d.close()
		return nil, fmt.Errorf("%s (%s) is no encoder", node, text(c.card[:]))
	}
	return d, nil
}

func (d *device) close() { _ = unix.Close(d.fd) }

// text is a name as the kernel writes it.
func text(b []byte) string {
	name, _, _ := bytes.Cut(b, []byte{0})
	return string(name)
}

// queue returns one of the device's queues, without buffers.
func (d *device) queue(output bool) queue {
	q := queue{fd: d.fd, several: d.several}
	switch {
	case output && d.several:
		q.kind = queueOutputPlanes
	case output:
		q.kind = queueOutput
	case d.several:
		q.kind = queueCapturePlanes
	default:
		q.kind = queueCapture
	}
	return q
}

// formats lists the pixel formats of a queue.
func (d *device) formats(output bool) (all []uint32) {
	kind := d.queue(output).kind
	for i := range uint32(maxFormats) {
		f := formatDescription{index: i, kind: kind}
		if ask(d.fd, requestEnumFormat, &f) != nil {
			return all
		}
		all = append(all, f.format)
	}
	return all
}

// encodes reports whether raw pictures go in and the codec comes out, and which raw format does.
func (d *device) encodes(codec uint32) (raw uint32, ok bool) {
	if !slices.Contains(d.formats(false), codec) {
		return 0, false
	}
	in := d.formats(true)
	for _, raw := range []uint32{formatYU12, formatNV12} {
		if slices.Contains(in, raw) {
			return raw, true
		}
	}
	return 0, false
}

// Find returns the device file of the first encoder for a codec (FormatH264) among /dev/video*. The error is ErrNone.
func Find(codec uint32) (node string, err error) {
	nodes, err := filepath.Glob("/dev/video*")
	if err != nil {
		return "", err
	}
	slices.SortFunc(nodes, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b) // video10 comes after video2
		}
		return bytes.Compare([]byte(a), []byte(b))
	})
	for _, node := range nodes {
		if info, err := os.Stat(node); err != nil || info.Mode()&os.ModeCharDevice == 0 {
			continue
		}
		d, err := openDevice(node)
		if err != nil {
			continue
		}
		_, ok := d.encodes(codec)
		d.close()
		if ok {
			return node, nil
		}
	}
	return "", ErrNone
}
