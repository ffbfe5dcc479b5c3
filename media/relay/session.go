package relay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/pion/webrtc/v3"

	"greenroom/media/relay/livekit"
	"greenroom/media/relay/peer"
)

const (
	// joinTimeout and resumeTimeout are how long it may take until media and data flow.
	joinTimeout   = 10 * time.Second
	resumeTimeout = 6 * time.Second
	// A relay that says nothing for silence is dead; it is asked every pingEvery.
	pingEvery = time.Second
	silence   = 4 * time.Second
	// reasonTimeout is how long a broken media connection waits for the relay to say why. When the relay ends a stay,
	// its good-bye and the end of the media connection overtake each other.
	reasonTimeout = 300 * time.Millisecond
)

// session is one stay in the room. Only its serve loop negotiates; the fields without a lock are written before the
// loop begins or by it alone.
type session struct {
	client       *Client
	sid          string // our participant's session id
	selfIdentity string
	trailer      []byte // ends the frames that the relay makes itself
	token        string // for resuming
	roster       roster
	speakers     map[string]float32 // level by session id, of those who speak
	tracks       []*localTrack

	pub, sub *webrtc.PeerConnection
	data     *webrtc.DataChannel
	talks    negotiation
	uplink   *peer.Uplink
	pacer    *peer.Pacer
	subs     subscriptions

	live    chan struct{} // closed when Connected has been told
	done    chan struct{} // closed when the session is over
	changed chan struct{} // something that the loop looks at has changed; holds one
	running sync.WaitGroup

	mu       sync.Mutex
	link     *link // nil between a loss and its repair
	wasLive  bool
	over     bool
	dataOpen [2]bool // the reliable channels of publisher and subscriber
	dataLost bool
	remotes  map[*remoteTrack]bool
}

// join connects, is told who is there, and sends what is to be published.
func (c *Client) join(ctx context.Context) (*session, *link, error) {
	token, err := c.cfg.Token(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("get a relay token: %w", err)
	}
	l, err := dial(ctx, &c.cfg, token, "")
	if err != nil {
		return nil, nil, err
	}
	joined, err := l.first(ctx, c.cfg.URL)
	if err != nil {
		l.close()
		return nil, nil, err
	}
	s := &session{
		client: c, sid: joined.GetParticipant().GetSid(), selfIdentity: joined.GetParticipant().GetIdentity(),
		trailer: joined.GetSifTrailer(), token: token, speakers: map[string]float32{}, link: l,
		live: make(chan struct{}), done: make(chan struct{}), changed: make(chan struct{}, 1),
		remotes: map[*remoteTrack]bool{},
	}
	s.uplink = peer.NewUplink(func(bitsPerSecond int) {
		c.events.during(s, func(h Handler) {
			if h, ok := h.(UplinkHandler); ok {
				h.Uplink(bitsPerSecond)
			}
		})
	})
	s.pacer = peer.NewPacer(s.uplink)
	s.roster.update(joined.GetOtherParticipants(), true)
	if err := s.connect(); err != nil {
		s.close()
		l.close()
		return nil, nil, fmt.Errorf("connect media with the relay %s: %w", c.cfg.URL, err)
	}
	c.use(s)
	s.subscribe()
	return s, l, nil
}

