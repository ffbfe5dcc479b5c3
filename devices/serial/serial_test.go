package serial_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"greenroom/devices/serial"
	"greenroom/devices/serial/serialtest"
)

func TestParseSettings(t *testing.T) {
	for text, want := range map[string]serial.Settings{
		"9600 8N1":   {9600, 8, 'N', 1},
		"38400":      {38400, 8, 'N', 1},
		" 1200 7e2 ": {1200, 7, 'E', 2},
		"115200 8O1": {115200, 8, 'O', 1},
	} {
		got, err := serial.ParseSettings(text)
		if err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
		if again, err := serial.ParseSettings(got.String()); err != nil || again != got {
			t.Errorf("%v does not come back: %v, %v", got, again, err)
		}
	}
	for _, text := range []string{"", "fast", "9600 8N", "9600 9N1", "9600 8X1", "9600 8N3", "100 8N1", "9600 8N1 x", "9600-8N1"} {
		if s, err := serial.ParseSettings(text); err == nil {
			t.Errorf("%q was taken as %v", text, s)
		}
	}
}

func open(t *testing.T) (*serialtest.PTY, serial.Port) {
	t.Helper()
	pty, err := serialtest.NewPTY(filepath.Join(t.TempDir(), "port"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pty.Close() })
	p, err := serial.Open(pty.Path(), serial.Settings{BitRate: 9600, DataBits: 8, Parity: 'N', StopBits: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return pty, p
}

func TestBytesPassAsTheyAre(t *testing.T) {
	pty, p := open(t)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	if err := p.Send(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 256)
	if _, err := io.ReadFull(pty, got); err != nil || string(got) != string(all) {
		t.Fatalf("sent bytes came as % X (%v)", got, err)
	}
	if _, err := pty.Write(all); err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(got); {
		m, err := p.Receive(t.Context(), got[n:])
		if err != nil {
			t.Fatal(err)
		}
		n += m
	}
	if string(got) != string(all) {
		t.Errorf("received % X", got)
	}
}

func TestSilenceEndsWithTheContext(t *testing.T) {
	pty, p := open(t)
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Millisecond)
	defer cancel()
	if _, err := p.Receive(ctx, make([]byte, 8)); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("silence: %v", err)
	}
	// The port is as good as before.
	if _, err := pty.Write([]byte("late")); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 8)
	if n, err := p.Receive(t.Context(), buf); err != nil || n == 0 {
		t.Errorf("after silence: %d, %v", n, err)
	}
}

func TestNobodyTakesTheBytes(t *testing.T) {
	pty, p := open(t)
	if err := p.Send(t.Context(), make([]byte, serial.MaxSend+1)); err == nil {
		t.Error("a message that is too long was sent")
	}
	var err error
	for range 1000 {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		err = p.Send(ctx, make([]byte, serial.MaxSend))
		cancel()
		if err != nil {
			break
		}
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("nobody reads: %v", err)
	}
	if err := p.Send(t.Context(), []byte("x")); !errors.Is(err, serial.ErrGone) {
		t.Errorf("after that: %v", err)
	}
	_ = pty.Unplug() // ends the write
}

// TestGivenUp: what is given up before it is written leaves the port as it was.
func TestGivenUp(t *testing.T) {
	pty, p := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 {
		if err := p.Send(ctx, []byte("no")); !errors.Is(err, context.Canceled) {
			t.Fatalf("given up: %v", err)
		}
	}
	if err := p.Send(t.Context(), []byte("yes")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 8)
	if n, err := pty.Read(got); err != nil || string(got[:n]) != "yes" {
		t.Errorf("%q came, %v", got[:n], err)
	}
}

func TestErrorsOfOpening(t *testing.T) {
	if _, err := serial.Open(filepath.Join(t.TempDir(), "none"), serial.Settings{BitRate: 9600, DataBits: 8, StopBits: 1}); !errors.Is(err, serial.ErrGone) {
		t.Errorf("no such port: %v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := serial.Open(file, serial.Settings{BitRate: 9600, DataBits: 8, StopBits: 1}); err == nil || errors.Is(err, serial.ErrGone) {
		t.Errorf("a file that is no port: %v", err)
	}
}

// TestKeep: a port that vanishes under its user is opened again when it is back.
func TestKeep(t *testing.T) {
	pty, err := serialtest.NewPTY(filepath.Join(t.TempDir(), "port"))
	if err != nil {
		t.Fatal(err)
	}
	defer pty.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	opened, failures, done := make(chan struct{}, 8), make(chan error, 64), make(chan struct{})
	go func() {
		defer close(done)
		serial.Keep(ctx, func() (serial.Port, error) {
			return serial.Open(pty.Path(), serial.Settings{BitRate: 9600, DataBits: 8, Parity: 'N', StopBits: 1})
		}, func(ctx context.Context, p serial.Port) error {
			opened <- struct{}{}
			_, err := p.Receive(ctx, make([]byte, 1))
			return err
		}, func(err error) { failures <- err })
	}()
	<-opened
	if err := pty.Unplug(); err != nil {
		t.Fatal(err)
	}
	if err := <-failures; !errors.Is(err, serial.ErrGone) {
		t.Errorf("the port vanished: %v", err)
	}
	<-failures // it is not there yet
	if err := pty.Plug(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-opened:
	case <-time.After(20 * time.Second):
		t.Fatal("the port came back, and nobody opened it")
	}
	cancel()
	<-done
}
