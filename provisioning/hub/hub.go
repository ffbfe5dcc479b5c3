// Package hub is the organisation's server, greenroom-hub: the directory of meetings over HTTPS, with its database and
// its keys.
//
//	config     the configuration file, typed and checked
//	secrets    the state folder: lock, statement key, self-signed certificate
//	store      the database: directory.Store in SQL, migrations
//	hub        this package: puts them together, serves, keeps house, stops
//	cli        the program's commands
//
// [Run] goes through one order at the start and the reverse at the end:
//
//	lock the state folder -> open the database -> load the keys -> configured meetings -> listen -> serve, tidy, watchdog
//
// Nobody else may hold the folder, so a hub that was killed leaves nothing behind that keeps the next one from starting.
// A hub that restarts during a meeting splits nothing: instances and places are in the database, and leases are counted
// from the hub's start.
package hub

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"time"

	"golang.org/x/net/netutil"

	"greenroom/meeting/directory"
	"greenroom/provisioning/hub/config"
	"greenroom/provisioning/hub/secrets"
	"greenroom/provisioning/hub/store"
)

// factStatementKey is the fact of the database that says which statement key this hub has.
const factStatementKey = "statement_key"

// Options are what Run needs besides the configuration.
type Options struct {
	Version string
	Log     *slog.Logger
	Now     func() time.Time // nil: time.Now
	// Ready is called once requests are answered, with the address in use. nil: nobody wants to know.
	Ready func(address net.Addr)
	// Guest is the guest page: guest.html and assets/. nil: this hub has none.
	Guest fs.FS
	// Verifiers come from the outside: the formats are the keystore's.
	Verifiers Verifiers
}

// Verifiers check what rooms say about their keys. What is nil, this hub does not take.
type Verifiers struct {
	Succession directory.SuccessionVerifier // statements about new identity keys
}

// Run runs a hub until ctx ends, which is no error. It returns when everything that it started has stopped.
func Run(ctx context.Context, cfg config.Config, opts Options) (err error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	folder, err := secrets.Open(cfg.StateDir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()

	st, err := store.Open(ctx, folder.Path(store.FileName))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()

	service, err := newService(ctx, cfg, opts, folder, st)
	if err != nil {
		return err
	}
	tlsConfig, err := certificates(cfg, folder, opts)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", cfg.Listen.Address)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w; see that no other program uses the port (listen.address in the configuration)", cfg.Listen.Address, err)
	}
	s := &server{
		cfg: cfg, opts: opts, store: st, tls: tlsConfig, directory: service,
		listener: netutil.LimitListener(listener, cfg.Listen.Connections),
	}
	return s.run(ctx)
}

// newService makes the directory's service, with the statement key that the database knows.
func newService(ctx context.Context, cfg config.Config, opts Options, folder *secrets.Folder, st *store.Store) (*directory.Service, error) {
	now := opts.Now()
	known, err := st.Fact(ctx, factStatementKey)
	if err != nil {
		return nil, err
	}
	key, made, err := folder.StatementKey(known)
	if err != nil {
		return nil, err
	}
	if known == "" {
		if err := st.SetFact(ctx, factStatementKey, secrets.PublicHex(key)); err != nil {
			return nil, err
		}
	}
	if made {
		opts.Log.Info("made the key that signs statements", "public_key", secrets.PublicHex(key))
	}
	rooms, err := cfg.DirectoryRooms()
	if err != nil {
		return nil, err
	}
	meetings, err := cfg.DirectoryMeetings(now)
	if err != nil {
		return nil, err
	}
	if err := st.Configure(ctx, meetings); err != nil {
		return nil, err
	}
	succeeded, err := st.Successions(ctx)
	if err != nil {
		return nil, err
	}
	if len(rooms) == 0 {
		opts.Log.Warn("no room is configured: nobody can join a meeting; add rooms to the configuration")
	}
	return directory.NewService(directory.ServiceConfig{
		Name: cfg.Name, Version: opts.Version, Rooms: rooms,
		Relay:        directory.Relay{URL: cfg.Relay.URL, Key: cfg.Relay.APIKey, Secret: string(cfg.Relay.APISecret)},
		Policy:       directory.Policy{Meetings: cfg.Encryption.Meetings, Calls: cfg.Encryption.Calls},
		StatementKey: key, Store: st, Now: opts.Now, Started: now, Log: opts.Log,
		Succession: opts.Verifiers.Succession, Succeeded: succeeded,
		Guests: cfg.Guests.Allowed, GuestRelayURL: cfg.Guests.RelayURL, GuestPage: cfg.Guests.PageURL,
	})
}

// hostnames are what a self-signed certificate is made for; wanted are those that the configuration asks for.
func hostnames(cfg config.Config) (always, wanted []string) {
	always = []string{"localhost", "127.0.0.1", "::1"}
	if name, err := os.Hostname(); err == nil {
		always = append(always, name)
	}
	wanted = append(wanted, cfg.TLS.Names...)
	if host, _, err := net.SplitHostPort(cfg.Listen.Address); err == nil && host != "" {
		if ip := net.ParseIP(host); ip == nil || !ip.IsUnspecified() {
			wanted = append(wanted, host)
		}
	}
	return always, wanted
}
