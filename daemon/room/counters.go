package room

import "time"

// Counters count from the start of the daemon, and only grow. They are told every few seconds in a meeting.
type Counters struct {
	Streams []StreamCounters `json:"streams"` // microphone, camera, content and its sound
	Relay   RelayCounters    `json:"relay"`
	Screen  ScreenCounters   `json:"screen"`
}

// StreamCounters are the frames of one kind of stream: the room's own, and the others' together.
type StreamCounters struct {
	Stream string `json:"stream"`
	// Captured are pictures that the camera gave, or packets of 20 ms of the microphone's sound; Encoded came of them, a
	// picture in several sizes several times, silence not at all.
	Captured uint64 `json:"captured"`
	Encoded  uint64 `json:"encoded"`
	Sealed   uint64 `json:"sealed"`  // and went to the relay
	Keyless  uint64 `json:"keyless"` // dropped: no key to seal with yet
	Opened   uint64 `json:"opened"`
	// Withheld were opened and not shown: a picture that they need did not open.
	Withheld uint64 `json:"withheld"`
	// Of the rest, by TileReason: they did not open, and were dropped.
	WaitingKey  uint64 `json:"waitingKey"`
	WrongKey    uint64 `json:"wrongKey"`
	Replayed    uint64 `json:"replayed"`
	Unencrypted uint64 `json:"unencrypted"`
}

// RelayCounters are of the connections to relays.
type RelayCounters struct {
	Sent         uint64 `json:"sent"`     // frames
	Received     uint64 `json:"received"` // frames that were whole
	Incomplete   uint64 `json:"incomplete"`
	Injected     uint64 `json:"injected"` // frames that the relay made itself; dropped
	PacketsLost  uint64 `json:"packetsLost"`
	PacketsLate  uint64 `json:"packetsLate"`
	KeyframeAsks uint64 `json:"keyframeAsks"` // of ours, for the others' pictures
	Joins        uint64 `json:"joins"`
	Resumes      uint64 `json:"resumes"`
}

// ScreenCounters are what the page on the wall tells of itself, from when it was loaded.
type ScreenCounters struct {
	Decoded   uint64 `json:"decoded"` // pictures
	Dropped   uint64 `json:"dropped"` // decoded too late to be shown
	Freezes   uint64 `json:"freezes"`
	FreezeMS  uint64 `json:"freezeMs"`
	Samples   uint64 `json:"samples"`   // of sound, at 48 kHz, over all that is played
	Concealed uint64 `json:"concealed"` // of them, made up for what did not come
	// Apart is by how much picture and sound of the same person are out of step now, in milliseconds, at worst; positive:
	// the sound is ahead. It is null while there is nobody of whom both are played.
	Apart *int `json:"apart"`
}

// Counted: the counters are others now.
type Counted struct{ Counters Counters }

func (e Counted) apply(r *Room, _ time.Time) []Effect {
	r.counters = e.Counters
	return nil
}
