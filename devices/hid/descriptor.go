package hid

import (
	"errors"
	"fmt"
)

// Usage says what a control is for: the page in the upper 16 bits, and the number on the page in the lower.
type Usage uint32

// String returns page and number as the tables write them: "0B/2F".
func (u Usage) String() string { return fmt.Sprintf("%02X/%02X", uint32(u>>16), uint32(u&0xFFFF)) }

// Kind is which way a report goes.
type Kind uint8

// The kinds of reports.
const (
	Input   Kind = iota + 1 // from the device
	Output                  // to the device
	Feature                 // both, when it is asked for
)

// Flags say how the controls of a field work (section 6.2.2.5). Only those that matter here have names.
type Flags uint32

// The flags.
const (
	Constant    Flags = 1 << 0 // padding
	Variable    Flags = 1 << 1 // each control has a value; else each says which usage is active
	Relative    Flags = 1 << 2 // values are changes
	NoPreferred Flags = 1 << 5 // a control stays where it was put; else it returns by itself, as a button does
)

// Field is controls of the same kind that lie one behind the other in a report.
type Field struct {
	Kind   Kind
	Report uint8 // the report's ID; 0: the device's reports have none
	Bit    int   // where the first control begins in the report's data, which is behind its ID
	Size   int   // bits of a control
	Count  int   // of controls
	Flags  Flags
	Min    int64 // the lowest value (Logical Minimum)
	Max    int64 // the highest

	usages []span
}

// span is usages from first to last.
type span struct{ first, last Usage }

// Descriptor is what a device says of its reports.
type Descriptor struct {
	Fields []Field
	// Numbered is set when reports begin with their ID.
	Numbered bool

	bits map[report]int
}

// report is one report of a device.
type report struct {
	kind Kind
	id   uint8
}

// What the kernel takes at most (include/linux/hid.h), and so what a device can have.
const (
	maxDescriptor = 4096
	maxReportBits = 8 * 16384
	maxSize       = 256
	maxStack      = 4
)

// ErrMalformed: the descriptor breaks the rules of its format.
var ErrMalformed = errors.New("hid: malformed report descriptor")

func malformed(at int, format string, args ...any) error {
	return fmt.Errorf("%w: at byte %d: %s", ErrMalformed, at, fmt.Sprintf(format, args...))
}

// Length returns how many bytes the data of a report has, without its ID; 0: there is no such report.
func (d *Descriptor) Length(kind Kind, id uint8) int { return (d.bits[report{kind, id}] + 7) / 8 }

// Position returns where a usage stands among those of the field: of a variable field this is the control's number, of
// another the value that names it, less Min.
func (f *Field) Position(u Usage) (int, bool) {
	n := 0
	for _, s := range f.usages {
		if s.first <= u && u <= s.last {
			n += int(u - s.first)
			return n, f.Flags&Variable == 0 || n < f.Count
		}
		n += int(s.last-s.first) + 1
	}
	return 0, false
}

// Value returns the value of the field's control i in a report's data. ok is false when the data is too short for it, or
// the control too large for a value.
func (f *Field) Value(data []byte, i int) (value int64, ok bool) {
	begin := f.Bit + i*f.Size
	if i < 0 || i >= f.Count || f.Size < 1 || f.Size > 32 || begin+f.Size > 8*len(data) {
		return 0, false
	}
	for b := range f.Size {
		value |= int64(data[(begin+b)/8]>>((begin+b)%8)&1) << b
	}
	if f.Min < 0 && value>>(f.Size-1) != 0 {
		value -= 1 << f.Size
	}
	return value, true
}

// Set sets the field's control i in a report's data to 1 (on) or 0, and reports whether it is there.
func (f *Field) Set(data []byte, i int, on bool) bool {
	begin := f.Bit + i*f.Size
	if i < 0 || i >= f.Count || f.Size < 1 || begin+f.Size > 8*len(data) {
		return false
	}
	for b := range f.Size {
		data[(begin+b)/8] &^= 1 << ((begin + b) % 8)
	}
	if on {
		data[begin/8] |= 1 << (begin % 8)
	}
	return true
}
