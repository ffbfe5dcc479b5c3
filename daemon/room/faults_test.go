package room_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"greenroom/daemon/room"
)

func (d *drive) wantFaults(want ...string) {
	d.t.Helper()
	var got []string
	for _, f := range d.state().Faults {
		got = append(got, f.Code)
		if f.Text == "" || f.Do == "" || f.Since.IsZero() {
			d.t.Errorf("the fault %+v does not say what is wrong, what to do and since when", f)
		}
	}
	if !slices.Equal(got, want) {
		d.t.Errorf("the faults are %v, want %v", got, want)
	}
}

func TestAStoppingFault(t *testing.T) {
	d := newDrive(t).apply(room.FaultRaised{Fault: room.FaultOf(room.FaultKeystoreInUse)})
	d.wantPhase(room.PhaseFault)
	if code := d.do(room.Command{Do: room.CommandMeetNow}); code != room.CodeFault {
		t.Errorf("meet now: %q, want it refused as a fault", code)
	}
	d.apply(room.Ready{})
	d.wantPhase(room.PhaseFault)
	d.apply(room.FaultCleared{Code: room.FaultKeystoreInUse})
	d.wantPhase(room.PhaseIdle)
}

func TestAFullDiskStopsARoomThatCouldNotStart(t *testing.T) {
	d := newDrive(t).apply(room.FaultRaised{Fault: room.FaultOf(room.FaultDiskFull)})
	d.wantPhase(room.PhaseFault)
	d.apply(room.FaultCleared{Code: room.FaultDiskFull}, room.Ready{})
	d.wantPhase(room.PhaseIdle)
	d.apply(room.FaultRaised{Fault: room.FaultOf(room.FaultDiskFull)})
	d.wantPhase(room.PhaseIdle) // later it only says so
	d.wantFaults(room.FaultDiskFull)
}

func TestAMeetingGoesOnWithAStoppingFault(t *testing.T) {
	d := meetingDrive(t, true).apply(room.FaultRaised{Fault: room.FaultOf(room.FaultStateFolder)})
	d.wantPhase(room.PhaseMeeting)
	d.do(room.Command{Do: room.CommandLeave})
	d.wantPhase(room.PhaseFault)
}

func TestFaultsStandInOrderAndKeepTheirTime(t *testing.T) {
	d := idleDrive(t)
	d.apply(
		room.DeviceChanged{Stream: "microphone", State: room.DeviceAbsent},
		room.DeviceChanged{Stream: "camera", State: room.DeviceFailed, Reason: "Unplugged."},
		room.FaultRaised{Fault: room.Fault{Code: room.FaultDiskFull}},
		room.HubChanged{State: room.HubDown},
		room.FaultRaised{Fault: room.FaultOf(room.FaultStateFolder)},
	)
	first := d.now
	d.wantFaults(room.FaultStateFolder, room.FaultDiskFull, room.FaultHubUnreachable, room.FaultCameraFailed, room.FaultMicrophoneAbsent)
	d.after(time.Hour).apply(room.FaultRaised{Fault: room.Fault{Code: room.FaultDiskFull, Text: "The disk of /var is full."}})
	f := d.state().Faults[1]
	if f.Text != "The disk of /var is full." || !f.Since.Equal(first) {
		t.Errorf("raised again it is %+v, want its new text and its old time", f)
	}
	if got := d.state().Faults[3].Text; got != "Unplugged." {
		t.Errorf("the camera's fault says %q, want its reason", got)
	}
	d.apply(room.FaultCleared{Code: room.FaultDiskFull}, room.FaultCleared{Code: "GR-999"})
	d.wantFaults(room.FaultStateFolder, room.FaultHubUnreachable, room.FaultCameraFailed, room.FaultMicrophoneAbsent)
}

