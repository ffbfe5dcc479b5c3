// Package keystoretest is the suite that every keystore backend must pass.
//
// A backend's own test calls Run with two ways to open it; what is particular to the backend (damaged files, a TPM that
// is gone) is tested beside the backend.
package keystoretest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"greenroom/keystore"
)

// Backend is what the suite needs of a backend.
type Backend struct {
	// Open opens one and the same store each time; the suite closes it in between. The first call makes it.
	Open func(t *testing.T) keystore.Store
	// Other opens the store of another device.
	Other func(t *testing.T) keystore.Store
	// Roots are those who vouch for the TPM that the store is in. nil: it is in none.
	Roots *x509.CertPool
}

// Run runs the suite. makeBackend is called once a test, and gives a backend whose stores nobody else uses.
func Run(t *testing.T, makeBackend func(t *testing.T) Backend) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Backend)
	}{
		{"the identity signs what the public key verifies", signs},
		{"only SHA-256 digests are signed", signsDigestsOnly},
		{"the public key is a point that the caller may keep", publicKey},
		{"info describes the store and nothing secret", info},
		{"a secret opens again", opens},
		{"a secret opens for its purpose only", bindsPurpose},
		{"a secret opens on its device only", bindsDevice},
		{"a damaged secret does not open", refusesDamage},
		{"senseless arguments are refused", refusesArguments},
		{"identity and secrets outlive the process", persists},
		{"two stores have two identities", differs},
		{"the counter counts up by one, over restarts too", counts},
		{"several goroutines may count", countsTogether},
		{"the identity is attested, or the store says that it can't be", attests},
		{"a closed store does nothing", closes},
		{"several goroutines may use it", concurrent},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, makeBackend(t)) })
	}
}

// opened opens a store that the test's end closes.
func opened(t *testing.T, open func(*testing.T) keystore.Store) keystore.Store {
	t.Helper()
	s := open(t)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func mustSign(t *testing.T, s keystore.Store, message string) []byte {
	t.Helper()
	digest := sha256.Sum256([]byte(message))
	sig, err := s.Identity().Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		t.Fatalf("sign: %v", err)
	}
	return sig
}

func mustSeal(t *testing.T, s keystore.Store, purpose string, plaintext []byte) []byte {
	t.Helper()
	sealed, err := s.Seal(purpose, plaintext)
	if err != nil {
		t.Fatalf("seal: %v", err)
	}
	return sealed
}

func verifies(t *testing.T, public, sig []byte, message string) bool {
	t.Helper()
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), public)
	if err != nil {
		t.Fatalf("public key %x: %v", public, err)
	}
	digest := sha256.Sum256([]byte(message))
	return ecdsa.VerifyASN1(key, digest[:], sig)
}

func signs(t *testing.T, b Backend) {
	s := opened(t, b.Open)
	sig := mustSign(t, s, "announcement")
	if !verifies(t, s.Identity().PublicKeyBytes(), sig, "announcement") {
		t.Error("the signature does not verify")
	}
	if verifies(t, s.Identity().PublicKeyBytes(), sig, "another announcement") {
		t.Error("the signature verifies for another message")
	}
}

func signsDigestsOnly(t *testing.T, b Backend) {
	s := opened(t, b.Open)
	digest := sha256.Sum256(nil)
	for name, try := range map[string]struct {
		digest []byte
		opts   crypto.SignerOpts
	}{
		"a short digest":  {digest[:31], crypto.SHA256},
		"a long digest":   {append(digest[:], 0), crypto.SHA256},
		"another hash":    {digest[:], crypto.SHA384},
		"no hash":         {digest[:], crypto.Hash(0)},
		"nothing to sign": {nil, crypto.SHA256},
		"no options":      {digest[:], nil},
	} {
		if _, err := s.Identity().Sign(nil, try.digest, try.opts); !errors.Is(err, keystore.ErrRefused) {
			t.Errorf("%s: got %v, want ErrRefused", name, err)
		}
	}
}

func publicKey(t *testing.T, b Backend) {
	id := opened(t, b.Open).Identity()
	point := id.PublicKeyBytes()
	if len(point) != 65 || point[0] != 4 {
		t.Fatalf("public key %x: want an uncompressed point of 65 bytes", point)
	}
	key, ok := id.Public().(*ecdsa.PublicKey)
	if !ok {
		t.Fatalf("Public gives a %T, want *ecdsa.PublicKey", id.Public())
	}
	same, err := key.Bytes()
	if err != nil || !bytes.Equal(same, point) {
		t.Errorf("Public gives %x (%v), PublicKeyBytes %x", same, err, point)
	}
	clear(point)
	if !bytes.Equal(id.PublicKeyBytes(), same) {
		t.Error("changing the returned bytes changed the key")
	}
}

