package wire

import "golang.org/x/crypto/cryptobyte"

// Announce says who joins. A newcomer sends it to everybody; a member sends it to a new leader and after every
// reconnection.
//
//	       Entry
//	opaque encryption_key[1216]
//	opaque nonce[24]              liveness nonce
//	uint8  newcomer               1: the sender has no pairwise key with this leader and wants a welcome
type Announce struct {
	Entry         Entry
	EncryptionKey []byte
	Nonce         [NonceSize]byte
	Newcomer      bool
}

// Kind implements Body.
func (*Announce) Kind() Kind   { return KindAnnounce }
func (*Announce) label() Label { return LabelAnnounce }

func (m *Announce) add(b *cryptobyte.Builder) {
	m.Entry.add(b)
	b.AddBytes(m.EncryptionKey)
	b.AddBytes(m.Nonce[:])
	addBool(b, m.Newcomer)
}

func (m *Announce) read(r *reader) {
	m.Entry.read(r)
	m.EncryptionKey = r.bytes(EncryptionKeySize)
	r.fixed(m.Nonce[:])
	m.Newcomer = r.boolean()
}

// Welcome is the leader's answer to an announcement: from it both derive their pairwise key.
//
//	opaque to[16]
//	opaque to_hash[32]            the receiver's announcement
//	       Entry                  the leader's
//	opaque encapsulation[1120]
//	uint64 list_version           the list that the receiver stands in
//	opaque list_hash[32]
type Welcome struct {
	To            ParticipantID
	ToHash        [32]byte
	Leader        Entry
	Encapsulation []byte
	ListVersion   uint64
	ListHash      [32]byte
}

// Kind implements Body.
func (*Welcome) Kind() Kind   { return KindWelcome }
func (*Welcome) label() Label { return LabelWelcome }

func (m *Welcome) add(b *cryptobyte.Builder) {
	b.AddBytes(m.To[:])
	b.AddBytes(m.ToHash[:])
	m.Leader.add(b)
	b.AddBytes(m.Encapsulation)
	b.AddUint64(m.ListVersion)
	b.AddBytes(m.ListHash[:])
}

func (m *Welcome) read(r *reader) {
	r.fixed(m.To[:])
	r.fixed(m.ToHash[:])
	m.Leader.read(r)
	m.Encapsulation = r.bytes(EncapsulationSize)
	m.ListVersion = r.u64()
	r.fixed(m.ListHash[:])
}

// Links carries links of the participant list, in order.
//
//	Link links<1..>    length in two bytes; each link with its own length in two bytes
type Links struct {
	Links [][]byte
}

// LinksOverhead is how many bytes a Links message takes around its links; each link takes 2 more than its own.
const LinksOverhead = 2 + 2*idSize + 2

// Kind implements Body.
func (*Links) Kind() Kind   { return KindLinks }
func (*Links) label() Label { return "" }

func (m *Links) add(b *cryptobyte.Builder) {
	b.AddUint16LengthPrefixed(func(c *cryptobyte.Builder) {
		for _, l := range m.Links {
			addVector(c, l)
		}
	})
}

func (m *Links) read(r *reader) {
	var v cryptobyte.String
	r.ok(r.s.ReadUint16LengthPrefixed(&v) && !v.Empty())
	in := &reader{s: v}
	for !in.s.Empty() && !in.failed {
		m.Links = append(m.Links, in.vector(1, MaxLinkSize))
	}
	r.ok(in.done())
}

// LinkRequest asks the leader for every link after a version. Two leaders of one divided list ask each other.
//
//	uint64 after
//	uint8  give_way     1: from another leader, who has all of the receiver's links up to after, and waits for it to give way
type LinkRequest struct {
	After   uint64
	GiveWay bool
}

// Kind implements Body.
func (*LinkRequest) Kind() Kind   { return KindLinkRequest }
func (*LinkRequest) label() Label { return LabelLinkRequest }

func (m *LinkRequest) add(b *cryptobyte.Builder) {
	b.AddUint64(m.After)
	addBool(b, m.GiveWay)
}

func (m *LinkRequest) read(r *reader) {
	m.After = r.u64()
	m.GiveWay = r.boolean()
}

// Nonce gives the leader a fresh liveness nonce.
//
//	opaque nonce[24]
type Nonce struct {
	Nonce [NonceSize]byte
}

// Kind implements Body.
func (*Nonce) Kind() Kind                  { return KindNonce }
func (*Nonce) label() Label                { return LabelNonce }
func (m *Nonce) add(b *cryptobyte.Builder) { b.AddBytes(m.Nonce[:]) }
func (m *Nonce) read(r *reader)            { r.fixed(m.Nonce[:]) }

// LeaveMode says what a Leave message means.
type LeaveMode uint8

// The modes. All but LeaveGoes are the leader's.
const (
	LeaveGoes      LeaveMode = 0 // the sender leaves for good
	LeaveYields    LeaveMode = 1 // it gives up leading a divided list, and joins the one that next leads
	LeaveHandsOver LeaveMode = 2 // it gives up leading to next, and stays
	LeaveEnds      LeaveMode = 3 // it ends the meeting for everybody
)

// Leave says that the sender leaves, or gives up leading. A leader names who follows it.
//
//	opaque next[16]          zero: the sender does not lead, or nobody is left
//	uint8  mode
//	uint64 list_version      of the sender's list; zero if it does not lead
//	opaque list_hash[32]     the list that next goes on from
type Leave struct {
	Next        ParticipantID
	Mode        LeaveMode
	ListVersion uint64
	ListHash    [32]byte
}

// Kind implements Body.
func (*Leave) Kind() Kind   { return KindLeave }
func (*Leave) label() Label { return LabelLeave }

func (m *Leave) add(b *cryptobyte.Builder) {
	b.AddBytes(m.Next[:])
	b.AddUint8(uint8(m.Mode))
	b.AddUint64(m.ListVersion)
	b.AddBytes(m.ListHash[:])
}

func (m *Leave) read(r *reader) {
	r.fixed(m.Next[:])
	m.Mode = LeaveMode(r.u8())
	r.ok(m.Mode <= LeaveEnds)
	m.ListVersion = r.u64()
	r.fixed(m.ListHash[:])
}

// Refusal is the leader's word that an announcement was not admitted, and why.
//
//	opaque to[16]
//	opaque to_hash[32]    the refused announcement
//	       Entry          the leader's
//	uint8  code           1..255; package meeting names them
type Refusal struct {
	To     ParticipantID
	ToHash [32]byte
	Leader Entry
	Code   uint8
}

// Kind implements Body.
func (*Refusal) Kind() Kind   { return KindRefusal }
func (*Refusal) label() Label { return LabelRefusal }

func (m *Refusal) add(b *cryptobyte.Builder) {
	b.AddBytes(m.To[:])
	b.AddBytes(m.ToHash[:])
	m.Leader.add(b)
	b.AddUint8(m.Code)
}

func (m *Refusal) read(r *reader) {
	r.fixed(m.To[:])
	r.fixed(m.ToHash[:])
	m.Leader.read(r)
	m.Code = r.u8()
}
