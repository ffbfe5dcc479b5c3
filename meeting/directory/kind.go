package directory

import (
	"errors"
	"fmt"
)

// Kind is what a ticket is for.
type Kind string

// The kinds.
const (
	KindMeeting Kind = "meeting"
	KindCall    Kind = "call" // of two rooms (calls.go)
)

// Encryption is what a meeting or a call may begin with.
type Encryption string

// The kinds of encryption.
const (
	// EncryptionE2EE: the participants alone have the keys. The hub makes no secret.
	EncryptionE2EE Encryption = "e2ee"
	// EncryptionEnhanced: it begins with keys that come from a secret of the hub, and can be upgraded while it runs
	// (SPEC.md, rule 9).
	EncryptionEnhanced Encryption = "enhanced"
)

// Check refuses what is none of the kinds.
func (e Encryption) Check() error {
	if e != EncryptionE2EE && e != EncryptionEnhanced {
		return fmt.Errorf("there is no encryption %.40q: use %s or %s", string(e), EncryptionE2EE, EncryptionEnhanced)
	}
	return nil
}

// Policy says with which encryption meetings and calls begin. It holds for those that begin from now on: one that runs
// keeps what it began with.
type Policy struct {
	Meetings, Calls Encryption
}

func (p Policy) check() error {
	if err := errors.Join(p.Meetings.Check(), p.Calls.Check()); err != nil {
		return fmt.Errorf("directory: the policy on encryption: %w", err)
	}
	return nil
}

func (p Policy) of(k Kind) Encryption {
	if k == KindCall {
		return p.Calls
	}
	return p.Meetings
}
