package localapitest

import (
	"fmt"

	"greenroom/daemon/room"
)

// firstIdentity is the key that the room begins with: the point G of P-256.
func firstIdentity() room.Identity {
	return room.Identity{
		Backend: "file", Protection: "credential", Fingerprint: "7c1e 40b9 d2aa 615f",
		PublicKey: "BGsX0fLhLEJH+Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT+NC4v4af5uO5+tKfA+eFivOM1drMV7Oy7ZAaDe/UfU=",
	}
}

// LoseHub makes the hub acknowledge no key any more.
func (l *Loop) LoseHub() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.away = true
}

// key makes a new key at once, which the hub acknowledges at once.
func (l *Loop) key(e room.Effect) []room.Event {
	id := l.room.State().Identity
	switch e := e.(type) {
	case room.RotateKey:
		if id.Next != nil {
			return []room.Event{room.IdentityKnown{Identity: id}}
		}
		l.keys++
		to := id.Backend
		if e.To != "" {
			to = e.To
		}
		fingerprint := fmt.Sprintf("key %d", l.keys+1)
		if l.away {
			id.Next = &room.NextIdentity{Backend: to, Fingerprint: fingerprint, Text: "The server cannot be reached."}
			break
		}
		id.Backend, id.Fingerprint = to, fingerprint
	case room.ResetKey:
		l.keys++
		id.Fingerprint, id.Next = fmt.Sprintf("key %d", l.keys+1), nil
	default:
		return nil
	}
	return []room.Event{room.IdentityKnown{Identity: id}}
}
