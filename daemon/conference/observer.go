package conference

import (
	"errors"
	"time"

	"greenroom/daemon/room"
	"greenroom/daemon/tally"
	"greenroom/media"
	"greenroom/media/relay"
	"greenroom/media/sframe"
	"greenroom/meeting"
	"greenroom/meeting/wire"
)

// Observer is told what happens in a conference. Calls come from several goroutines and must return soon.
type Observer interface {
	// LinkUp and LinkDown tell of the relay connection; it is tried again without end.
	LinkUp()
	LinkDown(reason error, retryIn time.Duration)
	// Core tells that the meeting core's view has changed, Event what has happened, with the view after it.
	Core(meeting.View)
	Event(meeting.Event, meeting.View)
	// PeerMedia is what the relay says of a participant's stream: a hint.
	PeerMedia(person string, stream media.Stream, published, muted bool)
	// TileHealth tells why a stream's frames are not shown; empty: they are.
	TileHealth(person string, stream media.Stream, reason room.TileReason)
	// KeyframeWanted: somebody needs a picture of ours that needs no earlier one.
	KeyframeWanted(media.Stream)
	// Speakers are the persons who speak now, as the relay hears it: a hint.
	Speakers(persons []string)
	// Play hands over one opened frame.
	Play(person string, stream media.Stream, f media.Frame)
}

// NetworkObserver is what an Observer may be besides, to suit the own pictures to the network and to who looks at them.
type NetworkObserver interface {
	// Uplink, LayersWanted and LayerKeyframeWanted: see relay.UplinkHandler and relay.LayersHandler.
	Uplink(bitsPerSecond int)
	LayersWanted(stream media.Stream, highest int)
	LayerKeyframeWanted(stream media.Stream, layer int)
}

// handler is the relay's side of the conference.
type handler struct{ c *Conference }

func (h handler) Connected(s relay.Session) {
	h.c.do(func(now time.Time) meeting.Output { return h.c.core.Connected(now) })
	h.c.cfg.Observer.LinkUp()
	present := make(map[string]bool, len(s.Participants))
	var ids []wire.ParticipantID
	for _, p := range s.Participants {
		present[p.Identity] = true
		if id, err := wire.ParseParticipantID(p.Identity); err == nil {
			ids = append(ids, id)
		}
	}
	h.c.do(func(now time.Time) meeting.Output { return h.c.core.Present(now, ids) })
	// Who is not back yet is not gone for the core: after a relay's restart everybody comes back one by one.
	for _, away := range h.c.tiles.without(present) {
		h.TrackGone(away.person, away.stream)
	}
}

func (h handler) Disconnected(err error, retryIn time.Duration) {
	h.c.do(func(now time.Time) meeting.Output { return h.c.core.Disconnected(now) })
	h.c.cfg.Observer.LinkDown(err, retryIn)
}

func (h handler) ParticipantJoined(p relay.Participant) {
	if id, err := wire.ParseParticipantID(p.Identity); err == nil {
		h.c.do(func(now time.Time) meeting.Output { return h.c.core.Present(now, []wire.ParticipantID{id}) })
	}
}

func (h handler) ParticipantLeft(identity string) {
	h.c.forget(streamID{person: identity})
	if id, err := wire.ParseParticipantID(identity); err == nil {
		h.c.do(func(now time.Time) meeting.Output { return h.c.core.Gone(now, id) })
	}
}

func (h handler) TrackPublished(identity string, s media.Stream) { h.track(identity, s, false) }

func (h handler) TrackMuted(identity string, s media.Stream, muted bool) { h.track(identity, s, muted) }

func (h handler) track(identity string, s media.Stream, muted bool) {
	if identity == h.c.cfg.Ticket.Participant.String() {
		if muted {
			h.c.mutedByRelay(s)
		}
		return
	}
	h.c.tiles.published(streamID{identity, s}, muted, h.c.cfg.Now())
	h.c.cfg.Observer.PeerMedia(identity, s, true, muted)
}

func (h handler) TrackGone(identity string, s media.Stream) {
	h.c.forget(streamID{identity, s})
	h.c.cfg.Observer.PeerMedia(identity, s, false, false)
}

func (h handler) Data(from string, payload []byte) {
	select {
	case h.c.inbox <- message{from, payload}:
	default:
		h.c.lost.Add(1)
	}
}

func (h handler) Frame(from string, s media.Stream, f media.Frame) {
	id, now := streamID{from, s}, h.c.cfg.Now()
	plain, err := h.c.opener.open(from, s, f)
	if h.c.tiles.frame(id, err, now) {
		h.c.cfg.Observer.TileHealth(from, s, "")
	}
	h.c.cfg.Tally.Add(s, stepOf(err))
	if err != nil {
		h.c.gaps.lost(id)
		if errors.Is(err, sframe.ErrNoKey) {
			h.keyMissing(f, now)
		}
		return // fail silent: what does not open is never shown or played
	}
	show, ask := h.c.gaps.pass(id, f, now)
	if ask {
		h.c.relay.RequestKeyframe(from, s)
	}
	if !show {
		h.c.cfg.Tally.Add(s, tally.Withheld)
		return
	}
	f.Data = plain
	h.c.cfg.Observer.Play(from, s, f)
}

// stepOf says what became of a frame by the error of its opening.
func stepOf(err error) tally.Step {
	if err == nil {
		return tally.Opened
	}
	switch reasonOf(err) {
	case room.TileWaitingKey:
		return tally.WaitingKey
	case room.TileReplay:
		return tally.Replayed
	case room.TileWrongKey:
		return tally.WrongKey
	}
	return tally.Unencrypted
}

// keyMissing tells the core of a frame that came without its key, which may have been lost on the way.
func (h handler) keyMissing(f media.Frame, now time.Time) {
	kid, err := keyIDOf(&f)
	if err != nil || !h.c.opener.missing(now) {
		return
	}
	h.c.do(func(now time.Time) meeting.Output { return h.c.core.KeyMissing(now, kid) })
}

func (h handler) KeyframeWanted(s media.Stream) { h.c.cfg.Observer.KeyframeWanted(s) }

func (h handler) Uplink(bitsPerSecond int) {
	if o, ok := h.c.cfg.Observer.(NetworkObserver); ok {
		o.Uplink(bitsPerSecond)
	}
}

func (h handler) LayersWanted(s media.Stream, highest int) {
	if o, ok := h.c.cfg.Observer.(NetworkObserver); ok {
		o.LayersWanted(s, highest)
	}
}

func (h handler) LayerKeyframeWanted(s media.Stream, layer int) {
	if o, ok := h.c.cfg.Observer.(NetworkObserver); ok {
		o.LayerKeyframeWanted(s, layer)
		return
	}
	h.c.cfg.Observer.KeyframeWanted(s)
}

func (h handler) Speakers(identities []string) { h.c.cfg.Observer.Speakers(identities) }
