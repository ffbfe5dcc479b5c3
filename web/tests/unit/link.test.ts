import { linkOf } from "../../guest/link.ts";
import { outcomeOf } from "../../guest/scan.ts";
import { codeLink } from "../../shared/model/code.ts";
import { fixture } from "../fixtures.ts";
import { meetingOf } from "../situations.ts";
import { describe, expect, test } from "vitest";

const groups = ["48213", "90577", "11864", "73029", "55190", "26488", "80317", "64952"];
const id = "0123456789abcdef0123456789abcdef";
const leader = id.slice(0, 8);
const { people } = meetingOf(fixture("meeting-two"));
const meeting = { guestPage: "https://hub.example.org/guest/", number: "482913077", people: people.map((person) => (person.leader ? { ...person, id } : person)) };

describe("the QR code of the security code", () => {
  test("is the guest page's address, with number and code behind the #", () => {
    const link = new URL(codeLink(groups, meeting));
    expect(link.origin + link.pathname + link.search).toBe(meeting.guestPage);
    expect(linkOf(link)).toEqual({ number: meeting.number, passcode: "", code: groups.join(""), leader });
  });

  test("is the digits alone where guests do not join, and in calls", () => {
    expect(codeLink(groups, { number: meeting.number, people: meeting.people })).toBe(groups.join(""));
    expect(codeLink(groups, { ...meeting, number: "" })).toBe(groups.join(""));
  });
});

describe("a scanned code", () => {
  const [code, another] = ["1".repeat(40), "2".repeat(40)];
  test.each([
    ["matches", { code, leader }, { digits: code, leader }],
    ["matches", { code, leader }, { digits: code, leader: "a" }],
    ["differs", { code, leader }, { digits: another, leader: id }],
    ["differs", { code, leader: "" }, { digits: another, leader: id }],
    ["differs", { code, leader }, { digits: another, leader: "" }],
    ["other", { code, leader }, { digits: another, leader: "a" }],
    [null, { code, leader }, { digits: "", leader: "a" }],
    [null, { code: "", leader }, { digits: code, leader }],
  ] as const)("%s: %o, here %o", (outcome, scan, view) => {
    expect(outcomeOf(scan, view)).toBe(outcome);
  });
});

describe("what an address says", () => {
  test.each(["", "#", "#n=12&c=99", "#c=" + "1".repeat(41), "#n=48291307x&p=<b>", "#n=%F0%9F&c=%00", "#l=<b>", "#l=ABCDEF01"])("nothing that is malformed is taken from %s", (hash) => {
    expect(linkOf({ hash, pathname: "/guest/" })).toEqual({ number: "", passcode: "", code: "", leader: "" });
  });

  test("numbers may be written in groups", () => {
    expect(linkOf({ hash: "#n=482+913+077&p=271828", pathname: "/guest/" })).toEqual({ number: "482913077", passcode: "271828", code: "", leader: "" });
    expect(linkOf({ hash: "", pathname: "/join/482913077" }).number).toBe("482913077");
  });
});
