package hub

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"greenroom/meeting/directory"
)

func TestWrongNumber(t *testing.T) {
	h := startHub(t)
	_, err := h.room("Aspen", 0).Join(t.Context(), "987654321", passcode)
	refused(t, err, directory.CodeMeetingUnknown, "Check the number")
	_, err = h.room("Aspen", 0).Join(t.Context(), "12", passcode)
	refused(t, err, directory.CodeMeetingUnknown, "9 or 10 digits")
}

func TestWrongPasscode(t *testing.T) {
	h := startHub(t)
	for _, wrong := range []string{"", "246811", passcode + "0", passcode[:5]} {
		_, err := h.room("Aspen", 0).Join(t.Context(), number, wrong)
		refused(t, err, directory.CodePasscodeWrong, "Check it")
	}
	h.join("Aspen")
}

func TestTooManyTriesOfARoom(t *testing.T) {
	h := startHub(t)
	aspen := h.room("Aspen", 0)
	for i := range 5 {
		wrong, code := number, directory.CodePasscodeWrong
		if i%2 == 1 {
			wrong, code = "555555555", directory.CodeMeetingUnknown // numbers are guessed as well as passcodes
		}
		_, err := aspen.Join(t.Context(), wrong, "000000")
		refused(t, err, code)
	}
	var last time.Duration
	for range 8 {
		_, err := aspen.Join(t.Context(), number, passcode) // even the right one has to wait
		refusal := refused(t, err, directory.CodeTooManyTries, "Wait")
		if refusal.RetryAfter < last || refusal.RetryAfter > 16*time.Minute {
			t.Errorf("the wait is %v after %v", refusal.RetryAfter, last)
		}
		last = refusal.RetryAfter
		h.clock.advance(refusal.RetryAfter)
		_, err = aspen.Join(t.Context(), number, "000000")
		refused(t, err, directory.CodePasscodeWrong)
	}
	if last < 10*time.Minute {
		t.Errorf("the waits do not grow: the last one is %v", last)
	}
	h.join("Birch") // others are not held up by Aspen's guesses
	h.restart()
	_, err := h.room("Aspen", 0).Join(t.Context(), number, passcode)
	refused(t, err, directory.CodeTooManyTries) // a restart does not help to guess
	h.clock.advance(time.Hour)
	h.join("Aspen")
}

func TestTooManyTriesAtAMeeting(t *testing.T) {
	h := startHub(t)
	rooms := []string{"Aspen", "Birch", "Guesthouse"}
	held := false
	for i := 0; i < 60 && !held; i++ {
		_, err := h.room(rooms[i%2], 0).Join(t.Context(), number, "000000")
		if err != nil && strings.HasPrefix(err.Error(), "There were too many") {
			_, err = h.room("Guesthouse", 0).Join(t.Context(), number, passcode)
			held = err != nil // a room that has guessed nothing has to wait as well
			h.clock.advance(16 * time.Minute)
		}
	}
	if !held {
		t.Error("the meeting's own limit was never reached")
	}
	h.clock.advance(time.Minute)
	h.join("Guesthouse")
}

func TestUnknownRoom(t *testing.T) {
	h := startHub(t)
	stranger := newKey(t)
	_, err := h.client(stranger, 0).MeetNow(t.Context(), "")
	refused(t, err, directory.CodeRoomUnknown, "Ask IT", directory.Fingerprint(publicBytes(t, stranger)), "rooms")
	_, err = h.client(stranger, 0).Hello(t.Context())
	refused(t, err, directory.CodeRoomUnknown)
}

