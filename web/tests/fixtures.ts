import { readdirSync, readFileSync } from "node:fs";
import { parseState } from "../shared/read.ts";
import type { Person, State, Tile } from "../shared/state.ts";

const folder = new URL("../fixtures/state/", import.meta.url);

/** fixtureNames lists the States that the room's own tests wrote (daemon/room). */
export function fixtureNames(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.replace(/\.json$/, ""))
    .sort();
}

/** fixtureText is a fixture as it is in its file. */
export function fixtureText(name: string): string {
  return readFileSync(new URL(`${name}.json`, folder), "utf8");
}

/** fixture is a fresh copy of a State. */
export function fixture(name: string): State {
  return parseState(fixtureText(name));
}

/** variant is a fixture with something changed. */
export function variant(name: string, change: (state: State) => void): State {
  const state = fixture(name);
  change(state);
  return state;
}

/** crowded is a meeting with as many others as asked for; those beyond the ninth have no slot. */
export function crowded(others: number): State {
  return variant("meeting-two", (state) => {
    const meeting = state.meeting;
    if (!meeting) throw new Error("the fixture meeting-two holds no meeting");
    const self = meeting.people.filter((person) => person.self);
    const guests = Array.from({ length: others }, (_, i) => guest(i));
    meeting.people = [...self, ...guests];
    meeting.tiles = guests.map((person, i) => tile(person, i < 9 ? i : -1));
  });
}

const guestNames = ["Birch", "Cedar", "Dogwood", "Elm", "Fir", "Hawthorn", "Juniper", "Larch", "Maple", "Oak", "Pine", "Rowan"];

function guest(i: number): Person {
  return {
    id: i.toString(16).padStart(32, "0"),
    name: guestNames[i % guestNames.length] ?? "",
    self: false,
    leader: false,
    role: "participant",
    verified: i % 3 !== 2,
    muted: i % 4 === 1,
    cameraOn: i % 5 !== 3,
    speaking: i === 0,
    level: i === 0 ? 60 : 3,
    hand: false,
    compared: "none",
    reaction: "",
    trouble: "",
  };
}

function tile(person: Person, slot: number): Tile {
  const base = { person: person.id, stream: "camera", slot, large: false };
  return person.cameraOn && slot >= 0 ? { ...base, show: "picture" } : { ...base, show: "placeholder", reason: "camera-off" };
}

/** shifted moves every time in a State by as many milliseconds. */
export function shifted(state: State, by: number): State {
  const stamp = /^\d{4}-\d\d-\d\dT/;
  return JSON.parse(JSON.stringify(state), (_, value: unknown) =>
    typeof value === "string" && stamp.test(value) ? new Date(Date.parse(value) + by).toISOString() : value,
  ) as State;
}