func info(t *testing.T, b Backend) {
	s := opened(t, b.Open)
	got := s.Info()
	if want := keystore.Fingerprint(s.Identity().PublicKeyBytes()); got.Fingerprint != want {
		t.Errorf("fingerprint %q, want %q", got.Fingerprint, want)
	}
	if got.Backend == "" || got.Protection == "" || got.DeviceID == [16]byte{} || got.Created.IsZero() {
		t.Errorf("info is not complete: %+v", got)
	}
}

// secrets are plaintexts of all sizes that may matter.
func secrets() [][]byte {
	return [][]byte{{}, {0}, []byte("token"), bytes.Repeat([]byte{0xa5}, 32), bytes.Repeat([]byte("x"), keystore.MaxSecret)}
}

func opens(t *testing.T, b Backend) {
	s := opened(t, b.Open)
	for _, secret := range secrets() {
		sealed := mustSeal(t, s, "hub token", secret)
		got, err := s.Unseal("hub token", sealed)
		if err != nil || !bytes.Equal(got, secret) {
			t.Errorf("a secret of %d bytes came back as %d bytes (%v)", len(secret), len(got), err)
		}
		if len(secret) > 4 && bytes.Contains(sealed, secret[:5]) {
			t.Errorf("the sealed bytes show the secret of %d bytes", len(secret))
		}
		if again := mustSeal(t, s, "hub token", secret); bytes.Equal(again, sealed) {
			t.Errorf("a secret of %d bytes sealed twice gives the same bytes", len(secret))
		}
	}
}

func bindsPurpose(t *testing.T, b Backend) {
	s := opened(t, b.Open)
	sealed := mustSeal(t, s, "hub token", []byte("secret"))
	for _, purpose := range []string{"hub", "hub token ", "Hub token", "relay token", strings.Repeat("p", keystore.MaxPurpose)} {
		if _, err := s.Unseal(purpose, sealed); !errors.Is(err, keystore.ErrSealed) {
			t.Errorf("purpose %q: got %v, want ErrSealed", purpose, err)
		}
	}
}

func bindsDevice(t *testing.T, b Backend) {
	s, other := opened(t, b.Open), opened(t, b.Other)
	sealed := mustSeal(t, s, "hub token", []byte("secret"))
	if _, err := other.Unseal("hub token", sealed); !errors.Is(err, keystore.ErrSealed) {
		t.Errorf("another device: got %v, want ErrSealed", err)
	}
}

func refusesDamage(t *testing.T, b Backend) {
	s := opened(t, b.Open)
	sealed := mustSeal(t, s, "hub token", []byte("secret"))
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := s.Unseal("hub token", bad); !errors.Is(err, keystore.ErrSealed) {
			t.Errorf("byte %d flipped: got %v, want ErrSealed", i, err)
		}
		if _, err := s.Unseal("hub token", sealed[:i]); !errors.Is(err, keystore.ErrSealed) {
			t.Errorf("cut to %d bytes: got %v, want ErrSealed", i, err)
		}
	}
	if _, err := s.Unseal("hub token", append(bytes.Clone(sealed), 0)); !errors.Is(err, keystore.ErrSealed) {
		t.Errorf("one byte more: got %v, want ErrSealed", err)
	}
}

func refusesArguments(t *testing.T, b Backend) {
	s := opened(t, b.Open)
	sealed := mustSeal(t, s, "p", nil)
	for _, purpose := range []string{"", strings.Repeat("p", keystore.MaxPurpose+1)} {
		if _, err := s.Seal(purpose, nil); !errors.Is(err, keystore.ErrRefused) {
			t.Errorf("seal for a purpose of %d bytes: got %v, want ErrRefused", len(purpose), err)
		}
		if _, err := s.Unseal(purpose, sealed); !errors.Is(err, keystore.ErrRefused) {
			t.Errorf("unseal for a purpose of %d bytes: got %v, want ErrRefused", len(purpose), err)
		}
	}
	if _, err := s.Seal("p", make([]byte, keystore.MaxSecret+1)); !errors.Is(err, keystore.ErrRefused) {
		t.Errorf("a secret that is too long: got %v, want ErrRefused", err)
	}
	if _, err := s.Unseal("p", make([]byte, 2*keystore.MaxSecret)); !errors.Is(err, keystore.ErrSealed) {
		t.Errorf("sealed bytes that are too long: got %v, want ErrSealed", err)
	}
}

