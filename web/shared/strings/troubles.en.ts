import type { Cause } from "../state.ts";

// What the room says is wrong, in English, by the room's codes (web/fixtures/codes.json lists them): the same sentences that
// greenroomctl and the log have.

/** A fault: what is wrong, and what to do. */
export const faults = {
  "GR-101": {
    text: "The room’s key is damaged, so the room cannot prove who it is.",
    do: "Ask IT to restore the keystore from a backup; or to run greenroomctl keys reset, and give the hub the new key. Nothing was deleted.",
  },
  "GR-102": {
    text: "Another Greenroom daemon is using this room’s key.",
    do: "Stop the other one. The room goes on by itself when the key is free.",
  },
  "GR-103": {
    text: "The room’s key cannot be read.",
    do: "Ask IT to check the disk and the rights of the state folder. The room tries again by itself.",
  },
  "GR-104": {
    text: "The room’s key cannot be unlocked: the credential or passphrase is not the one it was made with.",
    do: "Ask IT to give the service the credential that the keystore was made with.",
  },
  "GR-105": {
    text: "The room cannot write to its state folder.",
    do: "Ask IT to check the folder’s rights and whether the disk is mounted for writing.",
  },
  "GR-106": {
    text: "The security chip (TPM) that holds the room’s key does not answer.",
    do: "Ask IT to look whether it is switched on in the firmware’s settings. The room tries again by itself.",
  },
  "GR-107": {
    text: "The security chip (TPM) that holds the room’s key is busy.",
    do: "The room tries again by itself. If it stays so, tell IT that another program keeps the TPM.",
  },
  "GR-108": {
    text: "The security chip (TPM) that holds the room’s key has locked itself after wrong passwords.",
    do: "It unlocks by itself within a day, or at once with its lockout password. The room tries again; nothing is lost.",
  },
  "GR-109": {
    text: "The room’s key is in the security chip (TPM) of another machine or board.",
    do: "Ask IT to put the old board back; or to run greenroomctl keys reset, and give the hub the new key.",
  },
  "GR-110": {
    text: "The disk is full. The room can meet, but cannot keep anything new.",
    do: "Ask IT to free some space. Nothing was lost.",
  },
  "GR-111": {
    text: "The security chip (TPM) was cleared, and the room’s key with it.",
    do: "Ask IT to run greenroomctl keys reset, and to give the hub the new key.",
  },
  "GR-112": {
    text: "The security chip (TPM) refuses its work.",
    do: "The room’s log says why. Ask IT to look at the TPM in the firmware’s settings; its owner password must be empty.",
  },
  "GR-113": {
    text: "The room’s key is kept elsewhere than the configuration says.",
    do: "Ask IT to set keystore.backend to auto, and to move the key with greenroomctl keys move. Nothing was changed.",
  },
  "GR-114": {
    text: "The room’s key was written by a newer version of Greenroom.",
    do: "Ask IT to install the newer version again. Nothing was changed.",
  },
  "GR-115": {
    text: "The room’s key is missing, and the room had one.",
    do: "Ask IT to restore the keystore from a backup; or to run greenroomctl keys reset, and give the hub the new key.",
  },
  "GR-116": {
    text: "The room’s key cannot be unlocked: the credential or passphrase was not given to the room.",
    do: "Ask IT to look whether the service gets it (LoadCredentialEncrypted in greenroomd.service). The room tries again by itself.",
  },
  "GR-117": {
    text: "Other users of this machine can read the room’s key.",
    do: "Ask IT to find out who could, to take the rights away (chmod -R go-rwx), and to rotate the key. The room tries again by itself.",
  },
  "GR-118": {
    text: "This machine has started otherwise than when the room’s key was bound to it (keystore.pcrs).",
    do: "Ask IT to start the firmware and system of before; or to run greenroomctl keys reset, and give the hub the new key.",
  },
  "GR-120": {
    text: "The room’s clock is wrong.",
    do: "Ask IT to set the time, and to check that the room can reach its time server.",
  },
  "GR-201": {
    text: "The organisation’s server does not know this room.",
    do: "Ask IT to add the room’s key to the server. Joining works from then on.",
  },
  "GR-202": {
    text: "The organisation’s server cannot be reached.",
    do: "Check the network cable. The room keeps trying; a meeting that runs goes on.",
  },
  "GR-203": {
    text: "The server that answers cannot prove that it is the organisation’s.",
    do: "Tell IT. The room sends it nothing.",
  },
  "GR-204": {
    text: "The organisation’s server knows this room by a newer key than it has.",
    do: "Ask IT to restore the newer key from a backup; or to run greenroomctl keys reset, and give the server the new key.",
  },
  "GR-210": {
    text: "The connection to the meeting is lost.",
    do: "The room keeps trying, and comes back by itself.",
  },
  "GR-301": {
    text: "The camera does not work.",
    do: "Check its cable. The room tries again by itself.",
  },
  "GR-302": {
    text: "No camera is connected.",
    do: "Connect one. The room finds it by itself.",
  },
  "GR-311": {
    text: "The microphone does not work.",
    do: "Check its cable. The room tries again by itself.",
  },
  "GR-312": {
    text: "No microphone is connected.",
    do: "Connect one. The room finds it by itself.",
  },
  "GR-321": {
    text: "The camera cannot be turned.",
    do: "Check its power and its control cable. The room tries again by itself; the picture goes on.",
  },
  "GR-322": {
    text: "The display cannot be switched by the room.",
    do: "Check its control cable. The room tries again by itself.",
  },
  "GR-323": {
    text: "Some of the room’s buttons do not work.",
    do: "Check the cable to what they control. The room tries again by itself.",
  },
};

