package sframe

import (
	"bufio"
	"bytes"
	"crypto/hkdf"
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

// RFC 9605, appendix C.1: every one of its headers, encoded and parsed. They are all pairs of 17 numbers: the ends of every
// size that a number can have.
func TestHeaderFigures(t *testing.T) {
	f, err := os.Open("testdata/rfc9605-header.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	seen := make(map[[2]uint64]bool)
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
		seen[[2]uint64{kid, ctr}] = true
	}
	if len(seen) != 17*17 {
		t.Errorf("the table has %d headers, want 289", len(seen))
	}
}

// figures are one entry of RFC 9605, appendix C.3, all of it in hexadecimal. The key id, counter, base key, metadata,
// plaintext and associated data are the same in all of them.
type figures struct {
	suite               suiteID
	keyLabel, saltLabel string
	secret              string
	key, salt           string
	nonce               string
	sealed              string
}

const (
	figureKeyID    = 0x123
	figureCounter  = 0x4567
	figureBaseKey  = "000102030405060708090a0b0c0d0e0f"
	figureMetadata = "4945544620534672616d65205747"
	figurePlain    = "64726166742d696574662d736672616d652d656e63"
	figureAAD      = "99012345674945544620534672616d65205747"
)

func rfcFigures() []figures {
	return []figures{
		{
			suite:     aes128GCM,
			keyLabel:  "534672616d6520312e3020536563726574206b65792000000000000001230004",
			saltLabel: "534672616d6520312e30205365637265742073616c742000000000000001230004",
			secret:    "d926952ca8b7ec4a95941d1ada3a5203ceff8cceee34f574d23909eb314c40c0",
			key:       "d34f547f4ca4f9a7447006fe7fcbf768",
			salt:      "75234edefe07819026751816",
			nonce:     "75234edefe07819026755d71",
			sealed: "9901234567b7412c2513a1b66dbb48841bbaf17f598751176ad847681a69c6d0" +
				"b091c07018ce4adb34eb",
		},
		{
			suite:     aes256GCM,
			keyLabel:  "534672616d6520312e3020536563726574206b65792000000000000001230005",
			saltLabel: "534672616d6520312e30205365637265742073616c742000000000000001230005",
			secret: "0fc3ea6de6aac97a35f194cf9bed94d4b5230f1cb45a785c9fe5dce9c188938a" +
				"b6ba005bc4c0a19181599e9d1bcf7b74aca48b60bf5e254e546d809313e083a3",
			key:   "d3e27b0d4a5ae9e55df01a70e6d4d28d969b246e2936f4b7a5d9b494da6b9633",
			salt:  "84991c167b8cd23c93708ec7",
			nonce: "84991c167b8cd23c9370cba0",
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
	f.checkKeys(t)
	f.checkFrame(t)
}

// checkKeys derives the secret, the key and the salt, and makes the nonce and the associated data of the frame.
func (f figures) checkKeys(t *testing.T) {
	base := unhex(t, figureBaseKey)
	secret, err := hkdf.Extract(f.suite.suite().hash, base, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := deriveSecrets(f.suite, figureKeyID, base)
	if err != nil {
		t.Fatal(err)
	}
	k, err := newKey(f.suite, figureKeyID, base)
	if err != nil {
		t.Fatal(err)
	}
	k.prepare(figureCounter, appendHeader(nil, figureKeyID, figureCounter), nil, unhex(t, figureMetadata))
	for _, c := range []struct {
		name, want string
		got        []byte
	}{
		{"label of the key", f.keyLabel, []byte(label(keyLabel, figureKeyID, f.suite))},
		{"label of the salt", f.saltLabel, []byte(label(saltLabel, figureKeyID, f.suite))},
		{"secret", f.secret, secret},
		{"key", f.key, s.key},
		{"salt", f.salt, s.salt[:]},
		{"nonce", f.nonce, k.nonce[:]},
		{"associated data", figureAAD, k.aad},
	} {
		if got := hex.EncodeToString(c.got); got != c.want {
			t.Errorf("%s %s, want %s", c.name, got, c.want)
		}
	}
}

// checkFrame seals and opens the published frame.
func (f figures) checkFrame(t *testing.T) {
	base, metadata := unhex(t, figureBaseKey), unhex(t, figureMetadata)
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
