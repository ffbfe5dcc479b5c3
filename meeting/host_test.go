package meeting

import (
	"errors"
	"testing"
	"time"

	"greenroom/meeting/wire"
)

// refused returns the code of the last refused command, or "".
func (n *node) refused() Code {
	for i := len(n.events) - 1; i >= 0; i-- {
		if e, ok := n.events[i].(CommandRefused); ok {
			return e.Reason.Code
		}
	}
	return ""
}

// cohosts is a host, a co-host and two others.
func cohosts(t testing.TB) (w *world, aspen, birch, cedar, douglas *node) {
	t.Helper()
	w = newWorld(t)
	aspen = w.add("aspen", wire.RoleHost).join()
	w.run(time.Second)
	birch = w.add("birch", wire.RoleCoHost).join()
	cedar = w.add("cedar", wire.RoleParticipant).join()
	douglas = w.add("douglas", wire.RoleParticipant).join()
	w.run(time.Second)
	w.mustBeIn(aspen, birch, cedar, douglas)
	return w, aspen, birch, cedar, douglas
}

func TestRule1WhileLockedOnlyWhoWasThereComesIn(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	aspen.do(SetLock{Locked: true})
	w.run(100 * time.Millisecond)
	for _, n := range []*node{aspen, birch, cedar} {
		if !n.core.View().Locked || !has[LockChanged](n) {
			t.Fatalf("%s does not show that the meeting is locked", n.name)
		}
	}
	douglas := w.add("douglas", wire.RoleParticipant).join()
	w.run(time.Second)
	if v := douglas.core.View(); v.Phase != PhaseRefused || v.Reason.Code != CodeLocked {
		t.Fatalf("douglas: %v %v", v.Phase, v.Reason)
	}
	// Whoever was there comes back: after its transport was down, and after a restart.
	birch.disconnect()
	w.reportGone(birch)
	w.run(time.Second)
	birch.connect()
	cedar.vanish(true)
	again := w.add("cedar#2", wire.RoleParticipant).join()
	w.run(2 * time.Second)
	w.mustBeIn(aspen, birch, again)
	aspen.do(SetLock{Locked: false})
	elm := w.add("elm", wire.RoleParticipant).join()
	w.run(time.Second)
	w.mustBeIn(aspen, birch, again, elm)
	w.mustOpenEachOther(aspen, birch, again, elm)
}

func TestRule1ALeaderCannotAddToALockedList(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	aspen.do(SetLock{Locked: true})
	w.run(100 * time.Millisecond)
	// A leader that breaks the rule: it looks away while its own list is locked.
	aspen.core.list.locked = false
	w.add("douglas", wire.RoleParticipant).join()
	w.run(time.Second)
	for _, n := range []*node{birch, cedar} {
		if d := lastDropped(n); d == nil || d.Kind != wire.KindLinks || !errors.Is(d.Err, ErrForged) {
			t.Errorf("%s: dropped %v", n.name, d)
		}
		if len(n.core.View().Members) != 3 {
			t.Errorf("%s: somebody came into the locked meeting", n.name)
		}
	}
}

func TestRule1ARemovedParticipantCannotComeBackToALockedMeeting(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	aspen.do(SetLock{Locked: true})
	aspen.do(Remove{ID: cedar.id})
	w.run(time.Second)
	again := w.add("cedar#2", wire.RoleParticipant).join()
	w.run(time.Second)
	if v := again.core.View(); v.Phase != PhaseRefused {
		t.Errorf("cedar came back: %v", v.Phase)
	}
	w.mustBeIn(aspen, birch)
}

