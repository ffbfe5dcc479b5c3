package daemon

import (
	"time"

	"greenroom/daemon/room"
	"greenroom/media"
	"greenroom/media/source"
	"greenroom/meeting"
)

// observer hands what happens in the conference on to the room, the stage and the camera.
type observer struct {
	*attempt
	dropped  map[string]int // protocol messages that were not accepted, by whom the relay says they are from
	troubles troubles
}

func (o *observer) LinkUp() { o.d.post(room.RelayUp{Attempt: o.number}) }

func (o *observer) LinkDown(reason error, retryIn time.Duration) {
	text := "unknown"
	if reason != nil {
		text = reason.Error()
	}
	o.d.levels.speak(o.number, nil)
	o.d.log.Warn("the relay connection is down", "reason", text, "retry_in", retryIn)
	o.d.post(room.RelayDown{Attempt: o.number, Reason: text})
}

func (o *observer) Core(v meeting.View) {
	if o.call != nil {
		o.call.members(len(v.Members))
	}
	o.d.capture.seenBy(len(v.Members) - 1)
	if v.Encryption == meeting.EncryptionE2EE {
		o.d.secured.note(o.instance)
	}
	o.d.post(room.CoreChanged{Attempt: o.number, Core: coreView(v)})
}

func (o *observer) Event(e meeting.Event, v meeting.View) {
	if event := roomEvent(o.number, e, v); event != nil {
		o.d.post(event)
	}
	if dropped, ok := e.(meeting.Dropped); ok {
		o.drop(dropped)
		return
	}
	logEvent(o.d.log, e)
}

// drop counts a message that was not accepted, and logs the first of each sender: a hostile relay must not fill the log.
func (o *observer) drop(e meeting.Dropped) {
	const senders = 1000
	from := e.From.String()
	if o.dropped[from] == 0 && len(o.dropped) < senders {
		o.d.log.Warn("a protocol message was dropped; further ones of this sender are only counted", "from", from, "kind", e.Kind, "reason", e.Err)
	}
	if len(o.dropped) < senders || o.dropped[from] > 0 {
		o.dropped[from]++
	}
}

func (o *observer) PeerMedia(person string, s media.Stream, published, muted bool) {
	o.d.post(room.PeerMedia{Attempt: o.number, Person: person, Stream: s.String(), Published: published, Muted: muted})
}

func (o *observer) TileHealth(person string, s media.Stream, reason room.TileReason) {
	o.troubles.note(o.d.log, o.d.now(), person, s, reason)
	o.d.post(room.TileHealth{Attempt: o.number, Person: person, Stream: s.String(), Reason: reason})
}

func (o *observer) KeyframeWanted(s media.Stream) { o.d.capture.keyframe(s, source.AllLayers) }

func (o *observer) LayerKeyframeWanted(s media.Stream, layer int) { o.d.capture.keyframe(s, 1<<layer) }

func (o *observer) LayersWanted(s media.Stream, highest int) { o.d.capture.layersWanted(s, highest) }

func (o *observer) Uplink(bitsPerSecond int) { o.d.capture.carries(bitsPerSecond) }

func (o *observer) Speakers(persons []string) { o.d.levels.speak(o.number, persons) }

func (o *observer) Play(person string, s media.Stream, f media.Frame) {
	if err := o.d.stage.play(person, s, f); err != nil {
		o.d.log.Debug("a frame was not played", "error", err)
	}
}
