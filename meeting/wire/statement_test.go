package wire

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"time"
)

func testHub() ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("hub"))
	return ed25519.NewKeyFromSeed(seed[:])
}

func testIdentity(t testing.TB, name string) *ecdsa.PrivateKey {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:])
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func testStatement(t testing.TB) Statement {
	t.Helper()
	pub, err := testIdentity(t, "aspen").PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return Statement{
		Meeting: MeetingID{1}, Instance: InstanceID{2}, IdentityKey: pub, Role: RoleHost, Name: "Aspen 🌲", Organisation: true,
		NotBefore: time.Unix(1_000_000, 0).UTC(), NotAfter: time.Unix(1_003_600, 0).UTC(),
	}
}

func TestStatementRoundTrip(t *testing.T) {
	want := testStatement(t)
	raw, err := SignStatement(testHub(), want)
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) > MaxStatementSize {
		t.Errorf("%d bytes, more than MaxStatementSize", len(raw))
	}
	got, err := OpenStatement(testHub().Public().(ed25519.PublicKey), raw)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.IdentityKey, want.IdentityKey) || got.Name != want.Name || got.Role != want.Role || !got.Organisation ||
		got.Meeting != want.Meeting || got.Instance != want.Instance || !got.NotBefore.Equal(want.NotBefore) || !got.NotAfter.Equal(want.NotAfter) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestStatementEveryByteIsSigned(t *testing.T) {
	raw, err := SignStatement(testHub(), testStatement(t))
	if err != nil {
		t.Fatal(err)
	}
	hub := testHub().Public().(ed25519.PublicKey)
	for i := range raw {
		bad := bytes.Clone(raw)
		bad[i] ^= 1
		if _, err := OpenStatement(hub, bad); !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrSignature) {
			t.Errorf("byte %d flipped: %v", i, err)
		}
		if _, err := OpenStatement(hub, raw[:i]); !errors.Is(err, ErrMalformed) {
			t.Errorf("cut at %d: %v", i, err)
		}
	}
}

func TestStatementBounds(t *testing.T) {
	for name, change := range map[string]func(*Statement){
		"no name":        func(s *Statement) { s.Name = "" },
		"spaces only":    func(s *Statement) { s.Name = "  " },
		"long name":      func(s *Statement) { s.Name = strings.Repeat("n", MaxNameSize+1) },
		"not UTF-8":      func(s *Statement) { s.Name = "\xff" },
		"line feed":      func(s *Statement) { s.Name = "a\nb" },
		"joined":         func(s *Statement) { s.Name = "a\u200db" },
		"two spaces":     func(s *Statement) { s.Name = "a  b" },
		"not form C":     func(s *Statement) { s.Name = "Bu\u0308ro" },
		"right to left":  func(s *Statement) { s.Name = "a\u202eb" },
		"no role":        func(s *Statement) { s.Role = 0 },
		"unknown role":   func(s *Statement) { s.Role = 4 },
		"short key":      func(s *Statement) { s.IdentityKey = s.IdentityKey[:64] },
		"not on curve":   func(s *Statement) { s.IdentityKey = bytes.Repeat([]byte{4}, 65) },
		"times reversed": func(s *Statement) { s.NotAfter = s.NotBefore.Add(-time.Second) },
		"before 1970":    func(s *Statement) { s.NotBefore = time.Unix(-1, 0) },
	} {
		s := testStatement(t)
		change(&s)
		if _, err := SignStatement(testHub(), s); err == nil {
			t.Errorf("%s: signed", name)
		}
	}
}
