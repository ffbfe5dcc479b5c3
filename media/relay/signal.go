package relay

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/pion/webrtc/v3"

	"greenroom/media/relay/livekit"
)

// handleSafely handles a message. What the relay sends goes through pion's parsers of SDP and candidates; if one of
// them panics over it, that must not take the room down.
func (s *session) handleSafely(msg *livekit.SignalResponse) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: the relay's signalling (%T) could not be handled: %v", errRejoin, msg.GetMessage(), r)
		}
	}()
	return s.handle(msg)
}

// handle does what one message of the relay asks for. Its error ends the link.
func (s *session) handle(msg *livekit.SignalResponse) error {
	switch m := msg.GetMessage().(type) {
	case *livekit.SignalResponse_Answer:
		return rejoinOn(s.takeAnswer(m.Answer))
	case *livekit.SignalResponse_Offer:
		return rejoinOn(s.takeOffer(m.Offer))
	case *livekit.SignalResponse_Trickle:
		s.takeCandidate(m.Trickle)
	case *livekit.SignalResponse_Update:
		s.roster.update(m.Update.GetParticipants(), s.talks.wholeNext)
		s.talks.wholeNext = false
		s.client.events.people(s)
		s.subscribe()
	case *livekit.SignalResponse_TrackPublished:
		s.trackPublished(m.TrackPublished)
	case *livekit.SignalResponse_TrackUnpublished:
		s.client.log.Warn("the relay dropped one of our tracks", "track", m.TrackUnpublished.GetTrackSid())
	case *livekit.SignalResponse_Leave:
		return leaveError(s.client.cfg.URL, m.Leave)
	case *livekit.SignalResponse_Mute:
		s.mutedByRelay(m.Mute)
	case *livekit.SignalResponse_SpeakersChanged:
		s.speakersChanged(m.SpeakersChanged.GetSpeakers())
	case *livekit.SignalResponse_SubscribedQualityUpdate:
		s.layersWanted(m.SubscribedQualityUpdate)
	case *livekit.SignalResponse_RefreshToken:
		s.token = m.RefreshToken
	case *livekit.SignalResponse_Reconnect:
		return rejoinOn(s.resume())
	case *livekit.SignalResponse_RequestResponse:
		if r := m.RequestResponse; r.GetReason() != 0 {
			s.client.log.Warn("the relay refused a request", "reason", r.GetReason(), "message", r.GetMessage())
		}
	case *livekit.SignalResponse_Join, *livekit.SignalResponse_PongResp, nil:
		// Nothing to do: that anything came is what matters of a pong.
	}
	return nil
}

// rejoinOn makes a failed negotiation the end of the session: the two sides may differ about where it stands.
func rejoinOn(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", errRejoin, err)
}

// resume is called when the relay took us back: we tell what we believe, and restart ICE on the publisher. The
// relay does so on the subscriber.
func (s *session) resume() error {
	s.talks.reconnected, s.talks.wholeNext = true, true
	state := &livekit.SyncState{
		Answer: s.talks.lastAnswer, Offer: s.talks.lastOffer, Subscription: s.subscribed(),
	}
	for _, t := range s.tracks {
		state.PublishTracks = append(state.PublishTracks, &livekit.TrackPublished{
			Cid: t.owner.cid(), Track: &livekit.Track{Sid: t.sid},
		})
	}
	if id := s.data.ID(); id != nil {
		state.DataChannels = []*livekit.DataChannelInfo{{Label: reliableLabel, Id: uint32(*id), Target: livekit.Target_PUBLISHER}}
	}
	s.send(&livekit.SignalRequest{Message: &livekit.SignalRequest_SyncState{SyncState: state}})
	return s.offer(true)
}

// sendCandidate tells the relay one of our ICE candidates. nil is the end of them, which the relay need not know.
func (s *session) sendCandidate(target livekit.Target, c *webrtc.ICECandidate) {
	if c == nil {
		return
	}
	raw, err := json.Marshal(c.ToJSON())
	if err != nil {
		return // strings only: cannot happen
	}
	s.send(&livekit.SignalRequest{Message: &livekit.SignalRequest_Trickle{
		Trickle: &livekit.Trickle{Target: target, CandidateInit: string(raw)},
	}})
}

// takeCandidate takes one of the relay's ICE candidates; those that come before its description wait. One that
// cannot be used is left out, since others may work.
func (s *session) takeCandidate(t *livekit.Trickle) {
	if t.GetCandidateInit() == "" {
		return
	}
	var c webrtc.ICECandidateInit
	if err := json.Unmarshal([]byte(t.GetCandidateInit()), &c); err != nil {
		s.client.log.Debug("an ICE candidate of the relay is no JSON", "error", err)
		return
	}
	target := t.GetTarget()
	if target != livekit.Target_PUBLISHER && target != livekit.Target_SUBSCRIBER {
		return
	}
	if early := &s.talks.early[target]; len(*early) < maxCandidates {
		*early = append(*early, c)
	}
	if s.peer(target).RemoteDescription() != nil {
		s.addEarly(target)
	}
}

