package relay

import (
	"sync"
	"time"

	"greenroom/media"
	"greenroom/media/relay/congestion"
)

// events hands everything to the handler, one call at a time, and lets nothing of a session through that has not been
// announced by Connected or has ended.
type events struct {
	mu      sync.Mutex
	handler Handler
	live    *session
}

// connected makes s the session whose events count, and tells of everybody in it.
func (e *events) connected(s *session, resumed bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.live = s
	e.handler.Connected(Session{
		SelfIdentity: s.selfIdentity, Participants: s.roster.participants(s.selfIdentity), Resumed: resumed,
	})
	if !resumed {
		s.roster.introduce(s.selfIdentity)
		e.begin(s)
	}
	e.tell(s)
}

// begin tells what a new session begins with. It is called with the lock held.
func (e *events) begin(s *session) {
	if h, ok := e.handler.(UplinkHandler); ok {
		h.Uplink(congestion.Start)
	}
	if h, ok := e.handler.(LayersHandler); ok {
		for _, t := range s.tracks {
			if t.owner.Layers > 1 {
				h.LayersWanted(t.owner.Stream, t.wanted())
			}
		}
	}
}

// disconnected tells of a failure. over is set if the session will not come back.
func (e *events) disconnected(err error, retryIn time.Duration, over bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if over {
		e.live = nil
	}
	e.handler.Disconnected(err, retryIn)
}

// end lets nothing more through.
func (e *events) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.live = nil
}

// people tells what changed in the roster.
func (e *events) people(s *session) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.live == s {
		e.tell(s)
	}
}

// tell is called with the lock held.
func (e *events) tell(s *session) {
	for _, c := range s.roster.changes(s.selfIdentity) {
		switch c.kind {
		case personJoined:
			e.handler.ParticipantJoined(Participant{c.identity, c.name})
		case personLeft:
			e.handler.ParticipantLeft(c.identity)
		case trackPublished:
			e.handler.TrackPublished(c.identity, c.stream)
		case trackGone:
			e.handler.TrackGone(c.identity, c.stream)
		case trackMuted:
			e.handler.TrackMuted(c.identity, c.stream, c.muted)
		}
	}
}

// during calls f with the handler if s is the live session.
func (e *events) during(s *session, f func(Handler)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.live == s {
		f(e.handler)
	}
}

func (e *events) frame(s *session, from string, stream media.Stream, f media.Frame) {
	e.during(s, func(h Handler) { h.Frame(from, stream, f) })
}

func (e *events) data(s *session, from string, payload []byte) {
	e.during(s, func(h Handler) { h.Data(from, payload) })
}
