package wire

import (
	"crypto/ed25519"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
)

// MaxLinkSize is the longest link, in bytes. It leaves room for the header of the message that carries it.
const MaxLinkSize = 14_900

// ChangeType is what one change of the list is.
type ChangeType uint8

// The changes.
const (
	ChangeAdd      ChangeType = 1
	ChangeRemove   ChangeType = 2
	ChangeLeader   ChangeType = 3
	ChangeLock     ChangeType = 4 // Index: who asked for it
	ChangeUnlock   ChangeType = 5 // Index: who asked for it
	ChangeSnapshot ChangeType = 6 // the whole list, in pages; Index: the next roster index
	ChangeEnhanced ChangeType = 7 // the list begins with enhanced encryption; in version 1 only
	ChangeUpgrade  ChangeType = 8 // from enhanced to end-to-end encryption; Index: who asked for it
)

// Cause says why somebody was taken off the list, or why the leader changed.
type Cause uint8

// The causes.
const (
	CauseLeft       Cause = 1 // signed off
	CauseRemoved    Cause = 2 // a host removed it
	CauseGone       Cause = 3 // the relay reports it gone
	CauseReplaced   Cause = 4 // the same device joined again
	CauseSilent     Cause = 5 // no heartbeat for 10 s
	CauseFirst      Cause = 6 // the first leader of the instance
	CauseHandedOver Cause = 7 // the old leader handed over, and stays
)

// String returns the cause's name.
func (c Cause) String() string {
	switch c {
	case CauseLeft:
		return "left"
	case CauseRemoved:
		return "removed"
	case CauseGone:
		return "gone"
	case CauseReplaced:
		return "replaced"
	case CauseSilent:
		return "silent"
	case CauseFirst:
		return "first"
	case CauseHandedOver:
		return "handed-over"
	}
	return fmt.Sprintf("cause-%d", uint8(c))
}

// Change is one change of the participant list.
//
//	uint8  type
//	uint32 index                     roster index; never used again in the instance
//	       add:       Entry
//	       remove:    uint8 cause
//	       leader:    uint8 cause, opaque evidence<0..512>   the old leader's Leave message when it handed over
//	       snapshot:  Snapshot
//	       others:    nothing
type Change struct {
	Type     ChangeType
	Index    uint32
	Entry    *Entry
	Cause    Cause
	Evidence []byte
	Snapshot *Snapshot
}

const maxEvidence = 512

func (c *Change) add(b *cryptobyte.Builder) {
	b.AddUint8(uint8(c.Type))
	b.AddUint32(c.Index)
	switch c.Type {
	case ChangeAdd:
		c.Entry.add(b)
	case ChangeRemove:
		b.AddUint8(uint8(c.Cause))
	case ChangeLeader:
		b.AddUint8(uint8(c.Cause))
		addVector(b, c.Evidence)
	case ChangeSnapshot:
		c.Snapshot.add(b)
	case ChangeLock, ChangeUnlock, ChangeEnhanced, ChangeUpgrade:
	}
}

func (c *Change) read(r *reader) {
	c.Type = ChangeType(r.u8())
	c.Index = r.u32()
	switch c.Type {
	case ChangeAdd:
		c.Entry = &Entry{}
		c.Entry.read(r)
	case ChangeRemove:
		c.Cause = r.cause()
	case ChangeLeader:
		c.Cause = r.cause()
		c.Evidence = r.vector(0, maxEvidence)
	case ChangeSnapshot:
		c.Snapshot = &Snapshot{}
		c.Snapshot.read(r)
	case ChangeLock, ChangeUnlock, ChangeEnhanced, ChangeUpgrade:
	default:
		r.failed = true
	}
}

func (r *reader) cause() Cause {
	c := Cause(r.u8())
	r.ok(c >= CauseLeft && c <= CauseHandedOver)
	return c
}

// Link is one link of the participant list's hash chain.
//
//	uint8  version = 1
//	opaque instance[16]
//	opaque leader[16]          who signs
//	uint64 version             1 for the first link
//	opaque previous[32]        hash of the link before; zero for the first
//	uint64 time                milliseconds since 1970-01-01 UTC, by the leader's clock
//	Change changes<1..>        length in two bytes
//	opaque signature[64]       Ed25519 by the leader's meeting key
//
// The list's hash at a version is the hash of that version's link.
type Link struct {
	Instance InstanceID
	Leader   ParticipantID
	Version  uint64
	Previous [32]byte
	Time     uint64
	Changes  []Change

	raw []byte
}

// SignLink signs l with the leader's meeting key and returns it as ParseLink would.
func SignLink(key ed25519.PrivateKey, l Link) (Link, error) {
	b := cryptobyte.NewBuilder(nil)
	b.AddUint8(Version)
	b.AddBytes(l.Instance[:])
	b.AddBytes(l.Leader[:])
	b.AddUint64(l.Version)
	b.AddBytes(l.Previous[:])
	b.AddUint64(l.Time)
	b.AddUint16LengthPrefixed(func(c *cryptobyte.Builder) {
		for i := range l.Changes {
			l.Changes[i].add(c)
		}
	})
	raw, err := b.Bytes()
	if err != nil {
		return Link{}, fmt.Errorf("sign link %d: %w", l.Version, err)
	}
	if len(raw)+ed25519.SignatureSize > MaxLinkSize {
		return Link{}, fmt.Errorf("sign link %d: %d bytes, more than a link may have", l.Version, len(raw))
	}
	l.raw = append(raw, ed25519.Sign(key, SigningInput(LabelLink, raw))...)
	return l, nil
}

// ParseLink reads a link. Nothing in it is authenticated: see Verify.
func ParseLink(data []byte) (Link, error) {
	if len(data) > MaxLinkSize {
		return Link{}, malformed("link")
	}
	r := &reader{s: data}
	l := Link{raw: data}
	r.ok(r.u8() == Version)
	r.fixed(l.Instance[:])
	r.fixed(l.Leader[:])
	l.Version = r.u64()
	r.fixed(l.Previous[:])
	l.Time = r.u64()
	l.Changes = readChanges(r)
	r.bytes(ed25519.SignatureSize)
	if !r.done() {
		return Link{}, malformed("link")
	}
	return l, nil
}

func readChanges(r *reader) []Change {
	var v cryptobyte.String
	if !r.s.ReadUint16LengthPrefixed(&v) || v.Empty() {
		r.failed = true
		return nil
	}
	var changes []Change
	in := &reader{s: v}
	for !in.s.Empty() && !in.failed {
		var c Change
		c.read(in)
		changes = append(changes, c)
	}
	r.ok(in.done())
	return changes
}

// Verify reports whether the link was signed by that meeting key.
func (l *Link) Verify(key ed25519.PublicKey) bool {
	n := len(l.raw) - ed25519.SignatureSize
	return n > 0 && len(key) == ed25519.PublicKeySize && ed25519.Verify(key, SigningInput(LabelLink, l.raw[:n]), l.raw[n:])
}

// Hash returns the link's hash, without its signature.
func (l *Link) Hash() [32]byte {
	return Hash(LabelLink, l.raw[:max(0, len(l.raw)-ed25519.SignatureSize)])
}

// Raw returns the link's bytes.
func (l *Link) Raw() []byte { return l.raw }

// Size returns how many bytes the change takes in a link.
func (c *Change) Size() int {
	b := cryptobyte.NewBuilder(nil)
	c.add(b)
	raw, _ := b.Bytes() // a change that can't be marshalled fails when the link is signed
	return len(raw)
}