// first waits for the answer to a join.
func (l *link) first(ctx context.Context, relay string) (*livekit.Join, error) {
	timeout := time.NewTimer(linkTimeout)
	defer timeout.Stop()
	select {
	case msg, ok := <-l.in:
		switch {
		case !ok:
			return nil, l.err
		case msg.GetLeave() != nil:
			return nil, leaveError(relay, msg.GetLeave())
		case msg.GetJoin().GetParticipant().GetSid() == "":
			return nil, fmt.Errorf("%w: the relay %s did not answer the join with one", errRejoin, relay)
		}
		return msg.GetJoin(), nil
	case <-timeout.C:
		return nil, fmt.Errorf("join at the relay %s: %w", relay, errSilent)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// redial opens a new link for a session that was live and lost its own.
func (s *session) redial(ctx context.Context) (*link, error) {
	for _, t := range s.tracks {
		if !t.published() { // what the relay made of it is unknown
			return nil, fmt.Errorf("%w: the connection broke while tracks were being published", errRejoin)
		}
	}
	l, err := dial(ctx, &s.client.cfg, s.token, s.sid)
	var refused *RefusedError
	if errors.As(err, &refused) { // an old token; a full join asks for a fresh one
		return nil, fmt.Errorf("%w: %w", errRejoin, errors.New(refused.Error()))
	}
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.link = l
	s.mu.Unlock()
	s.talks.resuming()
	return l, nil
}

// serve handles what comes over a link until the link, the media connection or ctx ends. up is called when media and
// data flow.
func (s *session) serve(ctx context.Context, l *link, resumed bool, up func()) error {
	defer s.unlink()
	timeout := joinTimeout
	if resumed {
		timeout = resumeTimeout
	}
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	heard, ready := time.Now(), false
	var broken error
	var reason <-chan time.Time
	for {
		select {
		case msg, ok := <-l.in:
			if !ok {
				return cmp.Or(broken, l.err)
			}
			heard = time.Now()
			if err := s.handleSafely(msg); err != nil {
				return err
			}
		case <-s.changed:
		case <-ping.C:
			if time.Since(heard) > silence {
				return errSilent
			}
			l.send(pingNow())
		case <-deadline.C:
			if !ready {
				return fmt.Errorf("%w: no media connection within %s", errRejoin, timeout)
			}
		case <-ctx.Done():
			return ctx.Err()
		case <-reason:
			return broken
		}
		if err := s.health(ready); err != nil && broken == nil {
			broken, reason = err, time.After(reasonTimeout)
		}
		if broken == nil && !ready && s.isReady(resumed) {
			ready = true
			up()
			s.announce(resumed)
		}
	}
}

// announce tells the handler that the session is up.
func (s *session) announce(resumed bool) {
	if resumed {
		s.client.counters.resumes.Add(1)
		for _, t := range s.tracks {
			s.syncMute(t.owner, true) // what was said meanwhile is lost
		}
		s.subscribe()
	} else {
		s.client.counters.joins.Add(1)
	}
	s.mu.Lock()
	s.wasLive = true
	s.mu.Unlock()
	s.client.events.connected(s, resumed)
	if !resumed {
		close(s.live)
	}
}

// unlink is called when the link is lost.
func (s *session) unlink() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.link = nil
}

// send sends signalling over the link, if there is one.
func (s *session) send(msg *livekit.SignalRequest) {
	s.mu.Lock()
	l := s.link
	s.mu.Unlock()
	if l != nil {
		l.send(msg)
	}
}

// isLive reports whether data can be sent now.
func (s *session) isLive() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wasLive && !s.over && s.link != nil
}

// known reports whether the session has been up.
func (s *session) known() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wasLive
}

// awaitLive waits until Connected has been told. It reports false if the session ends before.
func (s *session) awaitLive() bool {
	select {
	case <-s.live:
		return true
	case <-s.done:
		return false
	}
}

// notify makes the loop look.
func (s *session) notify() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// close ends the session for good and waits for its goroutines. It must not be called from one of them.
func (s *session) close() {
	s.mu.Lock()
	s.over = true
	s.mu.Unlock()
	close(s.done)
	for _, t := range s.tracks {
		t.owner.end(t)
	}
	for _, pc := range []*webrtc.PeerConnection{s.pub, s.sub} {
		if pc != nil {
			_ = pc.Close() // there is nobody left whom an error would help
		}
	}
	s.running.Wait()
}

// spawn runs f as one of the session's goroutines, unless the session is over.
func (s *session) spawn(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.over {
		s.running.Go(f)
	}
}

func pingNow() *livekit.SignalRequest {
	return &livekit.SignalRequest{Message: &livekit.SignalRequest_PingReq{
		PingReq: &livekit.Ping{Timestamp: time.Now().UnixMilli()},
	}}
}
