package room

// The codes of refusals: stable, for programs and for IT. The hub, the relay and the core may bring others; then their
// own text is shown.
const (
	CodeNotAllowed     = "not-allowed"
	CodeCommandUnknown = "command-unknown"
	CodeNotReady       = "not-ready"
	CodeFault          = "fault"
	CodeBusy           = "busy"
	CodeInMeeting      = "in-meeting"
	CodeNotInMeeting   = "not-in-meeting"
	CodeNothingToShare = "nothing-to-share"
	CodeBookingUnknown = "booking-unknown"
	CodeNumberWrong    = "number-wrong"
	CodeNoCode         = "no-code"
	CodeNotHost        = "not-host"
	CodePersonUnknown  = "person-unknown"
	CodePersonSelf     = "person-self"
	CodeOtherCode      = "other-code"
	CodeNotEnhanced    = "not-enhanced"
	CodeTooLong        = "too-long"
	CodeTooMany        = "too-many"
	CodeNotRinging     = "not-ringing"

	// About what stands in the room.
	CodeNotEquipped    = "not-equipped"
	CodeDeviceAway     = "device-away"
	CodeDeviceRefused  = "device-refused"
	CodeDeviceBusy     = "device-busy"
	CodeValueWrong     = "value-wrong"
	CodePresetUnknown  = "preset-unknown"
	CodeInputUnknown   = "input-unknown"
	CodeCameraUnknown  = "camera-unknown"
	CodeNotAdjustable  = "not-adjustable"
	CodeControlUnknown = "control-unknown"
	CodeControlBusy    = "control-busy"

	// About the room's key.
	CodeNotAdmin       = "not-admin"
	CodeNameWrong      = "name-wrong"
	CodeBackendUnknown = "backend-unknown"
	CodeKeyThere       = "key-there"
	CodeKeyPinned      = "key-pinned"
	CodeKeyPending     = "key-pending"
	CodeKeyRefused     = "key-refused"
	CodeKeyFailed      = "key-failed"

	// From the hub (meeting/directory).
	CodeRoomUnknown    = "room-unknown"
	CodeMeetingUnknown = "meeting-unknown"
	CodePasscodeWrong  = "passcode-wrong"
	CodeClockWrong     = "clock-wrong"
	CodeSignatureWrong = "signature-wrong"
	CodeTooManyTries   = "too-many-tries"
	CodeMeetingOver    = "meeting-over"
	CodeBadRequest     = "bad-request"
	CodeHubFault       = "hub-fault"
	CodeHubUnreachable = "hub-unreachable"
	CodeHubUntrusted   = "hub-untrusted"
	CodeKeySucceeded   = "key-succeeded"
	CodeCallUnknown    = "call-unknown"
	CodeCallOffline    = "call-offline"
	CodeCallBusy       = "call-busy"
	CodeCallDeclined   = "call-declined"
	CodeCallNoAnswer   = "call-no-answer"
	CodeCallOver       = "call-over"

	// From the relay and the meeting core.
	CodeRelayRefused     = "relay-refused"
	CodeDuplicate        = "duplicate-identity"
	CodeRemoved          = "removed"
	CodeLocked           = "meeting-locked"
	CodeDenied           = "denied"
	CodeMeetingEnded     = "meeting-ended"
	CodeNoAnswer         = "no-answer"
	CodeDowngrade        = "downgrade"
	CodeMeetingFault     = "meeting-fault"
	CodeLeads            = "leads"
	CodeStatementWrong   = "statement-wrong"
	CodeStatementExpired = "statement-expired"
	CodeStatementEarly   = "statement-early"
	CodeWrongMeeting     = "wrong-meeting"
	CodeMeetingFull      = "meeting-full"
	CodeReplaced         = "replaced"
	CodeRefused          = "refused"
)

// TextOf returns the sentence for a code: what happened, and what to do. It is never empty.
func TextOf(code string) string {
	if text := commandText(code); text != "" {
		return text
	}
	if text := hubText(code); text != "" {
		return text
	}
	if text := equipmentText(code); text != "" {
		return text
	}
	if text := keyText(code); text != "" {
		return text
	}
	if text := callText(code); text != "" {
		return text
	}
	if text := meetingText(code); text != "" {
		return text
	}
	return "That did not work (" + clean(code, 40) + "). Try again; if it happens again, tell IT these words."
}

