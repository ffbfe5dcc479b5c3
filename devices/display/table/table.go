// Package table drives a display over a serial port by a table of its maker's commands, which is a YAML file:
//
//	model: Example 55
//	manual: Example 55, RS-232 control, page 3
//	line: 9600 8N1            # bit rate, data bits, parity, stop bits
//	id: {least: 1, most: 99}  # the number of a set among several on a cable; left out: there is none
//	pause: 100ms              # between two commands
//	within: 1s                # how long an answer may take
//	refused: ["'NG'"]         # answers that say no
//	busy: ["'WAIT'"]          # answers that say not now
//	inputs: {hdmi1: 0x21}     # names, and the numbers that they have in {input}
//	commands:
//	  power-on: {send: "'PON' 0D", answer: "'OK' 0D"}
//	  power-off: {send: "'POF' 0D", answer: "'OK' 0D"}
//	  power: {send: "'P?' 0D", on: "'ON' 0D", off: "'OFF' 0D", warming: "..", cooling: ".."}
//	  input: {send: "'I' {input:2x} 0D", answer: "'OK' 0D"}
//	  input-now: {send: "'I?' 0D", answer: "'I' {input:2x} 0D"}
//	  volume: {send: "'V' {volume:3d} 0D", answer: "'OK' 0D", most: 100}
//	  volume-now: {send: "'V?' 0D", answer: "'V' {volume:3d} 0D"}
//	  mute-on: {send: "'M1' 0D", answer: "'OK' 0D"}
//	  mute-off: {send: "'M0' 0D", answer: "'OK' 0D"}
//	  mute: {send: "'M?' 0D", on: "'M1' 0D", off: "'M0' 0D"}
//
// Bytes are written as package phrase has it. Only the three power commands must be there; {id} stands for the set's
// number everywhere. The folder models has tables of three makers' published protocols, and is part of the program.
package table

import (
	"embed"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"greenroom/devices/serial"
	"greenroom/devices/serial/phrase"
	"greenroom/devices/tablefile"
)

//go:embed models/*.yaml
var models embed.FS

// Table is what a model of display understands.
type Table struct {
	Model   string                 `yaml:"model"`
	Manual  string                 `yaml:"manual"` // where the bytes come from
	Line    string                 `yaml:"line"`   // as serial.ParseSettings reads it
	ID      *Range                 `yaml:"id"`     // nil: sets have no numbers
	Pause   time.Duration          `yaml:"pause"`
	Within  time.Duration          `yaml:"within"`
	Refused []phrase.Phrase        `yaml:"refused"`
	Busy    []phrase.Phrase        `yaml:"busy"`
	Inputs  map[string]int         `yaml:"inputs"`
	Command map[CommandName]Answer `yaml:"commands"`
}

// Range is which numbers a set can have.
type Range struct {
	Least int `yaml:"least"`
	Most  int `yaml:"most"`
}

// CommandName names a command of a table.
type CommandName string

// The commands.
const (
	PowerOn   CommandName = "power-on"
	PowerOff  CommandName = "power-off"
	Power     CommandName = "power" // asks
	Input     CommandName = "input"
	InputNow  CommandName = "input-now" // asks
	Volume    CommandName = "volume"
	VolumeNow CommandName = "volume-now" // asks
	MuteOn    CommandName = "mute-on"
	MuteOff   CommandName = "mute-off"
	Mute      CommandName = "mute" // asks
)

// Answer is a command with the answers to it: one that says yes, or several of which each says how the display is.
type Answer struct {
	Send    phrase.Phrase `yaml:"send"`
	Answer  phrase.Phrase `yaml:"answer"`
	On      phrase.Phrase `yaml:"on"`
	Off     phrase.Phrase `yaml:"off"`
	Warming phrase.Phrase `yaml:"warming"`
	Cooling phrase.Phrase `yaml:"cooling"`
	Most    int           `yaml:"most"` // of volume: what 100% is; 0: 100
}

// ErrTable: the text is no table of a display's commands.
var ErrTable = errors.New("no table of a display's commands")

// The limits of Table.Pause and Table.Within, and what stands for none.
const (
	maxPause      = 5 * time.Second
	maxWithin     = 30 * time.Second
	defaultWithin = time.Second
)

// Models are the names of the tables in the program.
func Models() []string {
	entries, err := models.ReadDir("models")
	if err != nil {
		return nil // never: the folder is embedded
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = strings.TrimSuffix(e.Name(), ".yaml")
	}
	return names
}

// Load returns the table of a model that the program has, or reads the file that an absolute path names.
func Load(model string) (*Table, error) {
	read := func() ([]byte, error) { return models.ReadFile("models/" + model + ".yaml") }
	switch {
	case path.IsAbs(model):
		read = func() ([]byte, error) { return tablefile.Read(model) }
	case !slices.Contains(Models(), model):
		return nil, fmt.Errorf("there is no table for %.40q: there are %s; the absolute path of an own file works too", model, strings.Join(Models(), ", "))
	}
	text, err := read()
	if err != nil {
		return nil, fmt.Errorf("read the table of the display's commands: %w", err)
	}
	t, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", model, err)
	}
	return t, nil
}

// Parse reads a table, and says all that is wrong with it.
func Parse(text []byte) (*Table, error) {
	t := &Table{}
	if err := tablefile.Decode(text, t); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTable, err)
	}
	if t.Within == 0 {
		t.Within = defaultWithin
	}
	if err := errors.Join(t.check()...); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTable, err)
	}
	return t, nil
}

// Settings are the line's, with another bit rate if bitRate is not 0.
func (t *Table) Settings(bitRate int) (serial.Settings, error) {
	s, err := serial.ParseSettings(t.Line)
	if err == nil && bitRate != 0 {
		s.BitRate = bitRate
	}
	return s, err
}

// InputNames are the inputs, sorted.
func (t *Table) InputNames() []string {
	names := make([]string, 0, len(t.Inputs))
	for name := range t.Inputs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
