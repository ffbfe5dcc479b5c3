package directory

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"greenroom/meeting/directory/request"
)

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(t testing.TB) Authorization {
	t.Helper()
	a, err := Sign(newKey(t), time.UnixMilli(1_772_366_400_123), "POST", pathJoin, []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestSignedRequestVerifies(t *testing.T) {
	a := sign(t)
	parsed, err := ParseAuthorization(a.String())
	if err != nil {
		t.Fatal(err)
	}
	if !parsed.Verify("POST", pathJoin, []byte("{}")) {
		t.Error("does not verify")
	}
	// The parts are told apart: moving a letter from one to the next is another request.
	if parsed.Verify("POST/", pathJoin[1:], []byte("{}")) || parsed.Verify("POST", pathJoin, []byte("{} ")) || parsed.Verify("POST", pathJoin, nil) {
		t.Error("another request verifies")
	}
	if parsed.Verify(strings.Repeat("x", 256), pathJoin, []byte("{}")) {
		t.Error("a method that cannot be signed verifies")
	}
}

func TestEveryRequestHasItsOwnNonce(t *testing.T) {
	key, now := newKey(t), time.Now()
	seen := map[[request.NonceSize]byte]bool{}
	for range 100 {
		a, err := Sign(key, now, "GET", pathHello, nil)
		if err != nil {
			t.Fatal(err)
		}
		if seen[a.Nonce] {
			t.Fatal("a nonce came twice")
		}
		seen[a.Nonce] = true
	}
}

func TestOnlyP256KeysSign(t *testing.T) {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Sign(ed, time.Now(), "GET", pathHello, nil); err == nil {
		t.Error("an Ed25519 key signed")
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Sign(p384, time.Now(), "GET", pathHello, nil); err == nil {
		t.Error("a P-384 key signed")
	}
}

// wantDigest was computed by another program from the layout in authorization.go.
const wantDigest = "648ef2657d3e60044595220933a9a043463130f26420ce7d341590d4918a30c2"

// The digest of a request with all fields fixed, so that nobody changes the layout without noticing.
func TestDigestIsFixed(t *testing.T) {
	a := Authorization{Time: time.UnixMilli(1_772_366_400_123)}
	copy(a.Nonce[:], "0123456789abcdef")
	digest, err := a.Digest("POST", "/v1/meetings/join", []byte(`{"number":"123456789","passcode":"246810"}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(digest[:]); got != wantDigest {
		t.Errorf("got %s, want %s", got, wantDigest)
	}
}

func TestParseAuthorizationRefuses(t *testing.T) {
	good := sign(t).String()
	fields := strings.Split(strings.TrimPrefix(good, "Greenroom-1 "), ", ")
	with := func(i int, field string) string {
		changed := append([]string{}, fields...)
		changed[i] = field
		return "Greenroom-1 " + strings.Join(changed, ", ")
	}
	for name, value := range map[string]string{
		"empty":               "",
		"scheme only":         "Greenroom-1",
		"another scheme":      "Bearer " + fields[0],
		"a field less":        strings.TrimSuffix(good, ", "+fields[6]),
		"a field more":        good + ", more=1",
		"another order":       "Greenroom-1 " + strings.Join([]string{fields[1], fields[0], fields[2], fields[3], fields[4], fields[5], fields[6]}, ", "),
		"no space":            strings.ReplaceAll(good, ", ", ","),
		"key too short":       with(0, fields[0][:20]),
		"key not a point":     with(0, "key=BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
		"request too short":   with(1, "request=AAAA"),
		"request broken":      with(1, "request="+strings.Repeat("A", 20)+"\n"+strings.Repeat("A", 23)),
		"until negative":      with(2, "until=-1"),
		"mandate empty":       with(3, "mandate="),
		"mandate too long":    with(3, "mandate="+strings.Repeat("A", 200)),
		"mandate standard":    with(3, "mandate=+/+/"),
		"time negative":       with(4, "time=-1"),
		"time with a plus":    with(4, "time=+1"),
		"time with a zero":    with(4, "time=01"),
		"time too large":      with(4, "time=9223372036854775807"),
		"time empty":          with(4, "time="),
		"nonce too short":     with(5, "nonce=AAAA"),
		"nonce padded":        with(5, "nonce=AAAAAAAAAAAAAAAAAAAAAA=="),
		"nonce's other form":  with(5, "nonce=AAAAAAAAAAAAAAAAAAAAAB"), // bits after the last byte
		"nonce broken":        with(5, "nonce=AAAAAAAAAAA\nAAAAAAAAAAA"),
		"signature empty":     with(6, "signature="),
		"signature too short": with(6, "signature="+strings.Repeat("A", 84)),
		"signature too long":  with(6, "signature="+strings.Repeat("A", 200)),
		"signature standard":  with(6, "signature=+/+/"),
	} {
		if _, err := ParseAuthorization(value); err == nil {
			t.Errorf("%s: no error for %q", name, value)
		}
	}
}

func FuzzParseAuthorization(f *testing.F) {
	f.Add(sign(f).String())
	f.Add("Greenroom-1 key=BA, request=AA, until=0, mandate=AA, time=0, nonce=AAAAAAAAAAAAAAAAAAAAAA, signature=AA")
	f.Add("Greenroom-1 key=, request=, until=, mandate=, time=, nonce=, signature=")
	f.Fuzz(func(t *testing.T, value string) {
		a, err := ParseAuthorization(value)
		if err != nil {
			return
		}
		if a.String() != value {
			t.Errorf("%q came back as %q", value, a.String())
		}
		a.Verify("POST", pathJoin, nil) // whatever was parsed can be verified without a panic
	})
}

func FuzzParseBodies(f *testing.F) {
	f.Add([]byte(`{"title":"Round"}`))
	f.Add([]byte(`{"number":"123 456-789","passcode":"246810"}`))
	f.Add([]byte(`{"instance":"00112233445566778899aabbccddeeff","participant":"ffeeddccbbaa99887766554433221100"}`))
	f.Add([]byte(`{"room":"00112233445566778899aabbccddeeff"}`))
	f.Add([]byte(`{"call":"00112233445566778899aabbccddeeff"}`))
	f.Add([]byte(`{"call":"00112233445566778899aabbccddeeff","busy":true}`))
	f.Add([]byte(`{"call":"00112233445566778899aabbccddeeff","state":"ringing"}`))
	f.Add([]byte(`{"ringing":"00112233445566778899aabbccddeeff","rooms":"ffeeddccbbaa99887766554433221100"}`))
	f.Add([]byte("{\"title\":\"\xff\"}"))
	f.Add([]byte(`{}{}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		checkBody(t, data, parseNow, func(nowRequest) {})
		checkBody(t, data, parseJoin, func(r joinRequest) {
			if len(r.Number) < 9 || len(r.Number) > 10 || strings.Trim(r.Number, "0123456789") != "" {
				t.Errorf("%q is no number", r.Number)
			}
		})
		checkBody(t, data, parsePlace, func(placeRequest) {})
		id := func(s string) {
			if raw, err := hex.DecodeString(s); err != nil || len(raw) != 16 {
				t.Errorf("%q is no id", s)
			}
		}
		checkBody(t, data, parsePlaceCall, func(r placeCallRequest) { id(r.Room) })
		checkBody(t, data, parseCall, func(r callRequest) { id(r.Call) })
		checkBody(t, data, parseDecline, func(r declineRequest) { id(r.Call) })
		checkBody(t, data, parseWatch, func(r watchRequest) {
			if id(r.Call); r.State != "" && !r.State.Valid() {
				t.Errorf("%q is no state", r.State)
			}
		})
		checkBody(t, data, parseWait, func(r waitRequest) {
			if r.Ringing != "" {
				id(r.Ringing)
			}
		})
	})
}

// checkBody checks that what a parser takes comes back as it went, and that it is in order.
func checkBody[R comparable](t *testing.T, data []byte, parse func([]byte) (R, error), check func(R)) {
	t.Helper()
	r, err := parse(data)
	if err != nil {
		return
	}
	if again, err := parse(marshal(t, r)); err != nil || again != r {
		t.Errorf("%q came back as %+v, %v", data, again, err)
	}
	check(r)
}

func FuzzTicket(f *testing.F) {
	f.Add(marshal(f, Ticket{Kind: KindCall, Enhanced: make([]byte, EnhancedSize), Title: "Round", HubKey: make([]byte, ed25519.PublicKeySize), Statement: []byte{1}, HubTime: time.UnixMilli(1_772_366_400_123).UTC()}))
	f.Add([]byte(`{"meeting":"00"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var ticket, again Ticket
		if err := ticket.UnmarshalJSON(data); err != nil {
			return
		}
		text := marshal(t, ticket)
		if err := again.UnmarshalJSON(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if second := marshal(t, again); !bytes.Equal(text, second) {
			t.Errorf("%s came back as %s", text, second)
		}
		_, _ = again.OpenStatement()
	})
}
