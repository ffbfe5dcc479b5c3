package sim

import (
	"time"

	"greenroom/meeting/wire"
)

// relay tells participants who is there. An honest one tells the truth, in order, a little later than it happens.
type relay struct {
	delay time.Duration
}

// tell has something reported to one participant, after what was reported to it before.
func (w *world) tell(to *participant, what func()) {
	at := max(w.now+w.relay.delay, to.toldAt)
	to.toldAt = at
	connection := to.connections
	w.queue.push(at, func() {
		if to.connected && to.core != nil && to.connections == connection {
			what()
		}
	})
}

func (w *world) tellPresent(to *participant, ids ...wire.ParticipantID) {
	w.tell(to, func() { to.present(ids) })
}

func (w *world) tellGone(to, who *participant) {
	w.tell(to, func() { to.gone(who.id) })
}

// connect brings a participant's transport up, and tells it and the others who is there.
func (w *world) connect(p *participant) {
	if p.connected || p.core == nil {
		return
	}
	w.note("%s connects", p.name)
	p.connected, p.toldAt = true, w.now
	p.connections++
	p.call(func(now time.Time) { p.take(p.core.Connected(now)) })
	var there []wire.ParticipantID
	for _, o := range w.participants {
		if o != p && o.connected && o.side == p.side && !w.evil.hides(o, p) {
			there = append(there, o.id)
		}
		if o != p && o.connected && o.side == p.side && !w.evil.hides(p, o) {
			w.tellPresent(o, p.id)
		}
	}
	w.tellPresent(p, there...)
}

// disconnect takes a participant's transport down. The relay reports it at once, or not before the network is well.
func (w *world) disconnect(p *participant, reported bool) {
	if !p.connected {
		return
	}
	w.note("%s loses its transport, reported %v", p.name, reported)
	p.connected = false
	if p.core != nil {
		p.call(func(now time.Time) { p.take(p.core.Disconnected(now)) })
	}
	if reported {
		w.reportGone(p)
	}
}

// crash ends a participant without a word.
func (w *world) crash(p *participant, reported bool) {
	if p.core == nil {
		return
	}
	w.note("%s crashes, reported %v", p.name, reported)
	was := p.connected
	p.connected, p.core = false, nil
	if was && reported {
		w.reportGone(p)
	}
}

// reportGone tells everybody on the same side that somebody is gone.
func (w *world) reportGone(p *participant) {
	for _, o := range w.participants {
		if o != p && o.connected && o.side == p.side {
			w.tellGone(o, p)
		}
	}
}

// part puts everybody on a side. Messages do not cross; if told, the relay reports it as people going and coming.
func (w *world) part(side func(*participant) int, told bool) {
	before := make(map[*participant]int)
	for _, p := range w.participants {
		before[p] = p.side
		p.side = side(p)
	}
	if !told {
		return
	}
	for _, p := range w.participants {
		for _, o := range w.participants {
			switch together := before[p] == before[o]; {
			case p == o || !p.connected || !o.connected:
			case together && p.side != o.side:
				w.tellGone(p, o)
			case !together && p.side == o.side:
				w.tellPresent(p, o.id)
			}
		}
	}
}