const what = ({ about }: Cause, otherwise: string): string => (about ? `“${about}”` : otherwise);

/** What lies behind a fault. */
export const causes = {
  "not-there": (cause: Cause) => `${what(cause, "The device")} is not connected. Plug it in.`,
  "device-failed": (cause: Cause) => `${what(cause, "The device")} gives nothing: check its cable, and whether another program uses it.`,
  "command-ended": () => "The command that the configuration names can’t be started, or has ended.",
  "command-output": () => "The command that the configuration names gives something else than was agreed.",
  encoder: () => "The encoder refuses.",
  capture: () => "The capture program can’t be started, or was stopped.",
  unprotected: () => "This machine can’t confine the capture program, so nothing is captured.",
  "hub-name-unknown": (cause: Cause) => `The name of ${what(cause, "the server")} was not found: check hub.url and the room’s name server.`,
  "hub-not-running": (cause: Cause) => `Nothing answers at ${what(cause, "its address")}: check hub.url, and that the server runs.`,
  "hub-expired": (cause: Cause) => `The certificate of ${what(cause, "the server")} has run out, or this room’s clock is ahead.`,
  "hub-authority": (cause: Cause) => `The certificate of ${what(cause, "the server")} is not from an authority that this room trusts.`,
  "hub-other-name": (cause: Cause) => `The certificate of ${what(cause, "the server")} is for another name.`,
  "hub-not-tls": (cause: Cause) => `What answers at ${what(cause, "its address")} does not speak TLS: check the port in hub.url.`,
  "hub-silent": (cause: Cause) => `${what(cause, "The server")} did not answer in time: check the network and any firewall on the way.`,
  "hub-broke": (cause: Cause) => `${what(cause, "The server")} broke the connection off.`,
  "hub-other": (cause: Cause) => `What answers at ${what(cause, "its address")} is no Greenroom hub: check hub.url, and the proxy before the hub if there is one.`,
  "clock-behind": () => "The room’s clock is behind.",
  "clock-ahead": () => "The room’s clock is ahead.",
  "port-gone": (cause: Cause) => `The serial port ${what(cause, "it is told by")} is gone: its adapter may have been pulled out.`,
  "port-in-use": (cause: Cause) => `Another program has ${what(cause, "the serial port")} open.`,
  "port-forbidden": (cause: Cause) => `The room may not open ${what(cause, "its device file")}: its group or the udev rule is missing.`,
  "no-port": (cause: Cause) => `${what(cause, "The configured file")} is no serial port.`,
  silent: () => "It does not answer: check its power, the cable and the line’s settings.",
  strange: () => "It answers what the room does not understand: check which model is configured.",
  password: () => "It wants another password.",
  "no-cec": () => "No display speaks HDMI-CEC: it may be off at its switch, or CEC may be switched off in its menu.",
  other: () => "The room’s log and greenroomctl devices say why.",
};

