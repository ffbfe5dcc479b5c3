package room

import "time"

// IdentityKnown: the keystore is open, and this is what may be shown of it. It comes again with each change.
type IdentityKnown struct{ Identity Identity }

// KeyFailed: a command about the key (rotate, move, reset) was not carried out.
type KeyFailed struct {
	Command CommandName
	Code    string
	Text    string // what happened and what to do; empty: TextOf(Code)
}

// RotateKey: make a new identity key, in the backend To ("tpm", "file"; empty: where the key is now), and have it follow
// the old one. What comes of it is IdentityKnown, now with Next and later without, or KeyFailed.
type RotateKey struct {
	Command CommandName
	To      string
}

// ResetKey: set the identity aside and make a new one that has nothing to do with it. What comes of it is IdentityKnown or
// KeyFailed, and a fault if the keystore does not open afterwards.
type ResetKey struct{}

func (RotateKey) effect() {}
func (ResetKey) effect()  {}

func (e IdentityKnown) apply(r *Room, _ time.Time) []Effect {
	r.identity = e.Identity
	return nil
}

func (e KeyFailed) apply(r *Room, _ time.Time) []Effect {
	r.refusal = refuse(e.Command, e.Code, e.Text, CodeKeyFailed)
	return nil
}

// keyCommand carries out a command about the room's key. None runs in a meeting: the others know the room by its key.
func (r *Room) keyCommand(c Command) ([]Effect, string) {
	if c.Do == CommandKeyReset {
		switch {
		case r.session != nil:
			return nil, r.cannotBegin()
		case c.Text != r.info.Name:
			return nil, CodeNameWrong
		}
		return []Effect{ResetKey{}}, "" // with a fault too: it is the way out of some
	}
	if code := r.cannotBegin(); code != "" {
		return nil, code
	}
	if c.Do == CommandKeyRotate {
		return []Effect{RotateKey{Command: c.Do}}, ""
	}
	switch {
	case c.Text != "tpm" && c.Text != "file":
		return nil, CodeBackendUnknown
	case c.Text == r.identity.Backend && r.identity.Next == nil:
		return nil, CodeKeyThere
	}
	return []Effect{RotateKey{Command: c.Do, To: c.Text}}, ""
}

// EnabledAtStart: what the configuration wants of the devices at the start. It comes once, before any command.
type EnabledAtStart struct{ Camera, Microphone bool }

func (e EnabledAtStart) apply(r *Room, _ time.Time) []Effect {
	r.devices.Camera.On, r.devices.Microphone.On = e.Camera, e.Microphone
	return nil
}
