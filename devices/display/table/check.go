package table

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"greenroom/devices/serial"
	"greenroom/devices/serial/phrase"
)

var inputName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,23}$`)

// maxInputs bounds how many inputs a table names: a panel has no room for more.
const maxInputs = 24

// check returns all that is wrong with a table.
func (t *Table) check() (wrong []error) {
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if t.Model == "" || len(t.Model) > 60 {
		bad("model: a name of 1 to 60 bytes is wanted")
	}
	if _, err := serial.ParseSettings(t.Line); err != nil {
		bad("line: %w", err)
	}
	if t.ID != nil && (t.ID.Least < 0 || t.ID.Most > 255 || t.ID.Least > t.ID.Most) {
		bad("id: least and most must be 0 to 255, the least first")
	}
	if t.Pause < 0 || t.Pause > maxPause {
		bad("pause: 0s to %v is wanted, as in 100ms", maxPause)
	}
	if t.Within < 0 || t.Within > maxWithin {
		bad("within: up to %v is wanted, as in 1s", maxWithin)
	}
	if len(t.Inputs) > maxInputs {
		bad("inputs: at most %d", maxInputs)
	}
	for _, name := range t.InputNames() {
		if n := t.Inputs[name]; !inputName.MatchString(name) || n < 0 || n > 0xFFFF {
			bad("inputs: %.30q: small letters, digits and dashes, and a number from 0 to 0xFFFF are wanted", name)
		}
	}
	for _, p := range slices.Concat(t.Refused, t.Busy) {
		wrong = append(wrong, t.names("refused or busy", p)...)
	}
	return append(wrong, t.checkCommands()...)
}

// needs are the answers of each command, and the number that both or the answer alone must have.
func (c CommandName) needs() (asks bool, sent, answered string, known bool) {
	switch c {
	case PowerOn, PowerOff, MuteOn, MuteOff:
		return false, "", "", true
	case Power, Mute:
		return true, "", "", true
	case Input:
		return false, "input", "", true
	case Volume:
		return false, "volume", "", true
	case InputNow:
		return false, "", "input", true
	case VolumeNow:
		return false, "", "volume", true
	}
	return false, "", "", false
}

func (t *Table) checkCommands() (wrong []error) {
	for _, name := range []CommandName{PowerOn, PowerOff, Power} {
		if _, ok := t.Command[name]; !ok {
			wrong = append(wrong, fmt.Errorf("commands: %s is missing", name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.Command)) {
		wrong = append(wrong, t.checkCommand(name, t.Command[name])...)
	}
	if _, ok := t.Command[Input]; ok && len(t.Inputs) == 0 {
		wrong = append(wrong, fmt.Errorf("commands: input: there are no inputs"))
	}
	return wrong
}

func (t *Table) checkCommand(name CommandName, c Answer) (wrong []error) {
	bad := func(format string, args ...any) {
		wrong = append(wrong, fmt.Errorf("commands: %.20s: "+format, append([]any{string(name)}, args...)...))
	}
	asks, sent, answered, known := name.needs()
	if !known {
		bad("there is no such command; see the package's documentation for all")
		return wrong
	}
	if c.Send.Empty() || c.Send.Open() {
		bad("send: bytes to send are wanted, without ??")
	}
	if asks && (c.On.Empty() || c.Off.Empty() || !c.Answer.Empty()) {
		bad("it asks, so the answers on and off are wanted, and no other")
	}
	if !asks && (c.Answer.Empty() || !c.On.Empty() || !c.Off.Empty()) {
		bad("one answer is wanted")
	}
	if name != Power && (!c.Warming.Empty() || !c.Cooling.Empty()) {
		bad("warming and cooling are answers to power alone")
	}
	if sent != "" && !slices.Contains(c.Send.Names(), sent) {
		bad("send: {%s} is wanted in it", sent)
	}
	if answered != "" && !slices.Contains(c.Answer.Names(), answered) {
		bad("answer: {%s} is wanted in it", answered)
	}
	if c.Most != 0 && name != Volume || c.Most < 0 || c.Most > 0xFFFF {
		bad("most: only volume has one, up to 65535")
	}
	allowed := sent + answered
	for _, p := range []phrase.Phrase{c.Send, c.Answer, c.On, c.Off, c.Warming, c.Cooling} {
		for _, err := range t.names(allowed, p) {
			bad("%w", err)
		}
	}
	return wrong
}

// names refuses numbers in a phrase that nothing gives a value.
func (t *Table) names(allowed string, p phrase.Phrase) (wrong []error) {
	for _, name := range p.Names() {
		switch {
		case name == "id" && t.ID == nil:
			wrong = append(wrong, fmt.Errorf("%s: {id} needs a line such as id: {least: 1, most: 99}", p))
		case name != "id" && name != allowed:
			wrong = append(wrong, fmt.Errorf("%s: {%s} means nothing here", p, name))
		}
	}
	return wrong
}
