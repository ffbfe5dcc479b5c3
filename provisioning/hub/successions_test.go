package hub

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"greenroom/meeting/directory"
	"greenroom/provisioning/hub/store"
)

// What these tests take for a statement: device id, time and both keys, unsigned. That real ones are signed, and how, is
// package keystore/succession's matter; greenroom-hub joins the two, and the lab's tests rotate real keys.
const plainLen = 16 + 8 + 65 + 65

func plain(device byte, at time.Time, older, newer []byte) []byte {
	statement := bytes.Repeat([]byte{device}, 16)
	statement = binary.BigEndian.AppendUint64(statement, uint64(at.Unix()))
	return append(append(statement, older...), newer...)
}

func readPlain(statement, known []byte) (directory.Succession, error) {
	if len(statement) != plainLen || !bytes.Equal(statement[24:24+65], known) {
		return directory.Succession{}, errors.New("it is none of this key")
	}
	s := directory.Succession{Old: statement[24:89], New: statement[89:], Time: time.Unix(int64(binary.BigEndian.Uint64(statement[16:])), 0)}
	copy(s.Device[:], statement)
	return s, nil
}

// statement makes the statement that newer follows the key of a room.
func (h *testHub) statement(room string, newer *ecdsa.PrivateKey) []byte {
	h.t.Helper()
	return plain(1, h.clock.Now(), publicBytes(h.t, h.keys[room]), publicBytes(h.t, newer))
}

// succeed gives a room a new key.
func (h *testHub) succeed(room string) (before *ecdsa.PrivateKey) {
	h.t.Helper()
	before, next := h.keys[room], newKey(h.t)
	key, err := h.room(room, 0).Succeed(h.t.Context(), h.statement(room, next))
	if err != nil || !bytes.Equal(key, publicBytes(h.t, next)) {
		h.t.Fatalf("%s gets a new key: %x, %v", room, key, err)
	}
	h.keys[room] = next
	return before
}

