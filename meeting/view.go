package meeting

import (
	"crypto/sha256"
	"math/big"

	"greenroom/meeting/wire"
)

// Comparison is what the people in the room found when they compared the code.
type Comparison uint8

// The comparisons.
const (
	NotCompared Comparison = iota
	Matches
	Differs
)

// Encryption is what a meeting is encrypted with.
type Encryption uint8

// The kinds of encryption.
const (
	EncryptionUnknown Encryption = iota
	// EncryptionEnhanced: the organisation's server has the keys (rule 9).
	EncryptionEnhanced
	// EncryptionE2EE: the participants alone have them.
	EncryptionE2EE
)

// String returns the kind's name.
func (e Encryption) String() string {
	switch e {
	case EncryptionUnknown:
		return "unknown"
	case EncryptionEnhanced:
		return "enhanced"
	case EncryptionE2EE:
		return "e2ee"
	}
	return "unknown"
}

// View is what may be seen of a Core. It holds no secret.
type View struct {
	Phase  Phase
	Reason *Reason // in PhaseRefused and PhaseRemoved
	Self   wire.ParticipantID
	Leader wire.ParticipantID // zero: not known
	// Members are in the order of their roster index; empty before the list is known.
	Members []Member
	// Code is zero before a certified key is in use.
	Code SecurityCode
	// Epoch is the newest epoch whose key is held, SealEpoch the one media are sent with; 0: none.
	Epoch, SealEpoch uint64
	ListVersion      uint64
	Compared         Comparison
	JoinedSince      int // newcomers since the code was found to match
	// Encryption is how media are sent now; EncryptionUnknown before a certified key is in use.
	Encryption Encryption
	Locked     bool
	// Call is set for a two-party call: its code is over the transcript (rule 8).
	Call bool
	// Commands is set while this participant may use the commands of hosts.
	Commands bool
	// Waiting are the people who wait for a host, where this participant may admit them.
	Waiting []Member
	// Quiet is set while the transport is up and the leader's heartbeat has been missing for 6 s or more.
	Quiet bool
}

// View returns what may be seen now.
func (c *Core) View() View {
	v := View{
		Phase: c.phase, Reason: c.reason, Self: c.cfg.Self, Epoch: c.epochs.highest(),
		Compared: c.compared, JoinedSince: c.joinedSince, Quiet: c.follow.quiet,
	}
	v.Encryption, v.Call = c.encryption(), c.cfg.Call
	if c.epochs.seal != nil {
		v.SealEpoch = c.epochs.seal.key.epoch
	}
	if c.list == nil {
		return v
	}
	v.ListVersion = c.list.version()
	for _, p := range c.list.people {
		if p.removed == 0 {
			v.Members = append(v.Members, memberOf(p))
		}
	}
	if c.list.leader != nil {
		v.Leader = c.list.leader.id()
	}
	v.Locked, v.Code = c.list.locked || c.lead != nil && c.past.locked, c.code()
	if v.Commands = c.phase == PhaseIn && c.mayCommand(c.list.member(c.cfg.Self)); v.Commands {
		v.Waiting = c.waitingMembers()
	}
	return v
}

// code returns the code to compare, once media are end-to-end encrypted.
func (c *Core) code() SecurityCode {
	switch {
	case c.encryption() != EncryptionE2EE:
		return ""
	case c.cfg.Call:
		return c.callCode()
	}
	return codeOf(c.list.leader.entry.Announcement.IdentityKey[:])
}

// SecurityCode is what people read to each other: 40 decimal digits made of the leader's identity key (rule 7). The zero
// SecurityCode means that there is none.
type SecurityCode string

// codeDigits is the number of digits, codeGroup how many stand together.
const (
	codeDigits = 40
	codeGroup  = 5
)

// codeOf returns the code for a leader's identity public key: the digits of
// SHA256(SHA256("greenroom-1 security code") || SHA256(key)).
func codeOf(identityKey []byte) SecurityCode {
	return digitsOf(wire.SigningInput(wire.LabelSecurityCode, identityKey))
}

// digitsOf returns the SHA256 of input as a big-endian number modulo 10^40, with leading zeros.
func digitsOf(input []byte) SecurityCode {
	sum := sha256.Sum256(input)
	n := new(big.Int).SetBytes(sum[:])
	n.Mod(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(codeDigits), nil))
	digits := n.String()
	for len(digits) < codeDigits {
		digits = "0" + digits
	}
	return SecurityCode(digits)
}

// String returns the 40 digits, or "".
func (s SecurityCode) String() string { return string(s) }

// Groups returns the digits in 8 groups of 5, or nil.
func (s SecurityCode) Groups() []string {
	var out []string
	for i := 0; i+codeGroup <= len(s); i += codeGroup {
		out = append(out, string(s[i:i+codeGroup]))
	}
	return out
}
