package relay

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"greenroom/media"
)

// Config says where the relay is and what to publish there.
type Config struct {
	// URL is the relay's address: ws, wss, http or https. On a loopback address ICE stays on loopback too.
	URL string
	// Token returns a relay token; it is called at each full join. Its errors are retried, unless they are (or wrap)
	// a *RefusedError.
	Token func(ctx context.Context) (string, error)
	// Publish lists the streams that are sent. They are published anew at each full join.
	Publish []Publication
	// Selective receives only the pictures that Show names, and the sound; else everything is received.
	Selective bool
	// Handler is told what happens. If it also has the methods of SpeakersHandler,
	// UplinkHandler or LayersHandler, those are called too.
	Handler Handler
	Log     *slog.Logger
	// HTTP dials the WebSocket; nil: a client of its own. Set it for other root certificates.
	HTTP *http.Client
}

// Publication is one stream that is sent. Its zero size is fine for sound.
type Publication struct {
	Stream        media.Stream
	Codec         media.Codec
	Width, Height int
	// Layers is in how many sizes video is sent (simulcast): 1 (or 0), or MaxLayers, of which each has twice the width
	// and height of the one below. WriteFrame sends a frame in the layer that it names.
	Layers int
	Muted  bool // muted from the start
}

// MaxLayers is how many layers a stream may have.
const MaxLayers = 3

// Participant is somebody else in the room, as the relay says.
type Participant struct{ Identity, Name string }

// Session tells what a Connected is about.
type Session struct {
	SelfIdentity string
	// Participants are the others who are there now. Their tracks are told by TrackPublished afterwards.
	Participants []Participant
	// Resumed is set if the stay in the room goes on: nothing was lost but time, and who and what came or went in the
	// meantime is told by the usual calls. If it is not set, everything that was known before is void.
	Resumed bool
}

// Handler is told what happens, one call at a time. It must not block; it may call the Client's methods.
//
// Between a Connected and the next Connected that is not Resumed (or the end of Run), calls of one stay in the room
// come. After a Disconnected, frames and data of that stay may still arrive while it is being resumed.
type Handler interface {
	// Connected is called when data can be sent and media flows.
	Connected(Session)
	// Disconnected is called at each failure to connect or to stay connected. The next try is in retryIn.
	Disconnected(err error, retryIn time.Duration)

	ParticipantJoined(Participant)
	// ParticipantLeft is called after TrackGone of all of the participant's tracks.
	ParticipantLeft(identity string)
	TrackPublished(identity string, stream media.Stream)
	TrackGone(identity string, stream media.Stream)
	// TrackMuted follows TrackPublished if the track is muted, and then each change. With the own identity it tells
	// that the relay muted us.
	TrackMuted(identity string, stream media.Stream, muted bool)

	// Data is a message that came over the reliable data channel. payload belongs to the handler.
	Data(from string, payload []byte)
	// Frame is a sealed frame, put together again. Its Data belongs to the handler. Video begins with a keyframe and
	// has no gap between keyframes.
	Frame(from string, stream media.Stream, f media.Frame)
	// KeyframeWanted asks for a keyframe of an own stream.
	KeyframeWanted(stream media.Stream)
}

// UplinkHandler is what a Handler may have besides.
type UplinkHandler interface {
	// Uplink tells how many bits a second the way to the relay carries, for all streams together, when that changes. A
	// session begins with congestion.Start.
	Uplink(bitsPerSecond int)
}

// LayersHandler is what a Handler may have besides.
type LayersHandler interface {
	// LayersWanted tells which layer of an own stream is the highest that somebody wants; -1: nobody wants any. Lower
	// ones are wanted too, by whose connection carries no more. A session begins with all layers wanted.
	LayersWanted(stream media.Stream, highest int)
	// LayerKeyframeWanted asks for a keyframe of one layer of an own stream. It is called in place of KeyframeWanted for
	// streams that have layers.
	LayerKeyframeWanted(stream media.Stream, layer int)
}

// SpeakersHandler is what a Handler may have besides.
type SpeakersHandler interface {
	// Speakers lists who speaks now, the loudest first, as the relay heard it. It may contain the own identity.
	Speakers(identities []string)
}
