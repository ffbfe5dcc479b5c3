package daemon

import (
	"slices"
	"sync"

	"greenroom/meeting/directory"
	"greenroom/meeting/wire"
)

// maxSecured bounds how many instances are remembered: more than a room takes part in within a day.
const maxSecured = 256

// secured remembers in which instances this room was in with end-to-end encryption. A core forgets it with its end; a room
// that leaves and comes back must not be taken back to less (SPEC.md, section 9, rule 9).
type secured struct {
	mu        sync.Mutex
	instances []wire.InstanceID
}

func (s *secured) note(i wire.InstanceID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.instances, i) {
		s.instances = append(s.instances, i)
		s.instances = s.instances[max(0, len(s.instances)-maxSecured):]
	}
}

// hold takes the hub's secret out of a ticket where nothing less than end-to-end encryption may follow.
func (s *secured) hold(t *directory.Ticket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Contains(s.instances, t.Instance) {
		clear(t.Enhanced)
		t.Enhanced = nil
	}
}
