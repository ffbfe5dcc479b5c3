package succession_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"greenroom/keystore/succession"
)

var update = flag.Bool("update", false, "make the test vector again")

const vectorPath = "testdata/vector-1.txt"

// key is a P-256 key whose scalar is 32 times the same byte.
type key struct{ *ecdsa.PrivateKey }

func newKey(t testing.TB, b byte) key {
	t.Helper()
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{b}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return key{private}
}

func (k key) PublicKeyBytes() []byte {
	b, err := k.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	return b
}

func device() [16]byte { return [16]byte(bytes.Repeat([]byte{7}, 16)) }

func mustMake(t testing.TB, old, next succession.Signer) []byte {
	t.Helper()
	statement, err := succession.Make(device(), time.Unix(1_780_000_000, 0), old, next)
	if err != nil {
		t.Fatal(err)
	}
	return statement
}

func TestRoundTrip(t *testing.T) {
	old, next := newKey(t, 1), newKey(t, 2)
	for range 50 { // r and s are sometimes short
		statement := mustMake(t, old, next)
		s, err := succession.Verify(statement, old.PublicKeyBytes())
		if err != nil {
			t.Fatal(err)
		}
		if len(statement) != succession.Len || s.Device != device() || s.Time.Unix() != 1_780_000_000 ||
			!bytes.Equal(s.Old[:], old.PublicKeyBytes()) || !bytes.Equal(s.New[:], next.PublicKeyBytes()) {
			t.Fatalf("%d bytes say %+v", len(statement), s)
		}
	}
}

// TestEveryBitCounts: no bit of a statement can be changed.
func TestEveryBitCounts(t *testing.T) {
	old := newKey(t, 1)
	statement := mustMake(t, old, newKey(t, 2))
	for i := range 8 * len(statement) {
		bad := bytes.Clone(statement)
		bad[i/8] ^= 1 << (i % 8)
		if _, err := succession.Verify(bad, old.PublicKeyBytes()); err == nil {
			t.Errorf("byte %d, bit %d flipped: it verifies", i/8, i%8)
		}
	}
	for i := range statement {
		if _, err := succession.Verify(statement[:i], old.PublicKeyBytes()); !errors.Is(err, succession.ErrMalformed) {
			t.Errorf("cut to %d bytes: %v", i, err)
		}
	}
}

func TestErrors(t *testing.T) {
	old, next, other := newKey(t, 1), newKey(t, 2), newKey(t, 3)
	good := mustMake(t, old, next)
	swapped := bytes.Clone(good)
	copy(swapped[163:], good[227:])
	copy(swapped[227:], good[163:227])
	oldOnly := bytes.Clone(good)
	copy(oldOnly[227:], good[163:227])
	for name, c := range map[string]struct {
		statement, known []byte
		want             error
	}{
		"another device's key":     {good, other.PublicKeyBytes(), succession.ErrOtherKey},
		"the new key":              {good, next.PublicKeyBytes(), succession.ErrOtherKey},
		"no key":                   {good, nil, succession.ErrOtherKey},
		"the signatures swapped":   {swapped, old.PublicKeyBytes(), succession.ErrForged},
		"signed by the old only":   {oldOnly, old.PublicKeyBytes(), succession.ErrForged},
		"nothing":                  {nil, old.PublicKeyBytes(), succession.ErrMalformed},
		"one byte more":            {append(bytes.Clone(good), 0), old.PublicKeyBytes(), succession.ErrMalformed},
		"a later version":          {append([]byte("GREENSUC\x02"), good[9:]...), old.PublicKeyBytes(), succession.ErrMalformed},
		"a point not on the curve": {bytes.Join([][]byte{good[:40], {good[40] ^ 1}, good[41:]}, nil), old.PublicKeyBytes(), succession.ErrMalformed},
	} {
		if _, err := succession.Verify(c.statement, c.known); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := succession.Make(device(), time.Time{}, old, old); !errors.Is(err, succession.ErrMalformed) {
		t.Errorf("a key that follows itself: %v", err)
	}
}

// vector reads the published example: lines "name: hexadecimal digits", and comments after #.
func vector(t testing.TB) map[string][]byte {
	t.Helper()
	text, err := os.ReadFile(vectorPath)
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string][]byte{}
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		name, digits, found := strings.Cut(line, ":")
		if !found {
			continue
		}
		b, err := hex.DecodeString(strings.TrimSpace(digits))
		if err != nil {
			t.Fatal(err)
		}
		fields[strings.TrimSpace(name)] = b
	}
	return fields
}

func renew(t *testing.T) {
	t.Helper()
	old, next := newKey(t, 1), newKey(t, 2)
	text := fmt.Sprintf(`# A test vector of the succession statement, version 1 (see the package doc for the layout).
#
# Device 0707..., time 1780000000 s. The old key's private scalar is 32 bytes 01, the new one's 32 bytes 02.

old public key: %x
new public key: %x
statement: %x
`, old.PublicKeyBytes(), next.PublicKeyBytes(), mustMake(t, old, next))
	if err := os.WriteFile(vectorPath, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestVector holds the format: the published statement verifies, and is but for the signatures what Make writes.
func TestVector(t *testing.T) {
	if *update {
		renew(t)
	}
	v := vector(t)
	s, err := succession.Verify(v["statement"], v["old public key"])
	if err != nil {
		t.Fatal(err)
	}
	if s.Device != device() || s.Time.Unix() != 1_780_000_000 || !bytes.Equal(s.New[:], v["new public key"]) {
		t.Errorf("it says %+v", s)
	}
	made := mustMake(t, newKey(t, 1), newKey(t, 2))
	if !bytes.Equal(made[:163], v["statement"][:163]) {
		t.Errorf("this program writes\n%x\nand the vector is\n%x", made[:163], v["statement"][:163])
	}
}

// FuzzVerify: whatever the bytes, the reader answers; only what both keys signed verifies.
func FuzzVerify(f *testing.F) {
	statement, old := vector(f)["statement"], newKey(f, 1).PublicKeyBytes()
	f.Add(statement)
	f.Add(statement[:290])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := succession.Parse(b)
		if err != nil && !errors.Is(err, succession.ErrMalformed) {
			t.Errorf("an error of another kind: %v", err)
		}
		if _, verr := succession.Verify(b, s.Old[:]); err != nil && verr == nil {
			t.Error("it verifies and does not parse")
		}
		if _, err := succession.Verify(b, old); err == nil && !bytes.Equal(b[:163], statement[:163]) {
			t.Errorf("forged: %x", b)
		}
	})
}
