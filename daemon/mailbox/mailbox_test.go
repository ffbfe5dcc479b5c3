package mailbox

import (
	"slices"
	"sync"
	"testing"
)

func TestOrderAndLimit(t *testing.T) {
	m := New[int](3)
	for i := range 5 {
		if got, want := m.Put(i), i < 3; got != want {
			t.Errorf("Put(%d) = %v", i, got)
		}
	}
	<-m.Ready()
	if got := m.Take(); !slices.Equal(got, []int{0, 1, 2}) {
		t.Errorf("Take: %v", got)
	}
	if m.Lost() != 2 {
		t.Errorf("lost %d, want 2", m.Lost())
	}
	if got := m.Take(); got != nil {
		t.Errorf("Take of an empty mailbox: %v", got)
	}
	select {
	case <-m.Ready():
		t.Error("an empty mailbox is ready")
	default:
	}
	if !m.Put(7) {
		t.Error("room again, and yet refused")
	}
}

// TestManyWriters: nothing is lost or left behind when writers and the reader meet at any moment.
func TestManyWriters(t *testing.T) {
	const writers, each = 8, 1000
	m := New[int](writers * each)
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				m.Put(1)
			}
		})
	}
	sum := 0
	for sum < writers*each {
		<-m.Ready()
		sum += len(m.Take())
	}
	wg.Wait()
	if sum != writers*each || m.Lost() != 0 {
		t.Errorf("%d taken, %d lost", sum, m.Lost())
	}
}
