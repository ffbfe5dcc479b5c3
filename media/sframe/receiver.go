package sframe

import "sync"

// Receiver opens frames of any number of senders. It is safe for concurrent use; frames of different key ids are
// opened side by side.
type Receiver struct {
	mu   sync.RWMutex
	keys map[uint64]*receiveKey
}

// receiveKey is one sender's key and what was seen under it.
type receiveKey struct {
	mu   sync.Mutex
	key  *key
	seen window
}

// NewReceiver returns a Receiver without keys.
func NewReceiver() *Receiver { return &Receiver{keys: make(map[uint64]*receiveKey)} }

// Add makes frames with the key id kid open with baseKey, which is not kept. Another key of that id is replaced; the
// same key added again changes nothing, so that its replay window stays. The error is ErrBaseKey.
func (r *Receiver) Add(kid uint64, baseKey []byte) error { return r.add(aes256GCM, kid, baseKey) }

func (r *Receiver) add(id suiteID, kid uint64, baseKey []byte) error {
	k, err := newKey(id, kid, baseKey)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if old := r.keys[kid]; old != nil && old.key.salt == k.salt {
		return nil
	}
	r.keys[kid] = &receiveKey{key: k}
	return nil
}

// Remove forgets the key of kid, if there is one.
func (r *Receiver) Remove(kid uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.keys, kid)
}

// Has reports whether there is a key for kid.
func (r *Receiver) Has(kid uint64) bool { return r.find(kid) != nil }

func (r *Receiver) find(kid uint64) *receiveKey {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.keys[kid]
}

// Open appends the encoded frame (clear bytes and plaintext) of a sealed frame with clearLen clear bytes to dst and
// returns the extended slice. extra is what the sender gave to Seal. dst's free room must not overlap frame; it
// allocates nothing if that room holds len(frame) bytes.
//
// On an error it returns nil, and nothing that was in the frame may be used. The error is ErrMalformed, ErrNoKey,
// ErrReplay or ErrAuth.
func (r *Receiver) Open(dst, frame []byte, clearLen int, extra []byte) ([]byte, error) {
	if clearLen < 0 || clearLen > len(frame) {
		return nil, ErrMalformed
	}
	clear, rest := frame[:clearLen], frame[clearLen:]
	h, err := parseHeader(rest)
	if err != nil {
		return nil, err
	}
	head, sealed := rest[:h.length], rest[h.length:]
	if len(sealed) < tagLen || h.counter >= maxFrames {
		return nil, ErrMalformed
	}
	k := r.find(h.keyID)
	if k == nil {
		return nil, ErrNoKey
	}
	return k.open(dst, h.counter, head, clear, extra, sealed)
}

// open checks the counter before and remembers it after the frame has proved authentic: a forged frame must not be
// able to move the window.
func (k *receiveKey) open(dst []byte, ctr uint64, head, clear, extra, sealed []byte) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.seen.fresh(ctr) {
		return nil, ErrReplay
	}
	k.key.prepare(ctr, head, clear, extra)
	dst = append(dst, clear...)
	out, err := k.key.aead.Open(dst, k.key.nonce[:], sealed, k.key.aad)
	if err != nil {
		return nil, ErrAuth
	}
	k.seen.mark(ctr)
	return out, nil
}
