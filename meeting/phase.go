package meeting

// Phase is how far this participant is (SPEC.md, section 7).
//
//	announcing -> waiting-host -> waiting-admission -> waiting-key -> in
//	     |             |                  ^    |                       |
//	     |             |                  |    v                       |
//	     |             +---> in (a host who is alone: it leads)        |
//	     |                                +----------------------------+  (lost its place while it was away)
//	     v
//	  refused, removed, left: final; every key is erased
type Phase uint8

// The phases.
const (
	// PhaseAnnouncing: the identity signature is not made yet, or the transport was never up.
	PhaseAnnouncing Phase = iota
	// PhaseWaitingHost: nobody leads yet.
	PhaseWaitingHost
	// PhaseWaitingAdmission: somebody leads, and has not answered yet.
	PhaseWaitingAdmission
	// PhaseWaitingKey: admitted; the list or the first certified key is missing.
	PhaseWaitingKey
	// PhaseIn: in the meeting, with a key that a heartbeat has certified.
	PhaseIn
	// PhaseRefused: the leader, or this core itself, refused; View.Reason says why.
	PhaseRefused
	// PhaseRemoved: taken off the list; View.Reason says why.
	PhaseRemoved
	// PhaseLeft: left by command.
	PhaseLeft
)

// String returns the phase's name as it stands in State.
func (p Phase) String() string {
	switch p {
	case PhaseAnnouncing:
		return "announcing"
	case PhaseWaitingHost:
		return "waiting-host"
	case PhaseWaitingAdmission:
		return "waiting-admission"
	case PhaseWaitingKey:
		return "waiting-key"
	case PhaseIn:
		return "in"
	case PhaseRefused:
		return "refused"
	case PhaseRemoved:
		return "removed"
	case PhaseLeft:
		return "left"
	}
	return "unknown"
}

// Final reports whether nothing can follow p.
func (p Phase) Final() bool {
	switch p {
	case PhaseRefused, PhaseRemoved, PhaseLeft:
		return true
	case PhaseAnnouncing, PhaseWaitingHost, PhaseWaitingAdmission, PhaseWaitingKey, PhaseIn:
		return false
	}
	return true
}
