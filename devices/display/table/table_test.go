package table_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"greenroom/devices/display"
	"greenroom/devices/display/displaytest"
	"greenroom/devices/display/table"
	"greenroom/devices/serial"
	"greenroom/devices/serial/serialtest"
)

func load(t *testing.T, model string) *table.Table {
	t.Helper()
	m, err := table.Load(model)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func on(t *testing.T, p serial.Port, m *table.Table, id int) *table.Display {
	t.Helper()
	d, err := table.New(p, m, id)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// simulated returns a display at the other end of a real PTY.
func simulated(t *testing.T, sim *displaytest.Samsung) *table.Display {
	t.Helper()
	pty, err := serialtest.NewPTY(filepath.Join(t.TempDir(), "port"))
	if err != nil {
		t.Fatal(err)
	}
	m := load(t, "samsung-mdc")
	m.Pause, m.Within = 0, m.Within/4
	line, err := m.Settings(0)
	if err != nil {
		t.Fatal(err)
	}
	p, err := serial.Open(pty.Path(), line)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() { defer close(served); _ = sim.Serve(pty) }()
	t.Cleanup(func() { _ = p.Close(); _ = pty.Close(); <-served })
	return on(t, p, m, int(sim.ID))
}

func hex(text string) []byte {
	var b []byte
	for _, word := range strings.Fields(text) {
		var v byte
		if _, err := fmt.Sscanf(word, "%X", &v); err != nil {
			panic(err)
		}
		b = append(b, v)
	}
	return b
}

// exchange is one command of a display, with the bytes as the maker's manual has them.
type exchange struct {
	name       string
	sent, came []byte
	do         func(context.Context, *table.Display) error
}

func power(on bool) func(context.Context, *table.Display) error {
	return func(ctx context.Context, d *table.Display) error { return d.SetPower(ctx, on) }
}

func mute(on bool) func(context.Context, *table.Display) error {
	return func(ctx context.Context, d *table.Display) error { return d.SetMute(ctx, on) }
}

func input(name string) func(context.Context, *table.Display) error {
	return func(ctx context.Context, d *table.Display) error { return d.SetInput(ctx, name) }
}

func volume(percent int) func(context.Context, *table.Display) error {
	return func(ctx context.Context, d *table.Display) error { return d.SetVolume(ctx, percent) }
}

// TestSequences holds the tables to the bytes of the makers' manuals, worked out by hand.
func TestSequences(t *testing.T) {
	for model, all := range map[string][]exchange{
		"samsung-mdc": {
			{"on", hex("AA 11 01 01 01 14"), hex("AA FF 01 03 41 11 01 56"), power(true)},
			{"off", hex("AA 11 01 01 00 13"), hex("AA FF 01 03 41 11 00 55"), power(false)},
			{"volume", hex("AA 12 01 01 28 3C"), hex("AA FF 01 03 41 12 28 7E"), volume(40)},
			{"mute", hex("AA 13 01 01 01 16"), hex("AA FF 01 03 41 13 01 58"), mute(true)},
			{"HDMI 1", hex("AA 14 01 01 21 37"), hex("AA FF 01 03 41 14 21 79"), input("hdmi1")},
		},
		"lg-setid": {
			{"on", []byte("ka 01 01\r"), []byte("a 01 OK01x"), power(true)},
			{"off", []byte("ka 01 00\r"), []byte("a 01 OK00x"), power(false)},
			{"volume, answered in capitals", []byte("kf 01 1e\r"), []byte("f 01 OK1Ex"), volume(30)},
			{"mute", []byte("ke 01 00\r"), []byte("e 01 OK00x"), mute(true)},
			{"HDMI 2", []byte("xb 01 91\r"), []byte("b 01 OK91x"), input("hdmi2")},
		},
		"sony-bravia": {
			{"on", hex("8C 00 00 02 01 8F"), hex("70 00 70"), power(true)},
			{"off", hex("8C 00 00 02 00 8E"), hex("70 00 70"), power(false)},
			{"volume", hex("8C 00 05 03 01 1E B3"), hex("70 00 70"), volume(30)},
			{"mute", hex("8C 00 06 03 01 01 97"), hex("70 00 70"), mute(true)},
			{"HDMI 1", hex("8C 00 02 03 04 01 96"), hex("70 00 70"), input("hdmi1")},
		},
	} {
		m := load(t, model)
		m.Pause = 0
		for _, c := range all {
			p := &serialtest.Playback{Ops: []serialtest.IO{{W: c.sent, R: c.came}}}
			if err := c.do(t.Context(), on(t, p, m, 1)); err != nil {
				t.Errorf("%s: %s: %v", model, c.name, err)
			}
			if err := p.Close(); err != nil {
				t.Errorf("%s: %s: %v", model, c.name, err)
			}
		}
	}
}

// TestStatus: what each maker's display says of itself.
func TestStatus(t *testing.T) {
	for model, ops := range map[string][]serialtest.IO{
		"samsung-mdc": {
			{W: hex("AA 11 01 00 12"), R: hex("AA FF 01 03 41 11 01 56")},
			{W: hex("AA 14 01 00 15"), R: hex("AA FF 01 03 41 14 21 79")},
			{W: hex("AA 12 01 00 13"), R: hex("AA FF 01 03 41 12 28 7E")},
			{W: hex("AA 13 01 00 14"), R: hex("AA FF 01 03 41 13 01 58")},
		},
		"lg-setid": {
			{W: []byte("ka 01 FF\r"), R: []byte("a 01 OK01x")},
			{W: []byte("xb 01 FF\r"), R: []byte("b 01 OK90x")},
			{W: []byte("kf 01 FF\r"), R: []byte("f 01 OK28x")},
			{W: []byte("ke 01 FF\r"), R: []byte("e 01 OK00x")},
		},
		"sony-bravia": {
			{W: hex("83 00 00 FF FF 81"), R: hex("70 00 02 01 73")},
			{W: hex("83 00 02 FF FF 83"), R: hex("70 00 03 04 01 78")},
			{W: hex("83 00 05 FF FF 86"), R: hex("70 00 03 01 28 9C")},
			{W: hex("83 00 06 FF FF 87"), R: hex("70 00 03 01 01 75")},
		},
	} {
		m := load(t, model)
		m.Pause = 0
		p := &serialtest.Playback{Ops: ops}
		got, err := on(t, p, m, 1).Status(t.Context())
		if err != nil || got != (display.Status{Power: display.PowerOn, Input: "hdmi1", Muted: true, Volume: 40}) {
			t.Errorf("%s: %+v, %v", model, got, err)
		}
		if err := p.Close(); err != nil {
			t.Errorf("%s: %v", model, err)
		}
	}
}

func TestDisplayOnARealPort(t *testing.T) {
	sim := &displaytest.Samsung{ID: 7}
	d := simulated(t, sim)
	if s, err := d.Status(t.Context()); err != nil || s.Power != display.PowerOff || s.Volume != -1 {
		t.Fatalf("%+v, %v", s, err)
	}
	if err := d.SetVolume(t.Context(), 20); !errors.Is(err, display.ErrRefused) {
		t.Errorf("the volume of a display that is off: %v", err)
	}
	if err := errors.Join(d.SetPower(t.Context(), true), d.SetInput(t.Context(), "hdmi2"), d.SetVolume(t.Context(), 55), d.SetMute(t.Context(), true)); err != nil {
		t.Fatal(err)
	}
	want := display.Status{Power: display.PowerOn, Input: "hdmi2", Muted: true, Volume: 55}
	if s, err := d.Status(t.Context()); err != nil || s != want {
		t.Errorf("%+v, %v", s, err)
	}
	sim.Set(displaytest.Input, 0x40) // by the remote control, to an input that the table does not name
	if s, err := d.Status(t.Context()); err != nil || s.Input != "0x40" {
		t.Errorf("%+v, %v", s, err)
	}
	if d.SetInput(t.Context(), "scart") == nil || d.SetVolume(t.Context(), 101) == nil {
		t.Error("an input or a volume that does not exist was taken")
	}
}

func TestNoiseHalvesAndSilence(t *testing.T) {
	sim := &displaytest.Samsung{Garble: hex("00 AA FF AA FF 00 03 41 11 77 41")}
	d := simulated(t, sim)
	if err := d.SetPower(t.Context(), true); err != nil {
		t.Errorf("noise before an answer: %v", err)
	}
	sim.Halve(1)
	if err := d.SetPower(t.Context(), true); err != nil {
		t.Errorf("half an answer, and a whole one at the second try: %v", err)
	}
	sim.Halve(2)
	if err := d.SetPower(t.Context(), true); !errors.Is(err, display.ErrSilent) || !strings.Contains(err.Error(), "41") {
		t.Errorf("half an answer twice: %v", err)
	}
	sim.Silence(true)
	if err := d.SetPower(t.Context(), true); !errors.Is(err, display.ErrSilent) {
		t.Errorf("silence: %v", err)
	}
	sim.Silence(false)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.SetPower(ctx, true); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	if err := d.SetPower(t.Context(), true); err != nil {
		t.Errorf("after all that: %v", err)
	}
}

// good is the shortest table there can be.
const good = `model: Example
line: 9600
commands:
  power-on: {send: "'1' 0D", answer: "'OK' 0D"}
  power-off: {send: "'0' 0D", answer: "'OK' 0D"}
  power: {send: "'?' 0D", on: "'1' 0D", off: "'0' 0D"}
`

func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "own.yaml")
	if err := os.WriteFile(path, []byte(good), 0o600); err != nil {
		t.Fatal(err)
	}
	if m, err := table.Load(path); err != nil || m.Model != "Example" || m.Within <= 0 {
		t.Fatal(m, err)
	}
	for _, model := range []string{"nec", "../table", "", filepath.Join(t.TempDir(), "none.yaml")} {
		if _, err := table.Load(model); err == nil {
			t.Errorf("%q is there", model)
		}
	}
	for _, model := range table.Models() {
		if m := load(t, model); m.Manual == "" {
			t.Errorf("%s does not say which manual its bytes are from", model)
		}
	}
	if _, err := table.New(&serialtest.Playback{}, load(t, "lg-setid"), 0); err == nil {
		t.Error("set number 0 was taken")
	}
}

