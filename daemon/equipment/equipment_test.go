package equipment_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"greenroom/daemon/config"
	"greenroom/daemon/equipment"
	"greenroom/daemon/room"
	"greenroom/devices/display/displaytest"
	"greenroom/devices/serial/serialtest"
	"greenroom/devices/visca"
	"greenroom/devices/visca/viscatest"
)

// patience bounds the waits: it only ends a test that has failed.
const patience = 30 * time.Second

// rig is an Equipment that runs, and what it told.
type rig struct {
	t *testing.T
	*equipment.Equipment
	events chan room.Event
}

func start(t *testing.T, cfg config.Config) *rig {
	t.Helper()
	r := &rig{t: t, events: make(chan room.Event, 4096)}
	e, err := equipment.New(equipment.Options{
		Config: cfg, Post: func(e room.Event) { r.events <- e }, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Credential: func(name string) ([]byte, error) { return []byte("secret of " + name + "\n"), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Equipment = e
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); e.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case <-done:
		case <-time.After(patience):
			t.Error("the owners do not end")
		}
	})
	return r
}

// await waits for an event of which ok is true.
func (r *rig) await(what string, ok func(room.Event) bool) {
	r.t.Helper()
	limit := time.After(patience)
	for {
		select {
		case e := <-r.events:
			if ok(e) {
				return
			}
		case <-limit:
			r.t.Fatalf("no event tells of %s", what)
		}
	}
}

func line(of room.Equipment, state room.DeviceState) func(room.Event) bool {
	return func(e room.Event) bool {
		l, ok := e.(room.LineChanged)
		return ok && l.Equipment == of && l.State == state && (state != room.DeviceFailed || l.Reason != "")
	}
}

