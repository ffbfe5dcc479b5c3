package sframe

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
)

const testKeyID = 0x5_1_07 // roster index 5, stream 1, epoch 7

func testBaseKey(n byte) []byte { return bytes.Repeat([]byte{n}, 32) }

func testPair(t testing.TB) (*Sender, *Receiver) {
	t.Helper()
	s, err := NewSender(testKeyID, testBaseKey(1))
	if err != nil {
		t.Fatal(err)
	}
	r := NewReceiver()
	if err := r.Add(testKeyID, testBaseKey(1)); err != nil {
		t.Fatal(err)
	}
	return s, r
}

func mustSeal(t testing.TB, s *Sender, clear, extra, plain []byte) []byte {
	t.Helper()
	b, err := s.Seal(nil, clear, extra, plain)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSealedFrameOpensToWhatWasSealed(t *testing.T) {
	s, r := testPair(t)
	for _, size := range []int{0, 1, 100, 6250, 200_000} {
		for _, clearLen := range []int{0, 3, 10} {
			clear, plain := bytes.Repeat([]byte{0xC1}, clearLen), bytes.Repeat([]byte{0x9A}, size)
			sealed := mustSeal(t, s, clear, []byte("extra"), plain)
			if !bytes.HasPrefix(sealed, clear) {
				t.Error("the clear bytes do not lead the sealed frame")
			}
			if size >= 16 && bytes.Contains(sealed, plain[:16]) {
				t.Error("16 bytes of the plaintext stand in the sealed frame")
			}
			if n := len(sealed) - size - clearLen; n > Overhead {
				t.Errorf("sealing added %d bytes, more than Overhead", n)
			}
			got, err := r.Open([]byte("before"), sealed, clearLen, []byte("extra"))
			want := append(append([]byte("before"), clear...), plain...)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("size %d, clear %d: opened %d bytes, %v", size, clearLen, len(got), err)
			}
		}
	}
}

// Every byte of a frame is authenticated: clear bytes, header, ciphertext, tag, and the extra bytes beside it.
func TestEveryChangedBitIsRefused(t *testing.T) {
	s, r := testPair(t)
	clear, extra := []byte{1, 2, 3}, []byte("commitment")
	sealed := mustSeal(t, s, clear, extra, []byte("a short picture"))
	for i := range sealed {
		for bit := range 8 {
			changed := bytes.Clone(sealed)
			changed[i] ^= 1 << bit
			if out, err := r.Open(nil, changed, len(clear), extra); err == nil || out != nil {
				t.Fatalf("byte %d, bit %d changed: opened to %x, %v", i, bit, out, err)
			}
		}
	}
	if _, err := r.Open(nil, sealed, len(clear), []byte("Commitment")); !errors.Is(err, ErrAuth) {
		t.Errorf("other extra bytes: %v, want ErrAuth", err)
	}
	if _, err := r.Open(nil, sealed, len(clear), extra); err != nil {
		t.Errorf("the frame itself no longer opens after its forgeries: %v", err)
	}
}

func TestTruncatedFramesAreRefused(t *testing.T) {
	s, r := testPair(t)
	sealed := mustSeal(t, s, []byte{1, 2, 3}, nil, []byte("a short picture"))
	for n := range sealed {
		if out, err := r.Open(nil, sealed[:n], 3, nil); err == nil || out != nil {
			t.Fatalf("%d of %d bytes: opened to %x, %v", n, len(sealed), out, err)
		}
	}
}

