package room_test

import (
	"fmt"
	"strings"
	"testing"

	"greenroom/daemon/room"
)

// TestCommandsOfHosts: what each asks of the core, and that nobody but a host may.
func TestCommandsOfHosts(t *testing.T) {
	v := in(aspen, aspen, birch)
	v.Waiting = []room.CoreMember{{ID: cedar, Name: "Cedar"}}
	for name, c := range map[string]struct {
		command room.Command
		want    room.Effect
	}{
		"admit":     {room.Command{Do: room.CommandAdmit, Person: cedar}, room.AdmitPerson{Attempt: 1, Person: cedar}},
		"deny":      {room.Command{Do: room.CommandDeny, Person: cedar}, room.DenyPerson{Attempt: 1, Person: cedar}},
		"remove":    {room.Command{Do: room.CommandRemove, Person: birch}, room.RemovePerson{Attempt: 1, Person: birch}},
		"hand over": {room.Command{Do: room.CommandHandOver, Person: birch}, room.HandOver{Attempt: 1, Person: birch}},
		"ask mute":  {room.Command{Do: room.CommandAskMute, Person: birch}, room.AskMute{Attempt: 1, Person: birch}},
		"lock":      {room.Command{Do: room.CommandLock, On: true}, room.SetLock{Attempt: 1, Locked: true}},
		"unlock":    {room.Command{Do: room.CommandLock}, room.SetLock{Attempt: 1}},
		"end":       {room.Command{Do: room.CommandEnd}, room.EndMeeting{Attempt: 1}},
	} {
		d := meetingDrive(t, true).core(v)
		if code := d.do(c.command); code != "" {
			t.Errorf("%s: refused: %s", name, code)
		}
		d.wantEffects(c.want)
		guest := v
		guest.Leader, guest.Commands = birch, false
		if code := d.core(guest).do(c.command); code != room.CodeNotHost {
			t.Errorf("%s by a guest: %q, want it refused", name, code)
		}
		d.wantEffects()
		guest.Commands = true // a co-host
		if code := d.core(guest).do(c.command); code != "" {
			t.Errorf("%s by a co-host: %s", name, code)
		}
	}
}

func TestAboutWhom(t *testing.T) {
	v := in(aspen, aspen, birch)
	v.Waiting = []room.CoreMember{{ID: cedar, Name: "Cedar"}}
	for _, c := range []struct {
		do           room.CommandName
		person, code string
	}{
		{room.CommandAdmit, birch, room.CodePersonUnknown},
		{room.CommandDeny, dogwood, room.CodePersonUnknown},
		{room.CommandRemove, cedar, room.CodePersonUnknown}, // waits, and is not in
		{room.CommandRemove, aspen, room.CodePersonSelf},
		{room.CommandAskMute, aspen, room.CodePersonSelf},
		{room.CommandHandOver, aspen, room.CodePersonSelf},
		{room.CommandHandOver, "", room.CodePersonUnknown},
	} {
		if code := meetingDrive(t, true).core(v).do(room.Command{Do: c.do, Person: c.person}); code != c.code {
			t.Errorf("%s %q: %q, want %q", c.do, c.person, code, c.code)
		}
	}
	v.Leader = birch // a co-host may take the lead
	if code := meetingDrive(t, true).core(v).do(room.Command{Do: room.CommandHandOver, Person: aspen}); code != "" {
		t.Errorf("take the lead: %q", code)
	}
}

func TestUpgradeOfAMeeting(t *testing.T) {
	upgrade := room.Command{Do: room.CommandUpgrade}
	v := in(aspen, aspen, birch)
	v.Kind, v.Code = room.KindEnhanced, nil
	d := meetingDrive(t, true).core(v)
	if code := d.do(upgrade); code != "" {
		t.Errorf("refused: %s", code)
	}
	d.wantEffects(room.Upgrade{Attempt: 1})
	v.Commands = false
	if code := d.core(v).do(upgrade); code != room.CodeNotHost {
		t.Errorf("by a guest: %q", code)
	}
	if code := meetingDrive(t, true).do(upgrade); code != room.CodeNotEnhanced {
		t.Errorf("upgraded already: %q", code)
	}
}