// TestBadTables: each mistake is named.
func TestBadTables(t *testing.T) {
	for wrong, named := range map[string]string{
		"":                                "EOF",
		"model: [":                        "line",
		good + "colour: red":              "colour",
		good + "id: {least: 9, most: 1}":  "least",
		good + "pause: 1h":                "pause",
		good + "within: -1s":              "within",
		good + "refused: [\"'NG' {id}\"]": "{id} needs",
		good + "refused: [\"\"]":          "empty",
		good + "inputs: {HDMI 1: 3}":      "HDMI 1",
		good + "inputs: {hdmi: 70000}":    "0xFFFF",
		good + "  volume: {send: \"'V' 0D\", answer: \"'OK'\"}":        "{volume}",
		good + "  input: {send: \"'I' {input}\", answer: \"'OK'\"}":    "no inputs",
		good + "  mute: {send: \"'M'\", answer: \"'OK'\"}":             "on and off",
		good + "  mute-on: {send: \"'M' ??\", answer: \"'OK'\"}":       "without ??",
		good + "  mute-on: {send: \"'M'\", on: \"'OK'\"}":              "one answer",
		good + "  mute-on: {send: \"'M' {volume}\", answer: \"'OK'\"}": "means nothing",
		good + "  mute-on: {send: \"'M'\", answer: \"'OK'\", most: 3}": "most",
		good + "  dance: {send: \"'M'\", answer: \"'OK'\"}":            "no such command",
		strings.Replace(good, "  power: ", "  mute: ", 1):              "power is missing",
		strings.Replace(good, "9600", "fast", 1):                       "bit rate",
		strings.Replace(good, "Example", "''", 1):                      "model",
		good + "# " + strings.Repeat("x", 70_000):                      "65536",
	} {
		m, err := table.Parse([]byte(wrong))
		if !errors.Is(err, table.ErrTable) || !strings.Contains(err.Error(), named) {
			t.Errorf("%.120q: %v, %v; %q should be named", wrong, m, err, named)
		}
	}
}

