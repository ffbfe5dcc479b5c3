package room_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"greenroom/daemon/room"
)

var allCommands = []room.CommandName{
	room.CommandJoin, room.CommandBooked, room.CommandMeetNow, room.CommandLeave, room.CommandMute, room.CommandCamera, room.CommandVolume, room.CommandLayout,
	room.CommandShare, room.CommandCompare,
	room.CommandDismiss, room.CommandChat, room.CommandHand, room.CommandReact, room.CommandUpgrade,
	room.CommandAdmit, room.CommandDeny, room.CommandRemove, room.CommandLock, room.CommandHandOver, room.CommandEnd,
	room.CommandAskMute, room.CommandCall, room.CommandAnswer, room.CommandDecline,
	room.CommandUseCamera, room.CommandAdjust,
	room.CommandKeyRotate, room.CommandKeyMove, room.CommandKeyReset,
	room.CommandTurn, room.CommandPreset, room.CommandPresetStore, room.CommandDisplay, room.CommandDisplayInput,
	room.CommandDisplayVolume, room.CommandDisplayMute, room.CommandPress, room.CommandTouch,
}

// aboutTheKey are the commands of whoever looks after the machine.
var aboutTheKey = []room.CommandName{room.CommandKeyRotate, room.CommandKeyMove, room.CommandKeyReset}

// inMeeting are the commands that need one.
var inMeeting = []room.CommandName{
	room.CommandCompare, room.CommandChat, room.CommandHand, room.CommandReact, room.CommandUpgrade, room.CommandAdmit,
	room.CommandDeny, room.CommandRemove, room.CommandLock, room.CommandHandOver, room.CommandEnd, room.CommandAskMute,
}

// TestCommandsByPhase: each command in each phase, and with which code it is refused.
func TestCommandsByPhase(t *testing.T) {
	drives := map[room.Phase]func() *drive{
		room.PhaseStarting: func() *drive { return newDrive(t) },
		room.PhaseIdle:     func() *drive { return idleDrive(t) },
		room.PhaseJoining: func() *drive {
			d := idleDrive(t)
			d.do(room.Command{Do: room.CommandMeetNow})
			return d
		},
		room.PhaseMeeting: func() *drive {
			v := in(aspen, aspen, birch)
			v.Waiting = []room.CoreMember{{ID: cedar, Name: "Cedar"}}
			return meetingDrive(t, true).core(v)
		},
		room.PhaseFault: func() *drive {
			return newDrive(t).apply(room.FaultRaised{Fault: room.FaultOf(room.FaultKeystoreCorrupt)})
		},
	}
	command := func(name room.CommandName) room.Command {
		c := room.Command{Do: name, Number: "1234567", Person: birch, Matches: true, Code: digits, Text: "👍"}
		if name == room.CommandAdmit || name == room.CommandDeny {
			c.Person = cedar
		}
		switch name {
		case room.CommandKeyMove:
			c.Text = "tpm"
		case room.CommandKeyReset:
			c.Text = "Aspen"
		case room.CommandLayout:
			c.Text = "speaker"
		}
		return c
	}
	out, quiet := room.CodeNotInMeeting, room.CodeNotRinging
	want := map[room.Phase]map[room.CommandName]string{
		room.PhaseStarting: {"join": room.CodeNotReady, "meet-now": room.CodeNotReady, "call": room.CodeNotReady, "leave": out, "key-rotate": room.CodeNotReady, "key-move": room.CodeNotReady},
		room.PhaseIdle:     {"leave": out, "call": room.CodeCallUnknown},
		room.PhaseJoining:  {"join": room.CodeBusy, "meet-now": room.CodeBusy, "call": room.CodeBusy, "key-rotate": room.CodeBusy, "key-move": room.CodeBusy, "key-reset": room.CodeBusy},
		room.PhaseMeeting: {
			"join": room.CodeInMeeting, "meet-now": room.CodeInMeeting, "call": room.CodeInMeeting, "upgrade": room.CodeNotEnhanced,
			"key-rotate": room.CodeInMeeting, "key-move": room.CodeInMeeting, "key-reset": room.CodeInMeeting,
		},
		room.PhaseFault: {"join": room.CodeFault, "meet-now": room.CodeFault, "call": room.CodeFault, "leave": out, "key-rotate": room.CodeFault, "key-move": room.CodeFault},
	}
	for phase, codes := range want {
		codes["answer"], codes["decline"] = quiet, quiet
		codes["camera-adjust"] = room.CodeNotAdjustable
		codes["use-camera"] = room.CodeCameraUnknown
		codes["join-booking"] = room.CodeBookingUnknown
		codes["press"] = room.CodeControlUnknown // the room of these tests has no equipment
		for _, name := range []room.CommandName{
			room.CommandTurn, room.CommandPreset, room.CommandPresetStore, room.CommandDisplay, room.CommandDisplayInput,
			room.CommandDisplayVolume, room.CommandDisplayMute,
		} {
			codes[name] = room.CodeNotEquipped
		}
		for _, name := range inMeeting {
			if phase != room.PhaseMeeting {
				codes[name] = out
			}
		}
	}
	for phase, drive := range drives {
		for _, name := range allCommands {
			t.Run(fmt.Sprintf("%s/%s", phase, name), func(t *testing.T) {
				d := drive()
				d.wantPhase(phase)
				code := d.do(command(name))
				if code != want[phase][name] {
					t.Errorf("the code is %q, want %q", code, want[phase][name])
				}
				if code == "" {
					return
				}
				d.wantEffects()
				d.wantPhase(phase)
				d.wantRefusal(name, code)
				d.do(room.Command{Do: room.CommandDismiss})
				if r := d.state().Refusal; r != nil {
					t.Errorf("still refused after dismiss: %+v", r)
				}
			})
		}
	}
}

