// Package mailbox is the queue between goroutines that must not wait and one that works things off in order.
package mailbox

import "sync"

// Mailbox is a bounded queue with many writers and one reader. Put never blocks: a writer may hold locks that the
// reader wants. Make one with New.
type Mailbox[T any] struct {
	mu    sync.Mutex
	items []T
	limit int
	lost  uint64
	ready chan struct{}
}

// New makes a mailbox that holds at most limit items.
func New[T any](limit int) *Mailbox[T] {
	return &Mailbox[T]{limit: limit, ready: make(chan struct{}, 1)}
}

// Put adds an item. A full mailbox refuses it, and counts it as lost.
func (m *Mailbox[T]) Put(item T) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.items) >= m.limit {
		m.lost++
		return false
	}
	m.items = append(m.items, item)
	select {
	case m.ready <- struct{}{}:
	default:
	}
	return true
}

// Ready yields a value when Take has something to return.
func (m *Mailbox[T]) Ready() <-chan struct{} { return m.ready }

// Take returns everything that waits, in the order in which it came.
func (m *Mailbox[T]) Take() []T {
	m.mu.Lock()
	defer m.mu.Unlock()
	items := m.items
	m.items = nil
	return items
}

// Lost returns how many items were refused.
func (m *Mailbox[T]) Lost() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lost
}