// FuzzParse: whatever is read, a table that is taken can be used.
func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := table.Parse(text)
		if err != nil {
			if !errors.Is(err, table.ErrTable) {
				t.Errorf("%v", err)
			}
			return
		}
		if _, err := m.Settings(0); err != nil {
			t.Errorf("its line: %v", err)
		}
		id := 0
		if m.ID != nil {
			id = m.ID.Least
		}
		if _, err := table.New(&serialtest.Playback{}, m, id); err != nil {
			t.Errorf("its own set number: %v", err)
		}
	})
}

// FuzzAnswer: whatever a display answers to the question how it is, a status comes of it, or an error that is named.
func FuzzAnswer(f *testing.F) {
	f.Add(hex("AA FF 01 03 41 11 01 56"), byte(0))
	f.Add([]byte("a 01 OK01x"), byte(1))
	f.Add(hex("70 00 02 01 73"), byte(2))
	f.Fuzz(func(t *testing.T, answer []byte, which byte) {
		models := []string{"samsung-mdc", "lg-setid", "sony-bravia"}
		m := load(t, models[int(which)%len(models)])
		m.Pause, m.Within = 0, 1 // answers are there at once, or never
		s, err := on(t, &answers{data: answer}, m, 1).Status(t.Context())
		if err != nil {
			for _, named := range []error{display.ErrSilent, display.ErrRefused, display.ErrBusy, display.ErrUnsupported} {
				if errors.Is(err, named) {
					return
				}
			}
			t.Errorf("% X: %v", answer, err)
			return
		}
		if s.Volume < -1 || s.Volume > 100 || s.Power == "" {
			t.Errorf("% X: %+v", answer, s)
		}
	})
}

// answers is a port that answers the same to everything, at once.
type answers struct {
	data []byte
	left []byte
}

func (a *answers) Send(context.Context, []byte) error { a.left = a.data; return nil }
func (a *answers) Discard() error                     { a.left = nil; return nil }
func (a *answers) Close() error                       { return nil }
func (a *answers) Receive(ctx context.Context, buf []byte) (int, error) {
	if len(a.left) == 0 {
		<-ctx.Done()
		return 0, ctx.Err()
	}
	n := copy(buf, a.left)
	a.left = a.left[n:]
	return n, nil
}
