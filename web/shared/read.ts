import type { ChatLine, Meeting, State } from "./state.ts";

/** parseState reads one State from JSON and makes it fit to be drawn: every list is a list, every name is harmless. */
export function parseState(json: string): State {
  const state = JSON.parse(json) as State;
  // Go writes an empty list as null.
  state.faults ??= [];
  state.callees ??= [];
  for (const callee of state.callees) callee.name = plainName(callee.name);
  state.bookings ??= [];
  for (const booking of state.bookings) booking.title = plainName(booking.title);
  if (state.joining) state.joining.title = plainName(state.joining.title);
  if (state.ringing) state.ringing.from = plainName(state.ringing.from);
  if (state.meeting) readMeeting(state.meeting);
  for (const camera of state.devices.cameras ?? []) camera.label = plainName(camera.label);
  if (state.devices.head) state.devices.head.presets ??= [];
  if (state.devices.display) state.devices.display.inputs ??= [];
  return state;
}

function readMeeting(meeting: Meeting): void {
  meeting.people ??= [];
  meeting.tiles ??= [];
  meeting.notices ??= [];
  meeting.waiting ??= [];
  meeting.chat ??= [];
  meeting.encryption.code ??= [];
  meeting.title = plainName(meeting.title);
  meeting.encryption.leader = plainName(meeting.encryption.leader);
  for (const person of meeting.people) {
    person.name = plainName(person.name);
    person.reaction = plainReaction(person.reaction);
  }
  for (const waiting of meeting.waiting) waiting.name = plainName(waiting.name);
  for (const notice of meeting.notices) if (notice.name) notice.name = plainName(notice.name);
  for (const line of meeting.chat) readLine(line);
}

function readLine(line: ChatLine): void {
  line.name = plainName(line.name);
  line.text = plainText(line.text);
}

const longestName = 128;
const longestText = 2_000;

/**
 * plainName takes out of a name that somebody else chose what could make it look like another one or spoil the page:
 * control, invisible and direction characters, runs of spaces, excess length. It is the rule that names in meetings keep
 * (wire.CleanName), for names that no statement carried too. Markup needs no care: Lit shows it as text.
 */
export function plainName(name: string | undefined): string {
  const plain = (name ?? "")
    .replaceAll(/[\p{White_Space}\u2800]+/gu, " ")
    .replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}]/gu, "")
    .replaceAll(/ +/g, " ")
    .trim()
    .normalize("NFC");
  return /[\p{L}\p{N}\p{S}\p{P}]/u.test(plain) ? cut(plain, longestName) : "";
}

/**
 * plainText does the same for a line of chat, which may have several lines. Only what orders text anew goes; the joiners
 * that emoji and many scripts are made with stay.
 */
export function plainText(text: string | undefined): string {
  const plain = (text ?? "")
    .replaceAll(/\r\n?|[\p{Zl}\p{Zp}]/gu, "\n")
    .replaceAll(/[^\P{Cc}\n]|[\u202A-\u202E\u2066-\u2069]/gu, "")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim();
  return cut(plain, longestText);
}

/** plainReaction is the first letter of a reaction if it is an emoji, else nothing: a reaction must not be able to say something. */
export function plainReaction(reaction: string | undefined): string {
  const [first] = new Intl.Segmenter("en", { granularity: "grapheme" }).segment(plainText(reaction));
  return first && /\p{Extended_Pictographic}|\p{Regional_Indicator}/u.test(first.segment) ? first.segment : "";
}

function cut(text: string, longest: number): string {
  const letters = [...text];
  return letters.length > longest ? letters.slice(0, longest - 1).join("") + "…" : text;
}