func TestRule5HostsWhoDoNotLeadAskTheLeader(t *testing.T) {
	w, aspen, birch, cedar, douglas := cohosts(t)
	birch.do(Remove{ID: cedar.id})
	w.run(time.Second)
	if cedar.phase() != PhaseRemoved {
		t.Fatalf("cedar: %v", cedar.phase())
	}
	birch.do(SetLock{Locked: true})
	w.run(time.Second)
	if !aspen.core.View().Locked {
		t.Error("not locked")
	}
	birch.do(SetLock{Locked: false})
	w.run(time.Second)
	if aspen.core.View().Locked {
		t.Error("not unlocked")
	}
	birch.do(HandOver{ID: birch.id})
	w.run(time.Second)
	w.mustBeIn(aspen, birch, douglas)
	w.mustOpenEachOther(aspen, birch, douglas)
	if l := aspen.core.View().Leader; l != birch.id {
		t.Errorf("%s leads", w.nameOf(l))
	}
	if code := birch.refused(); code != "" {
		t.Errorf("birch: %s", code)
	}
}

func TestRule5OnlyHostsMayAsk(t *testing.T) {
	w, aspen, birch, cedar, douglas := cohosts(t)
	douglas.do(Remove{ID: cedar.id})
	if douglas.refused() != CodeNotAllowed {
		t.Errorf("a participant's command: %q", douglas.refused())
	}
	birch.do(Remove{ID: aspen.id})
	if birch.refused() != CodeNotAllowed {
		t.Errorf("a co-host against a host: %q", birch.refused())
	}
	// Whoever leaves that out of its own program is refused by the leader.
	douglas.core.begin(w.now)
	douglas.core.request(Remove{ID: cedar.id}, wire.ActionRemove, cedar.id)
	douglas.take(douglas.core.end())
	w.run(100 * time.Millisecond)
	if d := lastDropped(aspen); d == nil || !errors.Is(d.Err, ErrRefused) {
		t.Errorf("aspen dropped %v", d)
	}
	w.mustBeIn(aspen, birch, cedar, douglas)
	w.run(requestTime + time.Second)
	if douglas.refused() != CodeNoAnswer {
		t.Errorf("what the leader does not do: %q", douglas.refused())
	}
}

func TestRule5AHostsRequestCannotBeUsedLater(t *testing.T) {
	w, aspen, birch, cedar, douglas := cohosts(t)
	var kept []byte
	w.tamper = func(p *packet) bool {
		if wire.PeekKind(p.data) == wire.KindHostRequest {
			kept = p.data
			return false
		}
		return true
	}
	birch.do(Remove{ID: cedar.id})
	w.run(requestTime + requestFresh)
	if birch.refused() != CodeNoAnswer {
		t.Errorf("a request that never came: %q", birch.refused())
	}
	w.tamper = nil
	w.inject(birch, aspen, kept)
	w.run(time.Second)
	if d := lastDropped(aspen); d == nil || !errors.Is(d.Err, ErrReplay) {
		t.Errorf("aspen dropped %v", d)
	}
	w.mustBeIn(aspen, birch, cedar, douglas)
}

func TestRule5HandOver(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	birch.do(Compare{Matches: true})
	code, epoch := birch.core.View().Code, birch.core.View().Epoch
	aspen.do(HandOver{ID: cedar.id})
	w.run(500 * time.Millisecond)
	w.mustBeIn(aspen, birch, cedar)
	w.mustOpenEachOther(aspen, birch, cedar)
	for _, n := range []*node{aspen, birch, cedar} {
		v := n.core.View()
		if v.Leader != cedar.id || v.Code == code || v.Epoch <= epoch || v.Compared != NotCompared {
			t.Errorf("%s: leader %s, epoch %d, compared %v", n.name, w.nameOf(v.Leader), v.Epoch, v.Compared)
		}
		if count[MemberLeft](n) > 0 {
			t.Errorf("%s: somebody left", n.name)
		}
	}
}

