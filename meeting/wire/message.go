package wire

import (
	"crypto/ed25519"
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
)

// MaxMessageSize is the longest message, in bytes: what a relay's reliable data channel takes in one piece.
const MaxMessageSize = 15_000

// ErrUnknownKind is returned for a well-formed header with a kind that this version does not know. Such messages are
// ignored, so that later versions can add kinds.
var ErrUnknownKind = errors.New("unknown kind of message")

// Kind is the kind of a message.
type Kind uint8

// The kinds.
const (
	KindAnnounce    Kind = 1
	KindWelcome     Kind = 2
	KindKeyBox      Kind = 3
	KindKeyAck      Kind = 4
	KindKeyRequest  Kind = 5
	KindLinks       Kind = 6
	KindLinkRequest Kind = 7
	KindHeartbeat   Kind = 8
	KindNonce       Kind = 9
	KindLeave       Kind = 10
	KindRefusal     Kind = 11
	KindHostRequest Kind = 12
	KindSealed      Kind = 13
	KindPage        Kind = 14

	// Kinds is one more than the highest kind.
	Kinds = 15
)

var kindNames = [Kinds]string{
	"kind-0", "announce", "welcome", "key-box", "key-ack", "key-request", "links", "link-request", "heartbeat", "nonce", "leave", "refusal",
	"host-request", "sealed", "page",
}

// String returns the kind's name as it stands in logs and transcripts.
func (k Kind) String() string {
	if k < Kinds {
		return kindNames[k]
	}
	return fmt.Sprintf("kind-%d", uint8(k))
}

// Message is one protocol message.
//
//	uint8  version = 1
//	uint8  kind
//	opaque instance[16]
//	opaque sender[16]
//	       signed kinds only:
//	uint64 sequence          grows with every signed message of the sender
//	       body              by kind
//	       signed kinds only:
//	opaque signature[64]     Ed25519 by the sender's meeting key over SigningInput(the kind's label, all of the above)
//
// Key boxes, acknowledgements and links are not signed as messages: a box is sealed under a pairwise key, an
// acknowledgement is a MAC, and every link carries its own signature.
type Message struct {
	Instance InstanceID
	Sender   ParticipantID
	// Sequence is 0 for kinds that are not signed.
	Sequence uint64
	Body     Body

	raw []byte // as parsed
}

// Body is what differs between the kinds: *Announce, *Welcome, *KeyBox and so on.
type Body interface {
	// Kind returns the kind of the message.
	Kind() Kind
	label() Label // "": not signed
	add(b *cryptobyte.Builder)
	read(r *reader)
}

// Sign marshals a message of a signed kind and signs it with the sender's meeting key.
func Sign(key ed25519.PrivateKey, m Message) ([]byte, error) {
	label := m.Body.label()
	if label == "" {
		return nil, fmt.Errorf("sign %v: messages of this kind are not signed", m.Body.Kind())
	}
	unsigned, err := m.marshal()
	if err != nil {
		return nil, err
	}
	return append(unsigned, ed25519.Sign(key, SigningInput(label, unsigned))...), nil
}

// Marshal marshals a message of a kind that is not signed.
func Marshal(m Message) ([]byte, error) {
	if m.Body.label() != "" {
		return nil, fmt.Errorf("marshal %v: messages of this kind must be signed", m.Body.Kind())
	}
	return m.marshal()
}

func (m Message) marshal() ([]byte, error) {
	b := cryptobyte.NewBuilder(nil)
	addHeader(b, m.Body.Kind(), m.Instance, m.Sender)
	limit := MaxMessageSize
	if m.Body.label() != "" {
		b.AddUint64(m.Sequence)
		limit -= ed25519.SignatureSize
	}
	m.Body.add(b)
	raw, err := b.Bytes()
	if err != nil {
		return nil, fmt.Errorf("marshal %v: %w", m.Body.Kind(), err)
	}
	if len(raw) > limit {
		return nil, fmt.Errorf("marshal %v: %d bytes, more than a message may have", m.Body.Kind(), len(raw))
	}
	return raw, nil
}

func addHeader(b *cryptobyte.Builder, k Kind, instance InstanceID, sender ParticipantID) {
	b.AddUint8(Version)
	b.AddUint8(uint8(k))
	b.AddBytes(instance[:])
	b.AddBytes(sender[:])
}

// Parse reads a message. Nothing in it is authenticated: see Verify. The error is ErrUnknownKind, or wraps ErrMalformed.
func Parse(data []byte) (Message, error) {
	if len(data) > MaxMessageSize {
		return Message{}, malformed("message")
	}
	r := &reader{s: data}
	r.ok(r.u8() == Version)
	kind := Kind(r.u8())
	m := Message{raw: data}
	r.fixed(m.Instance[:])
	r.fixed(m.Sender[:])
	if r.failed {
		return Message{}, malformed("message")
	}
	if m.Body = newBody(kind); m.Body == nil {
		return Message{}, ErrUnknownKind
	}
	if m.Body.label() != "" {
		m.Sequence = r.u64()
		m.Body.read(r)
		r.bytes(ed25519.SignatureSize)
	} else {
		m.Body.read(r)
	}
	if !r.done() {
		return Message{}, malformed(kind.String())
	}
	return m, nil
}

// PeekKind returns the kind that data claims to have, or 0.
func PeekKind(data []byte) Kind {
	if len(data) < 2 {
		return 0
	}
	return Kind(data[1])
}

// Verify reports whether a parsed message of a signed kind was signed by that meeting key.
func (m Message) Verify(key ed25519.PublicKey) bool {
	label := m.Body.label()
	if label == "" || len(m.raw) < ed25519.SignatureSize || len(key) != ed25519.PublicKeySize {
		return false
	}
	n := len(m.raw) - ed25519.SignatureSize
	return ed25519.Verify(key, SigningInput(label, m.raw[:n]), m.raw[n:])
}

// Hash returns the hash of a parsed message of a signed kind, without its signature.
func (m Message) Hash() [32]byte {
	return Hash(m.Body.label(), m.raw[:max(0, len(m.raw)-ed25519.SignatureSize)])
}

// Raw returns the bytes that were parsed.
func (m Message) Raw() []byte { return m.raw }

func newBody(k Kind) Body {
	switch k {
	case KindAnnounce:
		return &Announce{}
	case KindWelcome:
		return &Welcome{}
	case KindKeyBox:
		return &KeyBox{}
	case KindKeyAck:
		return &KeyAck{}
	case KindKeyRequest:
		return &KeyRequest{}
	case KindLinks:
		return &Links{}
	case KindLinkRequest:
		return &LinkRequest{}
	case KindHeartbeat:
		return &Heartbeat{}
	case KindNonce:
		return &Nonce{}
	case KindLeave:
		return &Leave{}
	case KindRefusal:
		return &Refusal{}
	case KindSealed:
		return &Sealed{}
	case KindHostRequest:
		return &HostRequest{}
	case KindPage:
		return &Page{}
	}
	return nil
}

// UnsignedHash returns what Message.Hash would for the bytes of a signed message.
func UnsignedHash(l Label, raw []byte) [32]byte {
	return Hash(l, raw[:max(0, len(raw)-ed25519.SignatureSize)])
}