// What lies behind a fault stands beside its words, and goes with them.
func TestFaultsNameTheirCause(t *testing.T) {
	d := idleDrive(t)
	cause := room.Cause{Code: room.CauseNotThere, About: " Des\u202ek\n camera"}
	fit := room.Cause{Code: room.CauseNotThere, About: "Desk camera"}
	behind := room.Cause{Code: room.CauseClockBehind}
	d.apply(
		room.DeviceChanged{Stream: "camera", State: room.DeviceAbsent, Cause: cause},
		room.HubChanged{State: room.HubDown, Cause: room.Cause{Code: room.CauseHubSilent}},
		room.FaultRaised{Fault: room.Fault{Code: room.FaultClockWrong, Cause: behind}},
		room.FaultRaised{Fault: room.Fault{Code: room.FaultClockWrong, Text: "It is slow."}},
	)
	d.wantFaults(room.FaultClockWrong, room.FaultHubUnreachable, room.FaultCameraAbsent)
	s := d.state()
	if got := s.Faults[0].Cause; got != behind {
		t.Errorf("the clock's fault is by %+v: told again with less, it keeps what is known", got)
	}
	if s.Faults[1].Cause.Code != room.CauseHubSilent || s.Faults[1].Cause != s.Hub.Cause {
		t.Errorf("the hub's fault is by %+v", s.Faults[1].Cause)
	}
	if s.Faults[2].Cause != fit || s.Devices.Camera.Cause != fit {
		t.Errorf("the camera's fault is by %+v", s.Faults[2].Cause)
	}
	d.apply(room.DeviceChanged{Stream: "camera", State: room.DeviceReady}, room.HubChanged{State: room.HubUp}, room.FaultCleared{Code: room.FaultClockWrong})
	if s := d.state(); len(s.Faults) > 0 || s.Hub.Cause != (room.Cause{}) || s.Devices.Camera.Cause != (room.Cause{}) {
		t.Errorf("all is well again: %+v", s)
	}
}

func TestEveryFaultHasItsOwnWords(t *testing.T) {
	unknown := room.FaultOf("GR-999")
	seen := map[string]string{}
	for _, code := range []string{
		room.FaultKeystoreCorrupt, room.FaultKeystoreInUse, room.FaultKeystoreUnreadable, room.FaultKeystoreSecret,
		room.FaultStateFolder, room.FaultDiskFull, room.FaultClockWrong, room.FaultRoomUnknown, room.FaultHubUnreachable,
		room.FaultTPMGone, room.FaultTPMBusy, room.FaultTPMLockout, room.FaultTPMReplaced, room.FaultTPMCleared, room.FaultTPMRefused,
		room.FaultTPMPolicy, room.FaultKeystoreElsewhere, room.FaultKeystoreNewer, room.FaultKeystoreMissing, room.FaultKeystoreNoSecret,
		room.FaultKeystoreTooOpen, room.FaultKeySucceeded,
		room.FaultHubUntrusted, room.FaultRelayUnreachable, room.FaultCameraFailed, room.FaultCameraAbsent,
		room.FaultMicrophoneFailed, room.FaultMicrophoneAbsent, room.FaultHeadFailed, room.FaultDisplayFailed, room.FaultControlsFailed,
	} {
		f := room.FaultOf(code)
		if f.Code != code || f.Text == unknown.Text || f.Do == "" || seen[f.Text] != "" {
			t.Errorf("%s: %+v has no words of its own (also of %s)", code, f, seen[f.Text])
		}
		seen[f.Text] = code
	}
}