func TestHello(t *testing.T) {
	h := startHub(t)
	info, err := h.room("Birch", 0).Hello(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if info.Name != "Test hub" || info.Version != "test" || info.Room != "Birch" || !info.Time.Equal(h.clock.Now()) {
		t.Errorf("got %+v", info)
	}
}

func TestClockOff(t *testing.T) {
	h := startHub(t)
	for off, words := range map[time.Duration]string{
		24 * time.Hour: "1 day ahead of the hub's", -24 * time.Hour: "1 day behind the hub's",
		directory.MaxClockSkew + time.Second:  "2 minutes 1 second ahead",
		-directory.MaxClockSkew - time.Second: "2 minutes 1 second behind",
	} {
		_, err := h.room("Aspen", off).Join(t.Context(), number, passcode)
		refusal := refused(t, err, directory.CodeClockWrong, words, "Set the room's clock")
		if !refusal.HubTime.Equal(h.clock.Now()) {
			t.Errorf("the hub's time came as %v, want %v", refusal.HubTime, h.clock.Now())
		}
	}
	for _, off := range []time.Duration{directory.MaxClockSkew - time.Second, time.Second - directory.MaxClockSkew} {
		if _, err := h.room("Aspen", off).Hello(t.Context()); err != nil {
			t.Errorf("a clock off by %v: %v", off, err)
		}
	}
}

// raw is a request as it goes over the wire.
type raw struct {
	method, path, authorization string
	body                        []byte
}

func (h *testHub) signed(method, path, body string) raw {
	h.t.Helper()
	a, err := directory.Sign(h.keys["Aspen"], h.clock.Now(), method, path, []byte(body))
	if err != nil {
		h.t.Fatal(err)
	}
	return raw{method, path, a.String(), []byte(body)}
}

// send returns the status, and the code of a refusal.
func (h *testHub) send(r raw) (status int, code, message string) {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), r.method, h.url+r.path, bytes.NewReader(r.body))
	if err != nil {
		h.t.Fatal(err)
	}
	if r.authorization != "" {
		req.Header.Set("Authorization", r.authorization)
	}
	answer, err := h.http.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	var refusal struct{ Code, Message string }
	if answer.StatusCode != http.StatusOK && answer.Header.Get("Content-Type") == "application/json" {
		if err := json.Unmarshal(data, &refusal); err != nil {
			h.t.Fatalf("%s: %v", data, err)
		}
	}
	return answer.StatusCode, refusal.Code, refusal.Message
}

const joinBody = `{"number":"` + number + `","passcode":"` + passcode + `"}`

func TestReplayedRequest(t *testing.T) {
	h := startHub(t)
	r := h.signed("POST", "/v1/meetings/join", joinBody)
	if status, code, message := h.send(r); status != http.StatusOK {
		t.Fatal(status, code, message)
	}
	again := func(when string) {
		t.Helper()
		if status, code, message := h.send(r); code != directory.CodeSignatureWrong || !strings.Contains(message, "sent before") {
			t.Errorf("%s: %d %s %s", when, status, code, message)
		}
	}
	again("at once")
	h.clock.advance(directory.MaxClockSkew - time.Second)
	again("just within the window")
	h.restart()
	again("after a restart of the hub")
	h.clock.advance(2 * time.Second)
	if status, code, _ := h.send(r); code != directory.CodeClockWrong {
		t.Errorf("after the window: %d %s", status, code)
	}
}

func TestChangedRequest(t *testing.T) {
	h := startHub(t)
	other := strings.Replace(joinBody, number, "987654321", 1)
	for name, change := range map[string]func(*raw){
		"body":   func(r *raw) { r.body = []byte(other) },
		"path":   func(r *raw) { r.path = "/v1/meetings/now" },
		"query":  func(r *raw) { r.path += "?x=1" },
		"method": func(r *raw) { r.method, r.path, r.body = "GET", "/v1/hello", nil },
		"time": func(r *raw) {
			a, _ := directory.ParseAuthorization(r.authorization)
			a.Time = a.Time.Add(time.Millisecond)
			r.authorization = a.String()
		},
		"nonce": func(r *raw) {
			a, _ := directory.ParseAuthorization(r.authorization)
			a.Nonce[0] ^= 1
			r.authorization = a.String()
		},
		"request key": func(r *raw) {
			a, _ := directory.ParseAuthorization(r.authorization)
			a.Request[0] ^= 1
			r.authorization = a.String()
		},
		"mandate's time": func(r *raw) {
			a, _ := directory.ParseAuthorization(r.authorization)
			a.Until = a.Until.Add(time.Millisecond)
			r.authorization = a.String()
		},
		"key": func(r *raw) {
			a, _ := directory.ParseAuthorization(r.authorization)
			a.Key = publicBytes(t, h.keys["Birch"])
			r.authorization = a.String()
		},
	} {
		r := h.signed("POST", "/v1/meetings/join", joinBody)
		change(&r)
		if status, code, message := h.send(r); code != directory.CodeSignatureWrong || status != http.StatusUnauthorized {
			t.Errorf("%s changed: %d %s %s", name, status, code, message)
		}
	}
}

