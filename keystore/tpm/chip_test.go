package tpm_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"

	"greenroom/keystore"
	"greenroom/keystore/tpm"
	"greenroom/keystore/tpm/tpmtest"
)

// room is a store on a TPM of its own, as the daemon has it.
type room struct {
	chip *tpmtest.TPM
	dir  string
}

func newRoom(t testing.TB) room {
	t.Helper()
	return room{tpmtest.Start(t), filepath.Join(t.TempDir(), "keystore")}
}

// open opens the store until the end of the test.
func (r room) open(t testing.TB) *tpm.Store {
	t.Helper()
	s := open(t, r.dir, r.chip)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// made makes the identity, closes the store and returns the public key.
func (r room) made(t testing.TB) string {
	t.Helper()
	s := open(t, r.dir, r.chip)
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	return string(s.Identity().PublicKeyBytes())
}

// refused opens a store that must not open.
func (r room) refused(t testing.TB, kind error) {
	t.Helper()
	opts := tpm.Options{Device: r.chip.Socket, CreateIfMissing: true, Pause: func(time.Duration) {}}
	s, err := tpm.Open(r.dir, opts)
	if err == nil {
		t.Errorf("it opened; want: %v", kind)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		return
	}
	wantKind(t, err, kind)
}

func wantKind(t testing.TB, err, kind error) {
	t.Helper()
	var e *keystore.Error
	if !errors.Is(err, kind) || !errors.As(err, &e) {
		t.Errorf("got %v, want a *keystore.Error of the kind: %v", err, kind)
	} else if e.Do == "" {
		t.Errorf("it does not say what to do: %v", err)
	}
}

func sign(s *tpm.Store) error {
	digest := sha256.Sum256([]byte("announcement"))
	signature, err := s.Identity().Sign(nil, digest[:], crypto.SHA256)
	if err == nil && !ecdsa.VerifyASN1(s.Identity().Public().(*ecdsa.PublicKey), digest[:], signature) {
		return errors.New("the signature is wrong")
	}
	return err
}

// TestLeavesNothingBehind: a hundred operations of all kinds, refused ones among them, leave no object and no session.
func TestLeavesNothingBehind(t *testing.T) {
	r := newRoom(t)
	wire := r.chip.Wire(t)
	release := tpmtest.Fill(t, wire)
	if n := len(tpmtest.Handles(t, wire)); n != 3 {
		t.Fatalf("this TPM has %d slots, and the test is about one with 3", n)
	}
	r.refused(t, keystore.ErrTPMBusy)
	release()
	s := r.open(t)
	for range 33 {
		if err := sign(s); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Increment(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Counter(); err != nil {
			t.Fatal(err)
		}
	}
	if left := tpmtest.Handles(t, wire); len(left) != 0 {
		t.Errorf("left in the TPM: %#x", left)
	}
}

// TestLeavesNothingBehindAfterErrors: with one slot free the primary fits and the key under it does not.
func TestLeavesNothingBehindAfterErrors(t *testing.T) {
	r := newRoom(t)
	s := r.open(t)
	wire := r.chip.Wire(t)
	release := tpmtest.Fill(t, wire)
	taken := tpmtest.Handles(t, wire)
	if _, err := (tpm2.FlushContext{FlushHandle: taken[0]}).Execute(wire); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		wantKind(t, sign(s), keystore.ErrTPMBusy)
		if left := tpmtest.Handles(t, wire); len(left) != len(taken)-1 {
			t.Fatalf("%d objects are loaded, and another program loaded %d", len(left), len(taken)-1)
		}
	}
	release()
	if err := sign(s); err != nil {
		t.Errorf("after the other program gave its slots back: %v", err)
	}
}

// TestGone: a TPM that is away is told from everything else, and works again when it is back.
func TestGone(t *testing.T) {
	r := newRoom(t)
	point := r.made(t)
	s := open(t, r.dir, r.chip)
	sealed, err := s.Seal("hub token", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	r.chip.Stop(t)
	wantKind(t, sign(s), keystore.ErrTPMGone)
	if _, err := s.Increment(); !errors.Is(err, keystore.ErrTPMGone) {
		t.Errorf("count: %v", err)
	}
	if got, err := s.Unseal("hub token", sealed); err != nil || string(got) != "secret" {
		t.Errorf("unseal without the TPM: %q, %v", got, err)
	}
	r.chip.Start(t)
	if err := sign(s); err != nil {
		t.Errorf("after the TPM came back: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	r.chip.Stop(t)
	r.refused(t, keystore.ErrTPMGone)
	room{r.chip, r.dir + "-new"}.refused(t, keystore.ErrTPMGone)
	r.chip.Start(t)
	if r.made(t) != point {
		t.Error("the identity changed")
	}
}

// TestCleared: TPM2_Clear makes a new owner seed; the old identity can't come back, and no new one is made.
func TestCleared(t *testing.T) {
	r := newRoom(t)
	s := r.open(t)
	clearTPM := tpm2.Clear{AuthHandle: tpm2.AuthHandle{Handle: tpm2.TPMRHLockout, Auth: tpm2.PasswordAuth(nil)}}
	if _, err := clearTPM.Execute(r.chip.Wire(t)); err != nil {
		t.Fatal(err)
	}
	wantKind(t, sign(s), keystore.ErrTPMCleared)
	_, err := s.Counter()
	wantKind(t, err, keystore.ErrTPMCleared)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	r.refused(t, keystore.ErrTPMCleared)
}

// TestReplaced: with another TPM in the machine the files stay as they are, and the old TPM opens them again.
func TestReplaced(t *testing.T) {
	r := newRoom(t)
	point := r.made(t)
	room{tpmtest.Start(t), r.dir}.refused(t, keystore.ErrTPMReplaced)
	if r.made(t) != point {
		t.Error("the identity changed")
	}
	if info := r.open(t).Info(); len(info.Notices) != 0 || info.Generation != 2 {
		t.Errorf("another TPM left its mark: %+v", info)
	}
}

// TestLockout: a program gives wrong passwords until the TPM locks itself. The room does not notice.
func TestLockout(t *testing.T) {
	r := newRoom(t)
	s := r.open(t)
	wire := r.chip.Wire(t)
	lockTPM(t, wire)
	if err := sign(s); err != nil {
		t.Errorf("sign: %v", err)
	}
	if _, err := s.Increment(); err != nil {
		t.Errorf("count: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := sign(r.open(t)); err != nil {
		t.Errorf("open and sign: %v", err)
	}
}

// lockTPM makes a primary that takes part in the protection against dictionary attacks, and gives it wrong passwords.
func lockTPM(t *testing.T, wire transport.TPM) {
	t.Helper()
	template := tpm2.ECCSRKTemplate
	template.ObjectAttributes.NoDA = false
	password := &tpm2.TPMSSensitiveCreate{UserAuth: tpm2.TPM2BAuth{Buffer: []byte("right")}}
	primary, err := tpm2.CreatePrimary{
		PrimaryHandle: tpm2.TPMRHOwner, InSensitive: tpm2.TPM2BSensitiveCreate{Sensitive: password}, InPublic: tpm2.New2B(template),
	}.Execute(wire)
	if err != nil {
		t.Fatal(err)
	}
	guess := tpm2.Create{
		ParentHandle: tpm2.AuthHandle{Handle: primary.ObjectHandle, Name: primary.Name, Auth: tpm2.PasswordAuth([]byte("wrong"))},
		InSensitive:  tpm2.TPM2BSensitiveCreate{Sensitive: &tpm2.TPMSSensitiveCreate{}},
		InPublic:     tpm2.New2B(tpm2.ECCSRKTemplate),
	}
	for {
		_, err := guess.Execute(wire)
		if errors.Is(err, tpm2.TPMRCLockout) {
			break
		}
		if !errors.Is(err, tpm2.TPMRCAuthFail) {
			t.Fatalf("a wrong password gives %v", err)
		}
	}
	if _, err := (tpm2.FlushContext{FlushHandle: primary.ObjectHandle}).Execute(wire); err != nil {
		t.Fatal(err)
	}
}

// TestOwnerPassword: a TPM whose owner hierarchy has a password can't be used, and the error says so.
func TestOwnerPassword(t *testing.T) {
	r := newRoom(t)
	_, err := tpm2.HierarchyChangeAuth{
		AuthHandle: tpm2.AuthHandle{Handle: tpm2.TPMRHOwner, Auth: tpm2.PasswordAuth(nil)},
		NewAuth:    tpm2.TPM2BAuth{Buffer: []byte("owner")},
	}.Execute(r.chip.Wire(t))
	if err != nil {
		t.Fatal(err)
	}
	r.refused(t, keystore.ErrTPMRefused)
}

// TestCounter: it counts by one, outlives store and TPM, and a counter that was deleted is never taken for a new one.
func TestCounter(t *testing.T) {
	r := newRoom(t)
	s := open(t, r.dir, r.chip)
	first, err := s.Counter()
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(3) {
		if got, err := s.Increment(); err != nil || got != first+i+1 {
			t.Fatalf("count: %d, %v; want %d", got, err, first+i+1)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Counter(); !errors.Is(err, keystore.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	r.chip.Stop(t)
	r.chip.Start(t)
	s = r.open(t)
	if got, err := s.Counter(); err != nil || got != first+3 {
		t.Errorf("after a restart: %d, %v; want %d", got, err, first+3)
	}
	deleteCounters(t, r.chip)
	_, err = s.Increment()
	wantKind(t, err, keystore.ErrTPMCleared)
}

// deleteCounters removes all that the owner of the TPM defined.
func deleteCounters(t *testing.T, chip *tpmtest.TPM) {
	t.Helper()
	wire, found := chip.Wire(t), chip.Indices(t)
	if len(found) == 0 {
		t.Fatal("there is no counter")
	}
	for _, index := range found {
		public, err := tpm2.NVReadPublic{NVIndex: index}.Execute(wire)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (tpm2.NVUndefineSpace{
			AuthHandle: tpm2.AuthHandle{Handle: tpm2.TPMRHOwner, Auth: tpm2.PasswordAuth(nil)},
			NVIndex:    tpm2.NamedHandle{Handle: index, Name: public.NVName},
		}).Execute(wire); err != nil {
			t.Fatal(err)
		}
	}
}
