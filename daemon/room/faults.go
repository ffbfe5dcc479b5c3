package room

import (
	"cmp"
	"slices"
	"time"
)

// The codes of faults: short, for IT. 1xx: the room itself; 2xx: the network and the servers; 3xx: devices.
const (
	FaultKeystoreCorrupt    = "GR-101"
	FaultKeystoreInUse      = "GR-102"
	FaultKeystoreUnreadable = "GR-103"
	FaultKeystoreSecret     = "GR-104"
	FaultStateFolder        = "GR-105"
	FaultTPMGone            = "GR-106"
	FaultTPMBusy            = "GR-107"
	FaultTPMLockout         = "GR-108"
	FaultTPMReplaced        = "GR-109"
	FaultDiskFull           = "GR-110"
	FaultTPMCleared         = "GR-111"
	FaultTPMRefused         = "GR-112"
	FaultKeystoreElsewhere  = "GR-113"
	FaultKeystoreNewer      = "GR-114"
	FaultKeystoreMissing    = "GR-115"
	FaultKeystoreNoSecret   = "GR-116"
	FaultKeystoreTooOpen    = "GR-117"
	FaultTPMPolicy          = "GR-118"
	FaultClockWrong         = "GR-120"
	FaultRoomUnknown        = "GR-201"
	FaultHubUnreachable     = "GR-202"
	FaultHubUntrusted       = "GR-203"
	FaultKeySucceeded       = "GR-204"
	FaultRelayUnreachable   = "GR-210"
	FaultCameraFailed       = "GR-301"
	FaultCameraAbsent       = "GR-302"
	FaultMicrophoneFailed   = "GR-311"
	FaultMicrophoneAbsent   = "GR-312"
	FaultHeadFailed         = "GR-321"
	FaultDisplayFailed      = "GR-322"
	FaultControlsFailed     = "GR-323"
)

// FaultOf returns the table's text for a fault code, for FaultRaised. The caller may make Text and Do more exact, but
// puts nothing secret in.
func FaultOf(code string) Fault {
	for _, table := range []func(string) (string, string){keystoreFault, tpmFault, roomFault, networkFault, deviceFault} {
		if text, do := table(code); text != "" {
			return Fault{Code: code, Text: text, Do: do}
		}
	}
	return Fault{Code: code, Text: "The room has a fault that this version has no words for.", Do: "Tell IT this code."}
}

func keystoreFault(code string) (text, do string) {
	switch code {
	case FaultKeystoreCorrupt:
		return "The room's key is damaged, so the room cannot prove who it is.",
			"Ask IT to restore the keystore from a backup; or to run greenroomctl keys reset, and give the hub the new key. Nothing was deleted."
	case FaultKeystoreInUse:
		return "Another Greenroom daemon is using this room's key.",
			"Stop the other one. The room goes on by itself when the key is free."
	case FaultKeystoreUnreadable:
		return "The room's key cannot be read.",
			"Ask IT to check the disk and the rights of the state folder. The room tries again by itself."
	case FaultKeystoreSecret:
		return "The room's key cannot be unlocked: the credential or passphrase is not the one it was made with.",
			"Ask IT to give the service the credential that the keystore was made with."
	case FaultKeystoreNoSecret:
		return "The room's key cannot be unlocked: the credential or passphrase was not given to the room.",
			"Ask IT to look whether the service gets it (LoadCredentialEncrypted in greenroomd.service). The room tries again by itself."
	case FaultKeystoreTooOpen:
		return "Other users of this machine can read the room's key.",
			"Ask IT to find out who could, to take the rights away (chmod -R go-rwx), and to rotate the key. The room tries again by itself."
	case FaultKeystoreMissing:
		return "The room's key is missing, and the room had one.",
			"Ask IT to restore the keystore from a backup; or to run greenroomctl keys reset, and give the hub the new key."
	case FaultKeystoreElsewhere:
		return "The room's key is kept elsewhere than the configuration says.",
			"Ask IT to set keystore.backend to auto, and to move the key with greenroomctl keys move. Nothing was changed."
	case FaultKeystoreNewer:
		return "The room's key was written by a newer version of Greenroom.",
			"Ask IT to install the newer version again. Nothing was changed."
	}
	return "", ""
}

func tpmFault(code string) (text, do string) {
	switch code {
	case FaultTPMGone:
		return "The security chip (TPM) that holds the room's key does not answer.",
			"Ask IT to look whether it is switched on in the firmware's settings. The room tries again by itself."
	case FaultTPMBusy:
		return "The security chip (TPM) that holds the room's key is busy.",
			"The room tries again by itself. If it stays so, tell IT that another program keeps the TPM."
	case FaultTPMLockout:
		return "The security chip (TPM) that holds the room's key has locked itself after wrong passwords.",
			"It unlocks by itself within a day, or at once with its lockout password. The room tries again; nothing is lost."
	case FaultTPMReplaced:
		return "The room's key is in the security chip (TPM) of another machine or board.",
			"Ask IT to put the old board back; or to run greenroomctl keys reset, and give the hub the new key."
	case FaultTPMCleared:
		return "The security chip (TPM) was cleared, and the room's key with it.",
			"Ask IT to run greenroomctl keys reset, and to give the hub the new key."
	case FaultTPMPolicy:
		return "This machine has started otherwise than when the room's key was bound to it (keystore.pcrs).",
			"Ask IT to start the firmware and system of before; or to run greenroomctl keys reset, and give the hub the new key."
	case FaultTPMRefused:
		return "The security chip (TPM) refuses its work.",
			"The room's log says why. Ask IT to look at the TPM in the firmware's settings; its owner password must be empty."
	}
	return "", ""
}

