package meeting

import (
	"crypto/sha256"

	"greenroom/meeting/wire"
)

// callCode returns the code of a two-party call: over everything that both parties' keys were made from (rule 8). It is
// the digits of SHA256(SHA256("greenroom-1 call code") || SHA256(transcript)), where the transcript is
//
//	instance[16], leader's identity key[65], other's identity key[65], hash of the leader's announcement[32],
//	hash of the other's[32], SHA256(encapsulation)[32]
//
// While only one of the parties is there, there is none.
func (c *Core) callCode() SecurityCode {
	leader, other, encapsulation := c.list.leader, c.list.member(c.cfg.Self), ""
	switch {
	case c.list.members != 2:
		return ""
	case c.lead == nil && c.follow.welcome != nil:
		encapsulation = c.follow.welcome.encapsulation
	case c.lead != nil:
		for _, p := range c.lead.peers {
			other, encapsulation = p.person, string(p.encapsulation)
		}
	}
	if encapsulation == "" || other == nil || other == leader {
		return ""
	}
	t := append([]byte(nil), c.cfg.Instance[:]...)
	t = append(t, leader.entry.Announcement.IdentityKey[:]...)
	t = append(t, other.entry.Announcement.IdentityKey[:]...)
	t = append(t, leader.hash[:]...)
	t = append(t, other.hash[:]...)
	sum := sha256.Sum256([]byte(encapsulation))
	t = append(t, sum[:]...)
	return digitsOf(wire.SigningInput(wire.LabelCallCode, t))
}
