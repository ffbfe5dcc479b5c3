package meeting

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/chacha20poly1305"

	"greenroom/meeting/wire"
)

// ErrTooMany is why a sealed message of somebody who sends too many was dropped.
var ErrTooMany = errors.New("too many at once")

// Bounds of sealed messages.
const (
	hearEvery = time.Second / 20 // a sender's messages are taken this often on average
	hearBurst = 20               // and so many at once
	sayEvery  = time.Second / 10 // what people here may send: less, since the relay may deliver in bursts
	sayBurst  = 10
	// A message may be there before the key that it is sealed with: so many are kept, of all and of each sender.
	earlyAll, earlyEach = 64, 8
	// More receivers than this get a message to everybody, instead of one each.
	maxEach = 8
)

// talk is what a participant keeps of sealed messages.
type talk struct {
	// heard is kept for as long as the core lives, by the hash of the sender's announcement: a message that was taken
	// once is not taken again, whatever becomes of the list.
	heard map[[32]byte]*hearing
	said  budget
	early []wire.Message

	toldAll     time.Time // when everybody was told of our hand and our comparison last
	toldWaiting time.Time
}

// hearing is what is kept of one sender.
type hearing struct {
	window window
	budget budget
}

// window tells which sequences were taken. The relay may reorder messages: one that is up to 63 below the highest is
// still taken, once.
type window struct {
	top  uint64
	bits uint64 // bit i: top-i was taken
}

func (w *window) taken(sequence uint64) bool {
	switch {
	case sequence > w.top:
		return false
	case w.top-sequence >= 64:
		return true
	}
	return w.bits>>(w.top-sequence)&1 == 1
}

func (w *window) take(sequence uint64) {
	if sequence > w.top {
		w.bits <<= min(sequence-w.top, 64)
		w.top = sequence
	}
	w.bits |= 1 << (w.top - sequence)
}

// budget bounds how often something happens: burst times at once, and one more every while.
type budget struct{ whole time.Time } // when all of it is there again

func (b *budget) spend(now time.Time, every time.Duration, burst int) bool {
	if b.whole.Before(now) {
		b.whole = now
	}
	if b.whole.Sub(now) > time.Duration(burst-1)*every {
		return false
	}
	b.whole = b.whole.Add(every)
	return true
}

// sealedKey returns the key that p seals its messages with in this epoch (SPEC.md, section 8). It reports false if p is
// not in the epoch's list, and after Erase.
func (k *EpochKey) sealedKey(p *person) ([]byte, bool) {
	if uint64(p.index) >= uint64(len(k.roster)) || k.roster[p.index] == nil || k.roster[p.index].hash != p.hash {
		return nil, false
	}
	info := append([]byte("greenroom-1 sealed"), k.instance[:]...)
	info = binary.BigEndian.AppendUint64(info, k.epoch)
	info = binary.BigEndian.AppendUint32(info, p.index)
	info = append(info, p.hash[:]...)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.key == nil {
		return nil, false
	}
	key, err := hkdf.Key(sha256.New, k.key, nil, string(info), chacha20poly1305.KeySize)
	return key, err == nil
}

// canSeal reports whether sealed messages can be sent now.
func (c *Core) canSeal() bool {
	return c.phase == PhaseIn && c.connected && c.epochs.seal != nil && c.list.member(c.cfg.Self) != nil
}

// seal sends a content to each of some participants; to everybody if none is named, or many are. It reports whether it
// was sent.
func (c *Core) seal(content wire.Content, to ...wire.ParticipantID) bool {
	if !c.canSeal() {
		return false
	}
	raw, err := wire.MarshalContent(content)
	if err != nil { // what people typed was checked before: a fault of this program
		c.refuse(reason(CodeFault))
		return false
	}
	if len(to) == 0 || len(to) > maxEach {
		to = []wire.ParticipantID{{}}
	}
	for _, id := range to {
		if !c.sealOne(id, raw) {
			return false
		}
	}
	return true
}

func (c *Core) sealOne(to wire.ParticipantID, content []byte) bool {
	epoch := c.epochs.seal.key
	b := &wire.Sealed{Epoch: epoch.epoch}
	key, ok := epoch.sealedKey(c.list.member(c.cfg.Self))
	if !ok || !c.fill(b.Nonce[:]) {
		return false
	}
	defer clear(key)
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return false
	}
	b.Box = aead.Seal(nil, b.Nonce[:], content, b.AssociatedData(c.cfg.Instance, c.cfg.Self, c.seq+1, epoch.commitment))
	return c.send(to, b) != nil
}

// onSealed takes a sealed message of a member.
func (c *Core) onSealed(m wire.Message, b *wire.Sealed) error {
	if c.list == nil {
		return nil // a newcomer overhears what it can't open yet
	}
	p := c.list.member(m.Sender)
	switch s := c.epochs.find(b.Epoch); {
	case p == nil:
		return ErrUnknownSender
	case c.hearingOf(p).window.taken(m.Sequence):
		return ErrReplay
	case !m.Verify(p.meetingKey()):
		return ErrForged
	case s != nil:
		return c.open(p, m, b, s.key)
	case b.Epoch < c.epochs.highest() || c.lead != nil:
		return ErrReplay // its key is forgotten; and a leader has made every key there is
	case b.Epoch > c.epochs.top+epochJump:
		return ErrForged // that key never comes
	}
	return c.keepEarly(m)
}

func (c *Core) hearingOf(p *person) *hearing {
	h := c.talk.heard[p.hash]
	if h == nil {
		h = &hearing{}
		if c.talk.heard == nil {
			c.talk.heard = make(map[[32]byte]*hearing)
		}
		c.talk.heard[p.hash] = h
	}
	return h
}

func (c *Core) open(p *person, m wire.Message, b *wire.Sealed, epoch *EpochKey) error {
	key, ok := epoch.sealedKey(p)
	if !ok {
		return ErrUnknownSender
	}
	defer clear(key)
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return err
	}
	raw, err := aead.Open(nil, b.Nonce[:], b.Box, b.AssociatedData(c.cfg.Instance, m.Sender, m.Sequence, epoch.commitment))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrForged, err)
	}
	h := c.hearingOf(p)
	if !h.budget.spend(c.now, hearEvery, hearBurst) {
		return ErrTooMany
	}
	h.window.take(m.Sequence)
	content, err := wire.ParseContent(raw)
	switch {
	case errors.Is(err, wire.ErrUnknownContent):
		return nil
	case err != nil:
		return err
	}
	return c.onContent(p, m.Sequence, content)
}

// keepEarly keeps a message whose key is on its way.
func (c *Core) keepEarly(m wire.Message) error {
	each := 0
	for _, e := range c.talk.early {
		if e.Sender == m.Sender {
			if e.Sequence == m.Sequence {
				return ErrReplay
			}
			each++
		}
	}
	if each >= earlyEach || len(c.talk.early) >= earlyAll {
		return ErrTooMany
	}
	c.talk.early = append(c.talk.early, m)
	return nil
}

// takeEarly takes the messages that waited for an epoch's key.
func (c *Core) takeEarly(epoch uint64) {
	early := c.talk.early
	c.talk.early = nil
	for _, m := range early {
		b, ok := m.Body.(*wire.Sealed)
		switch {
		case !ok || b.Epoch < epoch:
		case b.Epoch > epoch:
			c.talk.early = append(c.talk.early, m)
		default:
			if err := c.onSealed(m, b); err != nil {
				c.emit(Dropped{From: m.Sender, Kind: wire.KindSealed, Err: err})
			}
		}
	}
}
