package directory

import "sync"

// maxWaits is how many requests of one room may wait at one time. Two are usual; the others are for connections whose
// end nobody has noticed yet.
const maxWaits = 8

// board wakes the requests that wait for something to change. It holds no state of its own: who was woken reads the
// store, so that it does no harm to wake too often.
type board struct {
	mu     sync.Mutex
	rooms  map[string]*waiters // by identity key; only rooms that wait
	closed bool
}

// waiters are the requests of one room that wait.
type waiters struct {
	count   int
	changed chan struct{} // closed and replaced at each wake
}

func newBoard() *board { return &board{rooms: map[string]*waiters{}} }

// enter adds a waiting request of a room. It reports false if there are too many. Each success needs a leave.
func (b *board) enter(key []byte) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	w := b.rooms[string(key)]
	if w == nil {
		w = &waiters{changed: make(chan struct{})}
		b.rooms[string(key)] = w
	}
	if w.count >= maxWaits {
		return false
	}
	w.count++
	return true
}

func (b *board) leave(key []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	w := b.rooms[string(key)]
	if w.count--; w.count == 0 {
		delete(b.rooms, string(key))
	}
}

// changed returns what is closed when something changes for a room that waits. Take it before reading the store. open
// is false when the service stops, and nothing should be waited for.
func (b *board) changed(key []byte) (changed <-chan struct{}, open bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rooms[string(key)].changed, !b.closed
}

// isOpen reports whether the service goes on.
func (b *board) isOpen() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.closed
}

// wake wakes both rooms of each call.
func (b *board) wake(calls ...Call) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range calls {
		for _, key := range [][]byte{c.Caller, c.Callee} {
			if w := b.rooms[string(key)]; w != nil {
				close(w.changed)
				w.changed = make(chan struct{})
			}
		}
	}
}

// close wakes everybody for the last time.
func (b *board) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	for _, w := range b.rooms {
		close(w.changed)
		w.changed = make(chan struct{})
	}
}
