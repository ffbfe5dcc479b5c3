package room

import "time"

// IdentityKnown: the keystore is open, and this is what may be shown of it.
type IdentityKnown struct{ Identity Identity }

func (e IdentityKnown) apply(r *Room, _ time.Time) []Effect {
	r.identity = e.Identity
	return nil
}

// EnabledAtStart: what the configuration wants of the devices at the start. It comes once, before any command.
type EnabledAtStart struct{ Camera, Microphone bool }

func (e EnabledAtStart) apply(r *Room, _ time.Time) []Effect {
	r.devices.Camera.On, r.devices.Microphone.On = e.Camera, e.Microphone
	return nil
}
