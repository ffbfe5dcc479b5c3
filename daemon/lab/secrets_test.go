package lab

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"greenroom/daemon/room"
)

// TestNoSecretsInLogsAndState: after a meeting and a new key, neither a log nor a State holds what opens a keystore, what
// signs the hub's statements, or the relay's secret, however it is spelt. Keys that never leave a process (meeting keys,
// a room's own scalar) can't be looked for from outside.
func TestNoSecretsInLogsAndState(t *testing.T) {
	inTPM := small(aspenSpec)
	inTPM.TPM = true
	ctx, l := newLab(t, []RoomSpec{inTPM, small(birchSpec)}, "Aspen", "Birch")
	aspen, birch := l.Room("Aspen"), l.Room("Birch")
	secrets := map[string][]byte{"the relay's secret": []byte(l.Relay.Secret())}
	for _, r := range []*Room{aspen, birch} {
		secrets[r.Spec.Name+"'s credential"] = must[[]byte](t)(os.ReadFile(filepath.Join(r.credentials(), "greenroom.keystore-key")))
	}
	block, _ := pem.Decode(must[[]byte](t)(os.ReadFile(filepath.Join(l.Dir, "hub", "state", "statement.pem"))))
	key := must[any](t)(x509.ParsePKCS8PrivateKey(block.Bytes))
	secrets["the hub's statement key"] = key.(ed25519.PrivateKey).Seed()

	join := meet(t, ctx, aspen, birch)
	parts(t, ctx, birch, aspen)
	before := await(t, ctx, birch, "to be idle", idle)
	do(t, ctx, birch, room.Command{Do: room.CommandKeyRotate})
	state := await(t, ctx, birch, "a new key", settled(before))
	texts := map[string][]byte{}
	for _, r := range []*Room{aspen, birch} {
		texts[r.Spec.Name+"'s State"] = must[[]byte](t)(json.Marshal(must[room.State](t)(r.State(ctx))))
	}
	for _, path := range must[[]string](t)(filepath.Glob(filepath.Join(l.Dir, "*.log"))) {
		texts[filepath.Base(path)] = must[[]byte](t)(os.ReadFile(path))
	}
	for where, text := range texts {
		for name, secret := range secrets {
			if found := spelt(text, secret); found != "" {
				t.Errorf("%s holds %s, %s", where, name, found)
			}
		}
		if strings.HasSuffix(where, ".log") && bytes.Contains(text, []byte(join.Passcode)) {
			t.Errorf("%s holds the meeting's passcode", where)
		}
	}
	// That it would be found: the public key stands in the hub's log.
	public := must[[]byte](t)(base64.StdEncoding.DecodeString(state.Identity.PublicKey))
	if spelt(texts["hub.log"], public) == "" {
		t.Error("the search does not find what is there")
	}
}

// spelt says in which spelling a text holds some bytes; "" for none.
func spelt(text, secret []byte) string {
	for name, as := range map[string]string{
		"as it is": string(secret), "in hex": hex.EncodeToString(secret),
		"in base64": base64.RawStdEncoding.EncodeToString(secret), "in base64url": base64.RawURLEncoding.EncodeToString(secret),
	} {
		if bytes.Contains(text, []byte(as)) {
			return name
		}
	}
	return ""
}