func TestErrorsSayWhy(t *testing.T) {
	s, r := testPair(t)
	sealed := mustSeal(t, s, nil, nil, []byte("x"))
	other, err := NewSender(testKeyID, testBaseKey(2))
	if err != nil {
		t.Fatal(err)
	}
	unknown, err := NewSender(testKeyID+1, testBaseKey(1))
	if err != nil {
		t.Fatal(err)
	}
	huge := append(appendHeader(nil, testKeyID, maxFrames), make([]byte, tagLen)...)
	tests := []struct {
		name     string
		frame    []byte
		clearLen int
		want     error
	}{
		{"empty", nil, 0, ErrMalformed},
		{"negative clear length", sealed, -1, ErrMalformed},
		{"clear length beyond the frame", sealed, len(sealed) + 1, ErrMalformed},
		{"no header behind the clear bytes", sealed, len(sealed), ErrMalformed},
		{"counter past the limit", huge, 0, ErrMalformed},
		{"key id not in its shortest form", append([]byte{0x80, 7}, make([]byte, 32)...), 0, ErrMalformed},
		{"counter not in its shortest form", append([]byte{0x09, 0, 9}, make([]byte, 32)...), 0, ErrMalformed},
		{"other key id", mustSeal(t, unknown, nil, nil, nil), 0, ErrNoKey},
		{"other key", mustSeal(t, other, nil, nil, nil), 0, ErrAuth},
	}
	for _, tt := range tests {
		if _, err := r.Open(nil, tt.frame, tt.clearLen, nil); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if _, err := NewSender(1, make([]byte, 15)); !errors.Is(err, ErrBaseKey) {
		t.Errorf("short base key for a sender: %v", err)
	}
	if err := r.Add(1, nil); !errors.Is(err, ErrBaseKey) {
		t.Errorf("short base key for a receiver: %v", err)
	}
}

func TestASenderStopsBeforeItsKeyIsWornOut(t *testing.T) {
	s, r := testPair(t)
	s.counter = maxFrames - 1
	if _, err := r.Open(nil, mustSeal(t, s, nil, nil, nil), 0, nil); err != nil {
		t.Errorf("the last frame: %v", err)
	}
	if _, err := s.Seal(nil, nil, nil, nil); !errors.Is(err, ErrUsedUp) {
		t.Errorf("one more frame: %v, want ErrUsedUp", err)
	}
}

func TestAFrameOpensOnce(t *testing.T) {
	s, r := testPair(t)
	frames := make([][]byte, windowSize+10)
	for i := range frames {
		frames[i] = mustSeal(t, s, nil, nil, []byte{byte(i)})
	}
	// All but the first ten in a random order, each with its replay.
	order := rand.New(rand.NewPCG(1, 2)).Perm(windowSize)
	for _, i := range order {
		if _, err := r.Open(nil, frames[10+i], 0, nil); err != nil {
			t.Fatalf("frame %d: %v", 10+i, err)
		}
		if _, err := r.Open(nil, frames[10+i], 0, nil); !errors.Is(err, ErrReplay) {
			t.Fatalf("frame %d again: %v, want ErrReplay", 10+i, err)
		}
	}
	for i := range 10 {
		if _, err := r.Open(nil, frames[i], 0, nil); !errors.Is(err, ErrReplay) {
			t.Errorf("frame %d, older than the window: %v, want ErrReplay", i, err)
		}
	}
}

// A key that is announced twice must not open old frames again; another key of the same id starts afresh.
func TestAddingAKeyAgain(t *testing.T) {
	s, r := testPair(t)
	sealed := mustSeal(t, s, nil, nil, nil)
	if _, err := r.Open(nil, sealed, 0, nil); err != nil {
		t.Fatal(err)
	}
	if err := r.Add(testKeyID, testBaseKey(1)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Open(nil, sealed, 0, nil); !errors.Is(err, ErrReplay) {
		t.Errorf("replay after the same key came again: %v", err)
	}
	if err := r.Add(testKeyID, testBaseKey(2)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Open(nil, mustSeal(t, s, nil, nil, nil), 0, nil); !errors.Is(err, ErrAuth) {
		t.Errorf("a frame of the replaced key: %v, want ErrAuth", err)
	}
	r.Remove(testKeyID)
	if r.Has(testKeyID) {
		t.Error("the removed key is still there")
	}
	if _, err := r.Open(nil, sealed, 0, nil); !errors.Is(err, ErrNoKey) {
		t.Errorf("after its removal: %v, want ErrNoKey", err)
	}
}

// window is checked against a plain set of counters.
func TestWindowAgainstASet(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var w window
	seen := map[uint64]bool{}
	var highest, base uint64
	for range 200_000 {
		if random.IntN(500) == 0 {
			base += random.Uint64N(3 * windowSize)
		}
		ctr := base + random.Uint64N(2*windowSize)
		tooOld := highest >= windowSize && ctr <= highest-windowSize
		if got, want := w.fresh(ctr), !seen[ctr] && !tooOld; got != want {
			t.Fatalf("fresh(%d) = %v, want %v (highest %d)", ctr, got, want, highest)
		}
		if w.fresh(ctr) {
			w.mark(ctr)
			seen[ctr] = true
			highest = max(highest, ctr)
		}
	}
}

func TestPeekKeyID(t *testing.T) {
	s, _ := testPair(t)
	sealed := mustSeal(t, s, []byte{1, 2, 3}, nil, []byte("x"))
	if kid, err := PeekKeyID(sealed, 3); err != nil || kid != testKeyID || kid != s.KeyID() {
		t.Errorf("got %d, %v", kid, err)
	}
	if _, err := PeekKeyID(sealed, len(sealed)+1); !errors.Is(err, ErrMalformed) {
		t.Errorf("clear length beyond the frame: %v", err)
	}
}

func TestSealAndOpenDoNotAllocate(t *testing.T) {
	s, r := testPair(t)
	clear, extra, plain := make([]byte, 10), make([]byte, 32), make([]byte, 6250)
	sealed, opened := make([]byte, 0, 7000), make([]byte, 0, 7000)
	if n := testing.AllocsPerRun(100, func() {
		out, err := s.Seal(sealed, clear, extra, plain)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Open(opened, out, len(clear), extra); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a frame, want 0", n)
	}
}

// Seals and opens at once must neither use a counter twice nor lose a frame.
func TestConcurrentUse(t *testing.T) {
	s, r := testPair(t)
	var wg sync.WaitGroup
	errs := make(chan error, 4)
	for range 4 {
		wg.Go(func() {
			for i := range 200 {
				sealed, err := s.Seal(nil, nil, nil, []byte{byte(i)})
				if err == nil {
					_, err = r.Open(nil, sealed, 0, nil)
				}
				if err != nil {
					errs <- fmt.Errorf("frame %d: %w", i, err)
					return
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
}