func port(t *testing.T) *serialtest.PTY {
	t.Helper()
	p, err := serialtest.NewPTY(filepath.Join(t.TempDir(), "port"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func seen(t *testing.T, sim serialtest.Simulator, packet string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := serialtest.Await(ctx, sim, packet); err != nil {
		t.Fatal(err)
	}
}

func visca1(p *serialtest.PTY) config.Config {
	return config.Config{Camera: config.Camera{Control: config.CameraControl{
		Kind: config.ControlVISCA, Port: p.Path(), Line: "9600 8N1", Address: 1, Presets: []string{"Table", "Board"},
	}}}
}

func TestHead(t *testing.T) {
	p, sim := port(t), &viscatest.Camera{}
	serveUntil(t, sim, p)
	r := start(t, visca1(p))
	if e := r.Equipped(); !e.Head || len(e.Presets) != 2 {
		t.Errorf("%+v", e)
	}
	r.await("the camera", line(room.EquipmentHead, room.DeviceRunning))
	r.Do(room.TurnCamera{Pan: -50, Tilt: 100, Zoom: 30})
	seen(t, sim, "81 01 06 01 0C 14 01 01 FF")
	seen(t, sim, "81 01 04 07 21 FF")
	r.Do(room.TurnCamera{})
	seen(t, sim, "81 01 06 01 01 01 03 03 FF")
	seen(t, sim, "81 01 04 07 00 FF")
	r.Do(room.StorePreset{Preset: 2})
	seen(t, sim, "81 01 04 3F 01 01 FF")
	r.Do(room.RecallPreset{Preset: 2})
	seen(t, sim, "81 01 04 3F 02 01 FF")
}

// TestRecallGivesWay: a movement does not wait for a preset that the camera is still going to.
func TestRecallGivesWay(t *testing.T) {
	p, sim := port(t), &viscatest.Camera{Hold: true}
	serveUntil(t, sim, p)
	r := start(t, visca1(p))
	r.await("the camera", line(room.EquipmentHead, room.DeviceRunning))
	r.Do(room.RecallPreset{Preset: 1})
	seen(t, sim, "81 01 04 3F 02 00 FF")
	r.Do(room.TurnCamera{Pan: 1})
	seen(t, sim, "81 01 06 01 01 01 02 03 FF")
}

// TestHeadComesBack: with its port, and after silence with new addresses.
func TestHeadComesBack(t *testing.T) {
	p, sim := port(t), &viscatest.Camera{}
	serveUntil(t, sim, p)
	r := start(t, visca1(p))
	r.await("the camera", line(room.EquipmentHead, room.DeviceRunning))
	if err := p.Unplug(); err != nil {
		t.Fatal(err)
	}
	r.await("the port that is gone", line(room.EquipmentHead, room.DeviceFailed))
	r.Do(room.RecallPreset{Preset: 1}) // in vain
	if err := p.Plug(); err != nil {
		t.Fatal(err)
	}
	silent := &viscatest.Camera{Silent: true}
	serveUntil(t, silent, p)
	r.await("a camera that does not answer", func(e room.Event) bool {
		l, ok := e.(room.LineChanged)
		return ok && strings.Contains(l.Reason, "does not answer")
	})
	if err := p.Unplug(); err != nil {
		t.Fatal(err)
	}
	if err := p.Plug(); err != nil {
		t.Fatal(err)
	}
	again := &viscatest.Camera{Garble: []byte{0x13, 0x90, 0xFF}}
	serveUntil(t, again, p)
	r.await("the camera again", line(room.EquipmentHead, room.DeviceRunning))
	r.Do(room.RecallPreset{Preset: 2})
	seen(t, again, "81 01 04 3F 02 01 FF")
	for _, packet := range again.Seen() {
		if packet == "81 01 04 3F 02 00 FF" {
			t.Error("what was asked of a camera that was away was carried out later")
		}
	}
}

func TestRefusedTurn(t *testing.T) {
	p, sim := port(t), &refusing{code: visca.CodeNotExecutable}
	serveUntil(t, sim, p)
	r := start(t, visca1(p))
	r.await("the camera", line(room.EquipmentHead, room.DeviceRunning))
	r.Do(room.TurnCamera{Pan: 5})
	r.await("the refusal", func(e room.Event) bool {
		f, ok := e.(room.EquipmentFailed)
		return ok && f.Command == room.CommandTurn && f.Code == room.CodeDeviceRefused && f.Text != ""
	})
}

func display(p *serialtest.PTY) config.Config {
	return config.Config{Display: config.Display{Kind: config.DisplaySerial, Port: p.Path(), Model: "samsung-mdc", Set: 1, Input: "hdmi2", OffAfter: 5}}
}

func told(power, input string) func(room.Event) bool {
	return func(e room.Event) bool {
		d, ok := e.(room.DisplayTold)
		return ok && d.Power == power && (input == "" || d.Input == input)
	}
}

func TestDisplay(t *testing.T) {
	p, sim := port(t), &displaytest.Samsung{ID: 1}
	serveUntil(t, sim, p)
	r := start(t, display(p))
	if e := r.Equipped(); !e.Display || e.OffAfter != 5*time.Minute || len(e.Inputs) == 0 {
		t.Errorf("%+v", e)
	}
	r.await("a display that is off", told("off", ""))
	r.Do(room.SetDisplayPower{On: true})
	seen(t, sim, "AA 11 01 01 01 14")
	r.await("the display's input", told("on", "hdmi2"))
	r.Do(room.SetDisplayVolume{Volume: 40})
	seen(t, sim, "AA 12 01 01 28 3C")
	r.Do(room.SetDisplayMute{On: true})
	seen(t, sim, "AA 13 01 01 01 16")
	r.Do(room.SetDisplayInput{Input: "hdmi1"})
	r.await("another input", told("on", "hdmi1"))
	sim.Refuse(true)
	r.Do(room.SetDisplayVolume{Volume: 1})
	r.await("the refusal", func(e room.Event) bool {
		f, ok := e.(room.EquipmentFailed)
		return ok && f.Command == room.CommandDisplayVolume && f.Code == room.CodeDeviceRefused
	})
	sim.Refuse(false)
	r.Do(room.SetDisplayPower{})
	r.await("a display that is off", told("off", ""))
}

// TestDisplayComesBack: what was wanted of a display that was away is so when it is back.
func TestDisplayComesBack(t *testing.T) {
	p, sim := port(t), &displaytest.Samsung{ID: 1}
	serveUntil(t, sim, p)
	r := start(t, display(p))
	r.await("the display", line(room.EquipmentDisplay, room.DeviceRunning))
	if err := p.Unplug(); err != nil {
		t.Fatal(err)
	}
	r.Do(room.SetDisplayPower{On: true})
	r.await("the port that is gone", line(room.EquipmentDisplay, room.DeviceFailed))
	if err := p.Plug(); err != nil {
		t.Fatal(err)
	}
	serveUntil(t, sim, p)
	r.await("the display again", line(room.EquipmentDisplay, room.DeviceRunning))
	r.await("what was wanted", told("on", "hdmi2"))
	sim.Silence(true)
	r.Do(room.SetDisplayMute{On: true})
	r.await("a display that does not answer", func(e room.Event) bool {
		l, ok := e.(room.LineChanged)
		return ok && strings.Contains(l.Reason, "does not answer")
	})
	sim.Silence(false)
	r.await("the display once more", line(room.EquipmentDisplay, room.DeviceRunning))
}

// TestPJLink: the same by TCP, with a password from a credential.
func TestPJLink(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	power, served := "0", make(chan struct{})
	t.Cleanup(func() { _ = l.Close(); <-served })
	go func() {
		defer close(served)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			fmt.Fprint(conn, "PJLINK 0\r")
			ask, err := bufio.NewReader(conn).ReadString('\r')
			if err != nil || len(ask) < 6 {
				_ = conn.Close() // given up, as at the test's end
				continue
			}
			mu.Lock()
			switch ask {
			case "%1POWR 1\r":
				power = "1"
				fmt.Fprint(conn, "%1POWR=OK\r")
			case "%1POWR ?\r":
				fmt.Fprintf(conn, "%%1POWR=%s\r", power)
			case "%1INPT ?\r":
				fmt.Fprint(conn, "%1INPT=31\r")
			default:
				fmt.Fprint(conn, ask[:6]+"=ERR1\r")
			}
			mu.Unlock()
			_ = conn.Close()
		}
	}()
	r := start(t, config.Config{Display: config.Display{Kind: config.DisplayPJLink, Address: l.Addr().String(), Password: "display"}})
	r.await("the display", told("off", ""))
	r.Do(room.SetDisplayPower{On: true})
	r.await("power", told("on", "31"))
}

// TestNoCEC: an HDMI output without CEC is a fault that says what to do, and nothing more.
func TestNoCEC(t *testing.T) {
	r := start(t, config.Config{Display: config.Display{Kind: config.DisplayCEC, Device: filepath.Join(t.TempDir(), "cec0")}})
	r.await("the device that is not there", func(e room.Event) bool {
		l, ok := e.(room.LineChanged)
		return ok && l.State == room.DeviceFailed && strings.Contains(l.Reason, "HDMI")
	})
}

func TestButtons(t *testing.T) {
	p := port(t)
	file := filepath.Join(t.TempDir(), "controls.yaml")
	text := fmt.Sprintf("ports: {lights: {device: %s, line: 9600}}\nbuttons:\n"+
		"  - {name: Lights on, port: lights, send: \"'L1' 0D\", answer: \"'OK' 0D\", within: 300ms}\n"+
		"  - {name: Bell, port: lights, send: \"07\"}\n", p.Path())
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := start(t, config.Config{Controls: config.Controls{File: file}})
	if e := r.Equipped(); len(e.Controls) != 2 || e.Controls[0] != "Lights on" {
		t.Errorf("%+v", e)
	}
	r.await("the port", line(room.EquipmentControls, room.DeviceRunning))
	came := make(chan string, 16)
	answer := func(text string) {
		r.Do(room.PressControl{Control: "Lights on"})
		buf := make([]byte, 3)
		for n := 0; n < len(buf); {
			m, err := p.Read(buf[n:])
			if err != nil {
				t.Fatal(err)
			}
			n += m
		}
		came <- string(buf)
		_, _ = p.Write([]byte(text))
	}
	pressed := func(code string) func(room.Event) bool {
		return func(e room.Event) bool {
			c, ok := e.(room.ControlPressed)
			return ok && c.Control == "Lights on" && c.Code == code
		}
	}
	answer("unasked \x00 OK\r")
	if got := <-came; got != "L1\r" {
		t.Errorf("%q came", got)
	}
	r.await("the outcome", pressed(""))
	answer("O")
	r.await("half an answer", pressed(room.CodeDeviceAway))
	if err := p.Unplug(); err != nil {
		t.Fatal(err)
	}
	r.await("the port that is gone", line(room.EquipmentControls, room.DeviceFailed))
	r.Do(room.PressControl{Control: "Lights on"})
	r.await("a press in vain", pressed(room.CodeDeviceAway))
	if err := p.Plug(); err != nil {
		t.Fatal(err)
	}
	r.await("the port again", line(room.EquipmentControls, room.DeviceRunning))
	answer("OK\r")
	r.await("the outcome", pressed(""))
}

func TestNothing(t *testing.T) {
	r := start(t, config.Config{})
	if e := r.Equipped(); e.Head || e.Display || len(e.Controls) > 0 {
		t.Errorf("%+v", e)
	}
	if !r.Do(room.SetDisplayPower{On: true}) || r.Do(room.SetMuted{}) {
		t.Error("effects are told apart wrongly")
	}
	if _, err := equipment.New(equipment.Options{Config: config.Config{Controls: config.Controls{File: "/none"}}}); err == nil {
		t.Error("a table that is not there was taken")
	}
}
