package relay

import (
	"slices"
	"sync"

	"google.golang.org/protobuf/proto"

	"greenroom/media"
	"greenroom/media/relay/livekit"
)

// The bounds of the roster, against a relay that invents participants: how many, and how large one may be in bytes.
const (
	maxPeople = 4096
	maxPerson = 64 << 10
	// maxEnded is how many stays that are over are remembered: an update that was overtaken comes within seconds.
	maxEnded = 1024
)

// roster is who the relay says is in the room, and with which tracks. The session's loop writes it; readers of tracks
// look up in it.
type roster struct {
	mu     sync.Mutex
	people map[string]*livekit.Participant // by session id of the participant
	came   map[string]uint64               // in which order they were heard of first
	coming uint64
	ended  []string              // the session ids of stays that are over, the latest last
	tracks map[string]trackOwner // by track id
	seen   view                  // what the handler has been told
}

type trackOwner struct {
	identity string
	stream   media.Stream
}

// view is what the handler is told of: by identity, only those who are active.
type view map[string]person

type person struct {
	sid, name string
	muted     map[media.Stream]bool // the streams that are published
}

// change is one difference between two views, in the order in which the handler is told.
type change struct {
	kind     changeKind
	identity string
	name     string
	stream   media.Stream
	muted    bool
}

type changeKind int

const (
	personJoined changeKind = iota + 1
	personLeft
	trackPublished
	trackGone
	trackMuted
)

// update takes in what the relay says of some participants, or of all if whole is set. LiveKit's updates overtake each
// other: what is older than what is known of a stay is left out, and a stay that is over does not begin again.
func (r *roster) update(list []*livekit.Participant, whole bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.people
	if whole || before == nil {
		r.people = map[string]*livekit.Participant{}
	}
	for _, p := range list {
		sid := p.GetSid()
		if p.GetState() == livekit.Participant_DISCONNECTED {
			delete(r.people, sid)
			r.end(sid)
			continue
		}
		if slices.Contains(r.ended, sid) {
			continue
		}
		old, known := before[sid]
		switch {
		case known && p.GetVersion() < old.GetVersion():
			r.people[sid] = old
		case !known && len(r.people) >= maxPeople || proto.Size(p) > maxPerson:
		default:
			r.people[sid] = p
		}
	}
	r.order()
	r.tracks = map[string]trackOwner{}
	for _, p := range r.people {
		for _, t := range p.GetTracks() {
			if s, ok := streamOf(t.GetSource()); ok {
				r.tracks[t.GetSid()] = trackOwner{p.GetIdentity(), s}
			}
		}
	}
}

// end remembers that a stay is over.
func (r *roster) end(sid string) {
	if r.ended = append(r.ended, sid); len(r.ended) > maxEnded {
		r.ended = slices.Delete(r.ended, 0, len(r.ended)-maxEnded)
	}
}

// order notes who is new, and forgets who is not there any more.
func (r *roster) order() {
	came := make(map[string]uint64, len(r.people))
	for sid := range r.people {
		if at, known := r.came[sid]; known {
			came[sid] = at
			continue
		}
		r.coming++
		came[sid] = r.coming
	}
	r.came = came
}

// owner tells whose track it is, if the relay has said so.
func (r *roster) owner(trackSID string) (trackOwner, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o, ok := r.tracks[trackSID]
	return o, ok
}

// identity returns the identity of a participant's session id.
func (r *roster) identity(sid string) (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, ok := r.people[sid]
	return p.GetIdentity(), ok
}

// participants lists the others who are active.
func (r *roster) participants(selfIdentity string) []Participant {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []Participant
	for id, p := range r.view(selfIdentity) {
		list = append(list, Participant{id, p.name})
	}
	return list
}

// changes returns what the handler has not been told yet, and takes it as told.
func (r *roster) changes(selfIdentity string) []change {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.view(selfIdentity)
	list := diff(r.seen, now)
	r.seen = now
	return list
}

// introduce takes the participants as told (Connected listed them), but not their tracks.
func (r *roster) introduce(selfIdentity string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = view{}
	for id, p := range r.view(selfIdentity) {
		r.seen[id] = person{sid: p.sid, name: p.name}
	}
}

// view is called with the lock held.
func (r *roster) view(selfIdentity string) view {
	v := view{}
	for sid, p := range r.people {
		id := p.GetIdentity()
		if p.GetState() != livekit.Participant_ACTIVE || id == selfIdentity || id == "" {
			continue
		}
		if other, twice := v[id]; twice && r.came[other.sid] > r.came[sid] {
			continue // of two stays of a participant the earlier one is about to end
		}
		v[id] = person{sid: sid, name: p.GetName(), muted: mutedStreams(p)}
	}
	return v
}

func mutedStreams(p *livekit.Participant) map[media.Stream]bool {
	m := map[media.Stream]bool{}
	for _, t := range p.GetTracks() {
		if s, ok := streamOf(t.GetSource()); ok {
			m[s] = t.GetMuted()
		}
	}
	return m
}

// diff lists what leads from one view to another. Somebody with a new session id has left and joined again.
func diff(from, to view) []change {
	var list []change
	for id, old := range from {
		now, stays := to[id]
		stays = stays && now.sid == old.sid
		for s := range old.muted {
			if _, kept := now.muted[s]; !stays || !kept {
				list = append(list, change{kind: trackGone, identity: id, stream: s})
			}
		}
		if !stays {
			list = append(list, change{kind: personLeft, identity: id})
		}
	}
	for id, now := range to {
		old, stayed := from[id]
		if !stayed || old.sid != now.sid {
			old = person{}
			list = append(list, change{kind: personJoined, identity: id, name: now.name})
		}
		for s, muted := range now.muted {
			was, had := old.muted[s]
			if !had {
				list = append(list, change{kind: trackPublished, identity: id, stream: s})
			}
			if muted != was {
				list = append(list, change{kind: trackMuted, identity: id, stream: s, muted: muted})
			}
		}
	}
	return list
}

// streamOf and sourceOf map LiveKit's track sources to our streams and back.
func streamOf(s livekit.TrackSource) (media.Stream, bool) {
	switch s {
	case livekit.TrackSource_MICROPHONE:
		return media.Microphone, true
	case livekit.TrackSource_CAMERA:
		return media.Camera, true
	case livekit.TrackSource_SCREEN_SHARE:
		return media.Content, true
	case livekit.TrackSource_SCREEN_SHARE_AUDIO:
		return media.ContentAudio, true
	case livekit.TrackSource_UNKNOWN:
	}
	return 0, false
}

func sourceOf(s media.Stream) livekit.TrackSource {
	switch s {
	case media.Microphone:
		return livekit.TrackSource_MICROPHONE
	case media.Camera:
		return livekit.TrackSource_CAMERA
	case media.Content:
		return livekit.TrackSource_SCREEN_SHARE
	case media.ContentAudio:
		return livekit.TrackSource_SCREEN_SHARE_AUDIO
	}
	return livekit.TrackSource_UNKNOWN
}
