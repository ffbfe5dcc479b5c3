package meeting

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"time"

	"greenroom/meeting/wire"
)

// AdmissionPolicy says whom a leader admits without asking.
type AdmissionPolicy uint8

// The policies.
const (
	// AdmitStated admits everybody whom the hub states.
	AdmitStated AdmissionPolicy = iota
	// AdmitOrganisation admits the hub's own organisation; everybody else knocks and waits for Admit.
	AdmitOrganisation
)

// Config is what a Core is for. All of it but Admission, Enhanced and Call is needed.
type Config struct {
	Meeting  wire.MeetingID
	Instance wire.InstanceID
	Self     wire.ParticipantID // fresh for every join
	Device   wire.DeviceID
	// IdentityKey is the identity public key, an uncompressed P-256 point of 65 bytes.
	IdentityKey []byte
	// Statement is the hub's signed statement on IdentityKey, and HubKey what it verifies with.
	Statement []byte
	HubKey    ed25519.PublicKey
	// Rand gives the keys and nonces: crypto/rand.Reader, or something deterministic in tests. Encapsulations take
	// their randomness from the system in any case (crypto/hpke).
	Rand      io.Reader
	Admission AdmissionPolicy
	// Enhanced is the hub's secret of 32 bytes for this instance, where it may begin with enhanced encryption; nil: this
	// participant takes part in nothing but end-to-end encryption (rule 9).
	// The core erases it at the end.
	Enhanced []byte
	// Call makes the instance a two-party call (rule 8).
	Call bool
}

// Outgoing is a message to send over the relay's reliable channel.
type Outgoing struct {
	To   wire.ParticipantID // zero: everybody
	Data []byte
}

// SignRequest asks for an ECDSA P-256 signature by the identity key over Digest; see Core.Signed. Input is what Digest is
// the SHA-256 of, for keys that hash by themselves, such as a browser's.
type SignRequest struct {
	ID     uint64
	Digest [32]byte
	Input  []byte
}

// Output is what a call asks the caller to do, in this order: install Open, switch to Seal, forget Forget, send Send.
type Output struct {
	Send []Outgoing
	Sign []SignRequest
	// Open are epoch keys to open media with from now on.
	Open []*EpochKey
	// Seal is the epoch key to send media with from now on; nil: no change.
	Seal *EpochKey
	// NewReceivers is set with Seal when somebody joined, who needs a keyframe.
	NewReceivers bool
	// Forget are epochs whose keys are erased: media forget what they derived from them, also to send with.
	Forget []uint64
	Events []Event
}

// Core is one participant's part in one instance of a meeting.
type Core struct {
	cfg      Config
	verifier verifier
	now      time.Time
	started  time.Time // when Start was called
	out      Output
	timers   [timerCount]time.Time

	phase  Phase
	reason *Reason
	own    ownKeys
	seq    uint64
	// Of the heartbeats of this core, however often it leads.
	beats    uint64
	beatHash [32]byte
	// announcedAt is when the announcement was last sent.
	announcedAt time.Time

	connected   bool
	connectedAt time.Time
	present     map[wire.ParticipantID]bool
	gone        map[wire.ParticipantID]bool // reported gone, and not heard of since

	list   *list    // nil: a newcomer
	lead   *leading // nil: somebody else leads, or nobody
	follow following
	epochs epochs
	talk   talk

	compared    Comparison
	joinedSince int

	wasE2EE   bool // an end-to-end encrypted key was there once; it stays so
	upgrading bool // and enhanced ones still open
	past      past
	requests  []request
	gaveUp    []byte // the Leave message with which this one last gave up leading
	gaveUpAt  time.Time
	resting   *leading // of a leader that handed over, until its successor leads
}

// New returns a Core in PhaseAnnouncing. It fails if the configuration is incomplete; a statement that does not hold
// is refused by Start, as an Output.
func New(cfg Config) (*Core, error) {
	switch {
	case cfg.Self == wire.ParticipantID{}:
		return nil, errors.New("new meeting core: Self is not set")
	case cfg.Rand == nil:
		return nil, errors.New("new meeting core: Rand is not set")
	case cfg.Enhanced != nil && len(cfg.Enhanced) != enhancedSize:
		return nil, fmt.Errorf("new meeting core: the secret for enhanced encryption has %d bytes, want %d", len(cfg.Enhanced), enhancedSize)
	case len(cfg.HubKey) != ed25519.PublicKeySize:
		return nil, fmt.Errorf("new meeting core: the hub's key has %d bytes, want %d", len(cfg.HubKey), ed25519.PublicKeySize)
	}
	if _, err := wire.ParseIdentityKey(cfg.IdentityKey); err != nil {
		return nil, fmt.Errorf("new meeting core: %w", err)
	}
	return &Core{
		cfg:      cfg,
		verifier: verifier{meeting: cfg.Meeting, instance: cfg.Instance, hub: cfg.HubKey},
		present:  make(map[wire.ParticipantID]bool),
		gone:     make(map[wire.ParticipantID]bool),
	}, nil
}

// begin and end enclose every call: what it asks for gathers in c.out.
func (c *Core) begin(now time.Time) {
	c.now = now
	c.out = Output{}
}

func (c *Core) end() Output {
	out := c.out
	c.out = Output{}
	return out
}

func (c *Core) emit(e Event) { c.out.Events = append(c.out.Events, e) }

// fill fills b with randomness. Without it nothing can go on: the core refuses, and erases all it has.
func (c *Core) fill(b []byte) bool {
	if _, err := io.ReadFull(c.cfg.Rand, b); err != nil {
		clear(b)
		c.refuse(reason(CodeFault))
		return false
	}
	return true
}

// send sends a signed message; the zero id means everybody. While the transport is down nothing is sent: what others
// miss is made good when it is up again (SPEC.md, section 9).
func (c *Core) send(to wire.ParticipantID, body wire.Body) []byte {
	if !c.connected || c.own.meeting == nil {
		return nil
	}
	c.seq++
	raw, err := wire.Sign(c.own.meeting, wire.Message{Instance: c.cfg.Instance, Sender: c.cfg.Self, Sequence: c.seq, Body: body})
	return c.post(to, raw, err)
}

// sendPlain sends a message of a kind that is not signed as a message.
func (c *Core) sendPlain(to wire.ParticipantID, body wire.Body) {
	if !c.connected {
		return
	}
	raw, err := wire.Marshal(wire.Message{Instance: c.cfg.Instance, Sender: c.cfg.Self, Body: body})
	c.post(to, raw, err)
}

func (c *Core) post(to wire.ParticipantID, raw []byte, err error) []byte {
	if err != nil { // our own message does not fit: a fault of this program
		c.refuse(reason(CodeFault))
		return nil
	}
	c.out.Send = append(c.out.Send, Outgoing{To: to, Data: raw})
	return raw
}

// refuse ends the core with a reason.
func (c *Core) refuse(r *Reason) {
	if c.finish(PhaseRefused, r) {
		c.emit(Refused{Reason: r})
	}
}

// finish moves to a final phase and erases every key (rule 10).
func (c *Core) finish(p Phase, r *Reason) bool {
	if c.phase.Final() {
		return false
	}
	c.phase, c.reason = p, r
	c.timers = [timerCount]time.Time{}
	c.epochs.eraseAll(&c.out)
	c.dropLead()
	c.dropResting()
	c.follow.erase()
	c.own.erase()
	clear(c.cfg.Enhanced)
	c.requests = nil
	return true
}

// following reports whether somebody else leads this participant.
func (c *Core) following() bool { return c.list != nil && c.lead == nil && c.list.leader != nil }
