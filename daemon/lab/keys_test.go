package lab

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"greenroom/daemon/room"
	"greenroom/keystore"
	"greenroom/keystore/custody"
	"greenroom/keystore/tpm"
	"greenroom/meeting/directory"
)

// Real rooms change their identity keys, and a real hub goes along.

// roomKey is a command about the key; every test of the lab is as root, or as the daemon's own user.
func roomKey(do room.CommandName, text string) room.Command { return room.Command{Do: do, Text: text} }

// settled reports whether the room has another key than before, that the hub knows.
func settled(before room.State) func(room.State) bool {
	return func(s room.State) bool {
		return idle(s) && s.Identity.Fingerprint != "" && s.Identity.Fingerprint != before.Identity.Fingerprint && s.Identity.Next == nil
	}
}

func keyIn(backend string) func(room.State) bool {
	return func(s room.State) bool { return idle(s) && s.Identity.Backend == backend }
}

// parts ends the meeting of two rooms.
func parts(t testing.TB, ctx context.Context, rooms ...*Room) {
	t.Helper()
	for _, r := range rooms {
		do(t, ctx, r, room.Command{Do: room.CommandLeave})
		await(t, ctx, r, "the end", idle)
	}
}

// TestKeysRotateAndMove: a room in a TPM and one in a file meet, change their keys and where these are, and meet each time
// again, without anybody doing anything at the hub. In a meeting no key is changed.
func TestKeysRotateAndMove(t *testing.T) {
	inTPM := small(aspenSpec)
	inTPM.TPM = true
	ctx, l := newLab(t, []RoomSpec{inTPM, small(birchSpec)}, "Aspen", "Birch")
	aspen, birch := l.Room("Aspen"), l.Room("Birch")
	first := await(t, ctx, aspen, "its key in the TPM", keyIn("tpm"))
	await(t, ctx, birch, "its key in a file", keyIn("file"))
	meet(t, ctx, aspen, birch)
	var refusal *room.Refusal
	if err := aspen.Do(ctx, roomKey(room.CommandKeyRotate, "")); !errors.As(err, &refusal) || refusal.Code != room.CodeInMeeting {
		t.Errorf("a new key in a meeting: %v", err)
	}
	parts(t, ctx, birch, aspen)

	do(t, ctx, aspen, roomKey(room.CommandKeyRotate, ""))
	second := await(t, ctx, aspen, "a new key", settled(first))
	if second.Identity.Backend != "tpm" || second.Identity.PublicKey == first.Identity.PublicKey {
		t.Errorf("rotated to %+v", second.Identity)
	}
	was := await(t, ctx, birch, "to be idle", idle)
	do(t, ctx, birch, roomKey(room.CommandKeyRotate, ""))
	await(t, ctx, birch, "a new key", settled(was))
	meet(t, ctx, aspen, birch)
	parts(t, ctx, birch, aspen)

	do(t, ctx, aspen, roomKey(room.CommandKeyMove, "file"))
	third := await(t, ctx, aspen, "its key in a file", settled(second))
	if third.Identity.Backend != "file" || third.Identity.Protection != keystore.ProtectionCredential {
		t.Errorf("moved to %+v", third.Identity)
	}
	do(t, ctx, aspen, roomKey(room.CommandKeyMove, "tpm"))
	fourth := await(t, ctx, aspen, "its key in the TPM again", settled(third))

	// All of it lasts: the hub's configuration still names the first key of each.
	if err := l.Hub.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := aspen.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.Hub.Start(ctx), aspen.Start(ctx)); err != nil {
		t.Fatal(err)
	}
	again := await(t, ctx, aspen, "to be idle", idle)
	if again.Identity.Fingerprint != fourth.Identity.Fingerprint || again.Identity.Backend != "tpm" {
		t.Errorf("after a restart the key is %+v, want %+v", again.Identity, fourth.Identity)
	}
	meet(t, ctx, birch, aspen)
}