func commandText(code string) string {
	switch code {
	case CodeNotAllowed:
		return "This cannot be asked from here. Use the panel."
	case CodeCommandUnknown:
		return "The room does not know this command. The panel may be older or newer than the room: reload it."
	case CodeNotReady:
		return "The room is still starting. Try again in a moment."
	case CodeFault:
		return "The room cannot meet until its fault is mended. The screen says what to do."
	case CodeBusy:
		return "The room is already joining a meeting. Wait, or leave it first."
	case CodeInMeeting:
		return "The room is already in a meeting. Leave it first."
	case CodeNotInMeeting:
		return "The room is not in a meeting."
	case CodeNothingToShare:
		return "This room has no input for a computer's picture. Whoever looks after the room sets one up (content.source)."
	case CodeBookingUnknown:
		return "The room is not booked for this any more, or it is over. Choose another one from the list."
	case CodeNumberWrong:
		return "A meeting number has digits only. Check it and type it again."
	case CodeNoCode:
		return "There is no security code to compare yet. Wait until the screen shows one."
	case CodeNotHost:
		return "Only a host may do this. Ask the host."
	case CodePersonUnknown:
		return "This person is no longer there."
	case CodePersonSelf:
		return "This works with other people only. To take the room out, leave the meeting."
	case CodeOtherCode:
		return "The code has changed meanwhile. Compare the one that is shown now."
	case CodeNotEnhanced:
		return "The meeting is end-to-end encrypted already."
	case CodeTooLong:
		return "That is empty or too long to send. Write less, or send it in parts."
	case CodeTooMany:
		return "That was too much at once. Wait a few seconds, then try again."
	case CodeNotRinging:
		return "Nobody calls any more."
	}
	return ""
}

func equipmentText(code string) string {
	switch code {
	case CodeNotEquipped:
		return "This room has nothing that could do this. IT can connect and configure it."
	case CodeDeviceAway:
		return "The device does not answer now. The room keeps trying; check its power and its cable."
	case CodeDeviceRefused:
		return "The device refused. It may be off, or may not be able to do this."
	case CodeDeviceBusy:
		return "The device is busy. Try again in a few seconds."
	case CodeValueWrong:
		return "That is more than the device can be asked for: speeds go from -100 to 100, volumes from 0 to 100, a camera's values as it lists them."
	case CodePresetUnknown:
		return "There is no such camera preset. Choose one of the list."
	case CodeCameraUnknown:
		return "This camera is not there any more. Choose one of the list."
	case CodeNotAdjustable:
		return "The camera in use cannot be adjusted so now. It must be open: in a meeting, or while the panel shows its picture."
	case CodeInputUnknown:
		return "The display has no such input. Choose one of the list."
	case CodeControlUnknown:
		return "There is no such button in this room. Reload the panel."
	case CodeControlBusy:
		return "The button was pressed a moment ago, and its answer is awaited."
	}
	return ""
}

func keyText(code string) string {
	switch code {
	case CodeNotAdmin:
		return "Only who looks after the machine may change the room's key: run greenroomctl as root, or as a member of control.admin_group."
	case CodeNameWrong:
		return "That is not this room's name. To give up the room's key, type the name as the screen shows it."
	case CodeBackendUnknown:
		return "The room's key can be moved to tpm or to file."
	case CodeKeyThere:
		return "The room's key is there already. To make a new one in the same place, rotate it."
	case CodeKeyPinned:
		return "The configuration says where the room's key has to be. Set keystore.backend to auto, restart greenroomd, and try again."
	case CodeKeyPending:
		return "Another new key waits for the organisation's server already. Try again when the server has acknowledged it."
	case CodeKeyRefused:
		return "The organisation's server refused the new key. The room goes on with the one it has; the server's log says why."
	case CodeKeyFailed:
		return "The new key could not be made. The room goes on with the one it has; its log says why."
	case CodeKeySucceeded:
		return "The organisation's server knows this room by a newer key than it has. Ask IT whether the room was restored from an old backup."
	}
	return ""
}

