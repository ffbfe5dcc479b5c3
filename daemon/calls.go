package daemon

import (
	"context"
	"time"

	"greenroom/daemon/room"
	"greenroom/meeting/directory"
)

// Pauses after a request to the hub that had no answer: they grow from the first to the last. A request that waits and
// comes back at once with nothing new is slowed down to the first too, whatever is wrong with that hub.
const (
	firstPause = time.Second
	lastPause  = 5 * time.Second
)

// pause is the time to the next try.
type pause struct{ next time.Duration }

// longer returns the next pause.
func (p *pause) longer() time.Duration {
	p.next = min(max(2*p.next, firstPause), lastPause)
	return p.next
}

// fail waits after a failure. It reports false when ctx ended first.
func (p *pause) fail(ctx context.Context) bool {
	timer := time.NewTimer(p.longer())
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func (p *pause) succeed() { p.next = 0 }

// bell waits for calls to this room, for as long as the daemon runs: while it waits, the room can be called. What it
// hears it posts; the room declines by itself where it cannot answer.
type bell struct {
	hub *hubLink

	rooms   string // the version of the list of callees that the room knows
	ringing string // the call that rings in the room; "": none
	failed  int    // requests without an answer, in a row
}

// run waits for calls until ctx ends.
func (b *bell) run(ctx context.Context) {
	var p pause
	for ctx.Err() == nil {
		began := time.Now()
		w, err := b.hub.client.Wait(ctx, b.ringing, b.rooms)
		news := err == nil && b.hear(w)
		if err == nil && w.Rooms != b.rooms {
			err = b.fetch(ctx)
			news = true
		}
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			b.miss(err)
			if !p.fail(ctx) {
				return
			}
		case !news && time.Since(began) < firstPause:
			if !p.fail(ctx) {
				return
			}
		default:
			p.succeed()
		}
		if err == nil {
			b.failed = 0
		}
	}
}

// hear posts what rings now, and reports whether that is something else than before.
func (b *bell) hear(w directory.Waiting) bool {
	var call string
	if w.Ringing != nil {
		call = w.Ringing.Call
	}
	if call == b.ringing {
		return false
	}
	if b.ringing != "" {
		b.hub.post(room.RingingOver{Call: b.ringing})
	}
	if b.ringing = call; call != "" {
		b.hub.post(room.CallRinging{Call: call, From: w.Ringing.From, Encryption: beginsWith(w.Ringing.Encryption)})
	}
	return true
}

func beginsWith(e directory.Encryption) room.Kind {
	switch e {
	case directory.EncryptionE2EE:
		return room.KindE2EE
	case directory.EncryptionEnhanced:
		return room.KindEnhanced
	}
	return room.KindUnknown
}

// miss notes that the hub did not answer. A call that rings goes on for the first time: it may be a short gap.
func (b *bell) miss(err error) {
	b.hub.explain(err)
	if b.failed++; b.failed < 2 || b.ringing == "" {
		return
	}
	b.hub.post(room.RingingOver{Call: b.ringing})
	b.ringing = ""
}

// fetch asks whom the room can call.
func (b *bell) fetch(ctx context.Context) error {
	all, err := b.hub.client.Callees(ctx)
	if err != nil {
		return err
	}
	b.rooms = all.Version
	callees := make([]room.Callee, len(all.Rooms))
	for i, c := range all.Rooms {
		callees[i] = room.Callee{ID: c.ID, Name: c.Name}
	}
	b.hub.post(room.CalleesChanged{Callees: callees})
	return nil
}

// declineCall tells the hub that nobody will answer a call. Without it the call rings until its time is over.
func (d *Daemon) declineCall(e room.DeclineCall) {
	d.mu.Lock()
	defer d.mu.Unlock()
	me := d.self.Load()
	if d.closing || me == nil {
		return
	}
	d.attempts.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), ticketTime)
		defer cancel()
		if err := me.hub.client.DeclineCall(ctx, e.Call, e.Busy); err != nil {
			d.log.Info("a call was not declined; it rings at the caller until its time is over", "error", err)
		}
	})
}

// placing calls a room. It is not given up half-way: what the hub has begun is ended by a.leaveHub.
func placing(e room.PlaceCall) way {
	return func(ctx context.Context, h *hubLink) (entry, error) {
		placed, err := h.client.PlaceCall(context.WithoutCancel(ctx), e.Callee)
		return entry{ticket: placed.Ticket, call: placed.Call, state: directory.CallRinging}, err
	}
}

// answering takes a call that rings.
func answering(e room.AnswerCall) way {
	return func(ctx context.Context, h *hubLink) (entry, error) {
		ticket, err := h.client.AnswerCall(context.WithoutCancel(ctx), e.Call)
		return entry{ticket: ticket, call: e.Call, state: directory.CallAnswered}, err
	}
}
