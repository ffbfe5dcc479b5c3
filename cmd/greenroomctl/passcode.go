package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// passcode returns the passcode for a join. When it is asked for, a person at a terminal types it unseen, and a program
// writes it to standard input; else it comes from the environment, or there is none.
func (p program) passcode(ctx context.Context, asked bool) (string, error) {
	if !asked {
		return p.env("GREENROOM_PASSCODE"), nil
	}
	if f, ok := p.stdin.(*os.File); ok {
		if show, err := hideTyping(int(f.Fd())); err == nil {
			fmt.Fprint(p.stderr, "Passcode: ")
			defer fmt.Fprintln(p.stderr)
			defer show()
		}
	}
	return p.line(ctx, "no passcode")
}

// line reads one line from standard input. Nothing is what its error says is missing: "no passcode".
func (p program) line(ctx context.Context, nothing string) (string, error) {
	type read struct {
		line string
		err  error
	}
	done := make(chan read, 1)
	// A read of a terminal cannot be called off. After Ctrl-C it ends with the program.
	go func() {
		line, err := bufio.NewReader(io.LimitReader(p.stdin, maxLine)).ReadString('\n')
		done <- read{line, err}
	}()
	select {
	case <-ctx.Done():
		return "", fmt.Errorf("%s was typed; nothing was done", nothing)
	case r := <-done:
		if r.line == "" && r.err != nil {
			return "", fmt.Errorf("%s came on standard input; nothing was done", nothing)
		}
		return strings.TrimSpace(r.line), nil
	}
}

// maxLine is how much of a line is read. The room refuses what is too long to send.
const maxLine = 4 << 10

// hideTyping keeps a terminal from showing what is typed, until show is called. It fails where there is no terminal.
func hideTyping(fd int) (show func(), err error) {
	old, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return nil, err
	}
	hidden := *old
	hidden.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &hidden); err != nil {
		return nil, err
	}
	return func() { _ = unix.IoctlSetTermios(fd, unix.TCSETS, old) }, nil
}
