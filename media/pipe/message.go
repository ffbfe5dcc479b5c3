package pipe

import (
	"errors"
	"fmt"
	"io"
)

// Version is the version of the layouts in this package. Both programs come from one build, so there is no
// negotiation: another version means a broken installation.
const Version = 5

// Type says what a message is.
type Type uint8

// The messages of the child.
const (
	TypeHello    Type = 1
	TypeFormat   Type = 2
	TypeFrame    Type = 3
	TypeLevel    Type = 4
	TypeStatus   Type = 5
	TypeAlive    Type = 6
	TypeControls Type = 7
)

// The messages of the daemon.
const (
	TypeKeyframe Type = 65
	TypeBitRate  Type = 66
	TypeEnabled  Type = 67
	TypeStop     Type = 68
	TypeLayers   Type = 69
	TypeAdjust   Type = 70
)

const (
	headerLen = 4
	maxText   = 512
	// MaxFrame is the largest encoded frame in bytes. A 1080p keyframe at the best quality is a quarter of it.
	MaxFrame = 4 << 20
)

// ErrProtocol: the other side sent what this version does not know. Find it with errors.Is.
var ErrProtocol = errors.New("pipe: not understood")

func protocolError(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrProtocol, fmt.Sprintf(format, args...))
}

// limit returns the largest body of a type, or -1 for a type that does not exist.
func (t Type) limit() int {
	switch t {
	case TypeHello:
		return helloLen
	case TypeFormat:
		return formatLen + 2*maxText
	case TypeFrame:
		return frameLen + MaxFrame
	case TypeStatus:
		return 1 + maxText
	case TypeLevel, TypeEnabled, TypeKeyframe:
		return 1
	case TypeBitRate:
		return 4
	case TypeLayers:
		return layersLen
	case TypeControls:
		return MaxControls * adjustmentLen
	case TypeAdjust:
		return 5
	case TypeAlive:
		return aliveLen
	case TypeStop:
		return 0
	}
	return -1
}

// begin appends a message's header with the length left open; end fills it in. start is where the message begins.
func begin(dst []byte, t Type) []byte { return append(dst, byte(t), 0, 0, 0) }

func end(dst []byte, start int) []byte {
	n := len(dst) - start - headerLen
	dst[start+1], dst[start+2], dst[start+3] = byte(n>>16), byte(n>>8), byte(n)
	return dst
}

// appendEmpty appends a message without a body.
func appendEmpty(dst []byte, t Type) []byte { return append(dst, byte(t), 0, 0, 0) }

// Reader reads messages.
type Reader struct {
	r    io.Reader
	head [headerLen]byte
	body []byte
}

// NewReader returns a Reader of r's messages. It reads each body at once, so r should buffer only if the many small
// messages matter.
func NewReader(r io.Reader) *Reader { return &Reader{r: r} }

// Next returns the next message. The body is valid until the next call. The error is io.EOF between messages,
// io.ErrUnexpectedEOF within one, ErrProtocol, or the input's own.
func (r *Reader) Next() (Type, []byte, error) {
	if _, err := io.ReadFull(r.r, r.head[:]); err != nil {
		return 0, nil, err
	}
	t, n := Type(r.head[0]), int(r.head[1])<<16|int(r.head[2])<<8|int(r.head[3])
	if limit := t.limit(); limit < 0 {
		return 0, nil, protocolError("there is no message of type %d", t)
	} else if n > limit {
		return 0, nil, protocolError("a message of type %d has %d bytes, and may have %d", t, n, limit)
	}
	if cap(r.body) < n {
		r.body = make([]byte, n+n/4)
	}
	r.body = r.body[:n]
	if _, err := io.ReadFull(r.r, r.body); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return 0, nil, err
	}
	return t, r.body, nil
}