func TestRule5AHandOverIsUsedOnce(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	var first []byte
	w.tamper = func(p *packet) bool {
		if wire.PeekKind(p.data) == wire.KindLeave && p.from == aspen {
			first = p.data
		}
		return true
	}
	aspen.do(HandOver{ID: birch.id})
	w.run(time.Second)
	birch.do(HandOver{ID: aspen.id})
	w.run(time.Second)
	w.mustBeIn(aspen, birch, cedar)
	// Birch claims to lead with what aspen said the first time.
	k, err := wire.SignLink(birch.core.own.meeting, wire.Link{
		Instance: w.instance, Leader: birch.id, Version: cedar.core.list.version() + 1, Previous: cedar.core.list.hash(),
		Changes: []wire.Change{{Type: wire.ChangeLeader, Index: 1, Cause: wire.CauseHandedOver, Evidence: first}},
	})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := wire.Marshal(wire.Message{Instance: w.instance, Sender: birch.id, Body: &wire.Links{Links: [][]byte{k.Raw()}}})
	if err != nil {
		t.Fatal(err)
	}
	w.inject(birch, cedar, raw)
	w.run(time.Second)
	if l := cedar.core.View().Leader; l != aspen.id {
		t.Errorf("%s leads", w.nameOf(l))
	}
}

func TestRule5WhoWasHandedToIsGone(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	cedar.disconnect() // nobody knows yet
	aspen.do(HandOver{ID: cedar.id})
	w.run(claimStep + 2*time.Second)
	w.mustOpenEachOther(aspen, birch)
	if l := aspen.core.View().Leader; l != birch.id {
		t.Errorf("%s leads", w.nameOf(l))
	}
}

func TestRule5NobodyTakesOverSoTheLeaderLeadsAgain(t *testing.T) {
	w, aspen, birch := two(t)
	birch.vanish(false)
	aspen.do(HandOver{ID: birch.id})
	w.run(silentAfter + time.Second)
	if v := aspen.core.View(); v.Leader != aspen.id || aspen.core.lead == nil || v.Phase != PhaseIn {
		t.Errorf("aspen does not lead: %v", v.Phase)
	}
}

func TestRule10TheEndForEverybody(t *testing.T) {
	w, aspen, birch, cedar, douglas := cohosts(t)
	birch.do(End{})
	w.run(time.Second)
	for _, n := range []*node{aspen, birch, cedar, douglas} { // also who leads: it did not end the meeting itself
		if v := n.core.View(); v.Phase != PhaseRemoved || v.Reason.Code != CodeEnded || len(n.open) != 0 {
			t.Errorf("%s: %v, %d keys", n.name, v.Phase, len(n.open))
		}
	}
	w, aspen, birch, _, _ = cohosts(t)
	aspen.do(End{})
	w.run(time.Second)
	if aspen.phase() != PhaseLeft || len(aspen.open) != 0 || birch.phase() != PhaseRemoved {
		t.Errorf("aspen: %v, birch: %v", aspen.phase(), birch.phase())
	}
}

func TestRule1WhoIsDeniedDoesNotKnockAgain(t *testing.T) {
	w := newWorld(t)
	aspen := w.add("aspen", wire.RoleHost, func(c *Config, _ *wire.Statement) { c.Admission = AdmitOrganisation }).join()
	outside := func(_ *Config, s *wire.Statement) { s.Organisation = false }
	guest := w.add("guest", wire.RoleParticipant, outside).join()
	w.run(time.Second)
	if n := len(aspen.core.View().Waiting); n != 1 || !has[WaitingChanged](aspen) {
		t.Fatalf("%d wait", n)
	}
	aspen.do(Deny{ID: guest.id})
	w.run(time.Second)
	if v := guest.core.View(); v.Phase != PhaseRefused || v.Reason.Code != CodeDenied {
		t.Errorf("guest: %v", v.Phase)
	}
	w.add("guest#2", wire.RoleParticipant, outside).join()
	w.run(time.Second)
	if n := len(aspen.core.View().Waiting); n != 0 {
		t.Errorf("%d wait after one was denied", n)
	}
}

func TestRule7AMismatchMakesANewKey(t *testing.T) {
	w, aspen, birch := two(t)
	epoch := birch.core.View().Epoch
	aspen.do(Compare{Matches: false})
	w.run(time.Second)
	if v := birch.core.View(); v.Epoch != epoch+1 {
		t.Errorf("epoch %d, want %d", v.Epoch, epoch+1)
	}
	aspen.do(Compare{Matches: true, Code: "1"})
	if aspen.refused() != CodeOtherCode {
		t.Errorf("another code: %q", aspen.refused())
	}
}
