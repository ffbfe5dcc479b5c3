package wire

import (
	"crypto/sha256"

	"golang.org/x/crypto/cryptobyte"
)

// maxPages bounds a snapshot: 400 pages hold 12,000 members, or 25,000 who were there.
const maxPages = 400

// MaxPageSize is the longest page, in bytes. It leaves room for the header of the message that carries it.
const MaxPageSize = 14_900

// Snapshot is the whole participant list in one change: it stands for every link before. Who was there follows in pages,
// which the change names by their hashes.
//
//	uint32 leader              roster index
//	uint32 takeovers           how often leadership changed
//	uint32 removed_at          takeovers when somebody was last removed by command
//	uint8  locked
//	uint8  enhanced
//	uint64 roster_version      the version at which members last changed
//	opaque pages<32..12800>    Hash(LabelPage, page) of each page, in order
type Snapshot struct {
	Leader        uint32
	Takeovers     uint32
	RemovedAt     uint32
	Locked        bool
	Enhanced      bool
	RosterVersion uint64
	Pages         [][32]byte
}

func (s *Snapshot) add(b *cryptobyte.Builder) {
	b.AddUint32(s.Leader)
	b.AddUint32(s.Takeovers)
	b.AddUint32(s.RemovedAt)
	addBool(b, s.Locked)
	addBool(b, s.Enhanced)
	b.AddUint64(s.RosterVersion)
	b.AddUint16LengthPrefixed(func(c *cryptobyte.Builder) {
		for _, h := range s.Pages {
			c.AddBytes(h[:])
		}
	})
}

func (s *Snapshot) read(r *reader) {
	s.Leader = r.u32()
	s.Takeovers = r.u32()
	s.RemovedAt = r.u32()
	s.Locked = r.boolean()
	s.Enhanced = r.boolean()
	s.RosterVersion = r.u64()
	v := r.vector(sha256.Size, maxPages*sha256.Size)
	r.ok(len(v)%sha256.Size == 0)
	for ; len(v) >= sha256.Size; v = v[sha256.Size:] {
		s.Pages = append(s.Pages, [32]byte(v[:sha256.Size]))
	}
}

// Record is what a page holds of one roster index.
//
//	uint8 cause          0: a member; else why it was taken off the list
//	      member:        Entry
//	      else:          announcement, 201 bytes
//
// The records of all pages stand in the order of their roster index, from 0, without a gap.
type Record struct {
	Cause Cause
	// Entry has nothing but the announcement for somebody who was taken off.
	Entry *Entry
}

// Page is a part of a Snapshot.
//
//	uint64 version         of the link with the snapshot
//	uint16 number          from 0
//	Record records<1..>    length in two bytes
type Page struct {
	Version uint64
	Number  uint16
	Records []byte
}

// Kind implements Body.
func (*Page) Kind() Kind   { return KindPage }
func (*Page) label() Label { return "" }

func (m *Page) add(b *cryptobyte.Builder) {
	b.AddUint64(m.Version)
	b.AddUint16(m.Number)
	addVector(b, m.Records)
}

func (m *Page) read(r *reader) {
	m.Version = r.u64()
	r.ok(r.s.ReadUint16(&m.Number))
	m.Records = r.vector(1, MaxPageSize)
}

// PageHash is how a snapshot names a page's records.
func PageHash(records []byte) [32]byte { return Hash(LabelPage, records) }

// MarshalPages puts records into pages that each fit into one message.
func MarshalPages(records []Record) [][]byte {
	var pages [][]byte
	var page []byte
	for i := range records {
		b := cryptobyte.NewBuilder(nil)
		b.AddUint8(uint8(records[i].Cause))
		if records[i].Cause == 0 {
			records[i].Entry.add(b)
		} else {
			records[i].Entry.Announcement.add(b)
		}
		raw := b.BytesOrPanic() // can't fail: the entry was parsed, so its vectors fit
		if len(page)+len(raw) > MaxPageSize && len(page) > 0 {
			pages, page = append(pages, page), nil
		}
		page = append(page, raw...)
	}
	if len(page) > 0 {
		pages = append(pages, page)
	}
	return pages
}

// ParseRecords reads the records of one page. The error wraps ErrMalformed.
func ParseRecords(page []byte) ([]Record, error) {
	r := &reader{s: page}
	var out []Record
	for !r.s.Empty() && !r.failed {
		rec := Record{Entry: &Entry{}}
		rec.Cause = Cause(r.u8())
		r.ok(rec.Cause <= CauseHandedOver)
		if rec.Cause == 0 {
			rec.Entry.read(r)
		} else {
			rec.Entry.Announcement.read(r)
		}
		out = append(out, rec)
	}
	if !r.done() || len(out) == 0 {
		return nil, malformed("page")
	}
	return out, nil
}
