package localapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"greenroom/daemon/room"
)

// Port is the room's loop, as this package needs it.
type Port interface {
	// Do waits until the room has taken the command. A refusal comes as *room.Refusal.
	Do(ctx context.Context, origin room.Origin, c room.Command) (room.State, error)
	// State returns the room as it is now.
	State() room.State
	// Watch yields the State now and after changes until ctx ends, and then closes. Who reads slowly misses States in
	// between, and never holds the room up.
	Watch(ctx context.Context) <-chan room.State
}

// Config is what a Server needs. Room is required; the rest goes by what is wanted.
type Config struct {
	Room Port

	// Socket is the path of the unix socket; empty: none.
	Socket string
	// Group is the group whose members may use the socket, besides root and the daemon's own user; empty: nobody.
	Group string
	// AdminGroup is the group whose members may besides change the room's key, as root and the daemon's own user may;
	// empty: nobody else. The socket's file belongs to Group, if there is one: then its members have to be in both.
	AdminGroup string

	// Listen is a loopback address with port ("127.0.0.1:8480"; port 0: a free one) for the pages; empty: none.
	Listen string
	// Pages holds screen.html, panel.html and assets/ (package web).
	Pages fs.FS
	// Answer answers the screen page's WebRTC offer; nil: there is no playout.
	Answer func(ctx context.Context, offer string) (answer string, err error)
	// Preview answers a panel's offer to be shown the room's own picture; nil: there is none.
	Preview func(ctx context.Context, offer string) (answer string, err error)
	// Report takes what the screen page tells of how it plays; nil: nobody wants to know.
	Report func(room.ScreenCounters)
	// Metrics serves GET /metrics on the socket; nil: there are none.
	Metrics http.Handler

	Log *slog.Logger // nil: nothing is logged
}

// The limits of every listener. Bodies, slow clients and crowds end before they cost anything.
const (
	headerTime   = 5 * time.Second
	readTime     = 10 * time.Second
	writeTime    = 20 * time.Second // a playout answer takes a while; events have a limit of their own
	idleTime     = 60 * time.Second
	commandTime  = 5 * time.Second // the room takes a command at once; if not, somebody must be told
	answerTime   = 10 * time.Second
	shutdownTime = 3 * time.Second

	maxHeaderBytes = 16 << 10
	maxConnections = 64
	maxStreams     = 24 // on /v1/events, of one listener
)

// Server serves the local API. Make one with New.
type Server struct {
	room    Port
	pages   fs.FS
	answer  func(context.Context, string) (string, error)
	preview func(context.Context, string) (string, error)
	report  func(room.ScreenCounters)
	log     *slog.Logger

	metrics http.Handler // or nil

	secrets    secrets
	group      string
	adminGroup string

	socket   *net.UnixListener // or nil
	loopback net.Listener      // or nil
}

// New listens on the socket and the loopback address, so that URLs can be told; Run serves. A Server that is not run
// must be closed.
//
// Errors: ErrSocketInUse (another daemon answers there), or what the system says about the address.
func New(cfg Config) (*Server, error) {
	s := &Server{room: cfg.Room, pages: cfg.Pages, answer: cfg.Answer, preview: cfg.Preview, report: cfg.Report, metrics: cfg.Metrics, log: cfg.Log, group: cfg.Group, adminGroup: cfg.AdminGroup}
	if s.room == nil {
		return nil, errors.New("local API: there is no room to serve")
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.secrets = newSecrets()
	var err error
	if cfg.Socket != "" {
		if s.socket, err = listenSocket(cfg.Socket, cmp.Or(cfg.Group, cfg.AdminGroup)); err != nil {
			return nil, err
		}
	}
	if cfg.Listen != "" {
		if s.loopback, err = listenLoopback(cfg.Listen); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

// Close gives up the listeners. It is for a Server that is not run.
func (s *Server) Close() error {
	var errs []error
	if s.socket != nil {
		errs = append(errs, ignoreClosed(s.socket.Close()))
	}
	if s.loopback != nil {
		errs = append(errs, ignoreClosed(s.loopback.Close()))
	}
	return errors.Join(errs...)
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Run serves until ctx ends, or until a listener breaks. Then it ends the event streams, lets what is under way come to
// its end for a short time, and removes the socket. It returns nil when ctx ended.
func (s *Server) Run(ctx context.Context) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var all sync.WaitGroup
	if s.socket != nil {
		all.Go(func() { s.serve(ctx, s.socket, s.socketHandler(), withPeer, fail) })
	}
	if s.loopback != nil {
		all.Go(func() { s.serve(ctx, s.loopback, s.loopbackHandler(), nil, fail) })
	}
	<-ctx.Done()
	all.Wait()
	var broken *brokenError
	if err := context.Cause(ctx); errors.As(err, &broken) {
		return err
	}
	return nil
}

// brokenError is a listener that ended by itself.
type brokenError struct {
	address net.Addr
	err     error
}

func (e *brokenError) Error() string { return fmt.Sprintf("local API: serve %s: %v", e.address, e.err) }
func (e *brokenError) Unwrap() error { return e.err }

type connContext = func(context.Context, net.Conn) context.Context

// serve runs one listener until ctx ends, and returns when its last connection is gone. A listener that ends by itself
// is told to fail, which ends ctx.
func (s *Server) serve(ctx context.Context, l net.Listener, h http.Handler, cc connContext, fail context.CancelCauseFunc) {
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeaderBytes,
		// Requests end with ctx: the event streams would go on for ever.
		BaseContext: func(net.Listener) context.Context { return ctx },
		ConnContext: cc,
		ErrorLog:    slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	var closing sync.WaitGroup
	closing.Go(func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
		defer cancel()
		if srv.Shutdown(grace) != nil {
			srv.Close()
		}
	})
	if err := srv.Serve(newCrowdLimit(l, maxConnections)); ctx.Err() == nil {
		fail(&brokenError{l.Addr(), err})
	}
	closing.Wait()
}
