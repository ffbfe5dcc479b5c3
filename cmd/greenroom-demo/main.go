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
	code := demo.Main(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