func roomFault(code string) (text, do string) {
	switch code {
	case FaultStateFolder:
		return "The room cannot write to its state folder.",
			"Ask IT to check the folder's rights and whether the disk is mounted for writing."
	case FaultDiskFull:
		return "The disk is full. The room can meet, but cannot keep anything new.",
			"Ask IT to free some space. Nothing was lost."
	case FaultClockWrong:
		return "The room's clock is wrong.",
			"Ask IT to set the time, and to check that the room can reach its time server."
	}
	return "", ""
}

func networkFault(code string) (text, do string) {
	switch code {
	case FaultRoomUnknown:
		return "The organisation's server does not know this room.",
			"Ask IT to add the room's key to the server. Joining works from then on."
	case FaultHubUnreachable:
		return "The organisation's server cannot be reached.",
			"Check the network cable. The room keeps trying; a meeting that runs goes on."
	case FaultHubUntrusted:
		return "The server that answers cannot prove that it is the organisation's.",
			"Tell IT. The room sends it nothing."
	case FaultKeySucceeded:
		return "The organisation's server knows this room by a newer key than it has.",
			"Ask IT to restore the newer key from a backup; or to run greenroomctl keys reset, and give the server the new key."
	case FaultRelayUnreachable:
		return "The connection to the meeting is lost.",
			"The room keeps trying, and comes back by itself."
	}
	return "", ""
}

func deviceFault(code string) (text, do string) {
	switch code {
	case FaultCameraFailed:
		return "The camera does not work.", "Check its cable. The room tries again by itself."
	case FaultCameraAbsent:
		return "No camera is connected.", "Connect one. The room finds it by itself."
	case FaultMicrophoneFailed:
		return "The microphone does not work.", "Check its cable. The room tries again by itself."
	case FaultMicrophoneAbsent:
		return "No microphone is connected.", "Connect one. The room finds it by itself."
	case FaultHeadFailed:
		return "The camera cannot be turned.", "Check its power and its control cable. The room tries again by itself; the picture goes on."
	case FaultDisplayFailed:
		return "The display cannot be switched by the room.", "Check its control cable. The room tries again by itself."
	case FaultControlsFailed:
		return "Some of the room's buttons do not work.", "Check the cable to what they control. The room tries again by itself."
	}
	return "", ""
}

// stops reports whether the room can't do its work at all with this fault.
func stops(code string) bool {
	switch code {
	case FaultKeystoreCorrupt, FaultKeystoreInUse, FaultKeystoreUnreadable, FaultKeystoreSecret, FaultStateFolder,
		FaultTPMGone, FaultTPMBusy, FaultTPMLockout, FaultTPMReplaced, FaultTPMCleared, FaultTPMRefused,
		FaultTPMPolicy, FaultKeystoreElsewhere, FaultKeystoreNewer, FaultKeystoreMissing, FaultKeystoreNoSecret, FaultKeystoreTooOpen:
		return true
	}
	return false
}

func (e FaultRaised) apply(r *Room, now time.Time) []Effect {
	r.raise(e.Fault, now)
	return nil
}

func (e FaultCleared) apply(r *Room, _ time.Time) []Effect {
	r.clear(e.Code)
	return nil
}

func (r *Room) raise(f Fault, now time.Time) {
	f.Code = clean(f.Code, 20)
	table := FaultOf(f.Code)
	f.Text = cmp.Or(clean(f.Text, maxTextLen), table.Text)
	f.Do = cmp.Or(clean(f.Do, maxTextLen), table.Do)
	f.Cause, f.Since = f.Cause.fit(), now
	if i := slices.IndexFunc(r.raised, func(g Fault) bool { return g.Code == f.Code }); i >= 0 {
		f.Since, f.Cause = r.raised[i].Since, cmp.Or(f.Cause, r.raised[i].Cause)
		r.raised[i] = f
		return
	}
	r.raised = append(r.raised, f)
}

func (r *Room) clear(code string) {
	r.raised = slices.DeleteFunc(r.raised, func(f Fault) bool { return f.Code == code })
}

// faults returns what is wrong now, the gravest first: what was raised, and what follows from the devices, the hub and
// the relay.
func (r *Room) faults() []Fault {
	all := append([]Fault{}, r.raised...)
	derive := func(wrong bool, f Fault) {
		if !wrong || slices.ContainsFunc(all, func(g Fault) bool { return g.Code == f.Code }) {
			return
		}
		table := FaultOf(f.Code)
		f.Text, f.Do = cmp.Or(f.Text, table.Text), table.Do
		all = append(all, f)
	}
	derive(r.hub.State == HubDown, Fault{Code: FaultHubUnreachable, Text: r.hub.Text, Cause: r.hub.Cause, Since: r.hub.Since})
	if s := r.session; s != nil {
		derive(s.lost, Fault{Code: FaultRelayUnreachable, Since: s.link.Since})
	}
	device := func(d Device, failed, absent string) {
		derive(d.State == DeviceFailed, Fault{Code: failed, Text: d.Reason, Cause: d.Cause, Since: d.Since})
		derive(d.State == DeviceAbsent, Fault{Code: absent, Text: d.Reason, Cause: d.Cause, Since: d.Since})
	}
	device(r.devices.Camera, FaultCameraFailed, FaultCameraAbsent)
	device(r.devices.Microphone, FaultMicrophoneFailed, FaultMicrophoneAbsent)
	r.equipmentFaults(derive)
	slices.SortStableFunc(all, func(a, b Fault) int {
		if stops(a.Code) != stops(b.Code) {
			if stops(a.Code) {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Code, b.Code)
	})
	return all
}
