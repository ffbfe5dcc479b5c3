package room_test

import (
	"testing"
	"time"

	"greenroom/daemon/room"
)

func (d *drive) wantStep(want room.Step, since time.Time) {
	d.t.Helper()
	j := d.state().Joining
	if j == nil || j.Step != want || !j.Since.Equal(since) {
		d.t.Errorf("the join is %+v, want step %q since %v", j, want, since)
	}
}

func TestJoinByNumber(t *testing.T) {
	d := idleDrive(t)
	if code := d.do(room.Command{Do: room.CommandJoin, Number: " 482-913 077", Passcode: "271828"}); code != "" {
		t.Fatalf("refused: %s", code)
	}
	d.wantEffects(room.RequestTicket{Attempt: 1, Number: "482913077", Passcode: "271828"})
	d.wantPhase(room.PhaseJoining)
	d.wantStep(room.StepHub, d.now)

	d.after(time.Second).apply(room.TicketGranted{Attempt: 1, Number: "482913077", Title: "Project review", Passcode: "271828"})
	d.wantEffects(room.EnterMeeting{Attempt: 1})
	d.wantStep(room.StepRelay, d.now)
	if got := d.state().Joining.Title; got != "Project review" {
		t.Errorf("the title is %q", got)
	}

	up := d.after(time.Second).now
	d.apply(room.RelayUp{Attempt: 1})
	d.wantStep(room.StepRelay, up.Add(-time.Second)) // not announced yet: still the same to those who wait
	for _, s := range []struct {
		phase room.CorePhase
		step  room.Step
	}{
		{room.CoreWaitingHost, room.StepHost},
		{room.CoreWaitingAdmission, room.StepAdmission},
		{room.CoreWaitingKey, room.StepKeys},
	} {
		d.after(time.Second).core(room.CoreView{Phase: s.phase, Self: aspen})
		d.wantStep(s.step, d.now)
	}
	d.after(time.Second).core(in(birch, birch, aspen))
	d.wantPhase(room.PhaseMeeting)
	d.wantEffects(room.AssignSlots{Slots: []room.SlotUse{{Slot: 0, Person: birch, Stream: "camera"}}})
	d.wantShield(room.ShieldE2EE)
	m := d.state().Meeting
	if m.Title != "Project review" || m.Number != "482913077" || m.Passcode != "" || !m.Since.Equal(d.now) || !m.Link.Since.Equal(up) {
		t.Errorf("the meeting is %+v", m)
	}
}

func TestMeetNowTellsItsPasscode(t *testing.T) {
	d := idleDrive(t)
	d.do(room.Command{Do: room.CommandMeetNow, Number: "ignored"})
	d.wantEffects(room.RequestTicket{Attempt: 1, MeetNow: true})
	d.apply(
		room.TicketGranted{Attempt: 1, Number: "482913077", Title: "Meeting in Aspen", Passcode: "271828"},
		room.RelayUp{Attempt: 1},
	).core(in(aspen, aspen))
	m := d.state().Meeting
	if m == nil || m.Passcode != "271828" || !m.Host || m.Encryption.Leader != "Aspen" {
		t.Errorf("the meeting is %+v, want the host's with its passcode", m)
	}
}

