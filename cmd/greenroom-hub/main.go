// Command greenroom-hub is the organisation's server: meetings, who may join them, and tokens for the relay.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"greenroom/cmd/internal/version"
	"greenroom/provisioning/hub/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := cli.Main(ctx, version.String(), os.Args[1:], os.Stdout, os.Stderr)
	os.Exit(code)
}
