package hub

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"greenroom/meeting/directory"
	"greenroom/provisioning/hub/config"
	"greenroom/provisioning/hub/secrets"
	"greenroom/provisioning/hub/store"
)

// Limits of one connection. Rooms renew every 30 s: idle connections live longer than that, so that a room shakes
// hands once.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	writeTimeout      = 30 * time.Second
	idleTimeout       = 90 * time.Second
	maxHeaderBytes    = 16 << 10

	tidyEvery    = time.Minute
	checkTimeout = 2 * time.Second
)

// server is a hub that has all it needs to serve.
type server struct {
	cfg       config.Config
	opts      Options
	store     *store.Store
	tls       *tls.Config
	directory *directory.Service
	listener  net.Listener
}

// certificates loads the certificate that the configuration names, or the hub's own.
func certificates(cfg config.Config, folder *secrets.Folder, opts Options) (*tls.Config, error) {
	var pair tls.Certificate
	var err error
	if cfg.TLS.SelfSigned {
		always, wanted := hostnames(cfg)
		if pair, err = folder.SelfSigned(always, wanted, opts.Now()); err != nil {
			return nil, err
		}
		opts.Log.Info("serving with the hub's own certificate; rooms have to be given it", "certificate", folder.CertificatePath())
	} else {
		if pair, err = tls.LoadX509KeyPair(cfg.TLS.Certificate, cfg.TLS.Key); err != nil {
			return nil, fmt.Errorf("the certificate cannot be used: %w; see tls.certificate and tls.key in the configuration", err)
		}
		if left := pair.Leaf.NotAfter.Sub(opts.Now()); left < 0 {
			opts.Log.Error("the certificate has run out: no room will connect; renew it and restart the hub", "not_after", pair.Leaf.NotAfter)
		} else if left < 14*24*time.Hour {
			opts.Log.Warn("the certificate runs out soon; renew it and restart the hub", "not_after", pair.Leaf.NotAfter)
		}
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13}, nil
}

// run serves until ctx ends or serving fails, then stops: no new connections, the requests in progress finished within
// the shutdown timeout, the others cut off.
func (s *server) run(ctx context.Context) error {
	h := &http.Server{
		Handler: s.handler(), TLSConfig: s.tls,
		ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(s.opts.Log.Handler(), slog.LevelInfo),
	}
	address := s.listener.Addr()
	if err := s.writeAddress(address); err != nil {
		return errors.Join(err, s.listener.Close())
	}
	houseCtx, stopHouse := context.WithCancel(ctx)
	defer stopHouse()
	var wait sync.WaitGroup
	defer wait.Wait()
	defer stopHouse()
	wait.Go(func() { s.keepHouse(houseCtx) })
	wait.Go(func() { s.directory.Run(houseCtx) })

	served := make(chan error, 1)
	wait.Go(func() { served <- h.ServeTLS(s.listener, "", "") })
	s.opts.Log.Info("the hub is ready", "address", address.String(), "version", s.opts.Version, "rooms", len(s.cfg.Rooms))
	s.notify(daemon.SdNotifyReady)
	if s.opts.Ready != nil {
		s.opts.Ready(address)
	}

	var err error
	select {
	case err = <-served:
		err = fmt.Errorf("the hub stopped serving: %w", err)
	case <-ctx.Done():
	}
	s.notify(daemon.SdNotifyStopping)
	stopHouse() // the requests that wait are answered with this
	s.opts.Log.Info("the hub is stopping")
	return errors.Join(err, s.stop(ctx, h), s.removeAddress())
}

func (s *server) stop(ctx context.Context, h *http.Server) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.Listen.ShutdownTimeout)
	defer cancel()
	if err := h.Shutdown(ctx); err != nil {
		s.opts.Log.Warn("requests were cut off: they took longer than listen.shutdown_timeout", "timeout", s.cfg.Listen.ShutdownTimeout)
		return h.Close()
	}
	return nil
}

func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.health)
	mux.Handle("/v1/", s.directory.Handler())
	if s.cfg.Guests.Allowed {
		newGuestPage(s.cfg, s.opts.Guest).register(mux)
	}
	return mux
}

// health answers load balancers and IT's monitoring: 200 while meetings can be joined, 503 and the kind of fault
// otherwise. The fault's whole sentence is in the log.
func (s *server) health(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
	defer cancel()
	answer := struct {
		Status  string `json:"status"`
		Version string `json:"version"`
		Fault   string `json:"fault,omitempty"`
	}{Status: "ok", Version: s.opts.Version}
	status := http.StatusOK
	if err := s.store.Check(ctx); err != nil {
		status, answer.Status, answer.Fault = http.StatusServiceUnavailable, "fault", "the database does not answer"
		var fault *store.Error
		if errors.As(err, &fault) {
			answer.Fault = fault.Kind.Error()
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		s.opts.Log.Debug("the health answer was not delivered", "error", err)
	}
}

// keepHouse tidies the database and feeds systemd's watchdog while the database answers.
func (s *server) keepHouse(ctx context.Context) {
	tidy := time.NewTicker(tidyEvery)
	defer tidy.Stop()
	var feed <-chan time.Time // nil, and so never due, without a watchdog
	if limit, err := daemon.SdWatchdogEnabled(false); err != nil {
		s.opts.Log.Warn("systemd's watchdog cannot be fed", "error", err)
	} else if limit > 0 {
		ticker := time.NewTicker(limit / 3)
		defer ticker.Stop()
		feed = ticker.C
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tidy.C:
			if err := s.store.Tidy(ctx, s.opts.Now()); err != nil && ctx.Err() == nil {
				s.opts.Log.Error("the database was not tidied", "error", err)
			}
		case <-feed:
			// A full disk is no reason to be restarted; a database that does not answer at all is.
			checkCtx, cancel := context.WithTimeout(ctx, checkTimeout)
			if err := s.store.Check(checkCtx); !errors.Is(err, context.DeadlineExceeded) {
				s.notify(daemon.SdNotifyWatchdog)
			}
			cancel()
		}
	}
}

func (s *server) notify(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		s.opts.Log.Warn("systemd was not told", "state", state, "error", err)
	}
}

// writeAddress puts the address in use into listen.address_file, whole or not at all.
func (s *server) writeAddress(address net.Addr) error {
	path := s.cfg.Listen.AddressFile
	if path == "" {
		return nil
	}
	temporary := path + ".new"
	err := os.WriteFile(temporary, []byte(address.String()+"\n"), 0o644)
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		return fmt.Errorf("listen.address_file was not written: %w", err)
	}
	return nil
}

func (s *server) removeAddress() error {
	if s.cfg.Listen.AddressFile == "" {
		return nil
	}
	if err := os.Remove(s.cfg.Listen.AddressFile); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("listen.address_file was not removed: %w", err)
	}
	return nil
}
