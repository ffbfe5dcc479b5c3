// Package phrase is the notation of byte sequences in tables of commands, such as
//
//	AA 11 {id} 01 01 {sum:1}        Samsung MDC: switch on
//	'ka ' {id:2x} ' 01' 0D          LG: switch on
//	AA FF {id} 03 'A' 12 {volume} ??
//
// Its words, with spaces between them:
//
//	AA           one byte in hex
//	'text'       the bytes of a text; two quotes in it ('') are one
//	{name}       a number as one byte
//	{name:2b}    as bytes, the highest first (1 or 2 of them)
//	{name:2x}    as digits in hex (1 to 4); {name:2X} as capital ones; both kinds are read
//	{name:3d}    as decimal digits (1 to 5)
//	{sum:1}      the sum of all bytes before it, from the one with index 1 on, modulo 256; {sum:1:2X} as digits
//	{xor:1}      the same with exclusive or
//	??           any byte: when reading only
//
// Every phrase has a length that is known beforehand, so that it is found between other bytes.
package phrase

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Phrase is a sequence of bytes with numbers in it. Its zero value is empty.
type Phrase struct{ words []word }

// Values are the numbers of a phrase by their names.
type Values map[string]int

// MaxLen is the length of the longest phrase, in bytes.
const MaxLen = 255

// kind is what a word stands for.
type kind uint8

const (
	literal kind = iota
	anyByte
	number
	sum
	xor
)

// word is one word. Of the kinds number, sum and xor, digits in base (0: bytes) stand for a number.
type word struct {
	kind   kind
	text   []byte // literal
	name   string // number
	from   int    // sum, xor: the index of the first byte that counts
	width  int    // bytes that the word has
	base   int    // 0, 10 or 16
	upper  bool   // base 16: capitals
	quoted bool   // literal: it was written as a text
}

// Len is how many bytes the phrase has.
func (p Phrase) Len() int {
	n := 0
	for _, w := range p.words {
		n += w.width
	}
	return n
}

// Names are the names of the numbers in it, each once, in their order.
func (p Phrase) Names() []string {
	var names []string
	for _, w := range p.words {
		if w.kind == number && !slices.Contains(names, w.name) {
			names = append(names, w.name)
		}
	}
	return names
}

// Open reports whether it has bytes that may be any.
func (p Phrase) Open() bool {
	return slices.ContainsFunc(p.words, func(w word) bool { return w.kind == anyByte })
}

// Bytes writes the phrase with these numbers. A number that is missing or does not fit is an error, as is ??.
func (p Phrase) Bytes(v Values) ([]byte, error) {
	out := make([]byte, 0, p.Len())
	for _, w := range p.words {
		switch w.kind {
		case literal:
			out = append(out, w.text...)
		case number:
			n, ok := v[w.name]
			if !ok {
				return nil, fmt.Errorf("phrase %s: there is no value for {%s}", p, w.name)
			}
			if n < 0 || n > w.most() {
				return nil, fmt.Errorf("phrase %s: %d does not fit {%s}, which takes 0 to %d", p, n, w.name, w.most())
			}
			out = w.append(out, n)
		case sum, xor:
			out = w.append(out, w.check(out))
		case anyByte:
			return nil, fmt.Errorf("phrase %s: ?? stands for any byte, and cannot be sent", p)
		}
	}
	return out, nil
}

// Match reads the first Len bytes of data. Numbers that v names must be those; the others are returned.
func (p Phrase) Match(data []byte, v Values) (Values, bool) {
	if len(data) < p.Len() {
		return nil, false
	}
	read, at := Values{}, 0
	for _, w := range p.words {
		piece := data[at : at+w.width]
		switch w.kind {
		case literal:
			if string(piece) != string(w.text) {
				return nil, false
			}
		case number:
			n, ok := w.read(piece)
			want, known := v[w.name]
			if before, twice := read[w.name]; twice {
				want, known = before, true
			}
			if !ok || known && n != want {
				return nil, false
			}
			if _, given := v[w.name]; !given {
				read[w.name] = n
			}
		case sum, xor:
			if n, ok := w.read(piece); !ok || n != w.check(data[:at]) {
				return nil, false
			}
		case anyByte:
		}
		at += w.width
	}
	return read, true
}

// check is the sum of the bytes before the word.
func (w word) check(before []byte) int {
	var total byte
	for _, b := range before[min(w.from, len(before)):] {
		if w.kind == sum {
			total += b
		} else {
			total ^= b
		}
	}
	return int(total)
}

// String returns what Parse reads.
func (p Phrase) String() string {
	words := make([]string, len(p.words))
	for i, w := range p.words {
		words[i] = w.String()
	}
	return strings.Join(words, " ")
}

// UnmarshalText reads a phrase in a table.
func (p *Phrase) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err == nil && len(parsed.words) == 0 {
		err = errors.New("an empty sequence of bytes: leave the line out")
	}
	*p = parsed
	return err
}

// Empty reports whether there is nothing to send or to read.
func (p Phrase) Empty() bool { return len(p.words) == 0 }
