package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/url"
	"sync"
	"time"

	"github.com/pion/webrtc/v3"

	"greenroom/media"
	"greenroom/media/relay/peer"
)

// The pauses between two tries to connect: they double from the first to the longest, a fifth more or less so that
// rooms do not all come back at once. The longest one is what a room may have to wait once the relay is there again, and
// everybody is to see everybody within 5 seconds of that. keepSession is how long a session that cannot be resumed for
// want of a link is kept; LiveKit itself forgets it after 5 seconds. A connection that held for lasting ends the growing.
const (
	firstPause   = 200 * time.Millisecond
	longestPause = 1500 * time.Millisecond
	keepSession  = 15 * time.Second
	lasting      = 3 * time.Second
)

// Client is a participant's connection to one room of a relay. Make it with New and let it Run; its other methods may
// be called from any goroutine, before, during and after.
type Client struct {
	cfg          Config
	log          *slog.Logger
	api          *webrtc.API // set by Run
	events       events
	publications map[media.Stream]*publication
	counters     counters

	mu      sync.Mutex
	session *session // the one that is used now; nil: none
	shown   map[trackOwner]size
}

// New returns a client that has not begun to connect. Run says if the configuration is wrong.
func New(cfg Config) *Client {
	c := &Client{
		cfg: cfg, log: cfg.Log, events: events{handler: cfg.Handler},
		publications: map[media.Stream]*publication{},
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	for _, p := range cfg.Publish {
		c.publications[p.Stream] = newPublication(p)
	}
	return c
}

// Run connects to the relay, stays connected, and comes back after each loss, for ever. It returns the context's
// error when ctx ends, after saying good-bye to the relay; a *RefusedError when the relay does not want us any more;
// or what is wrong with the configuration.
func (c *Client) Run(ctx context.Context) error {
	if err := c.prepare(); err != nil {
		return err
	}
	defer c.events.end()
	defer c.drop()
	var p pauses
	for {
		err := c.attempt(ctx, &p)
		var refused *RefusedError
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &refused):
			return err
		case errors.Is(err, errRejoin) || p.since() > keepSession || !c.resumable():
			if errors.Is(err, errRejoin) && c.resumable() {
				p.answered()
			}
			c.drop()
		}
		wait := p.next()
		c.log.Info("no connection to the relay", "relay", c.cfg.URL, "error", err, "retry_in", wait)
		c.events.disconnected(err, wait, c.current() == nil)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// prepare checks the configuration and makes the factory of peer connections.
func (c *Client) prepare() error {
	if _, err := signalURL(c.cfg.URL, "", true); err != nil {
		return err
	}
	u, err := url.Parse(c.cfg.URL)
	if err != nil {
		return err
	}
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	c.api, err = peer.NewAPI(peer.Options{LoopbackOnly: local, Relay: true, Log: c.log})
	return err
}

// attempt joins or resumes, and then serves until that ends. The error is never nil.
func (c *Client) attempt(ctx context.Context, p *pauses) error {
	s := c.current()
	resumed := s != nil
	var l *link
	var err error
	if resumed {
		l, err = s.redial(ctx)
	} else {
		s, l, err = c.join(ctx)
	}
	if err != nil {
		return err
	}
	err = s.serve(ctx, l, resumed, p.up)
	p.down()
	if ctx.Err() != nil {
		l.leave()
	} else {
		l.close()
	}
	return err
}

func (c *Client) current() *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session
}

func (c *Client) use(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session = s
}

// resumable reports whether there is a session that the handler knows.
func (c *Client) resumable() bool {
	s := c.current()
	return s != nil && s.known()
}

// drop ends the session for good.
func (c *Client) drop() {
	if s := c.current(); s != nil {
		c.use(nil)
		s.close()
	}
}

// SetMuted mutes or unmutes a stream. From its return on, nothing of a muted stream is sent, connected or not; the
// relay tells the others.
func (c *Client) SetMuted(stream media.Stream, muted bool) {
	p, ok := c.publications[stream]
	if !ok {
		return
	}
	p.mute(muted)
	if s := c.current(); s != nil {
		s.syncMute(p, false)
	}
}

// WriteFrame sends a sealed frame. Its data is not kept. Frames of a muted stream are dropped, which is no error.
func (c *Client) WriteFrame(stream media.Stream, f media.Frame) error {
	p, ok := c.publications[stream]
	if !ok {
		return fmt.Errorf("send a frame as %s: %w", stream, ErrNotPublished)
	}
	return p.write(f, &c.counters)
}

// RequestKeyframe asks a participant for a keyframe of a stream. Requests are thinned out to what the relay takes.
func (c *Client) RequestKeyframe(from string, stream media.Stream) {
	if s := c.current(); s != nil {
		s.requestKeyframe(trackOwner{from, stream})
	}
}

// Counters returns what was counted so far.
func (c *Client) Counters() Counters { return c.counters.read() }

// pauses are the growing pauses between tries.
type pauses struct {
	last  time.Duration
	lost  time.Time     // when the first of the tries failed; zero while connected
	began time.Time     // when the connection came up; zero while there is none
	base  time.Duration // last, when the connection was lost
}

// up is called when a try succeeded, down when it is over. A connection that does not last is no success: the pauses
// go on growing.
func (p *pauses) up() { p.lost, p.began = time.Time{}, time.Now() }

func (p *pauses) down() {
	if p.began.IsZero() {
		return
	}
	if time.Since(p.began) >= lasting {
		p.last = 0
	}
	p.began, p.base = time.Time{}, p.last
}

// answered is called when the relay is there but will not go on with a session, as after its restart. What the pauses
// have grown to while there was no relay counts no more.
func (p *pauses) answered() { p.last = p.base }

// next returns how long to wait before the next try.
func (p *pauses) next() time.Duration {
	if p.lost.IsZero() {
		p.lost = time.Now()
	}
	p.last = min(max(2*p.last, firstPause), longestPause)
	return p.last*4/5 + rand.N(p.last*2/5)
}

// since is how long there has been no connection.
func (p *pauses) since() time.Duration {
	if p.lost.IsZero() {
		return 0
	}
	return time.Since(p.lost)
}
