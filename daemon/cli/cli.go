// Package cli is the command line of greenroomd.
package cli

import (
	"context"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"

	"go.yaml.in/yaml/v3"

	"greenroom/daemon"
	"greenroom/daemon/config"
	"greenroom/keystore"
	"greenroom/systemd"
)

const usage = `greenroomd is a meeting room. See greenroomctl for what may be asked of it while it runs.

  greenroomd run --config FILE            run until stopped
  greenroomd identity --config FILE       print the room's entry for the hub's configuration, below "rooms:"
  greenroomd check-config --config FILE   say what is wrong with a configuration
  greenroomd version                      print the version
`

// Exit codes: done; failed; used wrongly.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// Main runs the command in args (without the program's name) and returns the exit code. "run" runs until ctx ends.
func Main(ctx context.Context, version string, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return exitUsage
	}
	var do func(config.Config) error
	switch args[0] {
	case "run":
		do = func(cfg config.Config) error { return run(ctx, cfg, version, stderr) }
	case "identity":
		do = func(cfg config.Config) error { return identity(cfg, stdout) }
	case "check-config":
		do = func(config.Config) error { fmt.Fprintln(stdout, "The configuration is fine."); return nil }
	case "version", "--version":
		fmt.Fprintf(stdout, "greenroomd %s (%s, %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return exitDone
	case "help", "--help", "-h":
		fmt.Fprint(stdout, usage)
		return exitDone
	default:
		fmt.Fprintf(stderr, "greenroomd: there is no command %q\n\n%s", args[0], usage)
		return exitUsage
	}
	return withConfig(args[1:], stderr, do)
}

// withConfig reads the configuration that --config names and runs do with it.
func withConfig(args []string, stderr io.Writer, do func(config.Config) error) int {
	flags := flag.NewFlagSet("greenroomd", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(stderr, usage) }
	path := flags.String("config", "", "the configuration file")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return exitDone
	} else if err != nil {
		return exitUsage
	}
	if *path == "" || flags.NArg() > 0 {
		fmt.Fprintf(stderr, "greenroomd: --config FILE is needed, and nothing after it\n\n%s", usage)
		return exitUsage
	}
	cfg, err := config.Load(*path, os.Environ)
	if err == nil {
		err = do(cfg)
	}
	if err != nil {
		fmt.Fprintf(stderr, "greenroomd: %v\n", err)
		return exitFailed
	}
	return exitDone
}

func run(ctx context.Context, cfg config.Config, version string, stderr io.Writer) error {
	if err := keystore.ForbidCoreDumps(); err != nil {
		return err
	}
	service, err := systemd.NewNotifier()
	if err != nil {
		return err
	}
	options := &slog.HandlerOptions{Level: cfg.Log.Level}
	var handler slog.Handler = slog.NewTextHandler(stderr, options)
	if cfg.Log.Format == "json" {
		handler = slog.NewJSONHandler(stderr, options)
	}
	return daemon.Run(ctx, daemon.Options{Config: cfg, Version: version, Log: slog.New(handler), Service: service})
}

// entry is a room in the hub's configuration, below "rooms:".
type entry struct {
	Name         string `yaml:"name"`
	Key          string `yaml:"key"` // public key, uncompressed P-256 point, in base64
	Organisation bool   `yaml:"organisation"`
}

// identity prints the room as the hub's configuration takes it. At the very first start it makes the identity.
func identity(cfg config.Config, stdout io.Writer) error {
	store, err := daemon.OpenKeystore(cfg)
	if err != nil {
		return err
	}
	defer store.Close()
	// Through YAML's own printer: a room's name may need quotes.
	text, err := yaml.Marshal([]entry{{
		Name:         cfg.Room.Name,
		Key:          base64.StdEncoding.EncodeToString(store.Identity().PublicKeyBytes()),
		Organisation: true,
	}})
	if err != nil {
		return fmt.Errorf("print the room's entry for the hub: %w", err)
	}
	_, err = fmt.Fprintf(stdout, "%s  # fingerprint: %s\n", text, store.Info().Fingerprint)
	return err
}
