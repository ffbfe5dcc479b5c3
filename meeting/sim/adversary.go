package sim

import (
	"bytes"
	"slices"
	"time"

	"greenroom/meeting"
	"greenroom/meeting/wire"
)

// adversary is hub and relay at once: it reads, withholds, replays and changes messages, lies about who is there, and
// states whom it likes. It knows the hub's key. Ghosts (ghost.go) are its participants; as soon as one is let in it is
// an insider (insider.go).
type adversary struct {
	w     *world
	on    bool
	rules []rule
	tape  []taped
	flip  float64                     // of messages that are changed on the way
	lies  float64                     // how often the relay does not tell of somebody
	faces map[wire.ParticipantID]bool // leaders that show different faces to different people

	ghosts []*participant
	mixed  bool // the faces of a leader are no longer kept apart
}

// rule is a kind of message that does not get through for a while.
type rule struct {
	kind     wire.Kind    // 0: any
	from, to *participant // nil: anybody
	half     int          // 0: everybody; 1, 2: only to that half of the receivers
	until    time.Duration
	slow     time.Duration // not 0: it gets through, but ever later: what is sent t after this comes after 2.8 t, so that a heartbeat
	// comes every 5.6 s
}

// taped is a message that was overheard.
type taped struct {
	from, to wire.ParticipantID
	data     []byte
}

// maxTape bounds what the adversary remembers.
const maxTape = 512

func (a *adversary) begin(w *world) {
	a.w, a.on = w, true
	a.faces = make(map[wire.ParticipantID]bool)
}

func (a *adversary) overhears(from *participant, o meeting.Outgoing) {
	if !a.on {
		return
	}
	t := taped{from.id, o.To, o.Data}
	if len(a.tape) < maxTape {
		a.tape = append(a.tape, t)
		return
	}
	a.tape[a.w.rng.IntN(maxTape)] = t
}

func (a *adversary) withholds(from, to *participant, data []byte) bool {
	if !a.on {
		return false
	}
	if !a.meets(from, to) {
		return true
	}
	return slices.ContainsFunc(a.rules, func(r rule) bool { return r.slow == 0 && r.meant(a.w.now, from, to, data) })
}

// keeps returns for how long the relay keeps a message back before it lets it through.
func (a *adversary) keeps(from, to *participant, data []byte) (d time.Duration) {
	if !a.on {
		return 0
	}
	for _, r := range a.rules {
		if r.slow != 0 && r.meant(a.w.now, from, to, data) {
			d = max(d, (a.w.now-r.slow)*9/5)
		}
	}
	return d
}

// meant reports whether the rule is about a message.
func (r rule) meant(now time.Duration, from, to *participant, data []byte) bool {
	return r.until > now && (r.kind == 0 || r.kind == wire.PeekKind(data)) && (r.from == nil || r.from == from) && (r.to == nil || r.to == to) &&
		(r.half == 0 || r.half == 1+int(to.id[0])%2)
}

// slow has the relay deliver what a leader says to somebody later and later, so that nothing seems to be missing.
func (a *adversary) slow() {
	w := a.w
	to := w.anybody()
	if to == nil || w.byID[to.view.Leader] == nil {
		return
	}
	r := rule{from: w.byID[to.view.Leader], to: to, slow: w.now + 1, until: w.now + w.profile.Length}
	w.stats["slowed"]++
	w.note("the relay slows %s down for %s until %v", r.from.name, r.to.name, r.until)
	a.rules = append(a.rules, r)
}

func (a *adversary) flips(data []byte) []byte {
	if !a.on || !chance(a.w.dice, a.flip) {
		return data
	}
	a.w.stats["flipped"]++
	bad := bytes.Clone(data)
	bad[a.w.dice.IntN(len(bad))] ^= 1 << a.w.dice.IntN(8)
	return bad
}

// hides reports whether the relay does not tell one participant of another.
func (a *adversary) hides(p, q *participant) bool {
	return a.on && (!a.meets(p, q) || chance(a.w.dice, a.lies))
}

// twoFaced reports whether a leader is one that shows different faces.
func (a *adversary) twoFaced(leader wire.ParticipantID) bool { return a.faces[leader] }

// leave ends the adversary: its ghosts go, and it lets everything through.
func (a *adversary) leave(w *world) {
	if !a.on {
		return
	}
	a.on = false
	for _, g := range a.ghosts {
		w.crash(g, false)
	}
}

// act does one thing against the meeting.
func (a *adversary) act() {
	w := a.w
	switch w.rng.IntN(10) {
	case 0, 1:
		a.withhold()
	case 2, 3:
		a.replay(1 + w.rng.IntN(20))
	case 4:
		a.replayRun()
	case 5, 6:
		a.lie()
	case 7:
		a.sendGhost()
	case 8:
		a.flip = w.rng.Float64() * 0.1
	case 9:
		a.insiderActs()
	}
}

func (a *adversary) withhold() {
	w := a.w
	r := rule{kind: wire.Kind(w.rng.IntN(int(wire.Kinds))), until: w.now + between(w.rng, time.Second, 20*time.Second)}
	switch w.rng.IntN(4) {
	case 0:
		r.to = w.anybody()
	case 1:
		r.from = w.anybody()
	case 2:
		r.half = 1 + w.rng.IntN(2)
	case 3:
		r.from, r.to = w.anybody(), w.anybody()
	}
	w.stats["rules"]++
	w.note("the relay withholds kind %v until %v (from %s, to %s, half %d)", r.kind, r.until, nameOr(r.from), nameOr(r.to), r.half)
	a.rules = append(a.rules, r)
}

func nameOr(p *participant) string {
	if p == nil {
		return "anybody"
	}
	return p.name
}

// replay delivers messages of this meeting again, to whomever.
func (a *adversary) replay(n int) {
	for range min(n, len(a.tape)) {
		t := a.tape[a.w.rng.IntN(len(a.tape))]
		a.inject(a.w.anybody(), t.from, t.data)
	}
}

// replayRun delivers messages of an earlier run of the meeting, or of one that the hub gave the same instance id.
func (a *adversary) replayRun() {
	tape := a.w.cast.tapes().draw(a.w)
	for range 1 + a.w.rng.IntN(20) {
		t := tape[a.w.rng.IntN(len(tape))]
		a.inject(a.w.anybody(), t.from, t.data)
	}
}

// inject delivers bytes as if somebody had sent them.
func (a *adversary) inject(to *participant, from wire.ParticipantID, data []byte) {
	if to == nil || !to.connected || to.core == nil {
		return
	}
	w := a.w
	w.stats["injected"]++
	if w.tracing() {
		w.note("injected to %s, as %s: %s", to.name, w.nameOf(from), w.messageText(data))
	}
	w.after(time.Millisecond, func() {
		if to.connected {
			to.deliver(from, data)
		}
	})
}

// lie has the relay say of somebody that it is gone, or there, to one or to everybody.
func (a *adversary) lie() {
	w := a.w
	who, to := w.anybody(), w.anybody()
	if who == nil || to == nil {
		return
	}
	w.stats["lies"]++
	switch w.rng.IntN(5) {
	case 0:
		w.reportGone(who)
	case 1, 2:
		if who != to && to.connected {
			w.tellGone(to, who)
		}
	case 3:
		if who != to && to.connected {
			w.tellPresent(to, who.id)
		}
	case 4:
		a.lies = w.rng.Float64()
	}
}

// anybody draws one of the participants, crashed ones too; nil if there is none.
func (w *world) anybody() *participant {
	if len(w.participants) == 0 {
		return nil
	}
	return w.participants[w.rng.IntN(len(w.participants))]
}
