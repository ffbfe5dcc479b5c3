package meeting

import (
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"

	"greenroom/meeting/wire"
)

// enhancedSize is the length of the hub's secret for an instance, in bytes.
const enhancedSize = 32

// enhancedAllowed reports whether this participant takes part with enhanced encryption: not without the hub's secret, and
// never again once it was in the instance with end-to-end encryption (rule 9).
func (c *Core) enhancedAllowed() bool { return c.cfg.Enhanced != nil && !c.wasE2EE }

// enhancedKey makes the meeting key of a leader's epoch from the hub's secret (SPEC.md, section 8):
// HKDF-SHA256(secret, no salt, "greenroom-1 enhanced" || instance || epoch || hash of the leader's announcement).
func enhancedKey(secret []byte, instance wire.InstanceID, epoch uint64, leader [32]byte) ([]byte, error) {
	info := append([]byte("greenroom-1 enhanced"), instance[:]...)
	info = binary.BigEndian.AppendUint64(info, epoch)
	info = append(info, leader[:]...)
	return hkdf.Key(sha256.New, secret, nil, string(info), meetingKeySize)
}

// makeKey makes the meeting key of a new epoch: random, or from the hub's secret while encryption is enhanced.
func (c *Core) makeKey(epoch uint64) ([]byte, bool) {
	if c.list.enhanced {
		key, err := enhancedKey(c.cfg.Enhanced, c.cfg.Instance, epoch, c.list.leader.hash)
		if err != nil {
			c.refuse(reason(CodeFault))
		}
		return key, err == nil
	}
	key := make([]byte, meetingKeySize)
	return key, c.fill(key)
}

// checkKey holds a key that the leader sent against the kind of encryption: an enhanced one is the hub's, and an
// end-to-end encrypted one is not.
func (c *Core) checkKey(key []byte, epoch uint64) error {
	if c.cfg.Enhanced == nil {
		return nil
	}
	hubs, err := enhancedKey(c.cfg.Enhanced, c.cfg.Instance, epoch, c.list.leader.hash)
	if err != nil {
		return err
	}
	defer clear(hubs)
	switch same := subtle.ConstantTimeCompare(key, hubs) == 1; {
	case same && !c.list.enhanced:
		return fmt.Errorf("the server has the key of epoch %d: %w", epoch, ErrDowngrade)
	case !same && c.list.enhanced:
		return fmt.Errorf("the key of epoch %d is not the server's: %w", epoch, ErrEquivocation)
	}
	return nil
}

// noteMode notes that a key of the list's kind of encryption is sent with. Once that is end-to-end, enhanced keys open
// only what is on its way, for keepUpgrade.
func (c *Core) noteMode(s *epochState) {
	if s.key.enhanced {
		return
	}
	if c.epochs.enhanced() {
		c.upgrading = true
		for _, old := range c.epochs.held {
			if due := c.now.Add(keepUpgrade); old.key.enhanced && (old.forget.IsZero() || due.Before(old.forget)) {
				old.forget = due
				c.setEarlier(timerForget, due)
			}
		}
	}
}

// upgraded tells that the last enhanced key is gone.
func (c *Core) upgraded() {
	if c.upgrading && !c.epochs.enhanced() {
		c.upgrading = false
		c.emit(Upgraded{})
	}
}

// encryption returns what media are encrypted with. While a single enhanced key still opens, it is enhanced.
func (c *Core) encryption() Encryption {
	switch {
	case c.phase != PhaseIn || c.follow.stale:
		return EncryptionUnknown
	case c.epochs.enhanced() || c.list == nil || c.list.enhanced:
		return EncryptionEnhanced
	}
	return EncryptionE2EE
}
