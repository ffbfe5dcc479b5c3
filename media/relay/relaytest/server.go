package relaytest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// DefaultStopTimeout is how long Stop waits for the server before it kills it. LiveKit drains on SIGTERM until every
// room is empty, which may be never.
const DefaultStopTimeout = 2 * time.Second

// Options say how to start a server. The zero value is what a test wants.
type Options struct {
	// Binary is the path of livekit-server; empty: <repository>/.bin/livekit-server.
	Binary string
	// Dir is an existing folder for the configuration and the log, which are left there; empty: a temporary one, which
	// Stop removes.
	Dir string
	// Port is the TCP port of signalling on 127.0.0.1; 0: a free one. The UDP port of media is always a free one.
	Port int
	// Prefix are words that come before the command, such as those that enter a network namespace.
	Prefix []string
	// Host is the address at which this process reaches the server, which then listens on all addresses; empty: on
	// 127.0.0.1 alone. Addresses are those that it tells clients for media; none: Host.
	Host      string
	Addresses []string
	// AnyLink lets the server send what is asked for, whatever it measures of the way there: for tests of something else
	// than that, which a busy machine's delays would make look congested.
	AnyLink bool
	// StopTimeout is how long Stop waits before it kills; 0: DefaultStopTimeout.
	StopTimeout time.Duration
}

// Server is one LiveKit server: a child process that may be killed and started again. Its methods may be called from
// any goroutine, one at a time.
type Server struct {
	binary, dir, key, secret string
	port, udpPort            int
	prefix                   []string
	host, bind               string
	addresses                []string
	tempDir, anyLink         bool
	stopTimeout              time.Duration

	mu    sync.Mutex
	child *child // nil: not running
}

// Start starts a server and returns when it answers on its HTTP port. ctx bounds the start only; the server runs
// until Kill, Stop or the end of this process.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Binary == "" {
		binary, err := FindBinary()
		if err != nil {
			return nil, err
		}
		o.Binary = binary
	}
	if err := checkBinary(o.Binary); err != nil {
		return nil, err
	}
	s := &Server{binary: o.Binary, dir: o.Dir, key: "greenroomtest", stopTimeout: o.StopTimeout, anyLink: o.AnyLink}
	if s.stopTimeout == 0 {
		s.stopTimeout = DefaultStopTimeout
	}
	s.prefix, s.host, s.bind, s.addresses = o.Prefix, o.Host, "0.0.0.0", o.Addresses
	if s.host == "" {
		s.host, s.bind = "127.0.0.1", "127.0.0.1"
	}
	if len(s.addresses) == 0 {
		s.addresses = []string{s.host}
	}
	s.secret = newSecret()
	if s.dir == "" {
		dir, err := os.MkdirTemp("", "greenroom-livekit-")
		if err != nil {
			return nil, fmt.Errorf("make a folder for LiveKit's configuration: %w", err)
		}
		s.dir, s.tempDir = dir, true
	}
	if err := s.startSomewhere(ctx, o.Port); err != nil {
		s.removeDir()
		return nil, err
	}
	return s, nil
}

// startSomewhere picks ports and starts. A port that was free when it was picked may be taken a moment later, so that
// freely chosen ports are tried a few times.
func (s *Server) startSomewhere(ctx context.Context, port int) error {
	var err error
	for range 4 {
		s.port = port
		if port == 0 {
			if s.port, err = FreePort("tcp"); err != nil {
				return err
			}
		}
		if s.udpPort, err = FreePort("udp"); err != nil {
			return err
		}
		if err = s.writeConfig(); err != nil {
			return err
		}
		if err = s.start(ctx); err == nil || port != 0 || !errors.Is(err, errExited) {
			return err
		}
	}
	return err
}

// URL returns the address that clients connect to, as a rule "ws://127.0.0.1:port".
func (s *Server) URL() string { return "ws://" + s.address() }

// URLAt returns the address for clients that reach the server elsewhere.
func (s *Server) URLAt(host string) string {
	return "ws://" + net.JoinHostPort(host, strconv.Itoa(s.port))
}

// Key returns the API key, which is the issuer of every token.
func (s *Server) Key() string { return s.key }

// Secret returns the API secret, with which tokens are signed (HMAC-SHA256).
func (s *Server) Secret() string { return s.secret }

// LogFile returns the path of the server's own log.
func (s *Server) LogFile() string { return filepath.Join(s.dir, "livekit.log") }

func (s *Server) address() string { return net.JoinHostPort(s.host, strconv.Itoa(s.port)) }

// Done is closed when the server that runs now has ended; nil where none runs.
func (s *Server) Done() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.child == nil {
		return nil
	}
	return s.child.gone
}

// Kill ends the server at once with SIGKILL, as a crash or a power cut does, and waits until it is gone. Killing a
// server that does not run is no error.
func (s *Server) Kill() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end(syscall.SIGKILL, 0)
}

// Stop ends the server with SIGTERM, kills it if it has not gone within the stop time-out, and removes what Start
// made. Stopping twice is no error.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.end(syscall.SIGTERM, s.stopTimeout)
	s.removeDir()
	return err
}

// Restart kills the server if it runs, starts it again with the same ports, key and secret, and returns when it
// answers. The new server knows nothing of the old one's rooms.
func (s *Server) Restart(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.end(syscall.SIGKILL, 0); err != nil {
		return err
	}
	return s.startLocked(ctx)
}

func (s *Server) start(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.startLocked(ctx)
}

func (s *Server) startLocked(ctx context.Context) error {
	c, err := startChild(append(append([]string(nil), s.prefix...), s.binary, "--config", s.configFile()), s.LogFile())
	if err != nil {
		return err
	}
	if err := awaitReady(ctx, c, "http://"+s.address()+"/"); err != nil {
		c.end(syscall.SIGKILL, 0)
		return fmt.Errorf("start LiveKit on port %d: %w; its log is %s", s.port, err, s.logTail())
	}
	s.child = c
	return nil
}

func (s *Server) end(sig syscall.Signal, patience time.Duration) error {
	if s.child == nil {
		return nil
	}
	s.child.end(sig, patience)
	s.child = nil
	return nil
}

func (s *Server) removeDir() {
	if s.tempDir {
		_ = os.RemoveAll(s.dir) // a left-over temporary folder hurts nobody
	}
}

func newSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return hex.EncodeToString(b)
}
