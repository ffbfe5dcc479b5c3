package capture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"greenroom/media/pipe"
)

// Exit statuses of greenroom-capture.
const (
	exitStopped = 0 // asked to stop
	exitFault   = 1 // a Status message says why
	exitUsage   = 2 // started wrongly
)

// stopLimit is how long an orderly end may take after a signal: a driver may hang, and the daemon may be dead.
const stopLimit = 3 * time.Second

// Main is greenroom-capture: args are the arguments without the program's name, and the result is the exit status.
func Main(args []string, stderr io.Writer) int { return MainWith(hardware, args, stderr) }

// MainWith is Main with other encoders of H.264 than the machine's own.
func MainWith(h264 Builder, args []string, stderr io.Writer) int {
	if err := harden(); err != nil {
		fmt.Fprintln(stderr, "greenroom-capture: not as well protected as it could be:", err)
	}
	if len(args) == 2 && args[0] == pipe.ProbeEncoder {
		return probe(args[1], os.Stdout, stderr)
	}
	in, out := standardPipe(0, "stdin"), standardPipe(1, "stdout")
	spec, err := pipe.ParseArgs(args)
	if err != nil {
		fmt.Fprintln(stderr, "greenroom-capture is started by greenroomd:", err)
		say(out, pipe.Status{Code: pipe.BadArguments, Text: fmt.Sprintf("The capture program was started wrongly: %v", err)})
		return exitUsage
	}
	var weak string
	if err = chooseEncoder(&spec); err == nil {
		weak, err = confined(spec)
	}
	if f := new(Fault); errors.As(err, &f) {
		fmt.Fprintln(stderr, f.Text)
		say(out, pipe.Status{Code: f.Code, Text: f.Text})
		return exitFault
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	defer stop()
	defer context.AfterFunc(ctx, func() {
		time.AfterFunc(stopLimit, func() { os.Exit(exitStopped) })
	})()
	err = run(ctx, spec, h264, weak, in, out)
	if f := new(Fault); errors.As(err, &f) {
		fmt.Fprintln(stderr, f.Text)
		return exitFault
	}
	return exitStopped
}

// say writes why there will be no capture.
func say(out io.Writer, why pipe.Status) {
	_, _ = out.Write(pipe.AppendStatus(pipe.AppendHello(nil), why))
}

// standardPipe returns a standard stream as a file whose reads and writes can be ended from here: one that does not
// block.
func standardPipe(fd int, name string) *os.File {
	_ = unix.SetNonblock(fd, true)
	return os.NewFile(uintptr(fd), name)
}
