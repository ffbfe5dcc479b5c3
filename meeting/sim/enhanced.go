package sim

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"greenroom/meeting"
	"greenroom/meeting/wire"
)

// isTheHubs reports whether a key that a participant has just opened is one that the hub can make too: the key of
// enhanced encryption (SPEC.md, section 8). It is told by its commitment, which binds one of the lists that the
// participant has heard of.
func (p *participant) isTheHubs(k *meeting.EpochKey, leader wire.ParticipantID) bool {
	by := p.w.byID[leader]
	if !p.w.profile.Enhanced || by == nil {
		return false
	}
	info := append([]byte("greenroom-1 enhanced"), p.w.instance[:]...)
	info = binary.BigEndian.AppendUint64(info, k.Epoch())
	info = append(info, by.seen.announcement[:]...)
	key, err := hkdf.Key(sha256.New, p.w.profile.enhanced(), nil, string(info), 32)
	if err != nil {
		p.w.violate("the hub can make its key", "%v", err)
		return false
	}
	lists := map[[32]byte]bool{p.seen.beat.listHash: true}
	for _, b := range p.seen.boxes {
		lists[b.list] = true
	}
	for list := range lists {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte("greenroom-1 commitment"))
		mac.Write(p.w.instance[:])
		mac.Write(binary.BigEndian.AppendUint64(nil, k.Epoch()))
		mac.Write(list[:])
		if c := k.Commitment(); string(mac.Sum(nil)) == string(c[:]) {
			return true
		}
	}
	return false
}
