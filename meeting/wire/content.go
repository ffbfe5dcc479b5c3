package wire

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
)

// Bounds of what a content carries.
const (
	// MaxChatSize is the longest line of chat, in bytes of UTF-8.
	MaxChatSize = 2000
	// MaxReactionSize is the longest reaction, in bytes of UTF-8.
	MaxReactionSize = 32
	// MaxWaiters is how many of those who wait are told at most.
	MaxWaiters = 50
)

// ErrUnknownContent is returned for a content of a type that this version does not know. Such contents are ignored, so
// that later versions can add types.
var ErrUnknownContent = errors.New("unknown type of content")

// ContentType is what a sealed application message says.
type ContentType uint8

// The types of content.
const (
	ContentChat     ContentType = 1
	ContentHand     ContentType = 2
	ContentReaction ContentType = 3
	ContentAskMute  ContentType = 4
	ContentCompared ContentType = 5
	ContentWaiting  ContentType = 6
)

// Content is what is inside a Sealed: a byte for its type, then the fields of *Chat, *Hand and so on.
type Content interface {
	// Type returns the first byte of the content.
	Type() ContentType
	// valid reports whether the fields are within their bounds: asked before marshalling and after parsing.
	valid() bool
	add(b *cryptobyte.Builder)
	read(r *reader)
}

// MarshalContent returns the bytes of a content. It fails if a field is out of its bounds.
func MarshalContent(c Content) ([]byte, error) {
	if !c.valid() {
		return nil, malformed("content")
	}
	b := cryptobyte.NewBuilder(nil)
	b.AddUint8(uint8(c.Type()))
	c.add(b)
	return b.Bytes()
}

// ParseContent reads a content. Its sender is a member, who may still lie. The error is ErrUnknownContent, or wraps
// ErrMalformed.
func ParseContent(data []byte) (Content, error) {
	if len(data) == 0 || len(data) > MaxSealedSize-SealedOverhead {
		return nil, malformed("content")
	}
	c := newContent(ContentType(data[0]))
	if c == nil {
		return nil, ErrUnknownContent
	}
	r := &reader{s: data[1:]}
	c.read(r)
	if !r.done() || !c.valid() {
		return nil, malformed("content")
	}
	return c, nil
}

func newContent(t ContentType) Content {
	switch t {
	case ContentChat:
		return &Chat{}
	case ContentHand:
		return &Hand{}
	case ContentReaction:
		return &Reaction{}
	case ContentAskMute:
		return &AskMute{}
	case ContentCompared:
		return &Compared{}
	case ContentWaiting:
		return &Waiting{}
	}
	return nil
}

// Chat is a line that somebody wrote.
//
//	opaque text<1..2000>    see ValidText
type Chat struct{ Text string }

// Type implements Content.
func (*Chat) Type() ContentType           { return ContentChat }
func (m *Chat) valid() bool               { return ValidText(m.Text) }
func (m *Chat) add(b *cryptobyte.Builder) { addVector(b, []byte(m.Text)) }
func (m *Chat) read(r *reader)            { m.Text = string(r.vector(1, MaxChatSize)) }

// Hand says whether the sender's hand is raised.
//
//	uint8 raised
type Hand struct{ Raised bool }

// Type implements Content.
func (*Hand) Type() ContentType           { return ContentHand }
func (*Hand) valid() bool                 { return true }
func (m *Hand) add(b *cryptobyte.Builder) { addBool(b, m.Raised) }
func (m *Hand) read(r *reader)            { m.Raised = r.boolean() }

// Reaction is an emoji to show for a moment.
//
//	opaque emoji<1..32>    see ValidReaction
type Reaction struct{ Emoji string }

// Type implements Content.
func (*Reaction) Type() ContentType           { return ContentReaction }
func (m *Reaction) valid() bool               { return ValidReaction(m.Emoji) }
func (m *Reaction) add(b *cryptobyte.Builder) { addVector(b, []byte(m.Emoji)) }
func (m *Reaction) read(r *reader)            { m.Emoji = string(r.vector(1, MaxReactionSize)) }

// AskMute asks somebody to mute itself. It counts from the leader, hosts and co-hosts.
//
//	opaque target[16]
type AskMute struct{ Target ParticipantID }

