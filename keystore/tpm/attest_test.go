package tpm_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-tpm/tpm2"

	"greenroom/keystore"
	"greenroom/keystore/attest"
	"greenroom/keystore/tpm"
	"greenroom/keystore/tpm/tpmtest"
)

func nonce() []byte { return bytes.Repeat([]byte("n"), 32) }

func trust(m *tpmtest.Maker) attest.Options {
	return attest.Options{Roots: m.Roots, Intermediates: m.Intermediates, Nonce: nonce()}
}

func mustAttest(t testing.TB, s keystore.Store) []byte {
	t.Helper()
	evidence, err := s.Attest(nonce())
	if err != nil {
		t.Fatalf("attest: %v", err)
	}
	return evidence
}

// wholeAttestation runs all of it between a room and a hub.
func wholeAttestation(t *testing.T, s keystore.Store, m *tpmtest.Maker) *attest.Claim {
	t.Helper()
	claim, err := attest.Verify(mustAttest(t, s), trust(m))
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	challenge, want, err := claim.Challenge(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := s.Activate(challenge); err != nil || !bytes.Equal(answer, want) {
		t.Fatalf("the answer is %x, want %x (%v)", answer, want, err)
	}
	if !bytes.Equal(claim.Identity[:], s.Identity().PublicKeyBytes()) || len(claim.PCRs) != 8 || len(claim.Policy) != 0 {
		t.Errorf("it claims %x, %d PCRs, policy %x", claim.Identity, len(claim.PCRs), claim.Policy)
	}
	return claim
}

// TestAttest: the room's side and the hub's, with the RSA certificate that swtpm_setup makes and with a P-256 one; three
// slots are enough, and nothing stays in them.
func TestAttest(t *testing.T) {
	certified, setup := tpmtest.StartCertified(t)
	endorsed, maker := tpmtest.Start(t), tpmtest.NewMaker(t)
	maker.Endorse(t, endorsed, nil)
	for name, c := range map[string]struct {
		chip  *tpmtest.TPM
		maker *tpmtest.Maker
	}{"swtpm_setup, RSA 2048": {certified, setup}, "P-256": {endorsed, maker}} {
		t.Run(name, func(t *testing.T) {
			s := room{c.chip, filepath.Join(t.TempDir(), "keystore")}.open(t)
			claim := wholeAttestation(t, s, c.maker)
			if claim.Firmware == 0 {
				t.Error("it does not say which firmware the TPM has")
			}
			if left := tpmtest.Handles(t, c.chip.Wire(t)); len(left) != 0 {
				t.Errorf("left in the TPM: %#x", left)
			}
		})
	}
}

// TestAttestWithoutCertificate: a TPM that nobody vouches for says so.
func TestAttestWithoutCertificate(t *testing.T) {
	s := newRoom(t).open(t)
	_, err := s.Attest(nonce())
	wantKind(t, err, keystore.ErrNoEndorsement)
	_, err = s.Activate([]byte{0, 1, 1, 0, 1, 1})
	wantKind(t, err, keystore.ErrNoEndorsement)
	for _, n := range []int{0, 15, 33} {
		if _, err := s.Attest(make([]byte, n)); !errors.Is(err, keystore.ErrRefused) {
			t.Errorf("a nonce of %d bytes: %v", n, err)
		}
	}
}

// TestChallengeOfAnotherTPM: what was made for another TPM, or changed, does not open; nor does this one after a room took
// another room's evidence for its own.
func TestChallengeOfAnotherTPM(t *testing.T) {
	maker := tpmtest.NewMaker(t)
	one, other := newRoom(t), newRoom(t)
	maker.Endorse(t, one.chip, nil)
	maker.Endorse(t, other.chip, nil)
	s, thief := one.open(t), other.open(t)
	claim, err := attest.Verify(mustAttest(t, s), trust(maker))
	if err != nil {
		t.Fatal(err)
	}
	challenge, _, err := claim.Challenge(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := thief.Activate(challenge); !errors.Is(err, keystore.ErrSealed) {
		t.Errorf("another TPM: %v", err)
	}
	for i := range challenge {
		bad := bytes.Clone(challenge)
		bad[i] ^= 1
		if _, err := s.Activate(bad); !errors.Is(err, keystore.ErrSealed) {
			t.Errorf("byte %d flipped: %v", i, err)
		}
	}
	for _, bad := range [][]byte{nil, challenge[:10], append(bytes.Clone(challenge), 0)} {
		if _, err := s.Activate(bad); !errors.Is(err, keystore.ErrSealed) {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
	}
	if left := tpmtest.Handles(t, one.chip.Wire(t)); len(left) != 0 {
		t.Errorf("left in the TPM: %#x", left)
	}
}

// TestJoinedEvidence: the certificate of one TPM with the keys of another passes Verify, and the challenge then finds it.
func TestJoinedEvidence(t *testing.T) {
	maker := tpmtest.NewMaker(t)
	honest, thief := newRoom(t), newRoom(t)
	maker.Endorse(t, honest.chip, nil)
	maker.Endorse(t, thief.chip, nil)
	h, th := honest.open(t), thief.open(t)
	certified, err := attest.Parse(mustAttest(t, h))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := attest.Parse(mustAttest(t, th))
	if err != nil {
		t.Fatal(err)
	}
	keys.Certificate, keys.EK = certified.Certificate, certified.EK
	joined, err := keys.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	claim, err := attest.Verify(joined, trust(maker))
	if err != nil {
		t.Fatal(err)
	}
	challenge, _, err := claim.Challenge(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*tpm.Store{h, th} {
		if _, err := s.Activate(challenge); !errors.Is(err, keystore.ErrSealed) {
			t.Errorf("it was answered (%v)", err)
		}
	}
}

// TestChain: certificates that the maker left in the TPM reach the hub.
func TestChain(t *testing.T) {
	maker, r := tpmtest.NewMaker(t), newRoom(t)
	maker.Endorse(t, r.chip, nil)
	s := r.open(t)
	evidence, err := attest.Parse(mustAttest(t, s))
	if err != nil {
		t.Fatal(err)
	}
	two := append(bytes.Clone(evidence.Certificate), evidence.Certificate...)
	r.chip.Write(t, 0x01C00100, two[:300]) // a chain goes on in the next index
	r.chip.Write(t, 0x01C00101, append(two[300:], 0xFF, 0xFF, 0xFF))
	evidence, err = attest.Parse(mustAttest(t, s))
	if err != nil {
		t.Fatal(err)
	}
	if len(evidence.Chain) != 2 || !bytes.Equal(evidence.Chain[1], evidence.Certificate) {
		t.Errorf("%d certificates", len(evidence.Chain))
	}
	wholeAttestation(t, s, maker)
}

// TestPCRs: an identity that is bound to PCRs signs, opens and attests as long as they are what they were.
func TestPCRs(t *testing.T) {
	maker, r := tpmtest.NewMaker(t), newRoom(t)
	maker.Endorse(t, r.chip, nil)
	opts := tpm.Options{Device: r.chip.Socket, CreateIfMissing: true, PCRs: []int{7, 23}}
	s, err := tpm.Open(r.dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Info().PCRs; len(got) != 2 || got[0] != 7 || got[1] != 23 {
		t.Errorf("bound to %v", got)
	}
	extend(t, r.chip, 16) // is not asked for
	if err := sign(s); err != nil {
		t.Fatal(err)
	}
	claim, err := attest.Verify(mustAttest(t, s), trust(maker))
	if err != nil || len(claim.Policy) != 32 {
		t.Errorf("policy %x (%v)", claim.Policy, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = r.open(t) // asks for no PCRs: an identity keeps what it was made with
	extend(t, r.chip, 23)
	wantKind(t, sign(s), keystore.ErrTPMPolicy)
	if _, err := s.Increment(); err != nil {
		t.Errorf("the counter is bound to nothing: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	r.refused(t, keystore.ErrTPMPolicy)
	if left := tpmtest.Handles(t, r.chip.Wire(t)); len(left) != 0 {
		t.Errorf("left in the TPM: %#x", left)
	}
	r.chip.Stop(t) // at the next start it has measured nothing yet
	r.chip.Start(t)
	if err := sign(r.open(t)); err != nil {
		t.Errorf("with the PCRs as they were: %v", err)
	}
}

// TestImpossiblePCRs: nothing is made with a selection that no TPM has.
func TestImpossiblePCRs(t *testing.T) {
	r := newRoom(t)
	for _, list := range [][]int{{24}, {-1}} {
		_, err := tpm.Open(r.dir, tpm.Options{Device: r.chip.Socket, CreateIfMissing: true, PCRs: list, Pause: func(time.Duration) {}})
		wantKind(t, err, keystore.ErrRefused)
	}
}

// extend has a register measure something.
func extend(t *testing.T, chip *tpmtest.TPM, register int) {
	t.Helper()
	_, err := tpm2.PCRExtend{
		PCRHandle: tpm2.AuthHandle{Handle: tpm2.TPMHandle(register), Auth: tpm2.PasswordAuth(nil)},
		Digests: tpm2.TPMLDigestValues{Digests: []tpm2.TPMTHA{{
			HashAlg: tpm2.TPMAlgSHA256, Digest: bytes.Repeat([]byte{1}, 32),
		}}},
	}.Execute(chip.Wire(t))
	if err != nil {
		t.Fatal(err)
	}
}

// TestAttestLeavesNothingBehind: where another program leaves too few slots, attesting fails in the middle; what was
// loaded is flushed, and with three slots it works.
func TestAttestLeavesNothingBehind(t *testing.T) {
	maker, r := tpmtest.NewMaker(t), newRoom(t)
	maker.Endorse(t, r.chip, nil)
	s := r.open(t)
	claim, err := attest.Verify(mustAttest(t, s), trust(maker))
	if err != nil {
		t.Fatal(err)
	}
	challenge, _, err := claim.Challenge(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	wire := r.chip.Wire(t)
	release := tpmtest.Fill(t, wire)
	for taken := tpmtest.Handles(t, wire); len(taken) > 0; taken = taken[1:] {
		_, err := s.Attest(nonce())
		wantKind(t, err, keystore.ErrTPMBusy)
		if len(taken) > 1 { // two slots are enough for Activate
			_, err = s.Activate(challenge)
			wantKind(t, err, keystore.ErrTPMBusy)
		}
		if left := tpmtest.Handles(t, wire); len(left) != len(taken) {
			t.Fatalf("%d objects are loaded, and another program loaded %d", len(left), len(taken))
		}
		if _, err := (tpm2.FlushContext{FlushHandle: taken[0]}).Execute(wire); err != nil {
			t.Fatal(err)
		}
	}
	release()
	mustAttest(t, s)
}
