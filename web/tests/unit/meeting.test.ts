import { describe, expect, test } from "vitest";
import { matching } from "../../shared/model/callees.ts";
import { freshLines, lineFits, lineTime, Unread } from "../../shared/model/chat.ts";
import { comparedOthers, troubleText } from "../../shared/model/people.ts";
import { en } from "../../shared/strings/en.ts";
import { fixture } from "../fixtures.ts";
import { besieged, chatting, meetingOf, withCallees } from "../situations.ts";

describe("chat", () => {
  const { meeting, time } = chatting(8);
  const now = Date.parse(time);

  test("the newest three lines stay on the wall for twelve seconds", () => {
    const chat = (meeting?.chat ?? []).map((line) => ({ ...line, time }));
    expect(freshLines(chat, now).map((line) => line.id)).toEqual([6, 7, 8]);
    expect(freshLines(chat, now + lineTime - 1)).toHaveLength(3);
    expect(freshLines(chat, now + lineTime)).toEqual([]);
    expect(freshLines(meeting?.chat ?? [], now).map((line) => line.id)).toEqual([8]);
  });

  test("a line has 1 to 2,000 bytes", () => {
    expect([lineFits(""), lineFits("  \n"), lineFits("x")]).toEqual([false, false, true]);
    expect([lineFits("x".repeat(2_000)), lineFits("x".repeat(2_001))]).toEqual([true, false]);
    expect([lineFits("ä".repeat(1_000)), lineFits("ä".repeat(1_001))]).toEqual([true, false]);
  });

  test("what was written here is never unread", () => {
    expect(meetingOf(fixture("meeting-host")).chat).toHaveLength(2);
    expect(new Unread().count(meetingOf(fixture("meeting-host")))).toBe(1);
  });

  test("unread are the lines of others since the chat was open, in this meeting", () => {
    const unread = new Unread();
    expect(unread.count(meetingOf(chatting(3)))).toBe(3);
    unread.read(meetingOf(chatting(3)));
    expect(unread.count(meetingOf(chatting(3)))).toBe(0);
    expect(unread.count(meetingOf(chatting(5)))).toBe(2);
    const later = meetingOf(chatting(2));
    later.since = "2026-03-03T11:00:00Z";
    expect(unread.count(later)).toBe(2);
  });
});

describe("people", () => {
  test("those for whom the code does not match come first, and this room is not among the others", () => {
    expect(comparedOthers(meetingOf(besieged())).map((person) => person.name)).toEqual(["Cedar", "Birch", "Dogwood"]);
    expect(comparedOthers(meetingOf(fixture("meeting-two")))).toEqual([]);
  });

  test("trouble is told in words, and only what is known is", () => {
    const [person] = meetingOf(fixture("meeting-two")).people;
    if (!person) throw new Error("nobody is in the meeting");
    expect(troubleText(person, en)).toBe("");
    expect(troubleText({ ...person, trouble: "wrong-key" }, en)).toBe("Frames do not open: wrong key");
    expect(troubleText({ ...person, trouble: "camera-off" }, en)).toBe("");
  });
});

describe("whom to call", () => {
  const { callees } = withCallees(12);
  const names = (wanted: string): string[] => matching(callees, wanted, "en").map((callee) => callee.name);

  test("is found by the beginning of a word, whatever its case and accents", () => {
    expect(names("")).toHaveLength(12);
    expect(names(" BIR")).toEqual(["Birch"]);
    expect(names("oko")).toEqual(["Öko-Raum"]);
    expect(names("12")).toEqual(["Room 12"]);
    expect(names("edar")).toEqual([]);
  });
});