// TestNewKeyWhileTheHubIsAway: the new key waits, through a restart of the room too; the room goes on with the old one, and
// says so. When the hub is back, it comes into use by itself.
func TestNewKeyWhileTheHubIsAway(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{small(aspenSpec), small(birchSpec)}, "Aspen", "Birch")
	aspen, birch := l.Room("Aspen"), l.Room("Birch")
	first := await(t, ctx, aspen, "the hub", func(s room.State) bool { return idle(s) && s.Hub.State == room.HubUp })
	l.Hub.Kill()
	do(t, ctx, aspen, roomKey(room.CommandKeyRotate, ""))
	waits := func(s room.State) bool { return idle(s) && s.Identity.Next != nil && s.Identity.Next.Text != "" }
	waiting := await(t, ctx, aspen, "a key that waits, and why", waits)
	if waiting.Identity.Fingerprint != first.Identity.Fingerprint {
		t.Errorf("the room has the key %s before the hub knows it", waiting.Identity.Fingerprint)
	}
	aspen.Kill() // as a power cut would
	if err := aspen.Start(ctx); err != nil {
		t.Fatal(err)
	}
	still := await(t, ctx, aspen, "the key that waits", waits)
	if still.Identity.Next.Fingerprint != waiting.Identity.Next.Fingerprint {
		t.Errorf("another key waits: %+v, then %+v", waiting.Identity.Next, still.Identity.Next)
	}
	if err := l.Hub.Start(ctx); err != nil {
		t.Fatal(err)
	}
	second := await(t, ctx, aspen, "the new key", settled(first))
	if second.Identity.Fingerprint != waiting.Identity.Next.Fingerprint {
		t.Errorf("the key is %+v, and %+v waited", second.Identity, waiting.Identity.Next)
	}
	meet(t, ctx, aspen, birch)
}

// TestAcknowledgementIsLost: the hub has taken the new key, and the room did not hear of it. It finds out by itself, before
// anybody is kept out.
func TestAcknowledgementIsLost(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{small(aspenSpec), small(birchSpec)}, "Birch")
	aspen, birch := l.Room("Aspen"), l.Room("Birch")
	next := acknowledgeUnheard(t, ctx, l, aspen)
	if err := aspen.Start(ctx); err != nil {
		t.Fatal(err)
	}
	s := await(t, ctx, aspen, "the new key", func(s room.State) bool { return idle(s) && s.Identity.Fingerprint == next })
	if s.Identity.Next != nil || len(s.Faults) > 0 {
		t.Errorf("the room is %+v with the faults %+v", s.Identity, s.Faults)
	}
	meet(t, ctx, birch, aspen)
}

// acknowledgeUnheard has a room that does not run make a new key, and the hub know it; the answer goes nowhere.
func acknowledgeUnheard(t *testing.T, ctx context.Context, l *Lab, r *Room) (next string) {
	t.Helper()
	v := openVault(t, r)
	defer v.Close()
	statement := must[[]byte](t)(v.Rotate(""))
	client := must[*directory.Client](t)(directory.NewClient(directory.ClientConfig{
		URL: l.Hub.URL, HTTP: trusting(t, l.Hub.CA), Signer: v.Identity(),
	}))
	key := must[[]byte](t)(client.Succeed(ctx, statement))
	if keystore.Fingerprint(key) != v.Info().NextFingerprint {
		t.Errorf("the hub acknowledged %s, want %s", keystore.Fingerprint(key), v.Info().NextFingerprint)
	}
	return v.Info().NextFingerprint
}