func TestDevices(t *testing.T) {
	d := idleDrive(t)
	since := d.now
	d.after(time.Second).apply(room.DeviceChanged{Stream: "camera", Name: "Another", State: room.DeviceRunning})
	if c := d.state().Devices.Camera; c.Name != "Another" || !c.Since.Equal(since) || !c.On {
		t.Errorf("the camera is %+v, want another name and the same time", c)
	}
	d.apply(room.Levels{Mine: 140})
	if m := d.state().Devices.Microphone; m.Level != 100 {
		t.Errorf("the level is %d, want 100", m.Level)
	}
	d.do(room.Command{Do: room.CommandMute, On: true})
	d.wantEffects(room.SetMuted{Muted: true})
	d.apply(room.Levels{Mine: 50})
	if m := d.state().Devices.Microphone; m.On || m.Level != 0 {
		t.Errorf("the muted microphone is %+v, want it off and silent", m)
	}
	d.do(room.Command{Do: room.CommandMute})
	d.wantEffects(room.SetMuted{Muted: false})
	d.do(room.Command{Do: room.CommandCamera})
	d.wantEffects(room.SetCamera{On: false})
	d.apply(
		room.DeviceChanged{Stream: "microphone", State: room.DeviceNone}, room.DeviceChanged{Stream: "camera", State: room.DeviceReady},
	)
	d.wantFaults() // what is not wanted is not missed
	before := d.state().Revision
	d.apply(room.DeviceChanged{Stream: "content-audio", State: room.DeviceFailed})
	if d.state().Revision != before {
		t.Error("a device of no kind changed the State")
	}
}

func TestIdentityIsKnownLater(t *testing.T) {
	id := room.Identity{Backend: "tpm", Fingerprint: "1111 2222", Next: &room.NextIdentity{Backend: "file"}}
	if got := newDrive(t).apply(room.IdentityKnown{Identity: id}).state().Identity; got != id {
		t.Errorf("the identity is %+v, want %+v", got, id)
	}
}

func TestEveryRefusalHasItsOwnWords(t *testing.T) {
	seen := map[string]string{}
	for _, code := range []string{
		room.CodeNotAllowed, room.CodeCommandUnknown, room.CodeNotReady, room.CodeFault, room.CodeBusy, room.CodeInMeeting,
		room.CodeNotInMeeting, room.CodeNumberWrong, room.CodeNoCode, room.CodeNotHost, room.CodePersonUnknown, room.CodePersonSelf,
		room.CodeRoomUnknown, room.CodeMeetingUnknown, room.CodePasscodeWrong, room.CodeClockWrong, room.CodeSignatureWrong,
		room.CodeTooManyTries, room.CodeMeetingOver, room.CodeBadRequest, room.CodeHubFault, room.CodeHubUnreachable,
		room.CodeHubUntrusted, room.CodeRelayRefused, room.CodeDuplicate, room.CodeRemoved, room.CodeLocked,
		room.CodeStatementWrong, room.CodeStatementExpired, room.CodeStatementEarly, room.CodeWrongMeeting, room.CodeMeetingFull,
		room.CodeReplaced, room.CodeRefused, room.CodeOtherCode, room.CodeNotEnhanced, room.CodeTooLong, room.CodeTooMany, room.CodeLeads, room.CodeNotRinging,
		room.CodeCallUnknown, room.CodeCallOffline, room.CodeCallBusy, room.CodeCallDeclined, room.CodeCallNoAnswer, room.CodeCallOver,
		room.CodeDenied, room.CodeMeetingEnded, room.CodeNoAnswer, room.CodeDowngrade, room.CodeMeetingFault,
		room.CodeNotAdmin, room.CodeNameWrong, room.CodeBackendUnknown, room.CodeKeyThere, room.CodeKeyPinned, room.CodeKeyPending, room.CodeKeyRefused,
		room.CodeKeyFailed, room.CodeKeySucceeded, room.CodeNotEquipped, room.CodeDeviceAway, room.CodeDeviceRefused, room.CodeDeviceBusy,
		room.CodeValueWrong, room.CodePresetUnknown, room.CodeInputUnknown, room.CodeControlUnknown, room.CodeControlBusy,
	} {
		text := room.TextOf(code)
		if strings.Contains(text, code+")") || seen[text] != "" {
			t.Errorf("%s: %q is no text of its own (also of %q)", code, text, seen[text])
		}
		seen[text] = code
	}
	if text := room.TextOf("lobby-full"); !strings.Contains(text, "lobby-full") {
		t.Errorf("an unknown code says %q, want the code in it", text)
	}
}
