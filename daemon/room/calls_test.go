package room_test

import (
	"testing"
	"time"

	"greenroom/daemon/room"
)

// callableDrive returns an idle room that can call Birch and Cedar.
func callableDrive(t *testing.T) *drive {
	t.Helper()
	return idleDrive(t).apply(room.CalleesChanged{Callees: []room.Callee{{ID: "birch", Name: "Birch"}, {ID: "cedar", Name: "Ce\u200bdar"}}})
}

// callingDrive returns a room whose call rings at Birch.
func callingDrive(t *testing.T) *drive {
	t.Helper()
	d := callableDrive(t)
	d.do(room.Command{Do: room.CommandCall, Person: "birch"})
	d.apply(room.TicketGranted{Attempt: 1, Title: "Birch", Call: true}, room.RelayUp{Attempt: 1})
	alone := call(room.KindEnhanced)
	alone.Members = alone.Members[:1] // the caller leads, and is in before anybody answers
	return d.core(alone)
}

// callDrive returns a room that is in a call with Birch.
func callDrive(t *testing.T) *drive {
	t.Helper()
	d := callingDrive(t).after(3 * time.Second).apply(room.CallAnswered{Attempt: 1})
	return d.after(200 * time.Millisecond).core(call(room.KindEnhanced)).sends(birch)
}

// call returns the view of a core that is in a call with Birch.
func call(kind room.Kind) room.CoreView {
	v := in(aspen, aspen, birch)
	v.Call, v.Kind = true, kind
	if kind == room.KindEnhanced {
		v.Code = nil
	}
	return v
}

func (d *drive) wantRinging(from string) {
	d.t.Helper()
	if r := d.state().Ringing; (r == nil) != (from == "") || r != nil && r.From != from {
		d.t.Errorf("it rings: %+v, want from %q", r, from)
	}
}

func TestCall(t *testing.T) {
	d := callableDrive(t)
	if got := d.state().Callees; len(got) != 2 || got[1] != (room.Callee{ID: "cedar", Name: "Cedar"}) {
		t.Fatalf("the callees are %+v", got)
	}
	d.do(room.Command{Do: room.CommandCall, Person: "birch"})
	d.wantEffects(room.PlaceCall{Attempt: 1, Callee: "birch"})
	d.wantStep(room.StepHub, d.now)
	if got := d.state().Joining.Title; got != "Birch" {
		t.Errorf("calling %q", got)
	}
	d.after(time.Second).apply(room.TicketGranted{Attempt: 1, Call: true})
	d.wantEffects(room.EnterMeeting{Attempt: 1})
	rang := d.now
	d.wantStep(room.StepRinging, rang)

	alone := call(room.KindEnhanced)
	alone.Members = alone.Members[:1]
	d.after(time.Second).apply(room.RelayUp{Attempt: 1}).core(alone)
	d.wantStep(room.StepRinging, rang) // alone in a call is no meeting

	d.after(time.Second).apply(room.CallAnswered{Attempt: 1})
	d.wantStep(room.StepKeys, d.now)
	d.core(call(room.KindEnhanced))
	d.wantPhase(room.PhaseMeeting)
	d.wantShield(room.ShieldEncrypted)
	if m := d.state().Meeting; m.Kind != room.MeetingCall || m.Title != "Birch" || m.Encryption.Kind != room.KindEnhanced || m.Number != "" {
		t.Errorf("the call is %+v", m)
	}
	d.core(alone).wantPhase(room.PhaseMeeting) // the other's line may be down
	if next := d.r.Next(); !next.IsZero() {
		t.Errorf("a Tick is due at %v: it rings again", next)
	}
	d.apply(room.MeetingOver{Attempt: 1, Code: room.CodeCallOver}).wantPhase(room.PhaseIdle)
	if r := d.state().Refusal; r != nil {
		t.Errorf("to hang up is refused: %+v", r)
	}
}

// TestTheCallIsAnsweredUnheard: the other party is in the list before the hub says that it answered.
func TestTheCallIsAnsweredUnheard(t *testing.T) {
	d := callingDrive(t).core(call(room.KindEnhanced))
	d.wantPhase(room.PhaseMeeting)
}

func TestCallComesToNothing(t *testing.T) {
	for name, c := range map[string]struct {
		event room.Event
		code  string
	}{
		"declined":  {room.MeetingOver{Attempt: 1, Code: room.CodeCallDeclined}, room.CodeCallDeclined},
		"busy":      {room.MeetingOver{Attempt: 1, Code: room.CodeCallBusy}, room.CodeCallBusy},
		"offline":   {room.TicketRefused{Attempt: 1, Code: room.CodeCallOffline}, room.CodeCallOffline},
		"no answer": {room.MeetingOver{Attempt: 1, Code: room.CodeCallNoAnswer}, room.CodeCallNoAnswer},
		"given up":  {room.Commanded{Origin: room.OriginPanel, Command: room.Command{Do: room.CommandLeave}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := callingDrive(t).apply(c.event)
			d.wantPhase(room.PhaseIdle)
			d.wantEffects(room.LeaveMeeting{Attempt: 1})
			if c.code != "" {
				d.wantRefusal(room.CommandCall, c.code)
			}
		})
	}
}

