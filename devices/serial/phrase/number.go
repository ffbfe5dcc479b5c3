package phrase

import (
	"fmt"
	"strconv"
	"strings"
)

// most is the largest number that the word has room for.
func (w word) most() int {
	base := w.base
	if base == 0 {
		base = 256
	}
	n := 1
	for range w.width {
		n *= base
	}
	return n - 1
}

// append writes a number that fits.
func (w word) append(out []byte, n int) []byte {
	switch {
	case w.base == 10:
		return fmt.Appendf(out, "%0*d", w.width, n)
	case w.base == 16 && w.upper:
		return fmt.Appendf(out, "%0*X", w.width, n)
	case w.base == 16:
		return fmt.Appendf(out, "%0*x", w.width, n)
	}
	for i := w.width - 1; i >= 0; i-- {
		out = append(out, byte(n>>(8*i)))
	}
	return out
}

// read reads what append writes.
func (w word) read(data []byte) (int, bool) {
	if w.base == 0 {
		n := 0
		for _, b := range data {
			n = n<<8 | int(b)
		}
		return n, true
	}
	n, err := strconv.ParseUint(string(data), w.base, 32)
	return int(n), err == nil
}

// String returns the word as Parse reads it.
func (w word) String() string {
	switch w.kind {
	case anyByte:
		return "??"
	case number:
		if form := w.form(); form != "1b" {
			return "{" + w.name + ":" + form + "}"
		}
		return "{" + w.name + "}"
	case sum, xor:
		name := "sum"
		if w.kind == xor {
			name = "xor"
		}
		text := fmt.Sprintf("{%s:%d", name, w.from)
		if form := w.form(); form != "1b" {
			text += ":" + form
		}
		return text + "}"
	case literal:
	}
	if w.quoted {
		return "'" + strings.ReplaceAll(string(w.text), "'", "''") + "'"
	}
	return fmt.Sprintf("% X", w.text)
}

// form is how the word's number is written: "1b", "2x", "3d".
func (w word) form() string {
	letter := "b"
	switch {
	case w.base == 10:
		letter = "d"
	case w.base == 16 && w.upper:
		letter = "X"
	case w.base == 16:
		letter = "x"
	}
	return strconv.Itoa(w.width) + letter
}

// shape sets how the word's number is written.
func (w *word) shape(form string) error {
	if form == "" {
		w.width = 1
		return nil
	}
	width, err := strconv.Atoi(form[:len(form)-1])
	most := 0
	switch form[len(form)-1] {
	case 'b':
		most = 2
	case 'd':
		w.base, most = 10, 5
	case 'x':
		w.base, most = 16, 4
	case 'X':
		w.base, w.upper, most = 16, true, 4
	}
	if err != nil || width < 1 || width > most {
		return fmt.Errorf("%q is no way to write a number: it can be 1b or 2b (bytes), 1x to 4x or 1X to 4X (hex digits), 1d to 5d (decimal digits)", form)
	}
	w.width = width
	return nil
}