func persists(t *testing.T, b Backend) {
	s := b.Open(t)
	point, first := s.Identity().PublicKeyBytes(), s.Info()
	sealed := mustSeal(t, s, "hub token", []byte("secret"))
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	s = opened(t, b.Open)
	if !bytes.Equal(s.Identity().PublicKeyBytes(), point) {
		t.Fatal("another identity came back")
	}
	again := s.Info()
	if again.Fingerprint != first.Fingerprint || again.DeviceID != first.DeviceID ||
		!again.Created.Equal(first.Created) || again.Protection != first.Protection || again.Backend != first.Backend {
		t.Errorf("info changed from %+v to %+v", first, again)
	}
	if !verifies(t, point, mustSign(t, s, "m"), "m") {
		t.Error("the signature does not verify with the first public key")
	}
	if got, err := s.Unseal("hub token", sealed); err != nil || string(got) != "secret" {
		t.Errorf("the secret came back as %q (%v)", got, err)
	}
}

func differs(t *testing.T, b Backend) {
	s, other := opened(t, b.Open), opened(t, b.Other)
	if bytes.Equal(s.Identity().PublicKeyBytes(), other.Identity().PublicKeyBytes()) {
		t.Error("two devices have the same identity key")
	}
	if s.Info().DeviceID == other.Info().DeviceID {
		t.Error("two devices have the same id")
	}
}

func closes(t *testing.T, b Backend) {
	s := b.Open(t)
	id := s.Identity()
	sealed := mustSeal(t, s, "hub token", []byte("secret"))
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
	digest := sha256.Sum256(nil)
	if _, err := id.Sign(nil, digest[:], crypto.SHA256); !errors.Is(err, keystore.ErrClosed) {
		t.Errorf("sign: got %v, want ErrClosed", err)
	}
	if _, err := s.Seal("hub token", nil); !errors.Is(err, keystore.ErrClosed) {
		t.Errorf("seal: got %v, want ErrClosed", err)
	}
	if _, err := s.Unseal("hub token", sealed); !errors.Is(err, keystore.ErrClosed) {
		t.Errorf("unseal: got %v, want ErrClosed", err)
	}
	if _, err := s.Counter(); !errors.Is(err, keystore.ErrClosed) {
		t.Errorf("read the counter: got %v, want ErrClosed", err)
	}
	if _, err := s.Increment(); !errors.Is(err, keystore.ErrClosed) {
		t.Errorf("count: got %v, want ErrClosed", err)
	}
	if _, err := s.Attest(make([]byte, 32)); !errors.Is(err, keystore.ErrClosed) && !errors.Is(err, keystore.ErrNotInTPM) {
		t.Errorf("attest: got %v, want ErrClosed", err)
	}
	if s.Info().Fingerprint != keystore.Fingerprint(id.PublicKeyBytes()) {
		t.Error("info and public key are gone")
	}
}

// concurrent is for the race detector; some operations meet the closed store on purpose.
func concurrent(t *testing.T, b Backend) {
	s := b.Open(t)
	errs := make(chan error, 8)
	var begun, done sync.WaitGroup
	for i := range cap(errs) {
		begun.Add(1)
		done.Go(func() { errs <- useUntilClosed(s, fmt.Sprintf("purpose %d", i), begun.Done) })
	}
	begun.Wait()
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	done.Wait()
	close(errs)
	for err := range errs {
		if !errors.Is(err, keystore.ErrClosed) {
			t.Errorf("a goroutine ended with %v, want ErrClosed", err)
		}
	}
}

// useUntilClosed signs, seals and unseals until the first error, and calls begun after the first round.
func useUntilClosed(s keystore.Store, purpose string, begun func()) error {
	digest := sha256.Sum256([]byte(purpose))
	report := sync.OnceFunc(begun)
	defer report()
	for {
		if _, err := s.Identity().Sign(nil, digest[:], crypto.SHA256); err != nil {
			return err
		}
		sealed, err := s.Seal(purpose, digest[:])
		if err != nil {
			return err
		}
		if got, err := s.Unseal(purpose, sealed); err != nil {
			return err
		} else if !bytes.Equal(got, digest[:]) {
			return errors.New("another secret came back")
		}
		_ = s.Info()
		report()
	}
}