// TestJoinEnds: whatever ends a join, the room is idle again, says why, and gives up what it had begun.
func TestJoinEnds(t *testing.T) {
	for name, c := range map[string]struct {
		event room.Event
		code  string
		text  string // if not the code's own
	}{
		"wrong passcode":   {room.TicketRefused{Attempt: 1, Code: room.CodePasscodeWrong}, room.CodePasscodeWrong, ""},
		"unknown meeting":  {room.TicketRefused{Attempt: 1, Code: room.CodeMeetingUnknown}, room.CodeMeetingUnknown, ""},
		"hub down":         {room.TicketRefused{Attempt: 1, Code: room.CodeHubUnreachable, Text: "No answer from hub.example."}, room.CodeHubUnreachable, "No answer from hub.example."},
		"no code":          {room.TicketRefused{Attempt: 1}, room.CodeHubFault, ""},
		"a code of later":  {room.TicketRefused{Attempt: 1, Code: "lobby-full"}, "lobby-full", ""},
		"relay refuses":    {room.RelayRefused{Attempt: 1, Code: room.CodeDuplicate}, room.CodeDuplicate, ""},
		"relay says no":    {room.RelayRefused{Attempt: 1}, room.CodeRelayRefused, ""},
		"statement":        {room.CoreChanged{Attempt: 1, Core: room.CoreView{Phase: room.CoreRefused, Reason: room.CodeStatementExpired}}, room.CodeStatementExpired, ""},
		"refused":          {room.CoreChanged{Attempt: 1, Core: room.CoreView{Phase: room.CoreRefused}}, room.CodeRefused, ""},
		"removed":          {room.CoreChanged{Attempt: 1, Core: room.CoreView{Phase: room.CoreRemoved}}, room.CodeRemoved, ""},
		"denied":           {room.CoreChanged{Attempt: 1, Core: room.CoreView{Phase: room.CoreRefused, Reason: room.CodeDenied}}, room.CodeDenied, ""},
		"ended":            {room.CoreChanged{Attempt: 1, Core: room.CoreView{Phase: room.CoreRemoved, Reason: room.CodeMeetingEnded}}, room.CodeMeetingEnded, ""},
		"meeting is over":  {room.MeetingOver{Attempt: 1, Code: room.CodeMeetingOver}, room.CodeMeetingOver, ""},
		"over, not why":    {room.MeetingOver{Attempt: 1}, room.CodeMeetingOver, ""},
		"left by the core": {room.CoreChanged{Attempt: 1, Core: room.CoreView{Phase: room.CoreLeft}}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := idleDrive(t)
			d.do(room.Command{Do: room.CommandJoin, Number: "1234567"})
			d.apply(c.event)
			d.wantPhase(room.PhaseIdle)
			d.wantEffects(room.LeaveMeeting{Attempt: 1})
			if c.code == "" {
				if r := d.state().Refusal; r != nil {
					t.Errorf("refused: %+v", r)
				}
				return
			}
			d.wantRefusal(room.CommandJoin, c.code)
			if got := d.state().Refusal; c.text != "" && got.Text != c.text {
				t.Errorf("the text is %q, want %q", got.Text, c.text)
			}
		})
	}
}

// TestMeetingEnds: the same out of a meeting, where slots are in use.
func TestMeetingEnds(t *testing.T) {
	for name, event := range map[string]room.Event{
		"removed": room.CoreChanged{Attempt: 1, Core: room.CoreView{Phase: room.CoreRemoved}},
		"over":    room.MeetingOver{Attempt: 1},
		"relay":   room.RelayRefused{Attempt: 1},
		"leave":   room.Commanded{Origin: room.OriginPanel, Command: room.Command{Do: room.CommandLeave}},
	} {
		t.Run(name, func(t *testing.T) {
			d := meetingDrive(t, false).apply(event)
			d.wantPhase(room.PhaseIdle)
			d.wantEffects(room.AssignSlots{}, room.LeaveMeeting{Attempt: 1})
			if s := d.state(); s.Meeting != nil || s.Joining != nil || (name == "leave") != (s.Refusal == nil) {
				t.Errorf("afterwards: meeting %v, joining %v, refusal %v", s.Meeting, s.Joining, s.Refusal)
			}
		})
	}
}

func TestRefusedRoomAndWrongClockAreFaultsUntilATicketComes(t *testing.T) {
	for code, fault := range map[string]string{
		room.CodeRoomUnknown: room.FaultRoomUnknown,
		room.CodeClockWrong:  room.FaultClockWrong,
	} {
		d := idleDrive(t)
		d.do(room.Command{Do: room.CommandMeetNow})
		d.apply(room.TicketRefused{Attempt: 1, Code: code})
		d.wantRefusal(room.CommandMeetNow, code)
		d.wantFaults(fault)
		d.do(room.Command{Do: room.CommandMeetNow})
		d.apply(room.TicketGranted{Attempt: 2, Number: "1"})
		d.wantFaults()
	}
}

