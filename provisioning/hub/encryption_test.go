package hub

import (
	"bytes"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"greenroom/meeting/directory"
	"greenroom/provisioning/hub/config"
	"greenroom/provisioning/hub/store"
)

// The policy says for meetings and for calls whether the hub makes a secret.
func TestPolicyOnEncryption(t *testing.T) {
	const e2ee, enhanced = directory.EncryptionE2EE, directory.EncryptionEnhanced
	for _, policy := range []config.Encryption{{Meetings: e2ee, Calls: e2ee}, {Meetings: enhanced, Calls: e2ee}, {Meetings: e2ee, Calls: enhanced}} {
		h := startHub(t)
		h.stop()
		h.cfg.Encryption = policy
		h.start()
		h.listen("Birch")
		call := h.call("Aspen", "Birch")
		now, err := h.room("Aspen", 0).MeetNow(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		meeting, again := h.join("Aspen"), h.join("Birch")
		for _, c := range []struct {
			what   string
			ticket directory.Ticket
			want   directory.Encryption
		}{{"a call", call.Ticket, policy.Calls}, {"a meeting", now, policy.Meetings}, {"a configured meeting", meeting, policy.Meetings}} {
			if has := c.ticket.Enhanced != nil; has != (c.want == enhanced) {
				t.Errorf("%+v: %s has a secret: %t", policy, c.what, has)
			}
		}
		if !bytes.Equal(meeting.Enhanced, again.Enhanced) {
			t.Error("two rooms in one instance have different secrets")
		}
		if policy.Meetings == enhanced && bytes.Equal(meeting.Enhanced, now.Enhanced) {
			t.Error("two instances have one secret")
		}
		if sealed := h.sealed(call.Ticket.Instance.String()); (sealed != "") != (policy.Calls == enhanced) {
			t.Errorf("%+v: the database holds %q for the call", policy, sealed)
		}
		if w, err := h.room("Birch", 0).Wait(t.Context(), "", ""); err != nil || w.Ringing == nil || w.Ringing.Encryption != policy.Calls {
			t.Errorf("%+v: the callee is told %+v, %v", policy, w.Ringing, err)
		}
	}
}

// sealed reads what the database of the running hub holds as an instance's secret.
func (h *testHub) sealed(instance string) (sealed string) {
	h.t.Helper()
	if err := h.database().QueryRow("SELECT sealed FROM instances WHERE id = $1", instance).Scan(&sealed); err != nil {
		h.t.Fatal(err)
	}
	return sealed
}

// database opens the database of the running hub beside it.
func (h *testHub) database() *sql.DB {
	h.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(h.cfg.StateDir, store.FileName)+"?_pragma=busy_timeout(5000)")
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = db.Close() })
	return db
}

// An instance keeps what it began with, across restarts and changes of the policy, until it ends.
func TestAnInstanceKeepsItsSecret(t *testing.T) {
	h := startHub(t)
	h.stop()
	h.cfg.Encryption.Meetings = directory.EncryptionEnhanced
	h.start()
	aspen := h.join("Aspen")
	h.stop()
	h.cfg.Encryption.Meetings = directory.EncryptionE2EE
	h.start()
	birch := h.join("Birch")
	if aspen.Instance != birch.Instance || !bytes.Equal(aspen.Enhanced, birch.Enhanced) || len(birch.Enhanced) != directory.EnhancedSize {
		t.Error("the second room has not the secret of the instance")
	}
	for name, ticket := range map[string]directory.Ticket{"Aspen": aspen, "Birch": birch} {
		if err := h.room(name, 0).Leave(t.Context(), ticket); err != nil {
			t.Fatal(err)
		}
	}
	if sealed := h.sealed(aspen.Instance.String()); sealed != "" {
		t.Error("the secret outlives its instance")
	}
	if next := h.join("Aspen"); next.Enhanced != nil {
		t.Error("the next instance has a secret against the policy")
	}
}

// A secret that was changed in the database, or comes from another instance, is not handed out.
func TestAChangedSecretIsNotHandedOut(t *testing.T) {
	h := startHub(t)
	h.listen("Birch")
	call := h.call("Aspen", "Birch")
	other := strings.Repeat("ab", 12+directory.EnhancedSize+16)
	if _, err := h.database().Exec("UPDATE instances SET sealed = $1 WHERE id = $2", other, call.Ticket.Instance.String()); err != nil {
		t.Fatal(err)
	}
	_, err := h.room("Birch", 0).AnswerCall(t.Context(), call.Call)
	refused(t, err, directory.CodeHubFault)
	if !strings.Contains(h.log.String(), "does not open") {
		t.Error("the log does not say why")
	}
}

// The secret is in the tickets and nowhere else: not in the log, the database, or what prints a ticket.
func TestTheSecretDoesNotShow(t *testing.T) {
	h := startHub(t)
	h.listen("Birch")
	call := h.call("Aspen", "Birch")
	secret := call.Ticket.Enhanced
	printed := fmt.Sprintf("%v %+v %#v %x %s %#v %+v", call.Ticket, call, call.Ticket, secret, secret, secret, call.Ticket)
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("a call", "ticket", call.Ticket, "secret", secret)
	encoded, err := json.Marshal(map[string]any{"secret": secret})
	if err != nil {
		t.Fatal(err)
	}
	h.stop()
	files, err := filepath.Glob(filepath.Join(h.cfg.StateDir, "*"))
	if err != nil || len(files) < 4 {
		t.Fatalf("%v, %v", files, err)
	}
	all := []string{printed, string(encoded), logged.String(), h.log.String()}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(data))
	}
	base64, err := json.Marshal([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range all {
		for _, form := range []string{string(secret), hex.EncodeToString(secret), strings.Trim(string(base64), `"`), fmt.Sprint([]byte(secret)), call.Ticket.RelayToken} {
			if strings.Contains(text, form) {
				t.Errorf("the secret shows in %d", i)
			}
		}
	}
}
