package relay

import (
	"cmp"
	"slices"
	"sync"

	"greenroom/media"
	"greenroom/media/relay/livekit"
)

// Shown is a picture that is wanted, and the size in which it is shown. The sound that belongs to it comes with it.
type Shown struct {
	Identity      string
	Stream        media.Stream // media.Camera or media.Content
	Width, Height int
}

// maxSounds is how many microphones are listened to. All are, whoever is shown: the relay tells who speaks only of those
// whom somebody receives, and a microphone in which nobody speaks costs next to nothing.
const maxSounds = 200

// Show says which pictures are received from now on, and in which sizes; the relay chooses the layer for each. It counts
// where Config.Selective is set; there nothing is received of a picture that is not named.
func (c *Client) Show(pictures []Shown) {
	shown := make(map[trackOwner]size, len(pictures))
	for _, p := range pictures {
		shown[trackOwner{p.Identity, p.Stream}] = size{p.Width, p.Height}
	}
	c.mu.Lock()
	c.shown = shown
	s := c.session
	c.mu.Unlock()
	if s != nil {
		s.subscribe()
	}
}

type size struct{ width, height int }

// subscriptions are the tracks that the relay was asked for, and the sizes that it was told.
type subscriptions struct {
	mu    sync.Mutex // held while the relay is told, so that what is told last is what holds
	asked map[string]size
}

// subscribe brings what the relay sends in line with what is shown and who is there.
func (s *session) subscribe() {
	if !s.client.cfg.Selective {
		return
	}
	s.subs.mu.Lock()
	defer s.subs.mu.Unlock()
	s.client.mu.Lock()
	shown := s.client.shown
	s.client.mu.Unlock()
	wanted := s.roster.wanted(shown, s.selfIdentity)
	var add, drop []string
	for sid := range wanted {
		if _, known := s.subs.asked[sid]; !known {
			add = append(add, sid)
		}
	}
	for sid := range s.subs.asked {
		if _, still := wanted[sid]; !still {
			drop = append(drop, sid)
		}
	}
	s.askFor(drop, false)
	s.askFor(add, true)
	for sid, now := range wanted {
		if was, known := s.subs.asked[sid]; (!known || was != now) && now != (size{}) {
			s.send(&livekit.SignalRequest{Message: &livekit.SignalRequest_TrackSetting{TrackSetting: &livekit.UpdateTrackSettings{
				TrackSids: []string{sid}, Width: uint32(now.width), Height: uint32(now.height),
			}}})
		}
	}
	s.subs.asked = wanted
}

func (s *session) askFor(sids []string, subscribe bool) {
	if len(sids) == 0 {
		return
	}
	slices.Sort(sids)
	s.send(&livekit.SignalRequest{Message: &livekit.SignalRequest_Subscription{Subscription: &livekit.UpdateSubscription{
		TrackSids: sids, Subscribe: subscribe,
	}}})
}

// subscribed returns what the relay is told of the subscriptions when a session is resumed. Everything is asked for
// again after it.
func (s *session) subscribed() *livekit.UpdateSubscription {
	if !s.client.cfg.Selective {
		return &livekit.UpdateSubscription{}
	}
	s.subs.mu.Lock()
	defer s.subs.mu.Unlock()
	u := &livekit.UpdateSubscription{Subscribe: true}
	for sid := range s.subs.asked {
		u.TrackSids = append(u.TrackSids, sid)
	}
	s.subs.asked = nil
	return u
}

// wanted returns the others' tracks that are to be received, with the sizes of pictures.
func (r *roster) wanted(shown map[trackOwner]size, selfIdentity string) map[string]size {
	r.mu.Lock()
	defer r.mu.Unlock()
	wanted := map[string]size{}
	var sounds []string
	for sid, owner := range r.tracks {
		if owner.identity == selfIdentity {
			continue
		}
		switch owner.stream {
		case media.Camera, media.Content:
			if at, ok := shown[owner]; ok {
				wanted[sid] = at
			}
		case media.ContentAudio:
			if _, ok := shown[trackOwner{owner.identity, media.Content}]; ok {
				wanted[sid] = size{}
			}
		case media.Microphone:
			if _, ok := shown[trackOwner{owner.identity, media.Camera}]; ok {
				wanted[sid] = size{}
			} else {
				sounds = append(sounds, sid)
			}
		}
	}
	slices.SortFunc(sounds, cmp.Compare)
	for _, sid := range sounds[:min(len(sounds), maxSounds)] {
		wanted[sid] = size{}
	}
	return wanted
}
