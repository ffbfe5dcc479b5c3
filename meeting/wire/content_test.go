package wire

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// testContents are one of every type, and the longest of those that vary.
func testContents() []Content {
	full := &Waiting{}
	for i := range MaxWaiters {
		full.People = append(full.People, Waiter{Participant: ParticipantID{byte(i)}, Name: strings.Repeat("n", MaxNameSize)})
	}
	return []Content{
		&Chat{Text: "Good morning.\nTwo lines."},
		&Chat{Text: strings.Repeat("é", MaxChatSize/2)},
		&Hand{Raised: true},
		&Hand{},
		&Reaction{Emoji: "👩‍👩‍👧"},
		&AskMute{Target: ParticipantID{1}},
		&Compared{Result: ResultDiffers, Leader: [32]byte{2}},
		&Waiting{},
		&Waiting{People: []Waiter{{ParticipantID{1}, true, "Douglas"}, {ParticipantID{2}, false, "Elm 🌳"}}},
		full,
	}
}

func TestContentsRoundTrip(t *testing.T) {
	for _, c := range testContents() {
		raw, err := MarshalContent(c)
		if err != nil {
			t.Fatalf("type %d: %v", c.Type(), err)
		}
		if len(raw)+SealedOverhead > MaxSealedSize {
			t.Errorf("type %d has %d bytes, too many to be sealed", c.Type(), len(raw))
		}
		got, err := ParseContent(raw)
		if err != nil {
			t.Errorf("type %d: %v", c.Type(), err)
			continue
		}
		if again, err := MarshalContent(got); err != nil || !bytes.Equal(again, raw) {
			t.Errorf("type %d: parse and marshal are not inverse (%v)", c.Type(), err)
		}
		for n := range raw {
			if _, err := ParseContent(raw[:n]); !errors.Is(err, ErrMalformed) {
				t.Errorf("type %d cut at %d: %v", c.Type(), n, err)
			}
		}
		if _, err := ParseContent(append(raw, 0)); !errors.Is(err, ErrMalformed) {
			t.Errorf("type %d with a byte more: %v", c.Type(), err)
		}
	}
}

func TestContentBounds(t *testing.T) {
	crowd := make([]Waiter, MaxWaiters+1)
	for i := range crowd {
		crowd[i].Name = "n"
	}
	for name, c := range map[string]Content{
		"no text":              &Chat{},
		"spaces only":          &Chat{Text: " \n "},
		"long text":            &Chat{Text: strings.Repeat("x", MaxChatSize+1)},
		"text not UTF-8":       &Chat{Text: "a\xff"},
		"text with a NUL":      &Chat{Text: "a\x00b"},
		"text with a tab":      &Chat{Text: "a\tb"},
		"text turned round":    &Chat{Text: "a\u202eb"},
		"isolated text":        &Chat{Text: "a\u2066b"},
		"other line ends":      &Chat{Text: "a\u2028b"},
		"no reaction":          &Reaction{},
		"long reaction":        &Reaction{Emoji: strings.Repeat("👏", 9)},
		"reaction of lines":    &Reaction{Emoji: "a\nb"},
		"unknown result":       &Compared{Result: 3},
		"waiter without name":  &Waiting{People: []Waiter{{}}},
		"waiter, hidden name":  &Waiting{People: []Waiter{{Name: "a\u202eb"}}},
		"more waiters than 50": &Waiting{People: crowd},
	} {
		if _, err := MarshalContent(c); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: marshalled (%v)", name, err)
		}
	}
	for name, raw := range map[string][]byte{
		"nothing":             {},
		"hand neither way":    {2, 2},
		"text with a NUL":     {1, 0, 1, 0},
		"too much altogether": append([]byte{1}, make([]byte, MaxSealedSize)...),
	} {
		if _, err := ParseContent(raw); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: parsed (%v)", name, err)
		}
	}
	for _, unknown := range [][]byte{{0}, {7, 1, 2, 3}, {255}} {
		if _, err := ParseContent(unknown); !errors.Is(err, ErrUnknownContent) {
			t.Errorf("%x: %v", unknown, err)
		}
	}
}

func TestCleanText(t *testing.T) {
	for in, want := range map[string]string{
		"plain":               "plain",
		" a\tb\r\nc\rd\u2028": "a b\nc\nd",
		"a\u202eb\x00\xffc":   "abc",
		"👩\u200d👧":            "👩\u200d👧",
		"\u200e\n ":           "",
	} {
		got := CleanText(in)
		if got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
		if want != "" && !ValidText(got) {
			t.Errorf("%q, made of %q, may not be sent", got, in)
		}
	}
}
