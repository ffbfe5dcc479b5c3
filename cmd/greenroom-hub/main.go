// Command greenroom-hub is the organisation's server: meetings, who may join them, and tokens for the relay.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"greenroom/cmd/internal/version"
	"greenroom/keystore"
	"greenroom/provisioning/hub/cli"
	"greenroom/web"
)

func main() {
	if err := keystore.ForbidCoreDumps(); err != nil { // it has the key that signs statements
		fmt.Fprintf(os.Stderr, "greenroom-hub: %v\n", err)
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	outside := cli.Outside{Guest: web.Guest(), Verifiers: verifiers()}
	code := cli.Main(ctx, version.String(), outside, os.Args[1:], os.Stdout, os.Stderr)
	os.Exit(code)
}