// TestNobodyAnswers: with the hub away, the room's own clock ends the ringing.
func TestNobodyAnswers(t *testing.T) {
	d := callingDrive(t)
	due := d.now.Add(room.RingTime + 5*time.Second)
	if next := d.r.Next(); !next.Equal(due) {
		t.Fatalf("the next Tick is due at %v, want %v", next, due)
	}
	d.now = due.Add(-time.Nanosecond)
	d.apply(room.Tick{}).wantPhase(room.PhaseJoining)
	d.now = due
	d.apply(room.Tick{}).wantPhase(room.PhaseIdle)
	d.wantEffects(room.LeaveMeeting{Attempt: 1})
	d.wantRefusal(room.CommandCall, room.CodeCallNoAnswer)
}

func TestWhoCannotBeCalled(t *testing.T) {
	d := callableDrive(t)
	if code := d.do(room.Command{Do: room.CommandCall, Person: "dogwood"}); code != room.CodeCallUnknown {
		t.Errorf("call somebody unknown: %q", code)
	}
	before := d.state()
	d.apply(room.CalleesChanged{Callees: make([]room.Callee, 10_000)})
	if len(d.state().Callees) != 500 || len(before.Callees) != 2 {
		t.Errorf("%d callees, and %d in the State before; want 500 and 2", len(d.state().Callees), len(before.Callees))
	}
}

func TestAnswer(t *testing.T) {
	d := callableDrive(t).apply(room.CallRinging{Call: "c1", From: "Bi\nrch", Encryption: room.KindEnhanced})
	since := d.now
	d.wantRinging("Bi rch")
	d.after(time.Second).apply(room.CallRinging{Call: "c1", From: "Birch"})
	if r := d.state().Ringing; !r.Since.Equal(since) || r.Encryption != room.KindUnknown {
		t.Errorf("told again: %+v, want it to ring since %v", r, since)
	}
	d.do(room.Command{Do: room.CommandAnswer})
	d.wantEffects(room.AnswerCall{Attempt: 1, Call: "c1"})
	d.wantRinging("")
	d.wantStep(room.StepHub, d.now)
	d.apply(room.TicketGranted{Attempt: 1, Title: "Birch", Call: true}, room.RelayUp{Attempt: 1}).core(room.CoreView{Phase: room.CoreWaitingKey})
	d.wantStep(room.StepKeys, d.now)
	d.core(call(room.KindEnhanced)).wantPhase(room.PhaseMeeting)
	if m := d.state().Meeting; m.Kind != room.MeetingCall {
		t.Errorf("the call is %+v", m)
	}
}

func TestAnswerTooLate(t *testing.T) {
	d := callableDrive(t).apply(room.CallRinging{Call: "c1", From: "Birch"})
	d.do(room.Command{Do: room.CommandAnswer})
	d.apply(room.TicketRefused{Attempt: 1, Code: room.CodeCallOver})
	d.wantPhase(room.PhaseIdle)
	d.wantRefusal(room.CommandAnswer, room.CodeCallOver)
}

func TestDecline(t *testing.T) {
	d := callableDrive(t).apply(room.CallRinging{Call: "c1", From: "Birch"})
	d.do(room.Command{Do: room.CommandDecline})
	d.wantEffects(room.DeclineCall{Call: "c1"})
	d.wantRinging("")
	d.wantPhase(room.PhaseIdle)
}

func TestRingingEnds(t *testing.T) {
	d := callableDrive(t).apply(room.CallRinging{Call: "c1", From: "Birch"})
	d.apply(room.RingingOver{Call: "c0"}).wantRinging("Birch")
	d.apply(room.CallRinging{Call: "c2", From: "Cedar"}, room.RingingOver{Call: "c1"}).wantRinging("Cedar")
	d.apply(room.RingingOver{Call: "c2"}).wantRinging("")

	d.apply(room.CallRinging{Call: "c3", From: "Birch"})
	d.now = d.r.Next()
	d.apply(room.Tick{}).wantRinging("")
	d.wantEffects() // whoever calls has given up long ago
}

// TestBusy: a call to a room that does something else is declined at once, also one that rings while it begins.
func TestBusy(t *testing.T) {
	ring := room.CallRinging{Call: "c1", From: "Birch"}
	for name, d := range map[string]*drive{
		"starting": newDrive(t), "joining": callingDrive(t), "meeting": meetingDrive(t, true),
		"fault": newDrive(t).apply(room.FaultRaised{Fault: room.FaultOf(room.FaultKeystoreCorrupt)}),
	} {
		d.apply(ring).wantRinging("")
		if want := (room.DeclineCall{Call: "c1", Busy: true}); len(d.effects) != 1 || d.effects[0] != want {
			t.Errorf("%s: effects %v, want %v", name, d.effects, want)
		}
	}
	d := callableDrive(t).apply(ring)
	d.do(room.Command{Do: room.CommandMeetNow})
	d.wantEffects(room.DeclineCall{Call: "c1", Busy: true}, room.RequestTicket{Attempt: 1, MeetNow: true})
	d.wantRinging("")
}

func TestUpgradeByEitherParty(t *testing.T) {
	d := callDrive(t)
	v := call(room.KindEnhanced)
	v.Leader, v.Commands = birch, false
	d.core(v)
	if code := d.do(room.Command{Do: room.CommandUpgrade}); code != "" {
		t.Errorf("refused: %s", code)
	}
	d.wantEffects(room.Upgrade{Attempt: 1})
	d.core(call(room.KindE2EE)).wantShield(room.ShieldE2EE)
}