func TestWhatComesLateIsIgnored(t *testing.T) {
	d := idleDrive(t)
	d.do(room.Command{Do: room.CommandJoin, Number: "1234567"})
	d.do(room.Command{Do: room.CommandLeave})
	d.wantEffects(room.LeaveMeeting{Attempt: 1})
	d.do(room.Command{Do: room.CommandJoin, Number: "7654321"})
	before := d.state()
	d.apply(
		room.TicketGranted{Attempt: 1, Number: "1234567", Title: "Old"},
		room.TicketRefused{Attempt: 1, Code: room.CodePasscodeWrong},
		room.RelayUp{Attempt: 1}, room.RelayDown{Attempt: 1}, room.RelayRefused{Attempt: 1},
		room.CoreChanged{Attempt: 1, Core: in(birch, birch, aspen)},
		room.PeerMedia{Attempt: 1, Person: birch, Stream: "camera", Published: true},
		room.TileHealth{Attempt: 1, Person: birch, Stream: "camera"},
		room.Announced{Attempt: 1, Kind: room.NoticeJoined, Name: "Birch"},
		room.MeetingOver{Attempt: 1},
	)
	d.wantEffects()
	if d.state().Revision != before.Revision {
		t.Errorf("events of an old attempt changed the State to %+v", d.state())
	}
	d.apply(room.TicketGranted{Attempt: 2, Number: "7654321"}, room.TicketGranted{Attempt: 2, Number: "7654321"})
	d.wantEffects(room.EnterMeeting{Attempt: 2}) // once
}

func TestRelayDownWhileJoining(t *testing.T) {
	d := idleDrive(t)
	d.do(room.Command{Do: room.CommandJoin, Number: "1234567"})
	d.apply(room.TicketGranted{Attempt: 1, Number: "1234567"}, room.RelayDown{Attempt: 1, Reason: "refused"})
	d.wantStep(room.StepRelay, d.now)
	d.wantFaults(room.FaultRelayUnreachable)
	d.apply(room.RelayUp{Attempt: 1}).core(room.CoreView{Phase: room.CoreWaitingHost})
	d.wantStep(room.StepHost, d.now)
	d.wantFaults()
	d.after(time.Second).apply(room.RelayDown{Attempt: 1})
	d.wantStep(room.StepRelay, d.now)
}

func TestRelayDownInAMeeting(t *testing.T) {
	d := meetingDrive(t, true)
	tiles := d.state().Meeting.Tiles
	d.after(20 * time.Second).apply(room.RelayDown{Attempt: 1, Reason: "reset"})
	d.wantPhase(room.PhaseMeeting)
	d.wantFaults(room.FaultRelayUnreachable)
	if l := d.state().Meeting.Link; l.Up || !l.Since.Equal(d.now) {
		t.Errorf("the link is %+v, want it down since now", l)
	}
	down := d.now
	d.after(time.Second).apply(room.RelayDown{Attempt: 1, Reason: "again"})
	m := d.state().Meeting
	if !m.Link.Since.Equal(down) {
		t.Errorf("down since %v, want since the first time, %v", m.Link.Since, down)
	}
	if len(m.Tiles) != len(tiles) || m.Tiles[1].Slot != tiles[1].Slot {
		t.Errorf("the tiles changed from %v to %v", tiles, m.Tiles)
	}
	d.after(time.Second).apply(room.RelayUp{Attempt: 1}, room.RelayUp{Attempt: 1})
	d.wantFaults()
	d.wantNotices(room.NoticeReconnected)
	if !d.state().Meeting.Link.Up {
		t.Error("the link is down, want it up")
	}
}

func TestHubDownInAMeetingDisturbsNothing(t *testing.T) {
	d := meetingDrive(t, true)
	d.apply(room.HubChanged{State: room.HubDown, Text: "No answer."})
	d.wantPhase(room.PhaseMeeting)
	d.wantFaults(room.FaultHubUnreachable)
	d.wantShield(room.ShieldE2EE)
	since := d.now
	d.after(time.Minute).apply(room.HubChanged{State: room.HubDown, Text: "Still no answer."})
	if h := d.state().Hub; !h.Since.Equal(since) || h.Text != "Still no answer." {
		t.Errorf("the hub is %+v, want it down since %v", h, since)
	}
	d.apply(room.HubChanged{State: room.HubUp})
	d.wantFaults()
}
