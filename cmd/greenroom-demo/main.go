// Command greenroom-demo lets two rooms meet on this machine: `make demo`.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"greenroom/daemon/demo"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := demo.Main(ctx, os.Args[1:], os.Stdout, os.Stderr)
	os.Exit(code)
}
