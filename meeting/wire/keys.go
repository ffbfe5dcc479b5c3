package wire

import (
	"crypto/ed25519"

	"golang.org/x/crypto/cryptobyte"
)

// BoxSize is the length of a sealed meeting key: 32 bytes and a tag of 16.
const BoxSize = 48

// BoxNonceSize is the length of XChaCha20-Poly1305's nonce.
const BoxNonceSize = 24

// KeyBox brings one receiver the meeting key of an epoch. It has 243 bytes; the common part is signed once an epoch.
//
//	       header
//	uint64 epoch                 common part, the same for every receiver
//	uint64 list_version
//	opaque list_hash[32]
//	uint8  removal               1: somebody was taken off the list with this epoch
//	opaque signature[64]         by the leader, over SigningInput(LabelKeyBox, header and common part)
//	opaque nonce[24]             one of the receiver's last two liveness nonces
//	opaque box_nonce[24]
//	opaque box[48]               XChaCha20-Poly1305 under the pairwise key; associated data: all before box_nonce, and the receiver's id
type KeyBox struct {
	Epoch       uint64
	ListVersion uint64
	ListHash    [32]byte
	Removal     bool
	Signature   [ed25519.SignatureSize]byte
	Nonce       [NonceSize]byte
	BoxNonce    [BoxNonceSize]byte
	Box         [BoxSize]byte
}

// Kind implements Body.
func (*KeyBox) Kind() Kind   { return KindKeyBox }
func (*KeyBox) label() Label { return "" }

func (m *KeyBox) addCommon(b *cryptobyte.Builder) {
	b.AddUint64(m.Epoch)
	b.AddUint64(m.ListVersion)
	b.AddBytes(m.ListHash[:])
	addBool(b, m.Removal)
}

func (m *KeyBox) add(b *cryptobyte.Builder) {
	m.addCommon(b)
	b.AddBytes(m.Signature[:])
	b.AddBytes(m.Nonce[:])
	b.AddBytes(m.BoxNonce[:])
	b.AddBytes(m.Box[:])
}

func (m *KeyBox) read(r *reader) {
	m.Epoch = r.u64()
	m.ListVersion = r.u64()
	r.fixed(m.ListHash[:])
	m.Removal = r.boolean()
	r.fixed(m.Signature[:])
	r.fixed(m.Nonce[:])
	r.fixed(m.BoxNonce[:])
	r.fixed(m.Box[:])
}

func (m *KeyBox) signedPart(instance InstanceID, leader ParticipantID) []byte {
	b := cryptobyte.NewBuilder(nil)
	addHeader(b, KindKeyBox, instance, leader)
	m.addCommon(b)
	return b.BytesOrPanic() // can't fail: fixed fields only
}

// SignCommon signs the common part with the leader's meeting key.
func (m *KeyBox) SignCommon(key ed25519.PrivateKey, instance InstanceID, leader ParticipantID) {
	copy(m.Signature[:], ed25519.Sign(key, SigningInput(LabelKeyBox, m.signedPart(instance, leader))))
}

// VerifyCommon reports whether the common part was signed by that meeting key.
func (m *KeyBox) VerifyCommon(key ed25519.PublicKey, instance InstanceID, leader ParticipantID) bool {
	return len(key) == ed25519.PublicKeySize && ed25519.Verify(key, SigningInput(LabelKeyBox, m.signedPart(instance, leader)), m.Signature[:])
}

// AssociatedData returns what the box is bound to.
func (m *KeyBox) AssociatedData(instance InstanceID, leader, receiver ParticipantID) []byte {
	out := append(m.signedPart(instance, leader), m.Signature[:]...)
	out = append(out, m.Nonce[:]...)
	return append(out, receiver[:]...)
}

// KeyAck says that the sender holds an epoch's key.
//
//	uint64 epoch
//	opaque mac[32]     HMAC-SHA256 under a key made of the pairwise key and the meeting key
type KeyAck struct {
	Epoch uint64
	MAC   [32]byte
}

// Kind implements Body.
func (*KeyAck) Kind() Kind   { return KindKeyAck }
func (*KeyAck) label() Label { return "" }

func (m *KeyAck) add(b *cryptobyte.Builder) {
	b.AddUint64(m.Epoch)
	b.AddBytes(m.MAC[:])
}

func (m *KeyAck) read(r *reader) {
	m.Epoch = r.u64()
	r.fixed(m.MAC[:])
}

// KeyRequest asks the leader for the key of the current epoch.
//
//	uint64 have          the highest epoch the sender has a key for, or had before it started over; 0: none
//	uint8  spent         1: it had that one before it started over, and takes no key twice
//	opaque nonce[24]     a fresh liveness nonce
type KeyRequest struct {
	Have  uint64
	Spent bool
	Nonce [NonceSize]byte
}

// Kind implements Body.
func (*KeyRequest) Kind() Kind   { return KindKeyRequest }
func (*KeyRequest) label() Label { return LabelKeyRequest }

func (m *KeyRequest) add(b *cryptobyte.Builder) {
	b.AddUint64(m.Have)
	addBool(b, m.Spent)
	b.AddBytes(m.Nonce[:])
}

func (m *KeyRequest) read(r *reader) {
	m.Have = r.u64()
	m.Spent = r.boolean()
	r.fixed(m.Nonce[:])
}

// Heartbeat is the leader's word on what list and what key are in use. It comes every 2 s, when an epoch begins, and
// when everybody has acknowledged it.
//
//	uint64 counter           1 for a leader's first
//	opaque previous[32]      hash of the heartbeat before; zero for a leader's first
//	uint64 list_version
//	opaque list_hash[32]
//	uint64 epoch
//	opaque commitment[32]    to the meeting key and its list (SPEC.md, section 8)
//	uint8  removal           1: somebody was taken off the list with this epoch
//	uint8  settled           1: every member has acknowledged this epoch's key
//	uint32 followers         members that acknowledged a key since this leader began or came back
//	uint32 takeovers         how often leadership changed in this list
//	uint64 clock             milliseconds since 1970-01-01 UTC, by the leader's clock
type Heartbeat struct {
	Counter     uint64
	Previous    [32]byte
	ListVersion uint64
	ListHash    [32]byte
	Epoch       uint64
	Commitment  [32]byte
	Removal     bool
	Settled     bool
	Followers   uint32
	Takeovers   uint32
	Clock       uint64
}

// Kind implements Body.
func (*Heartbeat) Kind() Kind   { return KindHeartbeat }
func (*Heartbeat) label() Label { return LabelHeartbeat }

func (m *Heartbeat) add(b *cryptobyte.Builder) {
	b.AddUint64(m.Counter)
	b.AddBytes(m.Previous[:])
	b.AddUint64(m.ListVersion)
	b.AddBytes(m.ListHash[:])
	b.AddUint64(m.Epoch)
	b.AddBytes(m.Commitment[:])
	addBool(b, m.Removal)
	addBool(b, m.Settled)
	b.AddUint32(m.Followers)
	b.AddUint32(m.Takeovers)
	b.AddUint64(m.Clock)
}

func (m *Heartbeat) read(r *reader) {
	m.Counter = r.u64()
	r.fixed(m.Previous[:])
	m.ListVersion = r.u64()
	r.fixed(m.ListHash[:])
	m.Epoch = r.u64()
	r.fixed(m.Commitment[:])
	m.Removal = r.boolean()
	m.Settled = r.boolean()
	m.Followers = r.u32()
	m.Takeovers = r.u32()
	m.Clock = r.u64()
}
