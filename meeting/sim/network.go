package sim

import (
	"math/rand/v2"
	"time"

	"greenroom/meeting"
	"greenroom/meeting/wire"
)

// Conditions are what a network does to messages. Each link draws its own from them.
type Conditions struct {
	Loss      float64       // of messages
	Duplicate float64       // of messages, which arrive a second time
	Delay     time.Duration // one way
	Jitter    time.Duration // on top, drawn for each message
	Ordered   bool          // messages of a link keep their order
	Sign      time.Duration // how long an identity key takes at most
	Skew      time.Duration // how far clocks are off at most
}

// draw returns conditions between none and c.
func (c Conditions) draw(r *rand.Rand) Conditions {
	c.Loss *= r.Float64()
	c.Duplicate *= r.Float64()
	c.Delay = time.Millisecond + between(r, 0, c.Delay)
	c.Jitter = between(r, 0, c.Jitter)
	return c
}

// calm is a network that is well.
func calm() Conditions {
	return Conditions{Delay: 10 * time.Millisecond, Jitter: 5 * time.Millisecond, Ordered: true}
}

// network carries messages between participants.
type network struct {
	conditions Conditions
	links      map[[2]*participant]*link
}

type link struct {
	conditions Conditions
	last       time.Duration // when the last message arrives
}

func (w *world) link(from, to *participant) *link {
	k := [2]*participant{from, to}
	l := w.net.links[k]
	if l == nil {
		if w.net.links == nil {
			w.net.links = make(map[[2]*participant]*link)
		}
		l = &link{conditions: w.net.conditions}
		if w.net.conditions.Delay > 0 {
			l.conditions.Loss *= 0.5 + w.dice.Float64()
			l.conditions.Delay = between(w.dice, w.net.conditions.Delay/2, 2*w.net.conditions.Delay)
		}
		w.net.links[k] = l
	}
	return l
}

// become changes the conditions of every link.
func (n *network) become(c Conditions) {
	n.conditions, n.links = c, nil
}

// send carries out what a Core sends.
func (w *world) send(from *participant, o meeting.Outgoing) {
	w.stats["sent"]++
	if w.tracing() {
		to := "all"
		if o.To != (wire.ParticipantID{}) {
			to = w.nameOf(o.To)
		}
		w.note("%s -> %s: %s", from.name, to, w.messageText(o.Data))
	}
	w.evil.overhears(from, o)
	if o.To != (wire.ParticipantID{}) {
		if to := w.byID[o.To]; to != nil {
			w.carry(from, to, o.Data)
			if to.twin != nil {
				w.carry(from, to.twin, o.Data)
			}
		}
		return
	}
	for _, to := range w.participants {
		w.carry(from, to, o.Data)
	}
}

// carry brings one message from one participant to another, if the network and the adversary let it.
func (w *world) carry(from, to *participant, data []byte) {
	if from.id == to.id || !to.connected || from.side != to.side {
		return
	}
	if w.evil.withholds(from, to, data) {
		w.stats["withheld"]++
		return
	}
	l := w.link(from, to)
	if chance(w.dice, l.conditions.Loss) {
		w.stats["lost"]++
		return
	}
	kept := w.evil.keeps(from, to, data)
	w.arrive(l, from, to, w.evil.flips(data), kept)
	if chance(w.dice, l.conditions.Duplicate) {
		w.stats["duplicated"]++
		w.arrive(l, from, to, data, kept)
	}
}

func (w *world) arrive(l *link, from, to *participant, data []byte, kept time.Duration) {
	at := w.now + kept + l.conditions.Delay + between(w.dice, 0, l.conditions.Jitter)
	if l.conditions.Ordered {
		at = max(at, l.last)
		l.last = at
	}
	w.queue.push(at, func() {
		if to.connected && from.side == to.side {
			to.deliver(from.id, data)
		}
	})
}
