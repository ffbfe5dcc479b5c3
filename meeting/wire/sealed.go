package wire

import "golang.org/x/crypto/cryptobyte"

// SealedOverhead is how many bytes a sealed content is longer than the content itself: Poly1305's tag.
const SealedOverhead = 16

// MaxSealedSize is the longest sealed content, in bytes.
const MaxSealedSize = 8192

// Sealed is an application message: what one participant tells the others, encrypted under a key that it has of its own
// in each epoch. What is inside is a Content.
//
//	uint64 epoch
//	opaque nonce[24]
//	opaque box<17..8192>    XChaCha20-Poly1305 (SPEC.md, section 8); associated data: see AssociatedData
type Sealed struct {
	Epoch uint64
	Nonce [BoxNonceSize]byte
	Box   []byte
}

// Kind implements Body.
func (*Sealed) Kind() Kind   { return KindSealed }
func (*Sealed) label() Label { return LabelSealed }

func (m *Sealed) add(b *cryptobyte.Builder) {
	b.AddUint64(m.Epoch)
	b.AddBytes(m.Nonce[:])
	addVector(b, m.Box)
}

func (m *Sealed) read(r *reader) {
	m.Epoch = r.u64()
	r.fixed(m.Nonce[:])
	m.Box = r.vector(SealedOverhead+1, MaxSealedSize)
}

// AssociatedData returns what the box is bound to: the message's header, its sequence, the epoch, and the commitment to
// the epoch's key.
func (m *Sealed) AssociatedData(instance InstanceID, sender ParticipantID, sequence uint64, commitment [32]byte) []byte {
	b := cryptobyte.NewBuilder(nil)
	addHeader(b, KindSealed, instance, sender)
	b.AddUint64(sequence)
	b.AddUint64(m.Epoch)
	b.AddBytes(commitment[:])
	return b.BytesOrPanic() // can't fail: fixed fields only
}
