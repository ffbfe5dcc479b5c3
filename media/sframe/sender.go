package sframe

import "sync"

// maxFrames is how many frames one key may seal: far more than an epoch's five minutes need, and far below where
// AES-GCM's margins end.
const maxFrames = 1 << 36

// Overhead is by how much a sealed frame is at most longer than its clear bytes and plaintext.
const Overhead = maxHeader + tagLen

// Sender seals one stream's frames under one key. It is safe for concurrent use, because a counter that is used twice
// would give the key away.
type Sender struct {
	mu      sync.Mutex
	kid     uint64
	key     *key
	counter uint64 // of the next frame
	head    [maxHeader]byte
}

// NewSender returns a Sender for the key id kid. The base key has at least 16 bytes and is not kept; the error is
// ErrBaseKey.
//
// A base key must never get a second Sender: both would count from 0.
func NewSender(kid uint64, baseKey []byte) (*Sender, error) {
	return newSender(aes256GCM, kid, baseKey)
}

func newSender(id suiteID, kid uint64, baseKey []byte) (*Sender, error) {
	k, err := newKey(id, kid, baseKey)
	if err != nil {
		return nil, err
	}
	return &Sender{kid: kid, key: k}, nil
}

// KeyID returns the key id that the frames carry.
func (s *Sender) KeyID() uint64 { return s.kid }

// Seal appends clear, the SFrame header, and the sealed plaintext to dst, and returns the extended slice. The clear
// bytes and extra (which is not sent) are authenticated. dst's free room must not overlap the other arguments; it
// allocates nothing if that room holds len(clear) + len(plaintext) + Overhead bytes. The error is ErrUsedUp.
func (s *Sender) Seal(dst, clear, extra, plaintext []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counter >= maxFrames {
		return nil, ErrUsedUp
	}
	ctr := s.counter
	s.counter++
	head := appendHeader(s.head[:0], s.kid, ctr)
	s.key.prepare(ctr, head, clear, extra)
	dst = append(dst, clear...)
	dst = append(dst, head...)
	return s.key.aead.Seal(dst, s.key.nonce[:], plaintext, s.key.aad), nil
}
