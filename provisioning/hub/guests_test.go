package hub

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"greenroom/meeting/directory"
)

// guestAsks sends one request of a guest, and returns the status and what stood in the answer.
func guestAsks(t *testing.T, h *testHub, key *ecdsa.PrivateKey, path string, body any) (int, []byte) {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	a, err := directory.Sign(key, h.clock.Now(), http.MethodPost, path, data)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+path, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", a.String())
	answer, err := h.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, text
}

type guestJoin struct {
	Number   string `json:"number"`
	Passcode string `json:"passcode"`
	Name     string `json:"name"`
}

// guestHub is a hub that lets guests in.
func guestHub(t *testing.T) *testHub {
	h := startHub(t)
	h.cfg.Guests.Allowed = true
	h.restart()
	return h
}

func guestTicket(t *testing.T, h *testHub, key *ecdsa.PrivateKey, name string) directory.Ticket {
	t.Helper()
	status, text := guestAsks(t, h, key, "/v1/guests/join", guestJoin{number, passcode, name})
	var ticket directory.Ticket
	if err := json.Unmarshal(text, &ticket); status != http.StatusOK || err != nil {
		t.Fatalf("status %d, %v: %s", status, err, text)
	}
	return ticket
}

func wantRefusal(t *testing.T, status int, text []byte, code string) {
	t.Helper()
	var refusal struct{ Code, Message string }
	if err := json.Unmarshal(text, &refusal); err != nil || status == http.StatusOK || refusal.Code != code || refusal.Message == "" {
		t.Errorf("status %d, %s (%v), want the code %s", status, text, err, code)
	}
}

func TestGuestGetsAPlace(t *testing.T) {
	h := guestHub(t)
	key := newKey(t)
	ticket := guestTicket(t, h, key, "Mika")
	s, err := ticket.OpenStatement()
	if err != nil {
		t.Fatal(err)
	}
	if s.Role.String() != "participant" || s.Organisation || s.Name != "Mika" || !bytes.Equal(s.IdentityKey, publicBytes(t, key)) {
		t.Errorf("the statement is %+v", s)
	}
	place := map[string]string{"instance": ticket.Instance.String(), "participant": ticket.Participant.String()}
	if status, text := guestAsks(t, h, key, "/v1/guests/renew", place); status != http.StatusOK || !strings.Contains(string(text), "relay_token") {
		t.Errorf("renew: %d %s", status, text)
	}
	status, text := guestAsks(t, h, newKey(t), "/v1/guests/renew", place)
	wantRefusal(t, status, text, directory.CodeMeetingOver) // somebody else's place
	if status, text := guestAsks(t, h, key, "/v1/guests/leave", place); status != http.StatusOK {
		t.Errorf("leave: %d %s", status, text)
	}
	status, text = guestAsks(t, h, key, "/v1/guests/renew", place)
	wantRefusal(t, status, text, directory.CodeMeetingOver)
}

// A guest is no room: it can start no meeting, and call nobody.
func TestGuestsAskForNothingElse(t *testing.T) {
	h := guestHub(t)
	for _, path := range []string{"/v1/meetings/now", "/v1/meetings/join", "/v1/calls/place"} {
		status, text := guestAsks(t, h, newKey(t), path, map[string]string{})
		wantRefusal(t, status, text, directory.CodeRoomUnknown)
	}
	status, text := guestAsks(t, h, h.keys["Aspen"], "/v1/guests/join", guestJoin{number, passcode, "Mika"})
	wantRefusal(t, status, text, directory.CodeBadRequest)
}

func TestGuestsAreOffByDefault(t *testing.T) {
	h := startHub(t)
	status, text := guestAsks(t, h, newKey(t), "/v1/guests/join", guestJoin{number, passcode, "Mika"})
	wantRefusal(t, status, text, directory.CodeGuestsOff)
}

func TestGuestNamesAreCleaned(t *testing.T) {
	h := guestHub(t)
	for typed, want := range map[string]string{
		"  Mika\tvan\nDijk ":          "Mika van Dijk",
		"a\u202ename\u200b\u2066":     "aname",
		"Mi\u200dka":                  "Mika", // the same as without
		"👩\u200d👧 Bu\u0308ro":         "👩👧 Büro",
		"<script>alert(1)</script>":   "<script>alert(1)</script>", // text like any other
		strings.Repeat("\u00e4", 100): strings.Repeat("\u00e4", 64),
	} {
		s, err := guestTicket(t, h, newKey(t), typed).OpenStatement()
		if err != nil || s.Name != want {
			t.Errorf("%q became %q, %v; want %q", typed, s.Name, err, want)
		}
	}
	for _, typed := range []string{"", " ", "\u200b\u202e", "\u3164", strings.Repeat("x", 10_000)} {
		status, text := guestAsks(t, h, newKey(t), "/v1/guests/join", guestJoin{number, passcode, typed})
		wantRefusal(t, status, text, directory.CodeBadRequest)
	}
}

// Whoever takes another key for each try is slowed down all the same, and is let in once the wait is over.
func TestGuestsGuessSlowly(t *testing.T) {
	h := guestHub(t)
	slowed := 0
	for range 10 {
		status, _ := guestAsks(t, h, newKey(t), "/v1/guests/join", guestJoin{number, "000000", "Mika"})
		switch status {
		case http.StatusForbidden:
		case http.StatusTooManyRequests:
			slowed++
		default:
			t.Errorf("status %d", status)
		}
	}
	if slowed != 4 {
		t.Errorf("of ten guesses %d were slowed down, want 4: five are free, and the wait begins after the sixth", slowed)
	}
	status, text := guestAsks(t, h, newKey(t), "/v1/guests/join", guestJoin{number, passcode, "Mika"})
	wantRefusal(t, status, text, directory.CodeTooManyTries)
	h.clock.advance(6 * time.Second)
	guestTicket(t, h, newKey(t), "Mika")
}
