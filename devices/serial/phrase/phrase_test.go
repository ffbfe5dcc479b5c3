package phrase_test

import (
	"maps"
	"strings"
	"testing"

	"greenroom/devices/serial/phrase"
)

func parse(t *testing.T, text string) phrase.Phrase {
	t.Helper()
	p, err := phrase.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestBytes(t *testing.T) {
	values := phrase.Values{"id": 1, "volume": 30, "input": 0x0402}
	for text, want := range map[string]string{
		"AA 11 {id} 01 01 {sum:1}":            "\xAA\x11\x01\x01\x01\x14",
		"'ka ' {id:2x} ' 01' 0D":              "ka 01 01\r",
		"'kf ' {id:2x} ' ' {volume:2x} 0D":    "kf 01 1e\r",
		"'VOLM' {volume:4d} 0D":               "VOLM0030\r",
		"8C 00 02 03 {input:2b} {sum:0}":      "\x8C\x00\x02\x03\x04\x02\x97",
		"01 '0A' {xor:1:2X} 0D":               "\x010A71\r",
		"'it''s'":                             "it's",
		"'a'{id:3d}'b'":                       "a001b",
		"":                                    "",
		"   0d   0A ":                         "\r\n",
		"{volume:1b} {volume:2X} {volume:4d}": "\x1E1E0030",
	} {
		p := parse(t, text)
		got, err := p.Bytes(values)
		if err != nil || string(got) != want || p.Len() != len(want) {
			t.Errorf("%s: %q of %d, %v", text, got, p.Len(), err)
		}
		if read, ok := p.Match(got, phrase.Values{"id": 1}); !ok || read["volume"] != 0 && read["volume"] != 30 {
			t.Errorf("%s does not read what it wrote: %v, %t", text, read, ok)
		}
	}
}

func TestMatch(t *testing.T) {
	p := parse(t, "AA FF {id} 03 'A' 12 {volume} {sum:1}")
	good := []byte("\xAA\xFF\x01\x03A\x12\x1E\x74")
	if v, ok := p.Match(good, phrase.Values{"id": 1}); !ok || !maps.Equal(v, phrase.Values{"volume": 30}) {
		t.Fatal(v, ok)
	}
	if v, ok := parse(t, "AA ?? ?? 03").Match(good, nil); !ok || len(v) != 0 {
		t.Error(v, ok)
	}
	for name, bad := range map[string]struct {
		phrase, data string
	}{
		"another set":        {"AA FF {id} 03 'A' 12 {volume} {sum:1}", "\xAA\xFF\x02\x03A\x12\x1E\x75"},
		"another sum":        {"AA FF {id} 03 'A' 12 {volume} {sum:1}", "\xAA\xFF\x01\x03A\x12\x1E\x75"},
		"too short":          {"AA FF {id} 03 'A' 12 {volume} {sum:1}", "\xAA\xFF\x01\x03A\x12\x1E"},
		"no digits":          {"'a ' {volume:2x}", "a 0g"},
		"a sign":             {"'a ' {volume:2d}", "a +1"},
		"two that are apart": {"{volume} {volume}", "\x01\x02"},
	} {
		if v, ok := parse(t, bad.phrase).Match([]byte(bad.data), phrase.Values{"id": 1}); ok {
			t.Errorf("%s: it was taken, with %v", name, v)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, text := range []string{
		"A", "AAA", "0x41", "'open", "''", "{open", "{}", "{ID}", "{id:0b}", "{id:3b}", "{id:9d}", "{id:q}", "{sum}", "{sum:0}",
		"AA {sum:5}", "AA {sum:0:1x}", "AA {xor:x}", "?", strings.Repeat("AA ", phrase.MaxLen+1), strings.Repeat(" ", 5000) + "AA",
	} {
		if p, err := phrase.Parse(text); err == nil {
			t.Errorf("%.40q was taken as %s", text, p)
		}
	}
	for text, values := range map[string]phrase.Values{"{id}": {}, "{volume}": {"volume": 256}, "{volume:2d}": {"volume": -1}, "?? AA": {}} {
		if b, err := parse(t, text).Bytes(values); err == nil {
			t.Errorf("%s with %v became % X", text, values, b)
		}
	}
}

// FuzzParse: what is taken is written again as the same phrase, and reads what it writes.
func FuzzParse(f *testing.F) {
	f.Add("AA 11 {id} 01 'it''s' {volume:3d} {sum:1} {xor:0:2X} ??", byte(30))
	f.Fuzz(func(t *testing.T, text string, number byte) {
		p, err := phrase.Parse(text)
		if err != nil {
			return
		}
		again, err := phrase.Parse(p.String())
		if err != nil || again.String() != p.String() || again.Len() != p.Len() {
			t.Fatalf("%q became %q: %v", text, p, err)
		}
		values := phrase.Values{}
		for _, name := range p.Names() {
			values[name] = int(number)
		}
		b, err := p.Bytes(values)
		if err != nil {
			return // it does not fit, or has ??
		}
		if read, ok := p.Match(b, nil); !ok || !maps.Equal(read, values) {
			t.Errorf("%s wrote % X with %v, and reads %v, %t", p, b, values, read, ok)
		}
	})
}
