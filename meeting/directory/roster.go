package directory

import (
	"slices"
	"sync"
)

// roster is whom the hub knows: each configured room by its newest key. A room that has changed its key (succession.go)
// stands in the configuration with an older one; the successions lead from there to the newest.
type roster struct {
	configured []Room

	mu      sync.RWMutex
	next    map[string][]byte // key -> the key that followed it
	rooms   map[string]Room   // by the newest key
	retired map[string]Room   // by the keys that were followed by another
}

// newRoster checks the rooms as CheckRooms says.
func newRoster(configured []Room, known []Succession) (*roster, error) {
	if _, err := indexRooms(configured); err != nil {
		return nil, err
	}
	r := &roster{configured: slices.Clone(configured), next: map[string][]byte{}}
	r.learn(known...)
	return r, nil
}

// learn takes in successions. Those that are known already change nothing.
func (r *roster) learn(successions ...Succession) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := len(r.next)
	for _, s := range successions {
		if r.next[string(s.Old)] == nil {
			r.next[string(s.Old)] = slices.Clone(s.New)
		}
	}
	if r.rooms != nil && len(r.next) == before {
		return
	}
	r.rooms, r.retired = map[string]Room{}, map[string]Room{}
	for _, room := range r.configured {
		r.follow(room)
	}
}

// follow finds the newest key of a configured room. A key comes once into a chain (Service.succeed refuses keys that were
// there before), so each chain ends; the limit only keeps a database that was changed by hand from holding the hub up.
func (r *roster) follow(room Room) {
	for range len(r.next) + 1 {
		next := r.next[string(room.Key)]
		if next == nil {
			r.rooms[string(room.Key)] = room
			return
		}
		r.retired[string(room.Key)] = room
		room.Key = next
	}
}

// find returns the room with a key. succeeded reports that it has a newer one.
func (r *roster) find(key []byte) (room Room, known, succeeded bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if room, known = r.rooms[string(key)]; known {
		return room, true, false
	}
	room, known = r.retired[string(key)]
	return room, known, known
}

// name returns the name of the room that has or had a key; "" for none.
func (r *roster) name(key []byte) string {
	room, _, _ := r.find(key)
	return room.Name
}

// all returns the rooms with their newest keys, in no order.
func (r *roster) all() []Room {
	r.mu.RLock()
	defer r.mu.RUnlock()
	rooms := make([]Room, 0, len(r.rooms))
	for _, room := range r.rooms {
		rooms = append(rooms, room)
	}
	return rooms
}
