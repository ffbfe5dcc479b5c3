package sframe

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"testing"
)

var writeVectors = flag.Bool("sframe.write", false, "write the vectors for the browser's SFrame anew")

// vector is one frame of the RFC's figures, or of a meeting, for the browser's SFrame to seal and to open alike.
type vector struct {
	Suite   suiteID `json:"suite"`
	KeyID   uint64  `json:"keyID"`
	Counter uint64  `json:"counter"`
	Base    string  `json:"base"`
	Clear   string  `json:"clear"`
	Extra   string  `json:"extra"`
	Plain   string  `json:"plain"`
	Sealed  string  `json:"sealed"`
}

func (v vector) seal(t *testing.T) string {
	t.Helper()
	s, err := newSender(v.Suite, v.KeyID, unhex(t, v.Base))
	if err != nil {
		t.Fatal(err)
	}
	s.counter = v.Counter
	sealed, err := s.Seal(nil, unhex(t, v.Clear), unhex(t, v.Extra), unhex(t, v.Plain))
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(sealed)
}

// TestBrowserVectors: testdata/browser.json, which the browser's SFrame is tested with, is what this package seals.
func TestBrowserVectors(t *testing.T) {
	var vectors []vector
	for _, f := range rfcFigures() {
		vectors = append(vectors, vector{f.suite, figureKeyID, figureCounter, figureBaseKey, "", figureMetadata, figurePlain, f.sealed})
	}
	base := hex.EncodeToString(bytes.Repeat([]byte{0x5a}, 32))
	extra := hex.EncodeToString(bytes.Repeat([]byte{0xc3}, 32))
	for i, counter := range []uint64{0, 7, 8, 255, 256, 1 << 32, 1<<36 - 1} {
		v := vector{aes256GCM, uint64(i)<<12 | 2<<8 | 0xff, counter, base, "ffffff", extra, hex.EncodeToString(bytes.Repeat([]byte{byte(i)}, 50*i)), ""}
		v.Sealed = v.seal(t)
		vectors = append(vectors, v)
	}
	for _, v := range vectors {
		if got := v.seal(t); got != v.Sealed {
			t.Errorf("key id %#x, counter %d: %s, want %s", v.KeyID, v.Counter, got, v.Sealed)
		}
	}
	want, err := json.MarshalIndent(vectors, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	const path = "testdata/browser.json"
	if *writeVectors {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if kept, err := os.ReadFile(path); err != nil || !bytes.Equal(kept, want) {
		t.Errorf("%s is out of date (%v): run go test ./media/sframe -run TestBrowserVectors -sframe.write", path, err)
	}
}
