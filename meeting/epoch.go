package meeting

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"slices"
	"sync"

	"greenroom/meeting/wire"
)

// meetingKeySize is the length of a meeting key, and of every key made from it, in bytes.
const meetingKeySize = 32

// EpochKey holds the meeting key of one epoch and who stands in the list with it. Its methods may be called from
// several goroutines: the core erases a key while media still ask for it.
type EpochKey struct {
	epoch      uint64
	commitment [32]byte
	listHash   [32]byte
	instance   wire.InstanceID
	roster     []*person // by roster index; nil: not a member in this epoch
	enhanced   bool      // the hub has the key too

	mu  sync.Mutex
	key []byte // nil: erased
}

func newEpochKey(key []byte, epoch uint64, listHash [32]byte, instance wire.InstanceID, roster []*person) *EpochKey {
	return &EpochKey{
		epoch: epoch, listHash: listHash, instance: instance, roster: roster,
		commitment: commitment(key, instance, epoch, listHash), key: key,
	}
}

// commitment binds the key to its epoch and list (SPEC.md, section 8):
// HMAC-SHA256(key, "greenroom-1 commitment" || instance || epoch || list hash).
func commitment(key []byte, instance wire.InstanceID, epoch uint64, listHash [32]byte) (out [32]byte) {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("greenroom-1 commitment"))
	mac.Write(instance[:])
	mac.Write(binary.BigEndian.AppendUint64(nil, epoch))
	mac.Write(listHash[:])
	mac.Sum(out[:0])
	return out
}

// Epoch returns the epoch's number. It only ever grows, for as long as a participant stays on one list.
func (k *EpochKey) Epoch() uint64 { return k.epoch }

// Commitment returns the commitment to the key, which media bind their frames to.
func (k *EpochKey) Commitment() [32]byte { return k.commitment }

// Enhanced reports whether the hub has the key too (rule 9).
func (k *EpochKey) Enhanced() bool { return k.enhanced }

// Participant returns who has a roster index in this epoch.
func (k *EpochKey) Participant(index uint32) (wire.ParticipantID, bool) {
	if uint64(index) >= uint64(len(k.roster)) || k.roster[index] == nil {
		return wire.ParticipantID{}, false
	}
	return k.roster[index].id(), true
}

// Media returns the SFrame key id and 32-byte base key of one stream of the participant with that roster index
// (SPEC.md, section 10). It reports false for an index that is not in the list, a stream outside 1 to 15, and after
// Erase.
func (k *EpochKey) Media(index uint32, stream uint8) (kid uint64, baseKey []byte, ok bool) {
	if _, member := k.Participant(index); !member || stream == 0 || stream > 15 {
		return 0, nil, false
	}
	info := append([]byte("greenroom-1 media"), k.instance[:]...)
	info = binary.BigEndian.AppendUint64(info, k.epoch)
	info = binary.BigEndian.AppendUint32(info, index)
	info = append(info, k.roster[index].hash[:]...)
	info = append(info, stream)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.key == nil {
		return 0, nil, false
	}
	baseKey, err := hkdf.Key(sha512.New, k.key, nil, string(info), meetingKeySize)
	return KeyID(k.epoch, index, stream), baseKey, err == nil
}

// stale reports whether somebody who stood in the list with this key was taken off since.
func (k *EpochKey) stale() bool {
	return slices.ContainsFunc(k.roster, func(p *person) bool { return p != nil && p.removed != 0 })
}

// fingerprint names the key together with its epoch, which is what media keys are made from. It is never sent.
func (k *EpochKey) fingerprint() [32]byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	return commitment(k.key, k.instance, k.epoch, [32]byte{})
}

// Erase overwrites the meeting key. Keys that were made from it are the caller's to forget.
func (k *EpochKey) Erase() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.key)
	k.key = nil
}

// ackMAC proves that sender holds the key of this epoch and the pairwise key (SPEC.md, section 8).
func (k *EpochKey) ackMAC(pairwise []byte, sender wire.ParticipantID) (out [32]byte, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.key == nil || len(pairwise) == 0 {
		return out, false
	}
	macKey, err := hkdf.Key(sha256.New, k.key, pairwise, "greenroom-1 key ack", 32)
	if err != nil {
		return out, false
	}
	mac := hmac.New(sha256.New, macKey)
	mac.Write(k.instance[:])
	mac.Write(sender[:])
	mac.Write(binary.BigEndian.AppendUint64(nil, k.epoch))
	mac.Sum(out[:0])
	return out, true
}

// KeyID returns the SFrame key id of a stream: index<<12 | stream<<8 | the epoch's low byte.
func KeyID(epoch uint64, index uint32, stream uint8) uint64 {
	return uint64(index)<<12 | uint64(stream&15)<<8 | epoch&0xff
}

// SplitKeyID takes a key id apart. An id that KeyID can't have made gives an index that is in no list.
func SplitKeyID(kid uint64) (epochLow uint8, index uint32, stream uint8) {
	if kid>>12 > 1<<32-1 {
		return uint8(kid), 1<<32 - 1, uint8(kid >> 8 & 15)
	}
	return uint8(kid), uint32(kid >> 12), uint8(kid >> 8 & 15)
}
