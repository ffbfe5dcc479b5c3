package visca_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"greenroom/devices/serial"
	"greenroom/devices/serial/serialtest"
	"greenroom/devices/visca"
	"greenroom/devices/visca/viscatest"
)

// running returns a camera driver whose port is p, with its reader running.
func running(t *testing.T, p serial.Port) *visca.Camera {
	t.Helper()
	c := visca.New(p, 1)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = c.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return c
}

// simulated returns a driver and the camera at the other end of a real PTY.
func simulated(t *testing.T, sim *viscatest.Camera) (*visca.Camera, *serialtest.PTY) {
	t.Helper()
	pty, err := serialtest.NewPTY(filepath.Join(t.TempDir(), "port"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := serial.Open(pty.Path(), serial.Settings{BitRate: 9600, DataBits: 8, Parity: 'N', StopBits: 1})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() { defer close(served); _ = sim.Serve(pty) }()
	t.Cleanup(func() { _ = p.Close(); _ = pty.Close(); <-served })
	return running(t, p), pty
}

// TestSequences holds each command to the manual's bytes ("EVI-D70 Technical Manual", "Command List"), for camera 1.
func TestSequences(t *testing.T) {
	for _, c := range []struct {
		name, bytes string
		command     visca.Command
	}{
		{"CAM_Power On", "81 01 04 00 02 FF", visca.Power(true)},
		{"CAM_Power Off", "81 01 04 00 03 FF", visca.Power(false)},
		{"CAM_Zoom Stop", "81 01 04 07 00 FF", visca.Zoom(0)},
		{"CAM_Zoom Tele (variable), fastest", "81 01 04 07 27 FF", visca.Zoom(8)},
		{"CAM_Zoom Wide (variable), slowest", "81 01 04 07 30 FF", visca.Zoom(-1)},
		{"CAM_Zoom Direct", "81 01 04 47 01 02 03 04 FF", visca.ZoomTo(0x1234)},
		{"CAM_Focus Auto", "81 01 04 38 02 FF", visca.AutoFocus(true)},
		{"CAM_Focus Manual", "81 01 04 38 03 FF", visca.AutoFocus(false)},
		{"CAM_Focus Stop", "81 01 04 08 00 FF", visca.Focus(0)},
		{"CAM_Focus Far (variable)", "81 01 04 08 22 FF", visca.Focus(3)},
		{"CAM_Focus Near (variable)", "81 01 04 08 32 FF", visca.Focus(-3)},
		{"CAM_Focus Direct", "81 01 04 48 0A 0B 0C 0D FF", visca.FocusTo(0xABCD)},
		{"CAM_Memory Set", "81 01 04 3F 01 05 FF", visca.Save(5)},
		{"CAM_Memory Recall", "81 01 04 3F 02 05 FF", visca.Recall(5)},
		{"Pan-tiltDrive Up", "81 01 06 01 01 14 03 01 FF", visca.Drive(0, 20)},
		{"Pan-tiltDrive Down", "81 01 06 01 01 05 03 02 FF", visca.Drive(0, -5)},
		{"Pan-tiltDrive Left", "81 01 06 01 18 01 01 03 FF", visca.Drive(-24, 0)},
		{"Pan-tiltDrive Right", "81 01 06 01 03 01 02 03 FF", visca.Drive(3, 0)},
		{"Pan-tiltDrive UpLeft", "81 01 06 01 02 02 01 01 FF", visca.Drive(-2, 2)},
		{"Pan-tiltDrive DownRight", "81 01 06 01 02 02 02 02 FF", visca.Drive(2, -2)},
		{"Pan-tiltDrive Stop", "81 01 06 01 01 01 03 03 FF", visca.Drive(0, 0)},
		{"Pan-tiltDrive no faster than can be", "81 01 06 01 18 14 02 01 FF", visca.Drive(900, 900)},
		{"Pan-tiltDrive AbsolutePosition", "81 01 06 02 18 14 0F 0F 0F 0F 00 00 01 00 FF", visca.MoveTo(-1, 16, 24, 20)},
		{"Pan-tiltDrive Home", "81 01 06 04 FF", visca.Home()},
	} {
		p := &serialtest.Playback{Ops: []serialtest.IO{{W: hex(c.bytes), R: hex("90 41 FF 90 51 FF")}}}
		if err := running(t, p).Do(t.Context(), c.command); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if err := p.Close(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
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

func TestBegin(t *testing.T) {
	p := &serialtest.Playback{Ops: []serialtest.IO{
		{W: hex("88 30 01 FF"), R: hex("88 30 02 FF")},
		{W: hex("88 01 00 01 FF"), R: hex("88 01 00 01 FF")},
	}}
	if err := running(t, p).Begin(t.Context()); err != nil {
		t.Error(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	// An answer of no camera: the port is looped back.
	p = &serialtest.Playback{Ops: []serialtest.IO{{W: hex("88 30 01 FF"), R: hex("88 30 01 FF")}}}
	if err := running(t, p).Begin(t.Context()); err == nil {
		t.Error("no camera answered, and all is well")
	}
}

func TestInquiries(t *testing.T) {
	sim := &viscatest.Camera{}
	c, _ := simulated(t, sim)
	want := visca.Position{Pan: -300, Tilt: 77, Zoom: 0x7AC0}
	sim.Turn(want)
	if got, err := c.Position(t.Context()); err != nil || got != want {
		t.Errorf("position %+v, %v", got, err)
	}
	if v, err := c.Version(t.Context()); err != nil || v.String() != "Sony model 040E (ROM 0100)" {
		t.Errorf("version %v, %v", v, err)
	}
	for _, on := range []bool{false, true} {
		if err := c.Do(t.Context(), visca.Power(on)); err != nil {
			t.Fatal(err)
		}
		if got, err := c.IsOn(t.Context()); err != nil || got != on {
			t.Errorf("on %t, %v", got, err)
		}
	}
}

func TestPresets(t *testing.T) {
	sim := &viscatest.Camera{}
	c, _ := simulated(t, sim)
	whiteboard := visca.Position{Pan: 500, Tilt: -20, Zoom: 0x1000}
	sim.Turn(whiteboard)
	for _, step := range []visca.Command{visca.Save(3), visca.Home(), visca.Drive(24, 0), visca.Drive(0, 0), visca.Recall(3)} {
		if err := c.Do(t.Context(), step); err != nil {
			t.Fatal(err)
		}
	}
	if sim.Position().Pan != whiteboard.Pan {
		t.Errorf("the preset led to %+v", sim.Position())
	}
}

// TestErrors: each error of "Error Messages", in place of the acknowledgement and in place of the completion.
func TestErrors(t *testing.T) {
	for code, first := range map[byte]string{
		visca.CodeLength: "60", visca.CodeSyntax: "60", visca.CodeBufferFull: "60", visca.CodeNotExecutable: "61", 0x7E: "60",
	} {
		p := &serialtest.Playback{Ops: []serialtest.IO{{W: hex("81 01 06 04 FF"), R: append(hex("90 "+first), code, 0xFF)}}}
		var refused *visca.Error
		if err := running(t, p).Do(t.Context(), visca.Home()); !errors.As(err, &refused) || refused.Code != code {
			t.Errorf("%02X: %v", code, err)
		}
	}
	p := &serialtest.Playback{Ops: []serialtest.IO{{W: hex("81 01 06 04 FF"), R: hex("90 42 FF 90 62 04 FF")}}}
	var refused *visca.Error
	if err := running(t, p).Do(t.Context(), visca.Home()); !errors.As(err, &refused) || refused.Code != visca.CodeCancelled {
		t.Errorf("cancelled: %v", err)
	}
}

// TestCancel: a command that nobody waits for any longer is cancelled, and another goes by the other socket meanwhile.
func TestCancel(t *testing.T) {
	sim := &viscatest.Camera{Hold: true}
	c, _ := simulated(t, sim)
	ctx, cancel := context.WithCancel(t.Context())
	news := sim.News()
	done := make(chan error, 1)
	go func() { done <- c.Do(ctx, visca.Recall(1)) }()
	<-news
	if err := c.Do(t.Context(), visca.Zoom(0)); err != nil {
		t.Errorf("the other socket: %v", err)
	}
	news = sim.News()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	<-news
	seen := sim.Seen()
	if last := seen[len(seen)-1]; last != "81 21 FF" {
		t.Errorf("the last that came is %s", last)
	}
}

func TestSilence(t *testing.T) {
	c, _ := simulated(t, &viscatest.Camera{Silent: true})
	began := time.Now()
	if err := c.Do(t.Context(), visca.Home()); !errors.Is(err, visca.ErrSilent) || time.Since(began) < time.Second {
		t.Errorf("silence for %v: %v", time.Since(began), err)
	}
}

// TestGarbage: whatever comes between answers, those of the camera are found.
func TestGarbage(t *testing.T) {
	for name, garbage := range map[string]string{
		"noise with an end":           "00 13 FF",
		"another camera's completion": "A0 51 FF",
		"an overlong packet":          strings.Repeat("42 ", 40) + "FF",
		"an unknown answer":           "90 77 FF",
		"an end alone":                "FF",
		"a late completion":           "90 52 FF",
	} {
		c, _ := simulated(t, &viscatest.Camera{Garble: hex(garbage)})
		if err := c.Do(t.Context(), visca.Home()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if c.Refused() == 0 {
			t.Errorf("%s: not counted", name)
		}
	}
	// Half a message swallows the answer after it; the next command works.
	p := &serialtest.Playback{Ops: []serialtest.IO{
		{W: hex("81 01 06 04 FF"), R: hex("90 90 41 FF")},
		{W: hex("81 01 06 04 FF"), R: hex("90 41 FF 90 51 FF")},
	}}
	c := running(t, p)
	if err := c.Do(t.Context(), visca.Home()); !errors.Is(err, visca.ErrSilent) {
		t.Errorf("half a message: %v", err)
	}
	if err := c.Do(t.Context(), visca.Home()); err != nil {
		t.Errorf("after half a message: %v", err)
	}
}

func TestNetworkChange(t *testing.T) {
	sim := &viscatest.Camera{}
	c, _ := simulated(t, sim)
	if err := c.Do(t.Context(), visca.Home()); err != nil || c.NetworkChanged() {
		t.Fatal(err, c.NetworkChanged())
	}
	sim.Say(hex("90 38 FF"))
	if err := c.Do(t.Context(), visca.Home()); err != nil || !c.NetworkChanged() {
		t.Fatal(err, c.NetworkChanged())
	}
	if err := c.Begin(t.Context()); err != nil || c.NetworkChanged() {
		t.Error(err, c.NetworkChanged())
	}
}

func TestVanishedPort(t *testing.T) {
	pty, err := serialtest.NewPTY(filepath.Join(t.TempDir(), "port"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := serial.Open(pty.Path(), serial.Settings{BitRate: 9600, DataBits: 8, Parity: 'N', StopBits: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	done := make(chan error, 1)
	go func() { done <- visca.New(p, 1).Run(t.Context()) }()
	if err := pty.Unplug(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; !errors.Is(err, serial.ErrGone) {
		t.Errorf("the port vanished: %v", err)
	}
}

// FuzzParse: what is taken is written again as it was; nothing makes it fail otherwise.
func FuzzParse(f *testing.F) {
	f.Add(hex("90 41 FF 90 51 FF 88 30 02 FF"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var s visca.Splitter
		s.Add(data, func(packet []byte) {
			r, err := visca.Parse(packet)
			if err != nil {
				if !errors.Is(err, visca.ErrMalformed) {
					t.Errorf("% X: %v", packet, err)
				}
				return
			}
			if again := r.Marshal(); !bytes.Equal(again, packet) {
				t.Errorf("% X comes back as % X (%+v)", packet, again, r)
			}
		})
	})
}
