package sim

import (
	"crypto"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"greenroom/meeting"
	"greenroom/meeting/wire"
)

// participant is one participation: a session of somebody's device, and what its daemon would hold.
type participant struct {
	w      *world
	name   string // "room3", and "room3#2" for the second session of that device
	person *person
	role   wire.Role
	id     wire.ParticipantID
	ghost  bool // the adversary's
	face   int  // of a leader who has two
	twin   *participant
	// organisation is set for people of the organisation; others knock where the policy says so.
	organisation, knocks bool
	core                 *meeting.Core
	skew                 time.Duration

	connected   bool
	connections int
	side        int // of a partition
	toldAt      time.Duration
	wake        time.Duration // of the next Tick; negative: none

	open   map[uint64]*meeting.EpochKey
	seal   *meeting.EpochKey
	view   meeting.View // after the last step
	viewed time.Duration

	seen seen
}

// session is how somebody takes part.
type session struct {
	person       *person
	shown        string // the name that the hub states
	role         wire.Role
	organisation bool
	admission    meeting.AdmissionPolicy
	ghost        bool
	face         int // of a leader who has two; 0: like everybody
}

// join makes a new session and starts it.
func (w *world) join(s session) *participant {
	if s.face < 2 {
		w.sessions[s.person]++
	}
	p := &participant{
		w: w, name: s.person.name, person: s.person, role: s.role, ghost: s.ghost,
		organisation: s.organisation, knocks: !s.organisation && s.admission == meeting.AdmitOrganisation, wake: -1, open: make(map[uint64]*meeting.EpochKey),
	}
	if n := w.sessions[s.person]; n > 1 {
		p.name = fmt.Sprintf("%s#%d", s.person.name, n)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s in meeting %d", p.name, w.seed))
	copy(p.id[:], sum[:])
	var source io.Reader = rand.NewChaCha8(p.randomness())
	if p.face = s.face; p.face == 2 {
		p.name += "'"
		source = &twin{left: sharedRandomness, shared: source, own: rand.NewChaCha8(p.randomness())}
	}
	// A device keeps its clock.
	p.skew = between(rand.New(rand.NewPCG(w.seed, uint64(s.person.device[0])<<8|uint64(s.person.device[1]))), -w.net.conditions.Skew, w.net.conditions.Skew)
	statement, err := w.cast.statement(s.person, s.shown, s.role, s.organisation, w.instance)
	if err == nil {
		p.core, err = meeting.New(meeting.Config{
			Meeting: meetingID, Instance: w.instance, Self: p.id, Device: s.person.device, IdentityKey: s.person.public,
			Statement: statement, HubKey: w.cast.hubKey(), Rand: source, Admission: s.admission,
			Enhanced: w.profile.enhanced(), Call: w.profile.Call,
		})
	}
	if err != nil {
		w.violate("a participant can be made", "%s: %v", p.name, err)
		return p
	}
	w.participants = append(w.participants, p)
	if first := w.byID[p.id]; first != nil {
		first.twin = p
	} else {
		w.byID[p.id] = p
	}
	w.note("%s starts as %v", p.name, s.role)
	p.call(func(now time.Time) { p.take(p.core.Start(now)) })
	w.connect(p)
	return p
}

// randomness is the seed of all that the participant's Core draws: whoever knows it knows its keys.
func (p *participant) randomness() [32]byte {
	return sha256.Sum256(fmt.Appendf(nil, "randomness of %s in meeting %d", p.name, p.w.seed))
}

// alive reports whether the participant runs and has not ended.
func (p *participant) alive() bool { return p.core != nil && !p.view.Phase.Final() }

// leads reports whether the participant leads, as it sees it.
func (p *participant) leads() bool {
	return p.core != nil && p.view.Leader == p.id && !p.view.Phase.Final()
}

// call calls the Core: what must hold is checked after it, and its next tick is noted.
func (p *participant) call(what func(now time.Time)) {
	if p.core == nil || p.w.err != nil {
		return
	}
	p.w.steps++
	what(p.w.start.Add(p.w.now + p.skew))
	if p.core == nil {
		return
	}
	if next := p.core.Next(); !next.IsZero() {
		p.tickAt(next.Sub(p.w.start) - p.skew)
	}
}

func (p *participant) tickAt(at time.Duration) {
	at = max(at, p.w.now)
	if p.wake >= 0 && p.wake <= at {
		return
	}
	p.wake = at
	p.w.queue.push(at, func() {
		if p.core == nil || p.wake != at {
			return
		}
		p.wake = -1
		p.call(func(now time.Time) {
			if next := p.core.Next(); !next.IsZero() && !next.After(now) {
				p.take(p.core.Tick(now))
			}
		})
	})
}

func (p *participant) deliver(from wire.ParticipantID, data []byte) {
	p.call(func(now time.Time) {
		p.seen.arrives(p, data)
		p.take(p.core.Step(now, from, data))
	})
}

func (p *participant) present(ids []wire.ParticipantID) {
	if p.w.tracing() {
		p.w.note("%s is told that %d more are there", p.name, len(ids))
	}
	p.call(func(now time.Time) { p.take(p.core.Present(now, ids)) })
}

func (p *participant) gone(id wire.ParticipantID) {
	p.w.note("%s is told that %s is gone", p.name, p.w.nameOf(id))
	p.call(func(now time.Time) { p.take(p.core.Gone(now, id)) })
}

func (p *participant) do(c meeting.Command) {
	if p.w.tracing() {
		p.w.note("%s: %s", p.name, p.w.commandText(c))
	}
	p.w.stats[commandName(c)]++
	p.call(func(now time.Time) { p.take(p.core.Do(now, c)) })
}

// take carries out an Output as a daemon does, and has it checked.
func (p *participant) take(out meeting.Output) {
	for _, r := range out.Sign {
		p.w.after(between(p.w.dice, 0, p.w.net.conditions.Sign), func() { p.sign(r) })
	}
	for _, k := range out.Open {
		p.open[k.Epoch()] = k
		p.seen.e2eeKey = p.seen.e2eeKey || !k.Enhanced()
	}
	if out.Seal != nil {
		p.seal = out.Seal
		p.w.note("%s sends with epoch %d", p.name, out.Seal.Epoch())
	}
	forgotten := make([]*meeting.EpochKey, 0, len(out.Forget))
	for _, e := range out.Forget {
		if k := p.open[e]; k != nil {
			forgotten = append(forgotten, k)
		}
		delete(p.open, e)
		if p.seal != nil && p.seal.Epoch() == e {
			p.seal = nil
		}
	}
	for _, e := range out.Events {
		p.w.stats[eventName(e)]++
		if p.w.tracing() {
			p.w.note("%s: %s", p.name, p.w.eventText(e))
		}
	}
	before := p.view
	if len(p.w.participants) <= smallMeeting || !quiet(out) || p.w.now-p.viewed > time.Second {
		p.view, p.viewed = p.core.View(), p.w.now
	}
	if p.w.tracing() && before.Phase != p.view.Phase {
		p.w.note("%s: %v, led by %s", p.name, p.view.Phase, p.w.nameOf(p.view.Leader))
	}
	if !before.Phase.Final() && p.view.Phase.Final() {
		p.w.after(time.Millisecond, func() { p.w.disconnect(p, true) }) // a daemon has no more to do there
	}
	for _, s := range out.Send {
		p.seen.sends(p, s.Data)
	}
	p.w.check.step(p, before, out, forgotten)
	for _, s := range out.Send {
		p.w.send(p, s)
	}
}

// smallMeeting is up to how many participations a View is taken after every step. In larger ones it is taken after every
// step that asks for something, and every second.
const smallMeeting = 64

// quiet reports whether a step asks for nothing.
func quiet(out meeting.Output) bool {
	return len(out.Open)+len(out.Forget)+len(out.Events)+len(out.Send) == 0 && out.Seal == nil
}

func (p *participant) sign(r meeting.SignRequest) {
	p.call(func(now time.Time) {
		sig, err := p.person.identity.Sign(nil, r.Digest[:], crypto.SHA256) // deterministic (RFC 6979)
		if err != nil {
			p.w.violate("an identity key signs", "%s: %v", p.name, err)
			return
		}
		p.take(p.core.Signed(now, r.ID, sig))
	})
}
