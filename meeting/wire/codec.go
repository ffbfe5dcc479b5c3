package wire

import (
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
)

// Version is the version of the protocol, the first byte of everything.
const Version = 1

// ErrMalformed is wrapped by every parser's error.
var ErrMalformed = errors.New("malformed")

func malformed(what string) error { return fmt.Errorf("%s: %w", what, ErrMalformed) }

// reader reads fields one after the other and remembers the first failure, so that a parser is the list of its fields.
type reader struct {
	s      cryptobyte.String
	failed bool
}

func (r *reader) ok(b bool) {
	if !b {
		r.failed = true
	}
}

func (r *reader) u8() (v uint8)   { r.ok(r.s.ReadUint8(&v)); return v }
func (r *reader) u32() (v uint32) { r.ok(r.s.ReadUint32(&v)); return v }
func (r *reader) u64() (v uint64) { r.ok(r.s.ReadUint64(&v)); return v }

// boolean reads a byte that must be 0 or 1.
func (r *reader) boolean() bool {
	v := r.u8()
	r.ok(v <= 1)
	return v == 1
}

// fixed fills dst.
func (r *reader) fixed(dst []byte) { r.ok(r.s.CopyBytes(dst)) }

// bytes reads n bytes into a new slice.
func (r *reader) bytes(n int) []byte {
	if r.failed || len(r.s) < n {
		r.failed = true
		return nil
	}
	out := make([]byte, n)
	r.fixed(out)
	return out
}

// vector reads a vector with a length of two bytes, of lo to hi bytes, into a new slice.
func (r *reader) vector(lo, hi int) []byte {
	var v cryptobyte.String
	if !r.s.ReadUint16LengthPrefixed(&v) || len(v) < lo || len(v) > hi {
		r.failed = true
		return nil
	}
	return append([]byte(nil), v...)
}

// done reports whether all was well and nothing is left over.
func (r *reader) done() bool { return !r.failed && r.s.Empty() }

func addVector(b *cryptobyte.Builder, v []byte) {
	b.AddUint16LengthPrefixed(func(c *cryptobyte.Builder) { c.AddBytes(v) })
}

func addBool(b *cryptobyte.Builder, v bool) {
	if v {
		b.AddUint8(1)
		return
	}
	b.AddUint8(0)
}
