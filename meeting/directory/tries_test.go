package directory

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestPace(t *testing.T) {
	p, now := pace{free: 2, first: 10 * time.Second, max: time.Minute}, time.Unix(1_772_366_400, 0)
	var tries Tries
	for i, want := range []time.Duration{0, 0, 10 * time.Second, 20 * time.Second, 40 * time.Second, time.Minute, time.Minute} {
		tries = p.count(tries, now)
		if got := p.wait(tries, now); got != want {
			t.Errorf("after %d wrong tries the wait is %v, want %v", i+1, got, want)
		}
	}
	if got := p.wait(tries, now.Add(45*time.Second)); got != 15*time.Second {
		t.Errorf("the rest of the wait is %v", got)
	}
	if got := p.wait(tries, now.Add(time.Minute)); got != 0 {
		t.Errorf("the wait is over, and is %v", got)
	}
	if got := p.wait(tries, now.Add(-24*time.Hour)); got != time.Minute {
		t.Errorf("with the clock set back the wait is %v", got)
	}
	if got := p.count(tries, now.Add(triesForgotten)); got.Wrong != 1 {
		t.Errorf("after an hour %d tries are remembered", got.Wrong)
	}
	if got := p.wait(Tries{Wrong: 1 << 20, Last: now}, now); got != time.Minute {
		t.Errorf("after very many tries the wait is %v", got)
	}
}

// What the pace lets through in a day stays far below the number of passcodes.
func TestGuessesADay(t *testing.T) {
	for name, test := range map[string]struct {
		pace pace
		most int
	}{"room": {roomPace(), 120}, "meeting": {meetingPace(), 1500}} {
		start := time.Unix(1_772_366_400, 0)
		var tries Tries
		guesses := 0
		for now := start; now.Sub(start) < 24*time.Hour; now = now.Add(test.pace.wait(tries, now)) {
			tries = test.pace.count(tries, now)
			guesses++
		}
		if guesses > test.most {
			t.Errorf("a %s stands %d guesses a day, want at most %d", name, guesses, test.most)
		}
	}
}

func TestSpell(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 seconds", time.Second: "1 second", 59 * time.Second: "59 seconds", time.Minute: "1 minute",
		-90 * time.Second: "1 minute 30 seconds", 24 * time.Hour: "1 day", 25*time.Hour + time.Minute: "1 day 1 hour",
		49*time.Hour + 59*time.Minute: "2 days 1 hour", 3*time.Hour + 20*time.Second: "3 hours", 1500 * time.Millisecond: "1 second",
	} {
		if got := spell(d); got != want {
			t.Errorf("spell(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestParseNumber(t *testing.T) {
	for in, want := range map[string]string{
		"123456789": "123456789", "123 456 789": "123456789", "1234-567-890": "1234567890", " 123456789 ": "123456789",
		"": "", "12345678": "", "12345678901": "", "023456789": "", "12345678a": "", "١٢٣٤٥٦٧٨٩": "", "123\t456789": "",
	} {
		got, err := ParseNumber(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("ParseNumber(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestCheckRooms(t *testing.T) {
	key, err := newKey(t).PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	other, err := newKey(t).PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckRooms([]Room{{Name: "Aspen", Key: key}, {Name: "Birch", Key: other}}); err != nil {
		t.Error(err)
	}
	for name, rooms := range map[string][]Room{
		"no name":        {{Key: key}},
		"invisible name": {{Name: "As\u202epen", Key: key}},
		"joined name":    {{Name: "As\u200dpen", Key: key}},
		"short key":      {{Name: "Aspen", Key: key[:64]}},
		"not a point":    {{Name: "Aspen", Key: append(key[:64:64], key[64]^1)}},
		"key twice":      {{Name: "Aspen", Key: key}, {Name: "Birch", Key: key}},
		"name twice":     {{Name: "Aspen", Key: key}, {Name: "Aspen", Key: other}},
	} {
		if err := CheckRooms(rooms); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Whoever wrote a name that does not do is told, in what can be seen, what it is and how it would do.
func TestCheckRoomsTellsTheCleanName(t *testing.T) {
	err := CheckRooms([]Room{{Name: "Bu\u0308ro\u200d"}})
	if err == nil || !strings.Contains(err.Error(), `"Bu\u0308ro\u200d" cannot be a room's name`) || !strings.Contains(err.Error(), `write "B\u00fcro"`) {
		t.Error(err)
	}
}

func TestFingerprint(t *testing.T) {
	if got := Fingerprint([]byte("abc")); got != "ba78 16bf 8f01 cfea 4141 40de 5dae 2223" { // FIPS 180-4's example
		t.Errorf("got %s", got)
	}
}