func TestBadNumbers(t *testing.T) {
	for _, number := range []string{"", " - ", "12a4", "１２３", strings.Repeat("1", 33), "12;34"} {
		if code := idleDrive(t).do(room.Command{Do: room.CommandJoin, Number: number}); code != room.CodeNumberWrong {
			t.Errorf("number %q: %q, want it refused", number, code)
		}
	}
}

func TestRemove(t *testing.T) {
	d := meetingDrive(t, true)
	for person, want := range map[string]string{birch: "", aspen: room.CodePersonSelf, cedar: room.CodePersonUnknown, "": room.CodePersonUnknown} {
		if code := d.do(room.Command{Do: room.CommandRemove, Person: person}); code != want {
			t.Errorf("remove %q: %q, want %q", person, code, want)
		}
	}
	d.do(room.Command{Do: room.CommandRemove, Person: birch})
	d.wantEffects(room.RemovePerson{Attempt: 1, Person: birch})
	if code := meetingDrive(t, false).do(room.Command{Do: room.CommandRemove, Person: birch}); code != room.CodeNotHost {
		t.Errorf("remove by a room that is not the leader: %q, want it refused", code)
	}
}

func TestAllowed(t *testing.T) {
	for _, c := range allCommands {
		anybody := !slices.Contains(aboutTheKey, c)
		for o, want := range map[room.Origin]bool{
			0: false, room.OriginScreen: false, room.OriginPanel: anybody, room.OriginControl: anybody, room.OriginAdmin: true,
			room.OriginButton: c == room.CommandMute, 77: false,
		} {
			if got := room.Allowed(o, c); got != want {
				t.Errorf("%s from %s: %t, want %t", c, o, got, want)
			}
		}
	}
	if room.Allowed(room.OriginPanel, "reboot") {
		t.Error("a command that does not exist is allowed")
	}
}

func TestWhoMayNotCommandDisturbsNobody(t *testing.T) {
	d := idleDrive(t)
	d.do(room.Command{Do: room.CommandLeave}) // leaves a refusal for the panel
	before := d.state()
	for _, c := range []room.Command{{Do: room.CommandMeetNow}, {Do: room.CommandDismiss}, {Do: "reboot"}} {
		effects, refusal := d.r.Do(d.now, room.OriginScreen, c)
		if len(effects) > 0 || refusal == nil || d.state().Revision != before.Revision {
			t.Errorf("%s from the screen: effects %v, refusal %v, State %+v", c, effects, refusal, d.state())
		}
	}
}

