package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// terminal makes a pseudo-terminal: what is written to the keyboard is typed at the screen.
func terminal(t *testing.T) (keyboard, screen *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keyboard.Close() })
	number, err := unix.IoctlGetInt(int(keyboard.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(keyboard.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	screen, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { screen.Close() })
	return keyboard, screen
}

func echoes(t *testing.T, f *os.File) bool {
	t.Helper()
	settings, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return settings.Lflag&unix.ECHO != 0
}

// prompted tells when the prompt is written.
type prompted struct {
	bytes.Buffer
	asked chan struct{}
}

func (p *prompted) Write(b []byte) (int, error) {
	if strings.HasPrefix(string(b), "Passcode") {
		close(p.asked)
	}
	return p.Buffer.Write(b)
}

func TestPasscodeIsTypedUnseen(t *testing.T) {
	for name, cancelled := range map[string]bool{"typed": false, "Ctrl-C": true} {
		keyboard, screen := terminal(t)
		prompt := &prompted{asked: make(chan struct{})}
		p := program{stdin: screen, stdout: io.Discard, stderr: prompt, env: func(string) string { return "" }}
		ctx, cancel := context.WithCancel(t.Context())
		type answer struct {
			passcode string
			err      error
		}
		done := make(chan answer, 1)
		go func() {
			passcode, err := p.passcode(ctx, true)
			done <- answer{passcode, err}
		}()
		<-prompt.asked
		if echoes(t, screen) {
			t.Errorf("%s: the terminal shows what is typed", name)
		}
		if cancelled {
			cancel()
		} else {
			io.WriteString(keyboard, "271828\n")
		}
		got := <-done
		if cancelled != (got.err != nil) || !cancelled && got.passcode != "271828" {
			t.Errorf("%s: %q, %v", name, got.passcode, got.err)
		}
		if !echoes(t, screen) {
			t.Errorf("%s: the terminal shows nothing afterwards", name)
		}
		cancel()
	}
}