func TestBadRequests(t *testing.T) {
	h := startHub(t)
	unsigned := h.signed("POST", "/v1/meetings/join", joinBody)
	unsigned.authorization = ""
	basic := unsigned
	basic.authorization = "Basic YTpi"
	for name, r := range map[string]raw{
		"no signature":      unsigned,
		"another scheme":    basic,
		"no body":           h.signed("POST", "/v1/meetings/join", ""),
		"not JSON":          h.signed("POST", "/v1/meetings/join", "number=1"),
		"unknown key":       h.signed("POST", "/v1/meetings/join", `{"number":"123456789","passcode":"1","role":"host"}`),
		"two objects":       h.signed("POST", "/v1/meetings/join", joinBody+joinBody),
		"a number":          h.signed("POST", "/v1/meetings/join", `{"number":123456789}`),
		"too long":          h.signed("POST", "/v1/meetings/join", `{"number":"`+strings.Repeat("1", 17<<10)+`"}`),
		"invisible title":   h.signed("POST", "/v1/meetings/now", `{"title":"a`+"\u202e"+`b"}`),
		"ids that are none": h.signed("POST", "/v1/meetings/renew", `{"instance":"1","participant":"2"}`),
		"no such address":   h.signed("POST", "/v1/meetings", "{}"),
		"another method":    h.signed("DELETE", "/v1/meetings/join", ""),
	} {
		status, code, message := h.send(r)
		if code != directory.CodeBadRequest || message == "" || status < 400 || status >= 500 {
			t.Errorf("%s: %d %s %s", name, status, code, message)
		}
	}
}

var logTime = regexp.MustCompile(`(?m)^\{"time":"[^"]*",`)

func TestLogHoldsNoSecret(t *testing.T) {
	h := startHub(t)
	ticket, err := h.room("Aspen", 0).MeetNow(t.Context(), "Quiet title")
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.room("Birch", 0).Join(t.Context(), ticket.Number, "000001")
	refused(t, err, directory.CodePasscodeWrong)
	status, code, _ := h.send(raw{"POST", "/v1/meetings/join", "Greenroom-1 key=" + passcode, []byte(joinBody)})
	if code != directory.CodeBadRequest {
		t.Fatal(status, code)
	}
	h.stop()
	log := logTime.ReplaceAllString(h.log.String(), "{") // whose digits could spell a passcode
	for _, secret := range []string{ticket.Passcode, passcode, secret, ticket.RelayToken, ticket.Number, "Quiet title"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	for line := range strings.Lines(log) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
	if want := fmt.Sprintf("%q:%q", "code", directory.CodePasscodeWrong); !strings.Contains(log, want) {
		t.Errorf("the log does not tell of the wrong passcode (%s)", want)
	}
}

func TestLogNamesTheKeyOfAnUnknownRoom(t *testing.T) {
	h := startHub(t)
	stranger := newKey(t)
	_, err := h.client(stranger, 0).Hello(t.Context())
	refused(t, err, directory.CodeRoomUnknown)
	h.stop()
	if want := base64Key(t, stranger); !strings.Contains(h.log.String(), want) {
		t.Error("the log does not hold the key, which IT needs for the configuration")
	}
}
