package sframe

import (
	"crypto/aes"
	"crypto/cipher"
	"testing"
	"time"
)

// benchFrame is the size of a delta frame at 1.5 Mbit/s and 30 frames a second.
const benchFrame = 6250

// bareGCM is AES-256-GCM as the standard library gives it, to measure against.
func bareGCM(b *testing.B) cipher.AEAD {
	b.Helper()
	block, err := aes.NewCipher(testBaseKey(1))
	if err != nil {
		b.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		b.Fatal(err)
	}
	return aead
}

// compare runs ours and bare in turns within one run, so that both meet the same machine, and reports the ratio of
// their times (the metric "x-bare").
func compare(b *testing.B, ours, bare func(i int)) {
	b.Helper()
	const turn = 64
	var mine, theirs time.Duration
	b.ReportAllocs()
	b.SetBytes(benchFrame)
	for n := 0; n < b.N; n += turn {
		start := time.Now()
		for i := range turn {
			ours(n + i)
		}
		half := time.Now()
		b.StopTimer()
		for i := range turn {
			bare(n + i)
		}
		theirs += time.Since(half)
		mine += half.Sub(start)
		b.StartTimer()
	}
	b.ReportMetric(float64(mine)/float64(theirs), "x-bare")
}

func BenchmarkSeal(b *testing.B) {
	s, _ := testPair(b)
	bare := bareGCM(b)
	clear, extra, plain := make([]byte, 3), make([]byte, 32), make([]byte, benchFrame)
	dst, nonce := make([]byte, 0, benchFrame+64), make([]byte, nonceLen)
	compare(b, func(int) {
		if _, err := s.Seal(dst, clear, extra, plain); err != nil {
			b.Fatal(err)
		}
	}, func(int) { bare.Seal(dst, nonce, plain, extra) })
}

func BenchmarkOpen(b *testing.B) {
	s, r := testPair(b)
	bare := bareGCM(b)
	clear, extra, plain := make([]byte, 3), make([]byte, 32), make([]byte, benchFrame)
	dst, nonce := make([]byte, 0, benchFrame+64), make([]byte, nonceLen)
	sealed := mustSeal(b, s, clear, extra, plain)
	bareSealed := bare.Seal(nil, nonce, plain, extra)
	k := r.find(testKeyID)
	compare(b, func(int) {
		k.seen = window{} // the same frame, each time as if for the first time
		if _, err := r.Open(dst, sealed, len(clear), extra); err != nil {
			b.Fatal(err)
		}
	}, func(int) {
		if _, err := bare.Open(dst, nonce, bareSealed, extra); err != nil {
			b.Fatal(err)
		}
	})
}