func callText(code string) string {
	switch code {
	case CodeCallUnknown:
		return "This room cannot be called any more. Choose another one from the list."
	case CodeCallOffline:
		return "The other room is switched off or not connected. Try again later."
	case CodeCallBusy:
		return "The other room is in a meeting or a call. Try again later."
	case CodeCallDeclined:
		return "The other room declined the call."
	case CodeCallNoAnswer:
		return "Nobody answered the call. Try again later."
	case CodeCallOver:
		return "The call has ended."
	}
	return ""
}

func hubText(code string) string {
	switch code {
	case CodeRoomUnknown:
		return "The organisation's server does not know this room. Ask IT to add the room's key to the server."
	case CodeMeetingUnknown:
		return "There is no meeting with this number. Check it and type it again."
	case CodePasscodeWrong:
		return "The passcode is wrong. Check it and type it again."
	case CodeClockWrong:
		return "The room's clock is wrong, so the server does not trust it. Ask IT to set the time."
	case CodeSignatureWrong:
		return "The organisation's server does not accept the room's key. Ask IT to check which key it has for this room."
	case CodeTooManyTries:
		return "Too many wrong tries. Wait a few minutes, then try again."
	case CodeMeetingOver:
		return "The meeting has ended."
	case CodeBadRequest:
		return "The organisation's server did not understand the room. Ask IT whether both run the same version."
	case CodeHubFault:
		return "The organisation's server has a fault. Try again in a moment; if it happens again, tell IT."
	case CodeHubUnreachable:
		return "The organisation's server cannot be reached. Check the network cable, then try again."
	case CodeHubUntrusted:
		return "The server that answered cannot prove that it is the organisation's. Tell IT; do not try another network."
	}
	return ""
}

func meetingText(code string) string {
	switch code {
	case CodeRelayRefused:
		return "The meeting's relay refused the room. Join again; if it happens again, tell IT."
	case CodeDuplicate:
		return "The room joined this meeting a second time from elsewhere. Ask IT whether two devices use the same key."
	case CodeRemoved:
		return "A host has removed this room from the meeting."
	case CodeLocked:
		return "The meeting is locked. Ask a host to unlock it, then join again."
	case CodeDenied:
		return "A host did not let the room in. Ask the host, then join again."
	case CodeMeetingEnded:
		return "A host has ended the meeting."
	case CodeNoAnswer:
		return "The participant who leads the meeting did not answer. Try again in a moment."
	case CodeDowngrade:
		return "The meeting is not end-to-end encrypted, and this room takes part in nothing less. Tell IT if it should be."
	case CodeLeads:
		return "Another meeting runs under the same number. Join again; if it happens again, tell IT: somebody may keep the two apart."
	case CodeMeetingFault:
		return "The room could not make its keys for the meeting. Join again; if it happens again, restart the room and tell IT."
	case CodeStatementWrong:
		return "The others cannot verify this room. Ask IT whether the room and the server still fit together."
	case CodeStatementExpired:
		return "The room's permission for this meeting has run out. Join again."
	case CodeStatementEarly:
		return "The room's permission for this meeting does not hold yet. Ask IT to check the clocks of the room and the server."
	case CodeWrongMeeting:
		return "The relay brought the room into another meeting than the server named. Join again; if it happens again, tell IT."
	case CodeMeetingFull:
		return "The meeting is full."
	case CodeReplaced:
		return "This room has joined the meeting again from elsewhere. Leave it there, or go on there."
	case CodeRefused:
		return "The host did not let the room in."
	}
	return ""
}

// Error returns the refusal's sentence, so that a Refusal can be handed on as an error.
func (r *Refusal) Error() string { return r.Text }

// refuse makes a refusal. An empty code becomes fallback, an empty text the code's own.
func refuse(c CommandName, code, text, fallback string) *Refusal {
	if code = clean(code, 40); code == "" {
		code = fallback
	}
	if text = clean(text, maxTextLen); text == "" {
		text = TextOf(code)
	}
	return &Refusal{Command: string(c), Code: code, Text: text}
}
