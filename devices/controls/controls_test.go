package controls_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"greenroom/devices/controls"
	"greenroom/devices/serial"
	"greenroom/devices/serial/serialtest"
)

const good = `ports:
  lights: {device: /dev/ttyS0, line: 9600 8N1}
buttons:
  - {name: Lights on, port: lights, send: "'L1' 0D", answer: "'OK' 0D", refused: "'ERR' 0D", within: 200ms}
  - {name: Bell, port: lights, send: "07"}
`

func TestPress(t *testing.T) {
	path := filepath.Join(t.TempDir(), "controls.yaml")
	if err := os.WriteFile(path, []byte(good), 0o600); err != nil {
		t.Fatal(err)
	}
	table, err := controls.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	lights, bell := table.Buttons[0], table.Buttons[1]
	for answer, want := range map[string]error{
		"OK\r": nil, "??L1\rOK\r": nil, "ERR\r": controls.ErrRefused, "OK": controls.ErrSilent, "": controls.ErrSilent,
	} {
		p := &serialtest.Playback{Ops: []serialtest.IO{{W: []byte("L1\r"), R: []byte(answer)}}}
		if err := lights.Press(t.Context(), p); !errors.Is(err, want) {
			t.Errorf("%q: %v", answer, err)
		}
	}
	p := &serialtest.Playback{Ops: []serialtest.IO{{W: []byte("\a")}}}
	if err := errors.Join(bell.Press(t.Context(), p), p.Close()); err != nil {
		t.Errorf("a button that awaits nothing: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p = &serialtest.Playback{Ops: []serialtest.IO{{W: []byte("L1\r")}}}
	if err := lights.Press(ctx, p); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}

// TestPortVanishes: on a real port, in the middle of the wait.
func TestPortVanishes(t *testing.T) {
	pty, err := serialtest.NewPTY(filepath.Join(t.TempDir(), "port"))
	if err != nil {
		t.Fatal(err)
	}
	defer pty.Close()
	line, _ := serial.ParseSettings("9600")
	p, err := serial.Open(pty.Path(), line)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	table, err := controls.Parse([]byte(strings.Replace(good, "200ms", "20s", 1)))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- table.Buttons[0].Press(t.Context(), p) }()
	if _, err := pty.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	_ = pty.Unplug()
	if err := <-done; !errors.Is(err, serial.ErrGone) {
		t.Errorf("the port vanished: %v", err)
	}
}

func TestBadTables(t *testing.T) {
	button := func(text string) string { return good + "  - " + text + "\n" }
	for wrong, named := range map[string]string{
		"":              "EOF",
		"ports: {}":     "buttons",
		good + "x: 1\n": "x",
		strings.Replace(good, "/dev/ttyS0", "ttyS0", 1):                                           "absolute",
		strings.Replace(good, "9600", "fast", 1):                                                  "bit rate",
		strings.Replace(good, "buttons:", "  two: {device: /dev/ttyS0, line: 9600}\nbuttons:", 1): "same device",
		button(`{name: "", port: lights, send: "07"}`):                                            "name",
		button(`{name: Bell, port: lights, send: "07"}`):                                          "has this name",
		button(`{name: Gong, port: sound, send: "07"}`):                                           "no port",
		button(`{name: Gong, port: lights}`):                                                      "send",
		button(`{name: Gong, port: lights, send: "{id}"}`):                                        "means nothing",
		button(`{name: Gong, port: lights, send: "07", refused: "15"}`):                           "answer",
		button(`{name: Gong, port: lights, send: "07", within: 1h}`):                              "within",
		good + "# " + strings.Repeat("x", 70_000):                                                 "65536",
	} {
		if _, err := controls.Parse([]byte(wrong)); !errors.Is(err, controls.ErrTable) || !strings.Contains(err.Error(), named) {
			t.Errorf("%.150q: %v; %q should be named", wrong, err, named)
		}
	}
}

// FuzzParse: a table that is taken can be pressed, whatever it says.
func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Fuzz(func(t *testing.T, text []byte) {
		table, err := controls.Parse(text)
		if err != nil {
			if !errors.Is(err, controls.ErrTable) {
				t.Errorf("%v", err)
			}
			return
		}
		for _, b := range table.Buttons {
			if packet, err := b.Send.Bytes(nil); err != nil || len(packet) == 0 {
				t.Errorf("%q cannot be sent: %v", b.Name, err)
			}
			if b.Within <= 0 {
				t.Errorf("%q waits %v", b.Name, b.Within)
			}
		}
	})
}
