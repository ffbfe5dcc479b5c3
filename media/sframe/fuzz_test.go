package sframe

import (
	"bytes"
	"testing"
)

// FuzzHeader: what parses is what is marshalled.
func FuzzHeader(f *testing.F) {
	f.Add([]byte{0x00})
	f.Add([]byte{0x99, 0x01, 0x23, 0x45, 0x67})
	f.Add(appendHeader(nil, 1<<63, 1<<63))
	f.Add([]byte{0x80, 0x07})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := parseHeader(b)
		if err != nil {
			return
		}
		if again := appendHeader(nil, h.keyID, h.counter); !bytes.Equal(again, b[:h.length]) {
			t.Errorf("%x parses to %+v, which marshals to %x", b, h, again)
		}
	})
}

// FuzzOpen: no frame panics, and none opens that was not sealed.
func FuzzOpen(f *testing.F) {
	s, r := testPair(f)
	f.Add(mustSeal(f, s, []byte{1, 2, 3}, []byte("extra"), []byte("plain")), 3)
	f.Add([]byte{}, 0)
	f.Add([]byte{0xFF, 0xFF}, 1)
	f.Add(make([]byte, 40), -1)
	f.Fuzz(func(t *testing.T, frame []byte, clearLen int) {
		kid, peekErr := PeekKeyID(frame, clearLen)
		out, err := r.Open(nil, frame, clearLen, []byte("other extra"))
		if err == nil || out != nil {
			t.Errorf("a frame that nobody sealed opens to %x, %v", out, err)
		}
		if peekErr == nil && kid != testKeyID && err != ErrNoKey && err != ErrMalformed {
			t.Errorf("key id %d: %v", kid, err)
		}
	})
}

// FuzzSealOpen: open(seal(x)) is x.
func FuzzSealOpen(f *testing.F) {
	f.Add([]byte{0x10, 0, 0}, []byte("extra"), []byte("plain"))
	f.Add([]byte{}, []byte{}, []byte{})
	s, r := testPair(f)
	f.Fuzz(func(t *testing.T, clear, extra, plain []byte) {
		sealed := mustSeal(t, s, clear, extra, plain)
		out, err := r.Open(nil, sealed, len(clear), extra)
		if err != nil || !bytes.Equal(out, append(bytes.Clone(clear), plain...)) {
			t.Errorf("opened %x, %v", out, err)
		}
	})
}
