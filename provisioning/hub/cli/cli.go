// Package cli is the command line of greenroom-hub.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"runtime"

	"greenroom/provisioning/hub"
	"greenroom/provisioning/hub/config"
)

const usage = `greenroom-hub is the organisation's server of Greenroom: meetings and who may join them.

  greenroom-hub run --config FILE            run until stopped
  greenroom-hub check-config --config FILE   say what is wrong with a configuration
  greenroom-hub example-config               print a configuration with every key explained
  greenroom-hub version                      print the version
`

// Exit codes: done; failed; used wrongly.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// Outside is what the program has from the other trees.
type Outside struct {
	Verifiers hub.Verifiers
	Guest     fs.FS // the guest page
}

// Main runs the command in args (without the program's name) and returns the exit code. It runs until ctx ends.
func Main(ctx context.Context, version string, outside Outside, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return exitUsage
	}
	command, args := args[0], args[1:]
	switch command {
	case "run":
		return withConfig(args, stderr, func(path string) error { return run(ctx, version, outside, path, stdout, stderr) })
	case "check-config":
		return withConfig(args, stderr, func(path string) error { return checkConfig(path, stdout) })
	case "example-config":
		fmt.Fprintf(stdout, "%s", config.Example)
		return exitDone
	case "version", "--version":
		fmt.Fprintf(stdout, "greenroom-hub %s (%s, %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		if digest, ok := hub.CoreDigest(outside.Guest); ok {
			fmt.Fprintf(stdout, "guest page: program %s (SHA-256)\n", digest)
		}
		return exitDone
	case "help", "--help", "-h":
		fmt.Fprint(stdout, usage)
		return exitDone
	}
	fmt.Fprintf(stderr, "greenroom-hub: there is no command %q\n\n%s", command, usage)
	return exitUsage
}

// withConfig reads the flag --config and runs f with it.
func withConfig(args []string, stderr io.Writer, f func(path string) error) int {
	flags := flag.NewFlagSet("greenroom-hub", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(stderr, usage) }
	path := flags.String("config", "", "the configuration file")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return exitDone
	} else if err != nil {
		return exitUsage
	}
	if *path == "" || flags.NArg() > 0 {
		fmt.Fprintf(stderr, "greenroom-hub: --config FILE is needed, and nothing after it\n\n%s", usage)
		return exitUsage
	}
	if err := f(*path); err != nil {
		fmt.Fprintf(stderr, "greenroom-hub: %v\n", err)
		return exitFailed
	}
	return exitDone
}

func run(ctx context.Context, version string, outside Outside, path string, stdout, stderr io.Writer) error {
	cfg, err := config.Load(path)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: cfg.LogLevel()}))
	return hub.Run(ctx, cfg, hub.Options{
		Version: version, Log: log, Verifiers: outside.Verifiers, Guest: outside.Guest,
		Ready: func(address net.Addr) { fmt.Fprintf(stdout, "greenroom-hub is ready at https://%s\n", address) },
	})
}

func checkConfig(path string, stdout io.Writer) error {
	cfg, err := config.Load(path)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s is fine: %d rooms, %d meetings.\n", path, len(cfg.Rooms), len(cfg.Meetings))
	return nil
}