func TestApplyOfCommandedIsDo(t *testing.T) {
	a, b := idleDrive(t), idleDrive(t)
	a.apply(room.Commanded{Origin: room.OriginControl, Command: room.Command{Do: room.CommandJoin, Number: "77"}})
	effects, _ := b.r.Do(b.now, room.OriginControl, room.Command{Do: room.CommandJoin, Number: "77"})
	a.wantEffects(effects...)
	if a.state().Revision != b.state().Revision {
		t.Errorf("revisions %d and %d differ", a.state().Revision, b.state().Revision)
	}
}

func TestNoPasscodeInLogs(t *testing.T) {
	d := idleDrive(t)
	c := room.Command{Do: room.CommandJoin, Number: "77", Passcode: "271828"}
	d.do(c)
	for _, said := range []string{
		fmt.Sprint(c), fmt.Sprintf("%+v %#v", c, c), fmt.Sprintf("%v %+v %#v", d.effects[0], d.effects[0], d.effects[0]),
		fmt.Sprintf("%+v", d.state()),
	} {
		if strings.Contains(said, "271828") {
			t.Errorf("%q holds the passcode", said)
		}
	}
}

func TestParseCommandErrors(t *testing.T) {
	for name, in := range map[string]string{
		"empty":           "",
		"no object":       `["join"]`,
		"null":            "null",
		"no command":      `{}`,
		"unknown command": `{"do":"reboot"}`,
		"unknown field":   `{"do":"join","number":"1","271828":true}`,
		"wrong kind":      `{"do":"join","passcode":271828}`,
		"wrong kind 2":    `{"do":"mute","on":"271828"}`,
		"cut":             `{"do":"join","passcode":"271828`,
		"bad escape":      `{"do":"join","passcode":"271828\x"}`,
		"two":             `{"do":"leave"}{"do":"leave"}`,
		"rest":            `{"do":"leave"} x`,
		"long number":     `{"do":"join","number":"` + strings.Repeat("1", 33) + `"}`,
		"long passcode":   `{"do":"join","passcode":"` + strings.Repeat("271828", 12) + `"}`,
		"long person":     `{"do":"remove","person":"` + strings.Repeat("a", 65) + `"}`,
		"long code":       `{"do":"compare","code":"` + strings.Repeat("1", 65) + `"}`,
		"long text":       `{"do":"chat","text":"` + strings.Repeat("ü", 1001) + `"}`,
	} {
		c, err := room.ParseCommand([]byte(in))
		if err == nil {
			t.Errorf("%s: no error, got %v", name, c)
		} else if strings.Contains(err.Error(), "271828") {
			t.Errorf("%s: the error %q quotes the passcode", name, err)
		}
	}
}

func FuzzParseCommand(f *testing.F) {
	for _, seed := range []string{
		`{"do":"join","number":"482 913 077","passcode":"271828"}`, `{"do":"meet-now"}`, `{"do":"leave"}`,
		`{"do":"mute","on":true}`, `{"do":"use-camera","text":"/dev/v4l/by-path/platform-vivid.0-video-index0"}`, `{"do":"camera","on":false}`, `{"do":"compare","matches":true}`,
		`{"do":"remove","person":"1b6cf2e31d70508fac2d3e4f50617283"}`, `{"do":"dismiss"}`, `{"do":"chat","text":"Grüße 👋"}`,
		`{"do":"compare","matches":true,"code":"4821390577118647302955190264888031764952"}`, `{"do":"lock","on":true}`, `{"do":"end"}`, `{"do":"reboot"}`, `{"DO":"leave"}`,
		`{"do":"camera-turn","pan":-50,"tilt":3,"zoom":100}`, `{"do":"preset-recall","preset":2}`, `{"do":"camera-adjust","text":"brightness","value":-12}`, `{"do":"press","text":"Lights on"}`, `{"do":"leave"}}`, `[[[[`, `{"do":"join","passcode":"\u0000\ud800"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := room.ParseCommand(data)
		if err != nil {
			return
		}
		again, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		back, err := room.ParseCommand(again)
		if err != nil || back != c {
			t.Errorf("%q came back as %#v, %v", again, back, err)
		}
		idleDrive(t).do(c)
	})
}
