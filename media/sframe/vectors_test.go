package sframe

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"
)

// unhex decodes hexadecimal digits.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// RFC 9605, appendix C.1: the header of every size class.
func TestHeaderFigures(t *testing.T) {
	f, err := os.Open("testdata/rfc9605-header.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	seen := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if strings.HasPrefix(line, "#") {
			continue
		}
		var kid, ctr uint64
		var text string
		if _, err := fmt.Sscanf(line, "%d %d %s", &kid, &ctr, &text); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		want := unhex(t, text)
		if got := appendHeader(nil, kid, ctr); !bytes.Equal(got, want) {
			t.Errorf("header of %d, %d: got %x, want %x", kid, ctr, got, want)
		}
		h, err := parseHeader(append(want, 0xAA))
		if err != nil || h != (header{keyID: kid, counter: ctr, length: len(want)}) {
			t.Errorf("parse of %x: got %+v, %v", want, h, err)
		}
		seen++
	}
	if seen != 289 {
		t.Errorf("the table has %d lines, want 289", seen)
	}
}

// figures are one entry of RFC 9605, appendix C.3. The key id, counter, base key, metadata and plaintext are the same
// in all of them.
type figures struct {
	suite             suiteID
	key, salt, sealed string
}

const (
	figureKeyID    = 0x123
	figureCounter  = 0x4567
	figureBaseKey  = "000102030405060708090a0b0c0d0e0f"
	figureMetadata = "4945544620534672616d65205747"
	figurePlain    = "64726166742d696574662d736672616d652d656e63"
)

func rfcFigures() []figures {
	return []figures{
		{
			suite: aes128GCM,
			key:   "d34f547f4ca4f9a7447006fe7fcbf768",
			salt:  "75234edefe07819026751816",
			sealed: "9901234567b7412c2513a1b66dbb48841bbaf17f598751176ad847681a69c6d0" +
				"b091c07018ce4adb34eb",
		},
		{
			suite: aes256GCM,
			key:   "d3e27b0d4a5ae9e55df01a70e6d4d28d969b246e2936f4b7a5d9b494da6b9633",
			salt:  "84991c167b8cd23c93708ec7",
			sealed: "990123456794f509d36e9beacb0e261d99c7d1e972f1fed787d4049f17ca2135" +
				"3c1cc24d56ceabced279",
		},
	}
}

func TestSuiteFigures(t *testing.T) {
	for _, f := range rfcFigures() {
		t.Run(fmt.Sprintf("suite %d", f.suite), func(t *testing.T) { f.check(t) })
	}
}

func (f figures) check(t *testing.T) {
	base, metadata := unhex(t, figureBaseKey), unhex(t, figureMetadata)
	s, err := deriveSecrets(f.suite, figureKeyID, base)
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(s.key); got != f.key {
		t.Errorf("key %s, want %s", got, f.key)
	}
	if got := hex.EncodeToString(s.salt[:]); got != f.salt {
		t.Errorf("salt %s, want %s", got, f.salt)
	}

	sender, err := newSender(f.suite, figureKeyID, base)
	if err != nil {
		t.Fatal(err)
	}
	sender.counter = figureCounter
	sealed, err := sender.Seal(nil, nil, metadata, unhex(t, figurePlain))
	if err != nil || hex.EncodeToString(sealed) != f.sealed {
		t.Errorf("sealed %x (%v), want %s", sealed, err, f.sealed)
	}

	r := NewReceiver()
	if err := r.add(f.suite, figureKeyID, base); err != nil {
		t.Fatal(err)
	}
	plain, err := r.Open(nil, unhex(t, f.sealed), 0, metadata)
	if err != nil || hex.EncodeToString(plain) != figurePlain {
		t.Errorf("opened %x (%v), want %s", plain, err, figurePlain)
	}
}
