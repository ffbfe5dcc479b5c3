package sim

import (
	"crypto/ed25519"
	"io"
	"math/rand/v2"

	"greenroom/meeting"
	"greenroom/meeting/wire"
)

// meetingKey returns the key that a ghost signs messages with. Its Core draws it first of all (SPEC.md, section 2), and
// the adversary knows where from.
func (p *participant) meetingKey() ed25519.PrivateKey {
	var seed [ed25519.SeedSize]byte
	if _, err := io.ReadFull(rand.NewChaCha8(p.randomness()), seed[:]); err != nil {
		p.w.violate("a ghost knows its key", "%s: %v", p.name, err)
	}
	return ed25519.NewKeyFromSeed(seed[:])
}

// insiderActs has a ghost that was let in speak for others, claim to lead, or change the list.
func (a *adversary) insiderActs() {
	w := a.w
	for _, g := range a.ghosts {
		if !g.alive() || g.view.Phase != meeting.PhaseIn || g.seen.beat.sender != g.view.Leader {
			continue
		}
		victim := w.anybody()
		from, data, err := g.forge(victim)
		if err != nil {
			w.violate("an insider can forge", "%s: %v", g.name, err)
			return
		}
		w.stats["forged"]++
		for _, p := range w.participants {
			if p != g && (p == victim || w.rng.IntN(2) == 0) {
				a.inject(p, from, data)
			}
		}
		return
	}
}

// forge makes a message that an insider has no right to. Its signature is right for the insider's own key.
func (p *participant) forge(victim *participant) (from wire.ParticipantID, data []byte, err error) {
	r, key := p.w.rng, p.meetingKey()
	from = p.view.Leader
	if r.IntN(3) == 0 {
		from = p.id
	}
	sign := func(b wire.Body) ([]byte, error) {
		return wire.Sign(key, wire.Message{Instance: p.w.instance, Sender: from, Sequence: 1 << 40, Body: b})
	}
	var other [32]byte
	other[0] = byte(r.Uint32())
	switch r.IntN(9) {
	case 0:
		data, err = sign(&wire.Heartbeat{
			Counter: 1 << 30, ListVersion: p.seen.beat.listVersion + uint64(r.IntN(3)), ListHash: p.seen.beat.listHash,
			Epoch: p.seen.highest + uint64(r.IntN(100)), Commitment: other, Settled: true, Followers: 100, Takeovers: uint32(r.IntN(100)),
		})
	case 1:
		leave := &wire.Leave{Next: p.id, Mode: wire.LeaveMode(r.IntN(4)), ListHash: p.seen.beat.listHash}
		if leave.Mode == wire.LeaveEnds && from == p.id {
			p.w.check.asks(p, wire.ActionEnd, nil) // one who leads has the right to it
		}
		data, err = sign(leave)
	case 2:
		data, err = sign(&wire.Nonce{})
	case 3:
		data, err = sign(&wire.KeyRequest{Have: 0})
	case 4:
		data, err = wire.Marshal(wire.Message{Instance: p.w.instance, Sender: victim.id, Body: &wire.KeyAck{Epoch: p.seen.highest, MAC: other}})
		from = victim.id
	case 5:
		b := wire.KeyBox{Epoch: p.seen.highest + 1, ListVersion: p.seen.beat.listVersion, ListHash: p.seen.beat.listHash, Nonce: victim.seen.nonces[0]}
		b.SignCommon(key, p.w.instance, from)
		data, err = wire.Marshal(wire.Message{Instance: p.w.instance, Sender: from, Body: &b})
	case 6:
		data, err = p.forgeLink(from, key, victim)
	case 7:
		data, err = sign(p.request(from, victim))
	case 8:
		data, err = sign(&wire.Sealed{Epoch: p.seen.highest, Box: make([]byte, 64)})
	}
	return from, data, err
}

// request makes a host's request, which the hub may have given the insider the right to.
func (p *participant) request(from wire.ParticipantID, victim *participant) *wire.HostRequest {
	b := &wire.HostRequest{Heartbeat: p.seen.beat.hash, Action: wire.Action(1 + p.w.rng.IntN(8))}
	switch b.Action {
	case wire.ActionRemove, wire.ActionAdmit, wire.ActionDeny, wire.ActionHandOver:
		b.Target = victim.id
	default:
		victim = nil
	}
	if from == p.id {
		p.w.check.asks(p, b.Action, victim)
	}
	return b
}

// forgeLink makes a link that follows the list: it takes somebody off, or the leader, and lets the insider lead.
func (p *participant) forgeLink(leader wire.ParticipantID, key ed25519.PrivateKey, victim *participant) ([]byte, error) {
	l := wire.Link{Instance: p.w.instance, Leader: leader, Version: p.seen.beat.listVersion + 1, Previous: p.seen.beat.listHash}
	cause := []wire.Cause{wire.CauseGone, wire.CauseSilent, wire.CauseLeft, wire.CauseRemoved, wire.CauseFirst}[p.w.rng.IntN(5)]
	for _, m := range p.view.Members {
		if m.ID == victim.id {
			l.Changes = append(l.Changes, wire.Change{Type: wire.ChangeRemove, Index: m.Index, Cause: cause})
		}
	}
	for _, m := range p.view.Members {
		if m.ID == p.id && (len(l.Changes) == 0 || p.w.rng.IntN(2) == 0) {
			l.Changes = append(l.Changes, wire.Change{Type: wire.ChangeLeader, Index: m.Index, Cause: cause})
		}
	}
	if len(l.Changes) == 0 {
		l.Changes = []wire.Change{{Type: wire.ChangeRemove, Index: 0, Cause: cause}}
	}
	signed, err := wire.SignLink(key, l)
	if err != nil {
		return nil, err
	}
	return wire.Marshal(wire.Message{Instance: p.w.instance, Sender: p.id, Body: &wire.Links{Links: [][]byte{signed.Raw()}}})
}
