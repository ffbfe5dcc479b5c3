import type { Meeting, Person } from "../state.ts";
import type { Strings } from "../strings/index.ts";

/** selfOf is this room among the people; undefined before the list is known. */
export function selfOf(meeting: Meeting): Person | undefined {
  return meeting.people.find((person) => person.self);
}

/** troubleText says in words what is wrong with somebody's picture or sound; empty when nothing is. */
export function troubleText(person: Person, { trouble }: Strings): string {
  switch (person.trouble) {
    case "wrong-key":
    case "replay":
    case "not-encrypted":
    case "waiting-for-key":
      return trouble[person.trouble];
    default:
      return "";
  }
}

/** comparedOthers are the others who compared the code, those for whom it does not match first. */
export function comparedOthers(meeting: Meeting): Person[] {
  const others = meeting.people.filter((person) => !person.self);
  return [...others.filter((person) => person.compared === "mismatch"), ...others.filter((person) => person.compared === "match")];
}

/** initials are the first letters of a name's first and last word: "Ada King Lovelace" is AL. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = words[0] ?? "";
  const last = words.length > 1 ? (words[words.length - 1] ?? "") : "";
  return [first, last].map((word) => [...word][0] ?? "").join("").toUpperCase();
}
