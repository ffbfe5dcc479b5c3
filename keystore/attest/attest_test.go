package attest_test

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-tpm/tpm2"

	"greenroom/keystore/attest"
	"greenroom/keystore/tpm"
	"greenroom/keystore/tpm/tpmtest"
)

var update = flag.Bool("update", false, "make the test vector again")

const vectorPath = "testdata/vector-1.txt"

func nonce() []byte { return bytes.Repeat([]byte{7}, 32) }

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

// options trusts the vector's root at the time it was made for.
func options(t testing.TB) attest.Options {
	t.Helper()
	root, err := x509.ParseCertificate(vector(t)["root"])
	if err != nil {
		t.Fatal(err)
	}
	opts := attest.Options{Roots: x509.NewCertPool(), Nonce: nonce(), Now: time.Unix(1_780_000_000, 0)}
	opts.Roots.AddCert(root)
	return opts
}

// renew makes the vector again, with a TPM in software that a maker of its own vouches for.
func renew(t *testing.T) {
	t.Helper()
	evidence, identity, maker := fresh(t, nil)
	text := fmt.Sprintf(`# A test vector of attestation evidence, version 1 (see the package doc for the layout), made with a TPM in software.
#
# The nonce is 32 bytes 07. The root is the maker's certificate, DER.

root: %x
identity: %x
evidence: %x
`, maker.Root(), identity, evidence)
	if err := os.WriteFile(vectorPath, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// fresh returns evidence of a new TPM whose certificate was made with a change; nil: none.
func fresh(t *testing.T, change func(*x509.Certificate)) (evidence, identity []byte, maker *tpmtest.Maker) {
	t.Helper()
	chip, maker := tpmtest.Start(t), tpmtest.NewMaker(t)
	maker.Endorse(t, chip, change)
	s, err := tpm.Open(filepath.Join(t.TempDir(), "keystore"), tpm.Options{Device: chip.Socket, CreateIfMissing: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if evidence, err = s.Attest(nonce()); err != nil {
		t.Fatal(err)
	}
	return evidence, s.Identity().PublicKeyBytes(), maker
}

// TestVector holds the format: the published evidence proves the published identity, and is written back the same.
func TestVector(t *testing.T) {
	if *update {
		renew(t)
	}
	v := vector(t)
	claim, err := attest.Verify(v["evidence"], options(t))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(claim.Identity[:], v["identity"]) || len(claim.PCRs) != 8 || claim.PCRs[0] == nil {
		t.Errorf("it claims %x and %d PCRs", claim.Identity, len(claim.PCRs))
	}
	e, err := attest.Parse(v["evidence"])
	if err != nil {
		t.Fatal(err)
	}
	if again, err := e.Marshal(); err != nil || !bytes.Equal(again, v["evidence"]) {
		t.Errorf("it is written back differently (%v)", err)
	}
}

// TestEveryByteCounts: no byte of evidence can be changed, and none left away.
func TestEveryByteCounts(t *testing.T) {
	evidence, opts := vector(t)["evidence"], options(t)
	for i := range evidence {
		bad := bytes.Clone(evidence)
		bad[i] ^= 1 << (i % 8)
		if _, err := attest.Verify(bad, opts); err == nil {
			t.Errorf("byte %d flipped: it verifies", i)
		}
		if _, err := attest.Verify(evidence[:i], opts); !errors.Is(err, attest.ErrMalformed) {
			t.Errorf("cut to %d bytes: %v", i, err)
		}
	}
	if _, err := attest.Verify(append(bytes.Clone(evidence), 0), opts); !errors.Is(err, attest.ErrMalformed) {
		t.Errorf("one byte more: %v", err)
	}
}

// TestWhoIsTrusted: what a hub asks for decides.
func TestWhoIsTrusted(t *testing.T) {
	evidence := vector(t)["evidence"]
	for name, c := range map[string]struct {
		change func(*attest.Options)
		want   error
	}{
		"nobody":             {func(o *attest.Options) { o.Roots = nil }, attest.ErrCertificate},
		"no root":            {func(o *attest.Options) { o.Roots = x509.NewCertPool() }, attest.ErrCertificate},
		"another maker":      {func(o *attest.Options) { o.Roots = tpmtest.NewMaker(t).Roots }, attest.ErrCertificate},
		"another century":    {func(o *attest.Options) { o.Now = time.Date(2126, 1, 1, 0, 0, 0, 0, time.UTC) }, attest.ErrCertificate},
		"another nonce":      {func(o *attest.Options) { o.Nonce = bytes.Repeat([]byte{8}, 32) }, attest.ErrNonce},
		"a nonce in part":    {func(o *attest.Options) { o.Nonce = o.Nonce[:31] }, attest.ErrNonce},
		"hardly any nonce":   {func(o *attest.Options) { o.Nonce = o.Nonce[:15] }, nil},
		"no nonce whatsever": {func(o *attest.Options) { o.Nonce = nil }, nil},
	} {
		opts := options(t)
		c.change(&opts)
		if _, err := attest.Verify(evidence, opts); err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// TestCertificates: the certificate must be an endorsement key's, of this very key.
func TestCertificates(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*x509.Certificate)
		want   error
	}{
		"as it should be": {nil, nil},
		"an authority's":  {func(c *x509.Certificate) { c.IsCA = true }, attest.ErrCertificate},
		"a server's": {func(c *x509.Certificate) {
			c.UnknownExtKeyUsage, c.ExtKeyUsage = nil, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		}, attest.ErrCertificate},
		"without a use": {func(c *x509.Certificate) { c.UnknownExtKeyUsage = nil }, nil},
		"with something critical": {func(c *x509.Certificate) {
			c.ExtraExtensions[0].Id = asn1.ObjectIdentifier{2, 5, 29, 99}
		}, attest.ErrCertificate},
	} {
		t.Run(name, func(t *testing.T) {
			evidence, _, maker := fresh(t, c.change)
			_, err := attest.Verify(evidence, attest.Options{Roots: maker.Roots, Nonce: nonce()})
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// TestOtherKeys: keys of another kind than the published ones are refused, whatever signs for them.
func TestOtherKeys(t *testing.T) {
	good := vector(t)["evidence"]
	parsed := func() *attest.Evidence {
		e, err := attest.Parse(good)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	change := func(area []byte, fn func(*tpm2.TPMTPublic)) []byte {
		public, err := tpm2.Unmarshal[tpm2.TPMTPublic](area)
		if err != nil {
			t.Fatal(err)
		}
		fn(public)
		return tpm2.Marshal(public)
	}
	for name, fn := range map[string]func(*attest.Evidence){
		"an AK that signs anything": func(e *attest.Evidence) {
			e.AK = change(e.AK, func(p *tpm2.TPMTPublic) { p.ObjectAttributes.Restricted = false })
		},
		"an identity from outside": func(e *attest.Evidence) {
			e.Identity = change(e.Identity, func(p *tpm2.TPMTPublic) { p.ObjectAttributes.SensitiveDataOrigin = false })
		},
		"an identity that may leave": func(e *attest.Evidence) {
			e.Identity = change(e.Identity, func(p *tpm2.TPMTPublic) { p.ObjectAttributes.FixedTPM = false })
		},
		"an EK that signs":            func(e *attest.Evidence) { e.EK = e.AK },
		"an AK for an identity":       func(e *attest.Evidence) { e.Identity = e.AK },
		"an identity for an AK":       func(e *attest.Evidence) { e.AK = e.Identity },
		"bytes behind the public key": func(e *attest.Evidence) { e.Identity = append(bytes.Clone(e.Identity), 0) },
		"another EK than certified": func(e *attest.Evidence) {
			e.EK = change(e.EK, func(p *tpm2.TPMTPublic) {
				point, err := p.Unique.ECC()
				if err != nil {
					t.Fatal(err)
				}
				point.X, point.Y = tpm2.TPM2BECCParameter{Buffer: make([]byte, 32)}, tpm2.TPM2BECCParameter{Buffer: make([]byte, 32)}
				p.Unique = tpm2.NewTPMUPublicID(tpm2.TPMAlgECC, point)
			})
		},
	} {
		e := parsed()
		fn(e)
		bad, err := e.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := attest.Verify(bad, options(t)); !errors.Is(err, attest.ErrKey) {
			t.Errorf("%s: %v, want ErrKey", name, err)
		}
	}
	swapped := parsed()
	swapped.Certify, swapped.Quote = swapped.Quote, swapped.Certify
	bad, err := swapped.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := attest.Verify(bad, options(t)); !errors.Is(err, attest.ErrForged) {
		t.Errorf("a quote for a certification: %v", err)
	}
}

// TestChallenge: each is another one, and its parts come back as they went.
func TestChallenge(t *testing.T) {
	claim, err := attest.Verify(vector(t)["evidence"], options(t))
	if err != nil {
		t.Fatal(err)
	}
	one, answer, err := claim.Challenge(rand.Reader)
	if err != nil || len(answer) != 32 {
		t.Fatal(err)
	}
	two, other, err := claim.Challenge(rand.Reader)
	if err != nil || bytes.Equal(one, two) || bytes.Equal(answer, other) {
		t.Errorf("the same challenge twice (%v)", err)
	}
	if object, secret, err := attest.ParseChallenge(one); err != nil || len(object)+len(secret)+4 != len(one) {
		t.Errorf("parts of %d and %d bytes (%v)", len(object), len(secret), err)
	}
	if _, _, err := claim.Challenge(bytes.NewReader(nil)); err == nil {
		t.Error("a challenge without randomness")
	}
}

// FuzzVerify: whatever the bytes, the hub answers; what it takes for evidence is written back the same, and only what the
// vector's TPM signed verifies.
func FuzzVerify(f *testing.F) {
	v, opts := vector(f), options(f)
	f.Add(v["evidence"])
	f.Add(v["evidence"][:400])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := attest.Verify(b, opts); err == nil && !bytes.Equal(b, v["evidence"]) {
			t.Errorf("forged: %x", b)
		}
		e, err := attest.Parse(b)
		if err != nil {
			if !errors.Is(err, attest.ErrMalformed) {
				t.Errorf("an error of another kind: %v", err)
			}
			return
		}
		if again, err := e.Marshal(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x comes back as %x (%v)", b, again, err)
		}
	})
}

// FuzzChallenge: whatever the bytes, the room answers.
func FuzzChallenge(f *testing.F) {
	f.Add([]byte{0, 1, 2, 0, 1, 3})
	f.Add([]byte{0, 2, 2})
	f.Fuzz(func(t *testing.T, b []byte) {
		object, secret, err := attest.ParseChallenge(b)
		if err == nil && len(object)+len(secret)+4 != len(b) {
			t.Errorf("%x is parts of %d and %d bytes", b, len(object), len(secret))
		}
	})
}
