package sim

import (
	"errors"
	"slices"

	"greenroom/meeting"
	"greenroom/meeting/wire"
)

// seen is what the simulator has seen go in and out of one participant: what it holds the participant to.
type seen struct {
	// nonces are the participant's last two liveness nonces, boxes the key boxes that arrived.
	nonces [2][wire.NonceSize]byte
	boxes  []box
	// announcement is the hash of the participant's own.
	announcement [32]byte

	// beat is the last heartbeat that was accepted from the leader, or sent as the leader; pending one that has just
	// arrived; certified are the commitments of all of them.
	beat      beat
	pending   *beat
	certified map[[32]byte]bool

	highest     uint64 // epoch opened
	forgotten   bool   // that one
	e2ee        bool
	e2eeKey     bool              // had an end-to-end encrypted key, and may begin nothing less
	known       map[string]bool   // identity keys that were ever on the list
	knowsAll    bool              // known is complete
	removed     map[string]bool   // identity keys that were taken off by command
	chats       map[string]bool   // lines received
	held        map[[32]byte]bool // commitments of keys that it ever opened with
	sent        map[string]bool   // media keys that it has begun to send with
	beats       int
	unshown     span // that it sends to somebody whom it does not show
	late        span // that it sends to somebody whom its leader took off
	divided     bool
	everRaised  bool
	everMatched bool
	everLed     bool
}

type box struct {
	epoch  uint64
	sender wire.ParticipantID
	nonce  [wire.NonceSize]byte
	list   [32]byte
}

type beat struct {
	hash        [32]byte
	sender      wire.ParticipantID
	listVersion uint64
	listHash    [32]byte
	commitment  [32]byte
}

func newBeat(m wire.Message, b *wire.Heartbeat) *beat {
	return &beat{hash: m.Hash(), sender: m.Sender, listVersion: b.ListVersion, listHash: b.ListHash, commitment: b.Commitment}
}

// arrives notes what is about to be delivered. It is not yet known whether it is accepted.
func (s *seen) arrives(_ *participant, data []byte) {
	s.pending = nil
	kind := wire.PeekKind(data)
	if kind != wire.KindKeyBox && kind != wire.KindHeartbeat {
		return
	}
	m, err := wire.Parse(data)
	if err != nil {
		return
	}
	switch b := m.Body.(type) {
	case *wire.KeyBox:
		s.boxes = append(s.boxes, box{b.Epoch, m.Sender, b.Nonce, b.ListHash})
	case *wire.Heartbeat:
		s.pending = newBeat(m, b)
	}
}

// sends notes the participant's own nonces and heartbeats.
func (s *seen) sends(p *participant, data []byte) {
	var nonce [wire.NonceSize]byte
	switch wire.PeekKind(data) {
	case wire.KindAnnounce, wire.KindNonce, wire.KindKeyRequest, wire.KindHeartbeat:
	default:
		return
	}
	m, err := wire.Parse(data)
	if err != nil {
		p.w.violate("what a participant sends can be parsed", "%s: %v", p.name, err)
		return
	}
	switch b := m.Body.(type) {
	case *wire.Announce:
		nonce, s.announcement = b.Nonce, b.Entry.Announcement.Hash()
	case *wire.Nonce:
		nonce = b.Nonce
	case *wire.KeyRequest:
		nonce = b.Nonce
	case *wire.Heartbeat:
		s.beats++
		s.accept(newBeat(m, b))
		return
	}
	if nonce != s.nonces[0] {
		s.nonces[0], s.nonces[1] = nonce, s.nonces[0]
	}
}

func (s *seen) accept(b *beat) {
	s.beat = *b
	if s.certified == nil {
		s.certified = make(map[[32]byte]bool)
	}
	s.certified[b.commitment] = true
}

// settle takes the heartbeat that has arrived as accepted, unless it was dropped.
func (s *seen) settle(events []meeting.Event) {
	b := s.pending
	s.pending = nil
	if slices.ContainsFunc(events, func(e meeting.Event) bool {
		d, ok := e.(meeting.Dropped)
		return ok && d.Kind == wire.KindHeartbeat && errors.Is(d.Err, meeting.ErrEquivocation)
	}) {
		s.beat = beat{} // the last one contradicts the list, as it turns out now
	}
	if b == nil || slices.ContainsFunc(events, func(e meeting.Event) bool {
		d, ok := e.(meeting.Dropped)
		return ok && d.Kind == wire.KindHeartbeat
	}) {
		return
	}
	s.accept(b)
}

// fresh reports whether a box of that epoch, from that leader, arrived with one of the last two nonces.
func (s *seen) fresh(epoch uint64, leader wire.ParticipantID) bool {
	return slices.ContainsFunc(s.boxes, func(b box) bool {
		return b.epoch == epoch && b.sender == leader && (b.nonce == s.nonces[0] || b.nonce == s.nonces[1])
	})
}

func (s *seen) hold(k *meeting.EpochKey) {
	if s.held == nil {
		s.held = make(map[[32]byte]bool)
	}
	s.held[k.Commitment()] = true
}