// addEarly adds the candidates that waited.
func (s *session) addEarly(target livekit.Target) {
	for _, c := range s.talks.early[target] {
		if err := s.peer(target).AddICECandidate(c); err != nil {
			s.client.log.Debug("an ICE candidate of the relay cannot be used", "error", err)
		}
	}
	s.talks.early[target] = nil
}

func (s *session) peer(target livekit.Target) *webrtc.PeerConnection {
	if target == livekit.Target_SUBSCRIBER {
		return s.sub
	}
	return s.pub
}

// trackPublished takes the relay's id of one of our tracks.
func (s *session) trackPublished(m *livekit.TrackPublished) {
	for _, t := range s.tracks {
		if t.owner.cid() == m.GetCid() {
			t.owner.mu.Lock()
			t.sid = m.GetTrack().GetSid()
			t.owner.mu.Unlock()
			s.syncMute(t.owner, false) // it may have been muted since it was announced
		}
	}
}

// syncMute tells the relay whether a track is muted, if it does not know, or if always is set.
func (s *session) syncMute(p *publication, always bool) {
	p.mu.Lock()
	t := p.track
	if t == nil || t.sid == "" || t.announced == p.muted && !always {
		p.mu.Unlock()
		return
	}
	t.announced = p.muted
	m := &livekit.MuteTrack{Sid: t.sid, Muted: p.muted}
	p.mu.Unlock()
	s.send(&livekit.SignalRequest{Message: &livekit.SignalRequest_Mute{Mute: m}})
}

// mutedByRelay takes over what an administrator did to one of our tracks. Only muting counts: nobody else
// opens a microphone here.
func (s *session) mutedByRelay(m *livekit.MuteTrack) {
	for _, t := range s.tracks {
		t.owner.mu.Lock()
		ours := t.sid == m.GetSid() && m.GetMuted() && !t.owner.muted
		if ours {
			t.owner.muted, t.announced = true, true
		}
		t.owner.mu.Unlock()
		if ours {
			s.client.events.during(s, func(h Handler) { h.TrackMuted(s.selfIdentity, t.owner.Stream, true) })
		}
	}
}

// speakersChanged tells who speaks now, the loudest first.
func (s *session) speakersChanged(list []*livekit.Speaker) {
	for _, p := range list {
		if p.GetActive() && len(s.speakers) < maxPeople {
			s.speakers[p.GetSid()] = p.GetLevel()
		} else {
			delete(s.speakers, p.GetSid())
		}
	}
	sids := make([]string, 0, len(s.speakers))
	for sid := range s.speakers {
		sids = append(sids, sid)
	}
	slices.SortFunc(sids, func(a, b string) int {
		return cmp.Or(cmp.Compare(s.speakers[b], s.speakers[a]), cmp.Compare(a, b))
	})
	identities := make([]string, 0, len(sids))
	for _, sid := range sids {
		if id, ok := s.roster.identity(sid); ok {
			identities = append(identities, id)
		} else if sid == s.sid {
			identities = append(identities, s.selfIdentity)
		}
	}
	s.client.events.during(s, func(h Handler) {
		if sh, ok := h.(SpeakersHandler); ok {
			sh.Speakers(identities)
		}
	})
}

// layersWanted tells which layers of one of our tracks somebody wants.
func (s *session) layersWanted(m *livekit.SubscribedQualityUpdate) {
	highest := -1
	for _, codec := range m.GetSubscribedCodecs() {
		for _, q := range codec.GetQualities() {
			if q.GetEnabled() && q.GetQuality() < qualityOff {
				highest = max(highest, int(q.GetQuality()))
			}
		}
	}
	for _, t := range s.tracks {
		t.owner.mu.Lock()
		ours := t.sid != "" && t.sid == m.GetTrackSid() && t.owner.Layers > 1
		if ours {
			t.highest = min(highest, t.owner.Layers-1)
		}
		t.owner.mu.Unlock()
		if ours {
			s.client.events.during(s, func(h Handler) {
				if h, ok := h.(LayersHandler); ok {
					h.LayersWanted(t.owner.Stream, t.wanted())
				}
			})
		}
	}
}

// readTrack reads a track that the relay sends until it ends.
func (s *session) readTrack(t *remoteTrack) {
	s.mu.Lock()
	s.remotes[t] = true
	s.mu.Unlock()
	t.read()
	s.mu.Lock()
	delete(s.remotes, t)
	s.mu.Unlock()
}

// requestKeyframe asks for a keyframe of every track that is that stream of that participant (there is one).
func (s *session) requestKeyframe(of trackOwner) {
	s.mu.Lock()
	var found []*remoteTrack
	for t := range s.remotes {
		if o, ok := s.roster.owner(t.sid); ok && o == of {
			found = append(found, t)
		}
	}
	s.mu.Unlock()
	for _, t := range found {
		t.askForKeyframe(time.Now(), true)
	}
}