// TestRoomGetsANewKey: everything that the old key had is the new one's, the old one is told so, and a hub that was
// restarted knows it all.
func TestRoomGetsANewKey(t *testing.T) {
	h := startHub(t)
	started, err := h.room("Aspen", 0).MeetNow(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	call := h.listenAndCall("Birch", "Aspen")
	first := h.succeed("Aspen")
	second := h.succeed("Aspen")
	for name, old := range map[string]*ecdsa.PrivateKey{"first": first, "second": second} {
		_, err := h.client(old, 0).Hello(t.Context())
		e := refused(t, err, directory.CodeKeySucceeded, directory.Fingerprint(publicBytes(t, old)), "backup")
		if e.Status != http.StatusForbidden {
			t.Errorf("the %s key: status %d", name, e.Status)
		}
	}
	if _, err := h.room("Aspen", 0).Renew(t.Context(), started); err != nil {
		t.Errorf("the place was lost: %v", err)
	}
	if _, err := h.room("Aspen", 0).AnswerCall(t.Context(), call); err != nil {
		t.Errorf("the call was lost: %v", err)
	}
	h.restart()
	again, err := h.room("Aspen", 0).Join(t.Context(), started.Number, started.Passcode)
	if err != nil || again.Instance != started.Instance {
		t.Fatalf("after a restart: %+v, %v", again.Instance, err)
	}
	s, err := again.OpenStatement()
	if err != nil || s.Role != role(t, started) || !bytes.Equal(s.IdentityKey, publicBytes(t, h.keys["Aspen"])) {
		t.Errorf("the statement says %+v (%v)", s, err)
	}
	info, err := h.room("Aspen", 0).Hello(t.Context())
	if err != nil || info.Room != "Aspen" {
		t.Errorf("hello: %+v, %v", info, err)
	}
	// The configuration may name the newest key too.
	h.stop()
	h.cfg.Rooms[0].Key = base64Key(t, h.keys["Aspen"])
	h.start()
	h.join("Aspen")
}

// listenAndCall lets a room call another one that hears of calls, and returns the call.
func (h *testHub) listenAndCall(from, to string) string {
	h.t.Helper()
	h.listen(to)
	return h.call(from, to).Call
}

func role(t *testing.T, ticket directory.Ticket) any {
	t.Helper()
	s, err := ticket.OpenStatement()
	if err != nil {
		t.Fatal(err)
	}
	return s.Role
}

// TestLostAnswer: the statement may be sent again with the old key, and changes nothing more.
func TestLostAnswer(t *testing.T) {
	h := startHub(t)
	next := newKey(t)
	statement := h.statement("Aspen", next)
	for i := range 3 {
		if i == 2 {
			h.restart()
		}
		key, err := h.room("Aspen", 0).Succeed(t.Context(), statement)
		if err != nil || !bytes.Equal(key, publicBytes(t, next)) {
			t.Fatalf("try %d: %x, %v", i+1, key, err)
		}
	}
	var rows int
	if err := h.database().QueryRow("SELECT COUNT(*) FROM successions").Scan(&rows); err != nil || rows != 1 {
		t.Errorf("%d successions are kept (%v)", rows, err)
	}
}

func TestSuccessionsThatAreRefused(t *testing.T) {
	h := startHub(t)
	older := h.succeed("Aspen")
	now, next := h.clock.Now(), newKey(t)
	aspen, nextKey := publicBytes(t, h.keys["Aspen"]), publicBytes(t, next)
	for name, c := range map[string]struct {
		key       *ecdsa.PrivateKey
		statement []byte
		code      string
	}{
		"a room that nobody knows":     {next, plain(1, now, nextKey, aspen), directory.CodeRoomUnknown},
		"a second successor":           {older, plain(1, now, publicBytes(t, older), nextKey), directory.CodeKeySucceeded},
		"another room's key":           {h.keys["Aspen"], plain(1, now, aspen, publicBytes(t, h.keys["Birch"])), directory.CodeBadRequest},
		"the way back":                 {h.keys["Aspen"], plain(1, now, aspen, publicBytes(t, older)), directory.CodeBadRequest},
		"another device":               {h.keys["Aspen"], plain(2, now, aspen, nextKey), directory.CodeBadRequest},
		"another room's statement":     {h.keys["Birch"], plain(1, now, aspen, nextKey), directory.CodeBadRequest},
		"a statement from the future":  {h.keys["Aspen"], plain(1, now.Add(time.Hour), aspen, nextKey), directory.CodeClockWrong},
		"something else":               {h.keys["Aspen"], []byte("hello"), directory.CodeBadRequest},
		"no statement":                 {h.keys["Aspen"], nil, directory.CodeBadRequest},
		"the key that it is one of":    {h.keys["Aspen"], plain(1, now, aspen, aspen), directory.CodeBadRequest},
		"a statement of long ago (ok)": {h.keys["Birch"], plain(3, now.Add(-time.Hour*1000), publicBytes(t, h.keys["Birch"]), publicBytes(t, newKey(t))), ""},
	} {
		_, err := h.client(c.key, 0).Succeed(t.Context(), c.statement)
		if c.code == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		var refusal *directory.Error
		if !errors.As(err, &refusal) || refusal.Code != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	h.join("Aspen") // with the key that it had before all this
}

// TestSuccessionRequestIsNotReplayed: whoever repeats the request, word for word, is refused.
func TestSuccessionRequestIsNotReplayed(t *testing.T) {
	h := startHub(t)
	r := h.signed("POST", "/v1/rooms/succeed", `{"statement":""}`)
	if status, code, _ := h.send(r); status != http.StatusBadRequest || code != directory.CodeBadRequest {
		t.Errorf("an empty statement: %d %s", status, code)
	}
	next := newKey(t)
	r = h.signed("POST", "/v1/rooms/succeed", `{"statement":"`+base64.StdEncoding.EncodeToString(h.statement("Aspen", next))+`"}`)
	if status, code, _ := h.send(r); status != http.StatusOK {
		t.Fatalf("the first time: %d %s", status, code)
	}
	if status, code, _ := h.send(r); status != http.StatusUnauthorized || code != directory.CodeSignatureWrong {
		t.Errorf("the second time: %d %s", status, code)
	}
}

// TestHubWithoutAVerifier takes no new keys.
func TestHubWithoutAVerifier(t *testing.T) {
	h := startHub(t)
	h.stop()
	h.verifiers = Verifiers{}
	h.start()
	_, err := h.room("Aspen", 0).Succeed(t.Context(), h.statement("Aspen", newKey(t)))
	refused(t, err, directory.CodeBadRequest, "takes no new keys")
}

// TestOtherHubsHearOfNewKeys: a hub on the same store knows a room's new key within a second or so.
func TestOtherHubsHearOfNewKeys(t *testing.T) {
	h := startHub(t)
	st, err := store.Open(t.Context(), filepath.Join(h.cfg.StateDir, store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	rooms, err := h.cfg.DirectoryRooms()
	if err != nil {
		t.Fatal(err)
	}
	other, err := directory.NewService(directory.ServiceConfig{
		Name: "The other hub", StatementKey: key, Store: st, Rooms: rooms, Now: h.clock.Now, Started: h.clock.Now(),
		Relay:  directory.Relay{URL: "ws://127.0.0.1:7880", Key: "key", Secret: secret},
		Policy: directory.Policy{Meetings: directory.EncryptionE2EE, Calls: directory.EncryptionEnhanced},
		Log:    slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	wait.Go(func() { other.Run(ctx) })
	t.Cleanup(func() { cancel(); wait.Wait(); _ = st.Close() })
	hello := func(key *ecdsa.PrivateKey) error {
		c, err := directory.NewClient(directory.ClientConfig{
			URL: "https://other.example.org", HTTP: &http.Client{Transport: inProcess{other.Handler()}}, Signer: key, Now: h.clock.Now,
		})
		if err == nil {
			_, err = c.Hello(ctx)
		}
		return err
	}
	before := h.succeed("Aspen")
	for err := hello(h.keys["Aspen"]); err != nil; err = hello(h.keys["Aspen"]) { // it looks once a second, and tells nobody
		refused(t, err, directory.CodeRoomUnknown)
		time.Sleep(20 * time.Millisecond)
	}
	refused(t, hello(before), directory.CodeKeySucceeded)
}
