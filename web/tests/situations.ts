import type { ChatLine, State, Waiting } from "../shared/state.ts";
import { fixture, variant } from "./fixtures.ts";

// States that the room's own fixtures do not have: more of the same, and at their worst.

/** meetingOf is the meeting of a State that has one. */
export function meetingOf(state: State): NonNullable<State["meeting"]> {
  if (!state.meeting) throw new Error("the State holds no meeting");
  return state.meeting;
}

/** withCallees is an idle room that can call as many others. */
export function withCallees(count: number): State {
  return variant("idle", (state) => {
    state.callees = Array.from({ length: count }, (_, i) => ({ id: `callee-${i}`, name: calleeName(i) }));
  });
}

function calleeName(i: number): string {
  const trees = ["Ahorn", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Öko-Raum", "Hawthorn", "Juniper"];
  return i < trees.length ? (trees[i] ?? "") : `Room ${i + 1}`;
}

/** chatting is a meeting with as many lines of chat from others, a minute old, and one just now. */
export function chatting(count: number): State {
  return variant("meeting-two", (state) => {
    const meeting = meetingOf(state);
    const from = meeting.people.find((person) => !person.self);
    const line = (id: number, ago: number): ChatLine => ({
      id,
      person: from?.id ?? "",
      name: from?.name ?? "",
      self: false,
      text: `Line ${id}`,
      time: new Date(Date.parse(state.time) - ago).toISOString(),
    });
    meeting.chat = [...Array.from({ length: count - 1 }, (_, i) => line(i + 1, 60_000)), line(count, 0)];
  });
}

/** besieged is a meeting with somebody at the door, somebody who asks to mute, and everybody else's findings. */
export function besieged(): State {
  return variant("meeting-host", (state) => {
    const meeting = meetingOf(state);
    meeting.notices.push({ id: 900, kind: "mute-asked", name: "Birch", since: state.time });
    for (const person of meeting.people) person.compared = person.self ? "none" : person.name === "Cedar" ? "mismatch" : "match";
  });
}

/** knock adds somebody who waits. */
export function knock(state: State, waiting: Waiting): State {
  meetingOf(state).waiting.push(waiting);
  return state;
}

/** inGerman is a fixture as a room shows it that speaks German. */
export function inGerman(name: string): State {
  return variant(name, (state) => (state.room.language = "de"));
}

/** reacting is a meeting where everybody reacts, this room and somebody without a tile as well. */
export function reacting(): State {
  const state = fixture("meeting-four");
  const meeting = meetingOf(state);
  const emoji = ["👍", "❤️", "🎉", "😄"];
  meeting.people.forEach((person, i) => (person.reaction = emoji[i] ?? ""));
  meeting.tiles = meeting.tiles.filter((tile) => tile.stream === "camera" && tile.slot < 2);
  return state;
}
