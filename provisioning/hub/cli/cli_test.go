package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"greenroom-hub": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		os.Exit(Main(ctx, "test", Outside{}, os.Args[1:], os.Stdout, os.Stderr))
	}})
}

// The scripts run the real program with real signals.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			// await FILE waits until the file is there.
			"await": func(ts *testscript.TestScript, _ bool, args []string) {
				for limit := time.After(time.Minute); ; {
					if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
						return
					}
					select {
					case <-limit:
						ts.Fatalf("%s did not come", args[0])
					case <-time.After(5 * time.Millisecond):
					}
				}
			},
			// expand FILE puts the values of environment variables into the file.
			"expand": func(ts *testscript.TestScript, _ bool, args []string) {
				text := os.Expand(ts.ReadFile(args[0]), ts.Getenv)
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
			},
		},
	})
}
