package room

import (
	"cmp"
	"time"
)

// peer is what the relay and the frames tell of one participant.
type peer struct {
	streams  map[string]stream
	level    int
	speaking bool
	began    time.Time // to speak
	spoke    time.Time // last
}

// stream is one of a participant's streams.
type stream struct {
	published bool
	muted     bool
	health    TileReason // empty: frames come and open
}

// The names of streams (media.Stream.String).
const (
	streamCamera     = "camera"
	streamMicrophone = "microphone"
	streamContent    = "content"
	streamSound      = "content-audio"
)

// maxPeers is how many participants the room remembers streams of. A meeting has 1,000 at most; the rest is what a
// relay could make up.
const maxPeers = 2048

// Somebody begins to speak at one level and stops at a lower one, so that the mark does not flicker (0 to 100).
const (
	speakingFrom = 20
	silentBelow  = 10
)

// peer returns what is known of a participant, listed or not: the relay may know of somebody before the core does. It
// returns nil when there are too many.
func (s *session) peer(id string) *peer {
	p := s.peers[id]
	if p == nil && len(s.peers) < maxPeers {
		p = &peer{streams: map[string]stream{}}
		s.peers[id] = p
	}
	return p
}

// prune forgets who is not listed and sends nothing.
func (s *session) prune() {
	for id, p := range s.peers {
		if len(p.streams) == 0 && !s.listed[id] {
			delete(s.peers, id)
		}
	}
}

func streamKnown(name string) bool {
	switch name {
	case streamCamera, streamMicrophone, streamContent, streamSound:
		return true
	}
	return false
}

func (e PeerMedia) apply(r *Room, _ time.Time) []Effect {
	s := r.session
	if !streamKnown(e.Stream) {
		return nil
	}
	p := s.peer(e.Person)
	if p == nil {
		return nil
	}
	old := p.streams[e.Stream]
	next := stream{published: e.Published, muted: e.Muted, health: old.health}
	switch {
	case !e.Published && !s.listed[e.Person]:
		delete(p.streams, e.Stream)
		s.prune()
		return nil
	case !e.Published:
		next = stream{health: TileConnecting}
	case !old.published:
		next.health = TileConnecting
	}
	p.streams[e.Stream] = next
	return nil
}

func (e TileHealth) apply(r *Room, _ time.Time) []Effect {
	p := r.session.peers[e.Person]
	if p == nil {
		return nil
	}
	if st, ok := p.streams[e.Stream]; ok && st.published {
		st.health = e.Reason
		p.streams[e.Stream] = st
	}
	return nil
}

func (e Levels) apply(r *Room, now time.Time) []Effect {
	r.setLevel(e.Mine)
	s := r.session
	if s == nil {
		return nil
	}
	for id, p := range s.peers {
		p.setLevel(e.People[id], now)
	}
	s.showSpeakers()
	return nil
}

func (p *peer) setLevel(level int, now time.Time) {
	p.level = percent(level)
	if p.level >= speakingFrom && !p.speaking {
		p.speaking, p.began = true, now
	} else if p.level < silentBelow {
		p.speaking = false
	}
	if p.speaking {
		p.spoke = now
	}
}

func percent(n int) int { return min(max(n, 0), 100) }

// people lists the participants in the order of their roster index.
func (s *session) people(d Devices) []Person {
	people := make([]Person, 0, len(s.core.Members))
	for _, m := range s.core.Members {
		p := Person{
			ID:       m.ID,
			Name:     cleanName(m.Name),
			Self:     m.ID == s.core.Self,
			Leader:   m.ID == s.core.Leader,
			Role:     clean(m.Role, 20),
			Verified: m.Verified,
			Muted:    true,
			Hand:     m.Hand,
			Compared: cmp.Or(m.Compared, NotCompared),
			Reaction: s.reactions[m.ID].text,
			Trouble:  s.trouble(m.ID),
		}
		if p.Self {
			p.Compared = s.compared()
			p.hearSelf(d)
		} else if known := s.peers[m.ID]; known != nil {
			p.hear(known)
		}
		people = append(people, p)
	}
	return people
}

// hearSelf fills in what the room's own devices do.
func (p *Person) hearSelf(d Devices) {
	p.Muted = !d.Microphone.On
	p.CameraOn = d.Camera.On && d.Camera.State == DeviceRunning
	p.Level = d.Microphone.Level
	p.Speaking = p.Level >= speakingFrom
}

// hear fills in what is known of somebody else's.
func (p *Person) hear(known *peer) {
	mic, cam := known.streams[streamMicrophone], known.streams[streamCamera]
	p.Muted = !mic.published || mic.muted
	p.CameraOn = cam.published && !cam.muted
	if !p.Muted {
		p.Level, p.Speaking = known.level, known.speaking
	}
}
