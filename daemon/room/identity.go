package room

import "time"

// IdentityKnown: the keystore is open, and this is what may be shown of it.
type IdentityKnown struct{ Identity Identity }

func (e IdentityKnown) apply(r *Room, _ time.Time) []Effect {
	r.identity = e.Identity
	return nil
}
