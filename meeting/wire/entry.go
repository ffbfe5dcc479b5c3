package wire

import (
	"crypto/ed25519"
	"crypto/sha256"

	"golang.org/x/crypto/cryptobyte"
)

// Sizes of keys, in bytes.
const (
	// EncryptionKeySize is the length of an MLKEM768-X25519 public key: 1184 and 32.
	EncryptionKeySize = 1216
	// EncapsulationSize is the length of an MLKEM768-X25519 encapsulation: 1088 and 32.
	EncapsulationSize = 1120
	// NonceSize is the length of a liveness nonce.
	NonceSize = 24

	maxIdentitySignature = 72 // ECDSA P-256 in ASN.1
	maxAttestations      = 4096
)

// Announcement is what a participant's identity key signs, once for every time it joins.
//
//	uint8  version = 1
//	opaque meeting[16]
//	opaque instance[16]
//	opaque participant[16]
//	opaque device[16]
//	opaque identity_key[65]
//	opaque meeting_key[32]             Ed25519
//	opaque encryption_key_hash[32]     SHA256(MLKEM768-X25519 public key)
//	uint64 time                        milliseconds since 1970-01-01 UTC, by the participant's clock
//
// The large encryption key stands outside, so that the list stays small: only the leader needs it.
type Announcement struct {
	Meeting           MeetingID
	Instance          InstanceID
	Participant       ParticipantID
	Device            DeviceID
	IdentityKey       [IdentityKeySize]byte
	MeetingKey        [ed25519.PublicKeySize]byte
	EncryptionKeyHash [32]byte
	Time              uint64
}

func (a *Announcement) add(b *cryptobyte.Builder) {
	b.AddUint8(Version)
	b.AddBytes(a.Meeting[:])
	b.AddBytes(a.Instance[:])
	b.AddBytes(a.Participant[:])
	b.AddBytes(a.Device[:])
	b.AddBytes(a.IdentityKey[:])
	b.AddBytes(a.MeetingKey[:])
	b.AddBytes(a.EncryptionKeyHash[:])
	b.AddUint64(a.Time)
}

func (a *Announcement) read(r *reader) {
	r.ok(r.u8() == Version)
	r.fixed(a.Meeting[:])
	r.fixed(a.Instance[:])
	r.fixed(a.Participant[:])
	r.fixed(a.Device[:])
	r.fixed(a.IdentityKey[:])
	r.fixed(a.MeetingKey[:])
	r.fixed(a.EncryptionKeyHash[:])
	a.Time = r.u64()
}

// Hash returns the announcement's hash. It names the participation everywhere else, and it is the digest that the
// identity key signs.
func (a *Announcement) Hash() [32]byte { return sha256.Sum256(a.SigningInput()) }

// SigningInput returns what the identity key signs: Hash is its SHA-256.
func (a *Announcement) SigningInput() []byte {
	b := cryptobyte.NewBuilder(nil)
	a.add(b)
	return SigningInput(LabelAnnouncement, b.BytesOrPanic()) // can't fail: fixed fields only
}

// Entry is an announcement with its proofs: what the participant list holds of a person.
//
//	       announcement              201 bytes
//	opaque signature<8..72>          ECDSA P-256, ASN.1, over the announcement's hash
//	opaque statement<1..>            the hub's signed statement
//	opaque attestations<0..4096>     further proofs of who this is; kept for a later version, carried and ignored
type Entry struct {
	Announcement Announcement
	Signature    []byte
	Statement    []byte
	Attestations []byte
}

func (e *Entry) add(b *cryptobyte.Builder) {
	e.Announcement.add(b)
	addVector(b, e.Signature)
	addVector(b, e.Statement)
	addVector(b, e.Attestations)
}

func (e *Entry) read(r *reader) {
	e.Announcement.read(r)
	e.Signature = r.vector(8, maxIdentitySignature)
	e.Statement = r.vector(1, MaxStatementSize)
	e.Attestations = r.vector(0, maxAttestations)
}