// TestEndedByThisRoom: who ends the meeting is not told that a host ended it; everybody else is.
func TestEndedByThisRoom(t *testing.T) {
	ended := room.CoreView{Phase: room.CoreRemoved, Reason: room.CodeMeetingEnded}
	d := meetingDrive(t, true)
	d.do(room.Command{Do: room.CommandEnd})
	d.core(ended).wantPhase(room.PhaseIdle)
	if r := d.state().Refusal; r != nil {
		t.Errorf("refused: %+v", r)
	}
	d = meetingDrive(t, true).core(ended)
	d.wantRefusal(room.CommandMeetNow, room.CodeMeetingEnded)

	d = meetingDrive(t, true)
	d.do(room.Command{Do: room.CommandEnd})
	d.apply(room.CommandFailed{Attempt: 1, Command: room.CommandEnd, Code: room.CodeNoAnswer})
	d.wantPhase(room.PhaseMeeting)
	d.wantRefusal(room.CommandEnd, room.CodeNoAnswer)
	d.core(ended).wantRefusal(room.CommandMeetNow, room.CodeMeetingEnded)

	d = meetingDrive(t, true)
	d.do(room.Command{Do: room.CommandEnd})
	d.core(room.CoreView{Phase: room.CoreRemoved}).wantRefusal(room.CommandMeetNow, room.CodeRemoved)
}

func TestCommandFailed(t *testing.T) {
	d := meetingDrive(t, true).apply(room.CommandFailed{Attempt: 1, Command: room.CommandLock, Code: room.CodeNoAnswer})
	d.wantPhase(room.PhaseMeeting)
	d.wantRefusal(room.CommandLock, room.CodeNoAnswer)
	d.apply(room.CommandFailed{Attempt: 1, Command: room.CommandAdmit, Code: room.CodeLocked})
	d.wantRefusal(room.CommandAdmit, room.CodeLocked)
	if text := d.state().Refusal.Text; !strings.Contains(text, "Unlock it") {
		t.Errorf("the host is told %q", text)
	}
	d.do(room.Command{Do: room.CommandDismiss})
	d.apply(room.CommandFailed{Attempt: 7, Command: room.CommandLock, Code: room.CodeNoAnswer})
	if r := d.state().Refusal; r != nil {
		t.Errorf("refused in another attempt: %+v", r)
	}
}

func TestLockedAndWaiting(t *testing.T) {
	v := in(aspen, aspen, birch)
	v.Locked = true
	for i := range 150 {
		v.Waiting = append(v.Waiting, room.CoreMember{ID: fmt.Sprint("guest-", i), Name: "Gu\u202eest", Organisation: i == 0})
	}
	d := meetingDrive(t, true).core(v)
	m := d.state().Meeting
	if !m.Locked || !m.Host || len(m.Waiting) != 100 {
		t.Fatalf("locked %t, host %t, %d wait", m.Locked, m.Host, len(m.Waiting))
	}
	if want := (room.Waiting{ID: "guest-0", Name: "Guest", Organisation: true}); m.Waiting[0] != want {
		t.Errorf("%+v waits, want %+v", m.Waiting[0], want)
	}
	if code := d.do(room.Command{Do: room.CommandAdmit, Person: "guest-149"}); code != "" {
		t.Errorf("who waits further back: %q", code)
	}
	if w := d.core(in(aspen, aspen, birch)).state().Meeting.Waiting; w == nil || len(w) != 0 {
		t.Errorf("waiting %v, want an empty list", w)
	}
}

func TestAskedToMute(t *testing.T) {
	asked := room.Announced{Attempt: 1, Kind: room.NoticeMuteAsked, Name: "Birch"}
	d := meetingDrive(t, false).after(room.NoticeTime).apply(asked)
	d.wantNotices(room.NoticeMuteAsked)
	if d.state().Meeting.People[0].Muted {
		t.Error("the room muted itself; only the people in it may")
	}
	d.do(room.Command{Do: room.CommandMute, On: true})
	d.after(room.NoticeTime).apply(asked).wantNotices() // muted already
}
