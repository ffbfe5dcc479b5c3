package wire

import "golang.org/x/crypto/cryptobyte"

// Action is what a host asks the leader for.
type Action uint8

// The actions. Those without a target have the zero participant.
const (
	ActionAdmit    Action = 1
	ActionDeny     Action = 2
	ActionRemove   Action = 3
	ActionLock     Action = 4
	ActionUnlock   Action = 5
	ActionHandOver Action = 6
	ActionEnd      Action = 7
	ActionUpgrade  Action = 8
)

// String returns the action's name.
func (a Action) String() string {
	switch a {
	case ActionAdmit:
		return "admit"
	case ActionDeny:
		return "deny"
	case ActionRemove:
		return "remove"
	case ActionLock:
		return "lock"
	case ActionUnlock:
		return "unlock"
	case ActionHandOver:
		return "hand-over"
	case ActionEnd:
		return "end"
	case ActionUpgrade:
		return "upgrade"
	}
	return "unknown"
}

// HostRequest is how a host or co-host who does not lead asks the leader to act. It names the leader's latest heartbeat,
// which covers the list and who leads: so it can't be kept back and used later, or under another leader.
//
//	opaque heartbeat[32]     hash of the leader's latest heartbeat
//	uint8  action
//	opaque target[16]
type HostRequest struct {
	Heartbeat [32]byte
	Action    Action
	Target    ParticipantID
}

// Kind implements Body.
func (*HostRequest) Kind() Kind   { return KindHostRequest }
func (*HostRequest) label() Label { return LabelHostRequest }

func (m *HostRequest) add(b *cryptobyte.Builder) {
	b.AddBytes(m.Heartbeat[:])
	b.AddUint8(uint8(m.Action))
	b.AddBytes(m.Target[:])
}

func (m *HostRequest) read(r *reader) {
	r.fixed(m.Heartbeat[:])
	m.Action = Action(r.u8())
	r.ok(m.Action >= ActionAdmit && m.Action <= ActionUpgrade)
	r.fixed(m.Target[:])
}