// trusting returns an HTTP client that trusts one certificate.
func trusting(t *testing.T, certificate string) *http.Client {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(must[[]byte](t)(os.ReadFile(certificate))) {
		t.Fatalf("%s holds no certificate", certificate)
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
}

// openVault opens the keystore of a room that does not run, as its daemon does.
func openVault(t *testing.T, r *Room) *custody.Vault {
	t.Helper()
	return must[*custody.Vault](t)(custody.Open(filepath.Join(r.StateDir(), "keystore"), custody.Options{
		TPM: tpm.Options{Device: r.tpmSocket()},
		File: func() (keystore.FileOptions, error) {
			secret, err := os.ReadFile(filepath.Join(r.credentials(), "greenroom.keystore-key"))
			return keystore.FileOptions{Credential: secret}, err
		},
	}))
}

// TestRoomFromAnOldBackup: a room whose key was followed by one that it does not have says so, and is refused.
func TestRoomFromAnOldBackup(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{small(aspenSpec)})
	aspen := l.Room("Aspen")
	dir := filepath.Join(aspen.StateDir(), "keystore")
	if err := os.CopyFS(dir+".backup", os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	acknowledgeUnheard(t, ctx, l, aspen)
	if err := errors.Join(os.RemoveAll(dir), os.Rename(dir+".backup", dir), closeUp(dir)); err != nil {
		t.Fatal(err)
	}
	if err := aspen.Start(ctx); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, aspen, "the fault", hasFault(room.FaultKeySucceeded))
	do(t, ctx, aspen, room.Command{Do: room.CommandMeetNow})
	await(t, ctx, aspen, "the refusal", refusedWith(room.CodeKeySucceeded))
}

// closeUp takes from others the rights that a copy gave them.
func closeUp(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return os.Chmod(path, 0o600)
	})
}

// TestKeyIsGivenUp: only for who types the room's name. Then the room is a stranger to its hub, until the hub is given the
// new key; the old keystore is set aside.
func TestKeyIsGivenUp(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{small(aspenSpec), small(birchSpec)}, "Aspen", "Birch")
	aspen, birch := l.Room("Aspen"), l.Room("Birch")
	first := await(t, ctx, aspen, "the hub", func(s room.State) bool { return idle(s) && s.Hub.State == room.HubUp })
	var refusal *room.Refusal
	if err := aspen.Do(ctx, roomKey(room.CommandKeyReset, "Birch")); !errors.As(err, &refusal) || refusal.Code != room.CodeNameWrong {
		t.Errorf("with another name: %v", err)
	}
	do(t, ctx, aspen, roomKey(room.CommandKeyReset, "Aspen"))
	second := await(t, ctx, aspen, "a new key, and the hub's word", func(s room.State) bool {
		return settled(first)(s) && hasFault(room.FaultRoomUnknown)(s)
	})
	aside, err := filepath.Glob(filepath.Join(aspen.StateDir(), "keystore.aside-*"))
	if err != nil || len(aside) != 1 {
		t.Errorf("set aside: %q (%v)", aside, err)
	}

	// What IT does.
	key := must[[]byte](t)(base64.StdEncoding.DecodeString(second.Identity.PublicKey))
	aspen.entry[0]["key"] = base64.StdEncoding.EncodeToString(key)
	if err := errors.Join(l.Hub.Stop(), l.Hub.configure(strings.TrimPrefix(l.Hub.URL, "https://")), l.Hub.Start(ctx)); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, aspen, "to be known", func(s room.State) bool { return idle(s) && !hasFault(room.FaultRoomUnknown)(s) })
	meet(t, ctx, aspen, birch)
}

// TestDamagedKeyIsGivenUp: what cannot be opened can be given up too, while the daemon waits for somebody to mend it.
func TestDamagedKeyIsGivenUp(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{small(aspenSpec)})
	aspen := l.Room("Aspen")
	files := must[[]string](t)(filepath.Glob(filepath.Join(aspen.StateDir(), "keystore", "identity-1", "identity-*")))
	for _, f := range files {
		if err := os.WriteFile(f, []byte("damaged"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := aspen.Start(ctx); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, aspen, "the fault", hasFault(room.FaultKeystoreCorrupt))
	do(t, ctx, aspen, roomKey(room.CommandKeyReset, "Aspen"))
	s := await(t, ctx, aspen, "a new key", func(s room.State) bool { return idle(s) && s.Identity.Fingerprint != "" })
	if hasFault(room.FaultKeystoreCorrupt)(s) {
		t.Errorf("the faults are %+v", s.Faults)
	}
}