// Type implements Content.
func (*AskMute) Type() ContentType           { return ContentAskMute }
func (*AskMute) valid() bool                 { return true }
func (m *AskMute) add(b *cryptobyte.Builder) { b.AddBytes(m.Target[:]) }
func (m *AskMute) read(r *reader)            { r.fixed(m.Target[:]) }

// Result is what people found when they compared the security code.
type Result uint8

// The results.
const (
	ResultNone    Result = 0 // not compared, or taken back
	ResultMatches Result = 1
	ResultDiffers Result = 2
)

// Compared says what the people at the sender found when they compared the code, and whose code that was.
//
//	uint8  result
//	opaque leader[32]    hash of the announcement of the leader whose code it was
type Compared struct {
	Result Result
	Leader [32]byte
}

// Type implements Content.
func (*Compared) Type() ContentType { return ContentCompared }
func (m *Compared) valid() bool     { return m.Result <= ResultDiffers }

func (m *Compared) add(b *cryptobyte.Builder) {
	b.AddUint8(uint8(m.Result))
	b.AddBytes(m.Leader[:])
}

func (m *Compared) read(r *reader) {
	m.Result = Result(r.u8())
	r.fixed(m.Leader[:])
}

// Waiting says who waits for a host to admit it. It counts from the leader.
//
//	Waiter people<0..>    length in two bytes; at most 50
type Waiting struct{ People []Waiter }

// Waiter is somebody who waits.
//
//	opaque participant[16]
//	uint8  organisation
//	opaque name<1..128>
type Waiter struct {
	Participant  ParticipantID
	Organisation bool
	Name         string
}

// Type implements Content.
func (*Waiting) Type() ContentType { return ContentWaiting }

func (m *Waiting) valid() bool {
	for _, w := range m.People {
		if !ValidName(w.Name) {
			return false
		}
	}
	return len(m.People) <= MaxWaiters
}

func (m *Waiting) add(b *cryptobyte.Builder) {
	b.AddUint16LengthPrefixed(func(c *cryptobyte.Builder) {
		for _, w := range m.People {
			c.AddBytes(w.Participant[:])
			addBool(c, w.Organisation)
			addVector(c, []byte(w.Name))
		}
	})
}

func (m *Waiting) read(r *reader) {
	var v cryptobyte.String
	r.ok(r.s.ReadUint16LengthPrefixed(&v))
	in := &reader{s: v}
	for !in.s.Empty() && !in.failed {
		var w Waiter
		in.fixed(w.Participant[:])
		w.Organisation = in.boolean()
		w.Name = string(in.vector(1, MaxNameSize))
		m.People = append(m.People, w)
	}
	r.ok(in.done())
}

// joiner is a formatting character that several scripts and emoji need.
const joiner = "\u200d"

// ValidText reports whether a line of chat may be sent: 1 to MaxChatSize bytes of UTF-8, not only spaces, and, but for
// line feeds and joiners, no character that hides or reorders others on a screen.
func ValidText(text string) bool {
	return len(text) <= MaxChatSize && visible(text, "\n"+joiner)
}

// ValidReaction reports whether a reaction may be sent.
func ValidReaction(emoji string) bool {
	return len(emoji) <= MaxReactionSize && visible(emoji, joiner)
}

// CleanText returns a text without what ValidText refuses in it: other line ends become line feeds, tabs become spaces,
// and the rest is left out. It may still be empty or too long.
func CleanText(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\t", " ").Replace(text)
	text = strings.Map(func(c rune) rune {
		if hides(c) && !strings.ContainsRune("\n"+joiner, c) {
			return -1
		}
		return c
	}, strings.ToValidUTF8(text, ""))
	return strings.TrimSpace(text)
}

// visible reports whether s is UTF-8, is not only spaces, and has no character that hides or reorders others but those
// that are allowed.
func visible(s, allowed string) bool {
	if !utf8.ValidString(s) || strings.TrimSpace(s) == "" {
		return false
	}
	for _, c := range s {
		if hides(c) && !strings.ContainsRune(allowed, c) {
			return false
		}
	}
	return strings.ContainsFunc(s, shows)
}

// hides reports whether a character hides or reorders others on a screen.
func hides(c rune) bool {
	return unicode.In(c, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co)
}
