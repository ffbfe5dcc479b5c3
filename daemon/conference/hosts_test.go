package conference

import (
	"slices"
	"testing"
	"time"

	"greenroom/meeting"
	"greenroom/meeting/wire"
)

// heard reports whether the guest was told of an event for which ok holds.
func heard[E meeting.Event](g *guest, ok func(E) bool) func() bool {
	return func() bool {
		return slices.ContainsFunc(g.events, func(e meeting.Event) bool {
			event, is := e.(E)
			return is && ok(event)
		})
	}
}

// everybody waits until ok holds at each guest.
func everybody(t *testing.T, what string, guests []*guest, ok func(*guest) bool) {
	t.Helper()
	for _, g := range guests {
		g.await(t, what, func() bool { return ok(g) })
	}
}

// participant returns the guest's id as the core has it.
func (g *guest) participant() wire.ParticipantID { return g.cfg.Ticket.Participant }

// TestHostsOverARelay: lock, unlock, admit, deny, hand over and end, by the leader and by a host who does not lead.
func TestHostsOverARelay(t *testing.T) {
	h := newHall(t)
	aspen := h.enter("Aspen", wire.RoleHost)
	aspen.awaitMembers(t, 1)
	birch, cedar := h.enter("Birch", wire.RoleCoHost), h.enter("Cedar", wire.RoleParticipant)
	all := []*guest{aspen, birch, cedar}
	everybody(t, "a meeting of three", all, func(g *guest) bool { return g.view.Phase == meeting.PhaseIn && len(g.view.Members) == 3 })
	if aspen.look().Leader != aspen.participant() || !birch.look().Commands || cedar.look().Commands {
		t.Fatalf("Aspen must lead, Birch may command, Cedar may not: %+v", birch.look())
	}

	birch.Do(meeting.SetLock{Locked: true}) // asks Aspen, who leads
	everybody(t, "the lock", all, func(g *guest) bool {
		return g.view.Locked && heard(g, func(e meeting.LockChanged) bool { return e.Locked })()
	})
	late := h.enter("Dogwood", wire.RoleParticipant)
	late.await(t, "the refusal", func() bool {
		return late.view.Phase == meeting.PhaseRefused && late.view.Reason.Code == meeting.CodeLocked
	})
	late.stop() // what it sent twice must not bring it in later
	cedar.Do(meeting.SetLock{})
	cedar.await(t, "that a guest may not", heard(cedar, func(e meeting.CommandRefused) bool { return e.Reason.Code == meeting.CodeNotAllowed }))
	aspen.Do(meeting.SetLock{})
	everybody(t, "the unlocking", all, func(g *guest) bool { return !g.view.Locked })

	t.Run("who waits", func(t *testing.T) { waits(t, h, aspen, birch) })

	code := cedar.look().Code
	aspen.handOver(t, birch)
	everybody(t, "Birch's lead and code", all, func(g *guest) bool {
		return g.view.Leader == birch.participant() && g.view.Code != code && g.view.Code != "" && g.view.SealEpoch == g.view.Epoch &&
			heard(g, func(e meeting.LeaderChanged) bool { return e.New == birch.participant() })()
	})
	if v := aspen.look(); v.Phase != meeting.PhaseIn || !v.Commands {
		t.Errorf("Aspen stays, and is a host: %+v", v)
	}
	aspen.Do(meeting.End{}) // a host who does not lead any more
	everybody(t, "the end", all, func(g *guest) bool {
		return g.view.Phase == meeting.PhaseRemoved && g.view.Reason.Code == meeting.CodeEnded
	})
}

// handOver makes another guest lead. As the panel says, one tries again if there was no answer: on a busy machine the
// other may not have confirmed the newest key yet.
func (g *guest) handOver(t *testing.T, to *guest) {
	t.Helper()
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	for seen := 0; ; <-again.C {
		g.Do(meeting.HandOver{ID: to.participant()})
		leads := false
		g.await(t, "an answer to handing over", func() bool {
			leads = g.view.Leader == to.participant()
			refused := heard(g, func(e meeting.CommandRefused) bool { return e.Reason.Code == meeting.CodeNoAnswer })
			if !leads && len(g.events) > seen && refused() {
				seen = len(g.events)
				return true
			}
			return leads
		})
		if leads {
			return
		}
	}
}

// waits: two from outside the organisation knock. The co-host, who does not lead, lets one in and turns one away.
func waits(t *testing.T, h *hall, aspen, birch *guest) {
	in, out := h.enter("Guest Elm", wire.RoleParticipant), h.enter("Guest Fir", wire.RoleParticipant)
	for _, g := range []*guest{aspen, birch} {
		g.await(t, "two who wait", func() bool { return len(g.view.Waiting) == 2 })
	}
	for _, g := range []*guest{in, out} {
		g.await(t, "that it waits", func() bool { return g.view.Phase == meeting.PhaseWaitingAdmission })
	}
	birch.Do(meeting.Admit{ID: in.participant()})
	birch.Do(meeting.Deny{ID: out.participant()})
	in.await(t, "to be in", func() bool { return in.view.Phase == meeting.PhaseIn && len(in.view.Members) == 4 })
	out.await(t, "the refusal", func() bool {
		return out.view.Phase == meeting.PhaseRefused && out.view.Reason.Code == meeting.CodeDenied
	})
	for _, g := range []*guest{aspen, birch} {
		g.await(t, "nobody who waits", func() bool { return len(g.view.Waiting) == 0 })
	}
	in.stop()
	for _, g := range []*guest{aspen, birch} {
		g.awaitMembers(t, 3) // with the newest key: nobody hands over to somebody who lacks it
	}
}
