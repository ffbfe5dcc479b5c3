// Command greenroomd is the meeting room: a daemon without a window, run by systemd on the room's hardware.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"greenroom/cmd/internal/version"
	"greenroom/daemon/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := cli.Main(ctx, version.String(), os.Args[1:], os.Stdout, os.Stderr)
	os.Exit(code)
}
