package phrase

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// maxText bounds how a phrase is written, in bytes.
const maxText = 4096

// Parse reads a phrase. An empty text is an empty phrase.
func Parse(text string) (Phrase, error) {
	if len(text) > maxText {
		return Phrase{}, fmt.Errorf("a sequence of bytes is written in at most %d letters", maxText)
	}
	var p Phrase
	for rest := strings.TrimLeft(text, " "); rest != ""; rest = strings.TrimLeft(rest, " ") {
		var w word
		var err error
		if w, rest, err = first(rest); err != nil {
			return Phrase{}, fmt.Errorf("%.80q: %w", text, err)
		}
		p.words = append(p.words, w)
	}
	if n := p.Len(); n > MaxLen {
		return Phrase{}, fmt.Errorf("%.80q: it has %d bytes, and %d go at once", text, n, MaxLen)
	}
	at := 0
	for _, w := range p.words {
		if (w.kind == sum || w.kind == xor) && w.from >= at {
			return Phrase{}, fmt.Errorf("%.80q: %s has no bytes before it from index %d on", text, w, w.from)
		}
		at += w.width
	}
	return p, nil
}

// first cuts the first word off a text that does not begin with a space.
func first(text string) (word, string, error) {
	switch {
	case text[0] == '\'':
		return quoted(text)
	case text[0] == '{':
		inside, rest, ok := strings.Cut(text[1:], "}")
		if !ok {
			return word{}, "", errors.New("a brace is not closed")
		}
		w, err := braced(inside)
		return w, rest, err
	}
	token, rest, _ := strings.Cut(text, " ")
	if token == "??" {
		return word{kind: anyByte, width: 1}, rest, nil
	}
	b, err := strconv.ParseUint(token, 16, 8)
	if err != nil || len(token) != 2 {
		return word{}, "", fmt.Errorf("%.20q is no byte: two hex digits such as 0D, a text in single quotes, a {name}, or ?? are wanted", token)
	}
	return word{text: []byte{byte(b)}, width: 1}, rest, nil
}

// quoted reads a text up to the quote that ends it.
func quoted(text string) (word, string, error) {
	var b []byte
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] != '\'':
			b = append(b, text[i])
		case i+1 < len(text) && text[i+1] == '\'':
			b = append(b, '\'')
			i++
		case len(b) == 0:
			return word{}, "", errors.New("a text is empty")
		default:
			return word{text: b, width: len(b), quoted: true}, text[i+1:], nil
		}
	}
	return word{}, "", errors.New("a quote is not closed")
}

var name = regexp.MustCompile(`^[a-z][a-z-]{0,15}$`)

// braced reads what stands between braces.
func braced(inside string) (word, error) {
	what, form, _ := strings.Cut(inside, ":")
	w := word{kind: number, name: what}
	if what == "sum" || what == "xor" {
		w.kind, w.name = sum, ""
		if what == "xor" {
			w.kind = xor
		}
		from, further, _ := strings.Cut(form, ":")
		n, err := strconv.ParseUint(from, 10, 8)
		if err != nil {
			return w, fmt.Errorf("{%.20s}: the index of the first byte that counts is wanted, as in {%s:1}", inside, what)
		}
		w.from, form = int(n), further
		if err := w.shape(form); err != nil {
			return w, err
		}
		if w.most() < 255 {
			return w, fmt.Errorf("{%.20s}: a sum has up to 255, and does not fit", inside)
		}
		return w, nil
	}
	if !name.MatchString(what) {
		return w, fmt.Errorf("{%.20s}: a name has small letters and dashes", inside)
	}
	return w, w.shape(form)
}