/** Why something was not done, and what to do. */
export const refusals = {
  "not-allowed": "This cannot be asked from here. Use the panel.",
  "command-unknown": "The room does not know this command. The panel may be older or newer than the room: reload it.",
  "not-ready": "The room is still starting. Try again in a moment.",
  "fault": "The room cannot meet until its fault is mended. The screen says what to do.",
  "busy": "The room is already joining a meeting. Wait, or leave it first.",
  "in-meeting": "The room is already in a meeting. Leave it first.",
  "not-in-meeting": "The room is not in a meeting.",
  "nothing-to-share": "This room has no input for a computer’s picture. Whoever looks after the room sets one up (content.source).",
  "booking-unknown": "The room is not booked for this any more, or it is over. Choose another one from the list.",
  "number-wrong": "A meeting number has digits only. Check it and type it again.",
  "no-code": "There is no security code to compare yet. Wait until the screen shows one.",
  "not-host": "Only a host may do this. Ask the host.",
  "person-unknown": "This person is no longer there.",
  "person-self": "This works with other people only. To take the room out, leave the meeting.",
  "other-code": "The code has changed meanwhile. Compare the one that is shown now.",
  "not-enhanced": "The meeting is end-to-end encrypted already.",
  "too-long": "That is empty or too long to send. Write less, or send it in parts.",
  "too-many": "That was too much at once. Wait a few seconds, then try again.",
  "not-ringing": "Nobody calls any more.",
  "not-equipped": "This room has nothing that could do this. IT can connect and configure it.",
  "device-away": "The device does not answer now. The room keeps trying; check its power and its cable.",
  "device-refused": "The device refused. It may be off, or may not be able to do this.",
  "device-busy": "The device is busy. Try again in a few seconds.",
  "value-wrong": "That is more than the device can be asked for: speeds go from -100 to 100, volumes from 0 to 100, a camera’s values as it lists them.",
  "preset-unknown": "There is no such camera preset. Choose one of the list.",
  "input-unknown": "The display has no such input. Choose one of the list.",
  "camera-unknown": "This camera is not there any more. Choose one of the list.",
  "not-adjustable": "The camera in use cannot be adjusted so now. It must be open: in a meeting, or while the panel shows its picture.",
  "control-unknown": "There is no such button in this room. Reload the panel.",
  "control-busy": "The button was pressed a moment ago, and its answer is awaited.",
  "not-admin": "Only who looks after the machine may change the room’s key: run greenroomctl as root, or as a member of control.admin_group.",
  "name-wrong": "That is not this room’s name. To give up the room’s key, type the name as the screen shows it.",
  "backend-unknown": "The room’s key can be moved to tpm or to file.",
  "key-there": "The room’s key is there already. To make a new one in the same place, rotate it.",
  "key-pinned": "The configuration says where the room’s key has to be. Set keystore.backend to auto, restart greenroomd, and try again.",
  "key-pending": "Another new key waits for the organisation’s server already. Try again when the server has acknowledged it.",
  "key-refused": "The organisation’s server refused the new key. The room goes on with the one it has; the server’s log says why.",
  "key-failed": "The new key could not be made. The room goes on with the one it has; its log says why.",
  "room-unknown": "The organisation’s server does not know this room. Ask IT to add the room’s key to the server.",
  "meeting-unknown": "There is no meeting with this number. Check it and type it again.",
  "passcode-wrong": "The passcode is wrong. Check it and type it again.",
  "clock-wrong": "The room’s clock is wrong, so the server does not trust it. Ask IT to set the time.",
  "signature-wrong": "The organisation’s server does not accept the room’s key. Ask IT to check which key it has for this room.",
  "too-many-tries": "Too many wrong tries. Wait a few minutes, then try again.",
  "meeting-over": "The meeting has ended.",
  "bad-request": "The organisation’s server did not understand the room. Ask IT whether both run the same version.",
  "hub-fault": "The organisation’s server has a fault. Try again in a moment; if it happens again, tell IT.",
  "hub-unreachable": "The organisation’s server cannot be reached. Check the network cable, then try again.",
  "hub-untrusted": "The server that answered cannot prove that it is the organisation’s. Tell IT; do not try another network.",
  "key-succeeded": "The organisation’s server knows this room by a newer key than it has. Ask IT whether the room was restored from an old backup.",
  "call-unknown": "This room cannot be called any more. Choose another one from the list.",
  "call-offline": "The other room is switched off or not connected. Try again later.",
  "call-busy": "The other room is in a meeting or a call. Try again later.",
  "call-declined": "The other room declined the call.",
  "call-no-answer": "Nobody answered the call. Try again later.",
  "call-over": "The call has ended.",
  "relay-refused": "The meeting’s relay refused the room. Join again; if it happens again, tell IT.",
  "duplicate-identity": "The room joined this meeting a second time from elsewhere. Ask IT whether two devices use the same key.",
  "removed": "A host has removed this room from the meeting.",
  "meeting-locked": "The meeting is locked. Ask a host to unlock it, then join again.",
  "denied": "A host did not let the room in. Ask the host, then join again.",
  "meeting-ended": "A host has ended the meeting.",
  "no-answer": "The participant who leads the meeting did not answer. Try again in a moment.",
  "downgrade": "The meeting is not end-to-end encrypted, and this room takes part in nothing less. Tell IT if it should be.",
  "meeting-fault": "The room could not make its keys for the meeting. Join again; if it happens again, restart the room and tell IT.",
  "leads": "Another meeting runs under the same number. Join again; if it happens again, tell IT: somebody may keep the two apart.",
  "statement-wrong": "The others cannot verify this room. Ask IT whether the room and the server still fit together.",
  "statement-expired": "The room’s permission for this meeting has run out. Join again.",
  "statement-early": "The room’s permission for this meeting does not hold yet. Ask IT to check the clocks of the room and the server.",
  "wrong-meeting": "The relay brought the room into another meeting than the server named. Join again; if it happens again, tell IT.",
  "meeting-full": "The meeting is full.",
  "replaced": "This room has joined the meeting again from elsewhere. Leave it there, or go on there.",
  "refused": "The host did not let the room in.",
};
