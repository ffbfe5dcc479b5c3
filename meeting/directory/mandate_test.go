package directory

import (
	"crypto"
	"crypto/ecdsa"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"
)

// slowKey is an identity key that can be away, as one in a TPM.
type slowKey struct {
	*ecdsa.PrivateKey
	away   bool
	signed int
}

func (k *slowKey) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if k.away {
		return nil, errors.New("the TPM does not answer")
	}
	k.signed++
	return k.PrivateKey.Sign(rand, digest, opts)
}

// TestOneSignatureServesManyRequests: the identity key signs twice a day, and may be away in between.
func TestOneSignatureServesManyRequests(t *testing.T) {
	identity := &slowKey{PrivateKey: newKey(t)}
	keys := requestKeys{signer: identity}
	now := time.UnixMilli(1_772_366_400_123)
	use := func(when string, wantSigned int) {
		t.Helper()
		k, err := keys.at(now)
		if err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		a, err := k.Authorize(now, "GET", pathHello, nil)
		if err != nil || !a.Verify("GET", pathHello, nil) || !a.Covers(now) {
			t.Errorf("%s: the request does not hold (%v)", when, err)
		}
		if identity.signed != wantSigned {
			t.Errorf("%s: the identity key has signed %d times, want %d", when, identity.signed, wantSigned)
		}
	}
	use("at first", 1)
	now = now.Add(MandateValidity/2 - time.Second)
	use("in the first half of its time", 1)
	now = now.Add(2 * time.Second)
	use("in the second half", 2)
	identity.away = true
	now = now.Add(MandateValidity - time.Second)
	use("with the identity key away", 2)
	now = now.Add(MaxClockSkew + 2*time.Second)
	if _, err := keys.at(now); err == nil {
		t.Error("a mandate that ran out serves on")
	}
	identity.away = false
	use("with the identity key back", 3)
	now = now.Add(-48 * time.Hour)
	use("after the clock was set back", 4)
}

// TestMandateIsForItsKeyAndTime: nothing of a mandate can be changed, and it holds for a day at the most.
func TestMandateIsForItsKeyAndTime(t *testing.T) {
	now := time.UnixMilli(1_772_366_400_123)
	key, err := newRequestKey(newKey(t), now)
	if err != nil {
		t.Fatal(err)
	}
	good := key.Mandate
	if !good.Verify() {
		t.Fatal("it does not verify")
	}
	other, err := newRequestKey(newKey(t), now)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Mandate){
		"another request key":  func(m *Mandate) { m.Request = other.Mandate.Request },
		"another identity key": func(m *Mandate) { m.Key = other.Mandate.Key },
		"a longer time":        func(m *Mandate) { m.Until = m.Until.Add(time.Millisecond) },
		"no key":               func(m *Mandate) { m.Key = nil },
	} {
		m := good
		if change(&m); m.Verify() {
			t.Errorf("%s: it verifies", name)
		}
	}
	for off, want := range map[time.Duration]bool{
		0:                           true,
		-MaxClockSkew:               true,
		-MaxClockSkew - time.Second: false,
		MandateValidity + MaxClockSkew - time.Second: true,
		MandateValidity + MaxClockSkew:               false,
	} {
		if good.Covers(now.Add(off)) != want {
			t.Errorf("%v later: it holds: %v", off, !want)
		}
	}
}

// wantMandateDigest was computed by another program from the layout in mandate.go.
const wantMandateDigest = "e6dcd6e68143ffbe634165cab8ff96ddb764869687fefc2dc3224fdf8808d280"

func TestMandateDigestIsFixed(t *testing.T) {
	m := Mandate{Until: time.UnixMilli(1_772_366_400_123)}
	copy(m.Request[:], "0123456789abcdef0123456789abcdef")
	digest := m.Digest()
	if got := hex.EncodeToString(digest[:]); got != wantMandateDigest {
		t.Errorf("got %s, want %s", got, wantMandateDigest)
	}
}

// TestRequestKeyThatRanOut: the hub takes no request by a key whose mandate is over, or was given for too long.
func TestRequestKeyThatRanOut(t *testing.T) {
	identity := newKey(t)
	now := time.UnixMilli(1_772_366_400_123)
	var clock time.Time
	key, err := newRequestKey(identity, now)
	if err != nil {
		t.Fatal(err)
	}
	rooms, err := newRoster([]Room{{Key: key.Mandate.Key, Name: "Aspen"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	hub := &Service{
		cfg:    ServiceConfig{Name: "Hub", Now: func() time.Time { return clock }, Log: slog.New(slog.DiscardHandler)},
		roster: rooms,
	}
	for off, want := range map[time.Duration]string{
		0:                     "",
		MandateValidity:       "",
		25 * time.Hour:        CodeSignatureWrong,
		-MaxClockSkew:         "",
		-10 * time.Minute:     CodeSignatureWrong, // given by a clock that is ahead
		-365 * 24 * time.Hour: CodeSignatureWrong,
	} {
		clock = now.Add(off)
		a, err := key.Authorize(clock, "GET", pathHello, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = hub.admit("GET", pathHello, a.String(), nil)
		var refusal *Error
		if errors.As(err, &refusal); (err != nil) != (want != "") || refusal != nil && refusal.Code != want {
			t.Errorf("%v after it was given: %v, want %q", off, err, want)
		}
	}
}
